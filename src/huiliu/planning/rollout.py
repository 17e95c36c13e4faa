"""The document `kind: rollout`: who gets something new when, and what must hold before more do.

Tiers of channels go one after the other. Each begins at gate 0, where nobody gets anything until
data flows, and then grows by steps; the people of a step are among those of the next, because a
person's place on the line from 0 to 1 never changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Final

from huiliu.kernel.buckets import edge, place
from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, HOUR, as_duration
from huiliu.metrics import METRICS, Unit
from huiliu.planning.gates import DATA_FLOWS, GATE_METRICS, GATES, Gate

__all__ = ["KIND", "STEPS", "Rollout", "Stage", "Tier", "parse_rollout", "parsed_rollout"]

KIND: Final = "rollout"
STEPS: Final = (1.0, 5.0, 10.0, 25.0, 50.0, 100.0)
OUTSIDE: Final = ("skip", "wait")
_FIELDS: Final = frozenset({
    *HEADER, "journeys", "tiers", "steps", "stage", "patience", "outside", "when_failed",
    "data_flows", "gates", "owner",
})  # fmt: skip
_MOST: Final = 20
_WHOLE: Final = 100.0


@dataclass(frozen=True, slots=True)
class Tier:
    """Channels that are rolled out together."""

    name: str
    #: Of messages; () = all that no other tier names.
    channels: tuple[str, ...]
    #: Channels of the events that have to arrive before it begins; () = any.
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a roll-out has come: tiers before this one have everybody, those after it nobody."""

    tier: int
    #: Percent of the audience; 0 = gate 0.
    percent: float


@dataclass(frozen=True, slots=True)
class Rollout:
    """One roll-out as it is live; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    note: str
    journeys: tuple[str, ...]
    tiers: tuple[Tier, ...]
    #: Percent of the audience, rising to 100.
    steps: tuple[float, ...]
    #: The least time at a step, in microseconds.
    stage: int
    #: After so long without an answer somebody is asked to look.
    patience: int
    #: What becomes of those outside: skip = they are not sent to, wait = their messages wait.
    outside: str
    #: hold = nothing goes out until somebody looked, stay = it goes on as it is.
    when_failed: str
    data_flows: tuple[Gate, ...]
    gates: tuple[Gate, ...]
    owner: str
    #: Canonical YAML.
    source: str

    def tier_of(self, channel: str) -> int:
        """Return which tier a channel belongs to; one that none names goes with the last."""
        for nth, tier in enumerate(self.tiers):
            if channel in tier.channels:
                return nth
        return len(self.tiers) - 1

    def percent_of(self, stage: Stage, channel: str) -> float:
        """Return the percent of the audience that a channel goes to at a stage."""
        mine = self.tier_of(channel)
        if mine != stage.tier:
            return _WHOLE if mine < stage.tier else 0.0
        return stage.percent

    def has(self, stage: Stage, channel: str, profile_id: int) -> bool:
        """Say whether a person gets something on a channel at a stage."""
        return self._is_below(self.percent_of(stage, channel), profile_id)

    def lets_in(self, stage: Stage, profile_id: int) -> bool:
        """Say whether a person gets anything on any channel at a stage."""
        return stage.tier > 0 or self._is_below(stage.percent, profile_id)

    def after(self, stage: Stage) -> Stage | None:
        """Return the stage that follows; None = everybody gets everything."""
        for step in self.steps:
            if step > stage.percent:
                return Stage(stage.tier, step)
        return Stage(stage.tier + 1, 0.0) if stage.tier + 1 < len(self.tiers) else None

    def fits(self, stage: Stage) -> Stage:
        """Return a stage as this version of the document has it: tiers may have gone."""
        if stage.tier < len(self.tiers):
            return stage
        return Stage(len(self.tiers) - 1, _WHOLE)

    def asked(self, stage: Stage) -> tuple[Gate, ...]:
        """Return what must hold before the next stage."""
        return self.data_flows if stage.percent == 0 else (*self.data_flows, *self.gates)

    def _is_below(self, percent: float, profile_id: int) -> bool:
        """Say whether a person's place lies among the first so many percent."""
        if percent >= _WHOLE:
            return True
        if percent <= 0:
            return False
        return place(f"rollout {self.slug}", profile_id) < edge(Fraction(str(percent)) / 100)


def parse_rollout(source: str | bytes) -> Rollout | tuple[Problem, ...]:
    """Return the roll-out of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    found = Rollout(
        slug=header.slug if header else "",
        name=header.name if header else {},
        note=header.note if header else "",
        journeys=fields.slugs("journeys", is_needed=True),
        tiers=_tiers(fields),
        steps=_steps(fields),
        stage=_time(fields, "stage", DAY),
        patience=_time(fields, "patience", 7 * DAY),
        outside=fields.choice("outside", OUTSIDE, "skip"),
        when_failed=fields.choice("when_failed", ("hold", "stay"), "hold"),
        data_flows=_gates(fields, "data_flows", DATA_FLOWS),
        gates=_gates(fields, "gates", GATES),
        owner=fields.word("owner"),
        source=dump(loaded.tree),
    )
    return tuple(fields.problems) if fields.problems else found


@lru_cache(maxsize=256)
def parsed_rollout(source: str) -> Rollout:
    """Return the roll-out of a stored source; raise BadInput where it is understood no more."""
    found = parse_rollout(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _tiers(fields: Fields) -> tuple[Tier, ...]:
    """Return the tiers; without any, all channels go together."""
    parts = fields.parts("tiers", _MOST)
    if parts is None:
        return (Tier("all", ()),)
    found: list[Tier] = []
    taken: set[str] = set()
    for nth, one in enumerate(parts):
        one.only({"name", "channels", "sources"})
        name, channels = one.word("name", is_needed=True, most=60), one.channels("channels")
        if not channels and nth < len(parts) - 1:
            one.wrong("channels", "rollouts.only_last")
        if twice := sorted(taken & set(channels)):
            one.wrong("channels", "rollouts.twice", channel=", ".join(twice))
        taken |= set(channels)
        found.append(Tier(name, channels, one.channels("sources")))
    return tuple(found) or (Tier("all", ()),)


def _steps(fields: Fields) -> tuple[float, ...]:
    """Return the percentages, rising to 100."""
    written = fields.tree.get("steps")
    if written is None:
        return STEPS
    if isinstance(written, list) and 1 <= len(written) <= _MOST:
        steps = [
            float(one) for one in written if isinstance(one, int | float) and type(one) is not bool
        ]
        rises = all(one < other for one, other in pairwise(steps))
        if len(steps) == len(written) and rises and steps[0] > 0 and steps[-1] == _WHOLE:
            return tuple(steps)
    fields.wrong("steps", "rollouts.steps")
    return STEPS


def _time(fields: Fields, name: str, default: int) -> int:
    """Return a time of at least an hour."""
    written = fields.tree.get(name)
    if written is None:
        return default
    found = as_duration(written) if isinstance(written, str) else None
    if found is None or not HOUR <= found <= 366 * DAY:
        fields.wrong(name, "rollouts.time")
        return default
    return found


def _gates(fields: Fields, name: str, default: Sequence[Gate]) -> tuple[Gate, ...]:
    """Return what must hold; [] = nothing."""
    if fields.tree.get(name) == []:
        return ()
    parts = fields.parts(name, _MOST)
    if parts is None:
        return tuple(default)
    return tuple(_gate(one) for one in parts)


def _gate(fields: Fields) -> Gate:
    """Return `{metric: …, at_least: … or at_most: …, within: 7d, least: 100}`."""
    fields.only({"metric", "at_least", "at_most", "within", "least"})
    metric = METRICS[fields.choice("metric", GATE_METRICS)]
    most = 1 if metric.unit is Unit.SHARE else 1e15
    bounds = {name: fields.number(name, 0, most) for name in ("at_least", "at_most")}
    if sum(name in fields.tree for name in bounds) != 1:
        fields.wrong("", "rollouts.one_bound")
    least = fields.whole("least", 1, 10**9)
    is_least = bounds["at_least"] is not None
    bound = bounds["at_least"] if is_least else bounds["at_most"]
    return Gate(
        metric, bound or 0.0, is_least=is_least, within=_time(fields, "within", 7 * DAY),
        fewest=least if least is not None else 1,
    )  # fmt: skip
