"""The document `kind: experiment`: what is tried on whom, how it is judged, and what follows.

The first arm is the control. What is not begun gives everybody the control; what has begun gives
each person an arm for good; what is over gives those who come new the control or the winner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Final

from huiliu.experiments.outcomes import OUTCOMES
from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.shares import as_share
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, HOUR, as_duration
from huiliu.statistics.thompson import FLOOR

__all__ = [
    "KIND",
    "Place",
    "Plan",
    "PlannedArm",
    "parse_experiment",
    "parsed_experiment",
]

KIND: Final = "experiment"
#: ab = shares stay as planned; thompson = better arms get more, batch by batch.
MODES: Final = ("ab", "thompson")
#: What becomes of a winner: it is reported, or everybody gets it from then on.
WINNERS: Final = ("report", "roll_out")
#: By which interval one wins: that of every look, or that of the one look that was planned.
PROOFS: Final = ("anytime", "planned")
_FIELDS: Final = frozenset({
    *HEADER, "hypothesis", "where", "arms", "goals", "guards", "window", "sample", "ends",
    "covariate", "mode", "batch", "winner", "currency", "owner",
})  # fmt: skip
_MOST_ARMS: Final = 10
_MOST_METRICS: Final = 8
#: Shares are cut into so many parts.
_PARTS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where people meet the experiment."""

    #: node (an `experiment` node that names it), send (variants of a send), coupon or promotion.
    kind: str
    journey: str = ""
    node: str = ""
    #: The pool in whose place people get that of their arm.
    coupon: str = ""


@dataclass(frozen=True, slots=True)
class PlannedArm:
    """One variant."""

    name: str
    share: Fraction
    #: What people of this arm are offered; "" = nothing of the kind.
    coupon: str = ""
    promotion: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """One experiment as it is live; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    note: str
    #: What is expected, and why.
    hypothesis: str
    place: Place
    #: The control first.
    arms: tuple[PlannedArm, ...]
    #: Names of outcomes, the one that decides first.
    goals: tuple[str, ...]
    #: What must not get worse.
    guards: tuple[str, ...]
    #: How long after they met it people's outcomes count, in microseconds; 0 = for good.
    window: int
    #: People who are planned for; 0 = `ends` says it.
    sample: int
    ends: date | None
    #: How long before they met it what people did is taken out of the noise; 0 = not at all.
    covariate: int
    mode: str
    #: How often shares are set anew under thompson, in microseconds.
    batch: int
    #: report or roll_out.
    winner: str
    #: anytime or planned.
    proof: str
    currency: str
    owner: str
    #: Canonical YAML.
    source: str

    @property
    def control(self) -> str:
        """Return the name of the control."""
        return self.arms[0].name

    @property
    def metrics(self) -> tuple[str, ...]:
        """Return everything that is measured, goals first."""
        return (*self.goals, *self.guards)

    @property
    def is_adaptive(self) -> bool:
        """Say whether shares change on the way."""
        return self.mode == "thompson"

    @property
    def alpha(self) -> float:
        """Return how often one comparison may be wrong: each arm is compared with the control."""
        return 0.05 / (len(self.arms) - 1)

    @property
    def shares(self) -> Mapping[str, float]:
        """Return arm -> its planned share of people."""
        return {one.name: float(one.share) for one in self.arms}

    @property
    def salt(self) -> str:
        """Return what tells its draw from others: the same as where no document stands behind."""
        if self.place.kind == "send":
            return f"variant {self.place.journey} {self.place.node}"
        return f"experiment {self.slug}"

    @property
    def met(self) -> str:
        """Return where people meet it, in a word that is its own among all of a brand's."""
        place = self.place
        if place.kind == "send":
            return f"{place.journey} {place.node}"
        if place.kind == "coupon":
            return f"coupon {place.coupon}"
        return self.slug if place.kind == "node" else f"promotion {self.slug}"

    def arm(self, name: str) -> PlannedArm | None:
        """Return an arm; None where there is none of that name."""
        return next((one for one in self.arms if one.name == name), None)


def parse_experiment(source: str | bytes) -> Plan | tuple[Problem, ...]:
    """Return the experiment of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    place = _place(fields)
    mode = fields.choice("mode", MODES, "ab")
    goals = _outcomes(fields, "goals", is_needed=True)
    guards = _outcomes(fields, "guards")
    if twice := sorted(set(goals) & set(guards)):
        fields.wrong("guards", "experiments.twice", names=", ".join(twice))
    if mode == "thompson" and goals and not OUTCOMES[goals[0]].is_share:
        fields.wrong("goals", "experiments.thompson_share")
    sample = fields.whole("sample", 100, 10**9) or 0
    ends = fields.day("ends")
    if "sample" not in loaded.tree and "ends" not in loaded.tree:
        fields.wrong("sample", "experiments.no_end")
    winner, proof = _winner(fields)
    found = Plan(
        slug=header.slug if header else "",
        name=header.name if header else {},
        note=header.note if header else "",
        hypothesis=fields.word("hypothesis", is_needed=True, most=1_000),
        place=place,
        arms=_arms(fields, place),
        goals=goals,
        guards=guards,
        window=_time(fields, "window", 0),
        sample=sample,
        ends=ends,
        covariate=_time(fields, "covariate", 0),
        mode=mode,
        batch=_time(fields, "batch", 6 * HOUR),
        winner=winner,
        proof=proof,
        currency=fields.currency(),
        owner=fields.word("owner"),
        source=dump(loaded.tree),
    )
    return tuple(fields.problems) if fields.problems else found


@lru_cache(maxsize=512)
def parsed_experiment(source: str) -> Plan:
    """Return the experiment of a stored source; raise BadInput where it is understood no more."""
    found = parse_experiment(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _place(fields: Fields) -> Place:
    """Return where people meet it; without `where`, at the experiment nodes that name it."""
    inner = fields.below("where")
    if inner is None:
        return Place("node")
    inner.only({"journey", "node", "coupon", "promotions"})
    if "coupon" in inner.tree:
        if len(inner.tree) > 1:
            inner.wrong("", "experiments.one_place")
        return Place("coupon", coupon=inner.slug("coupon"))
    if "promotions" in inner.tree:
        if len(inner.tree) > 1 or inner.tree["promotions"] is not True:
            inner.wrong("", "experiments.one_place")
        return Place("promotion")
    journey, node = inner.slug("journey"), inner.word("node", is_needed=True)
    if "journey" not in inner.tree:
        inner.wrong("journey", "plans.want_slug")
    return Place("send", journey, node)


def _arms(fields: Fields, place: Place) -> tuple[PlannedArm, ...]:
    """Return the arms; their shares add up to the whole."""
    parts = fields.parts("arms", _MOST_ARMS)
    if parts is None or len(parts) == 1:
        fields.wrong("arms", "experiments.two_arms")
        return ()
    found: list[PlannedArm] = []
    for one in parts:
        one.only({"name", "share", "coupon", "promotion"})
        name = one.word("name", is_needed=True, most=60)
        if name in {other.name for other in found}:
            one.wrong("name", "experiments.arm_twice", name=name)
        share = as_share(one.tree.get("share")) if "share" in one.tree else Fraction(1, len(parts))
        if not share:
            one.wrong("share", "experiments.want_share")
        for offer in ("coupon", "promotion"):
            if offer in one.tree and offer != place.kind:
                one.wrong(offer, "experiments.no_offer", offer=offer)
        coupon, promotion = one.slug("coupon"), one.slug("promotion")
        if place.kind == "coupon" and not coupon:
            one.wrong("coupon", "plans.want_slug")
        found.append(PlannedArm(name, share or Fraction(0), coupon, promotion))
    _check_shares(fields, found)
    if place.kind == "promotion" and not any(one.promotion for one in found):
        fields.wrong("arms", "experiments.no_promotion")
    return tuple(found)


def _check_shares(fields: Fields, arms: Sequence[PlannedArm]) -> None:
    """Note shares that are no whole, or below what thompson leaves to every arm."""
    said = [one for one in fields.tree.get("arms") or () if isinstance(one, dict)]  # type: ignore[union-attr] # a list: its parts were read
    n_said = sum("share" in one for one in said)
    if n_said not in {0, len(said)} or (n_said and sum(one.share for one in arms) != 1):
        fields.wrong("arms", "experiments.whole")
    if fields.tree.get("mode") == "thompson" and any(one.share < FLOOR for one in arms):
        fields.wrong("arms", "experiments.floor", floor=f"{FLOOR:.0%}")


def _outcomes(fields: Fields, name: str, *, is_needed: bool = False) -> tuple[str, ...]:
    """Return names of outcomes, in the order in which they are written."""
    found = fields.tree.get(name)
    if found is None and not is_needed:
        return ()
    is_list = isinstance(found, list) and 1 <= len(found) <= _MOST_METRICS
    if not is_list or not all(isinstance(one, str) and one in OUTCOMES for one in found):  # type: ignore[union-attr] # is_list says so
        fields.wrong(name, "plans.want_choices", choices=", ".join(OUTCOMES))
        return ()
    return tuple(dict.fromkeys(str(one) for one in found))  # type: ignore[union-attr] # as above


def _winner(fields: Fields) -> tuple[str, str]:
    """Return `winner: {rule: roll_out, proof: anytime}`."""
    inner = fields.below("winner")
    if inner is None:
        return WINNERS[0], PROOFS[0]
    inner.only({"rule", "proof"})
    return inner.choice("rule", WINNERS, WINNERS[0]), inner.choice("proof", PROOFS, PROOFS[0])


def _time(fields: Fields, name: str, default: int) -> int:
    """Return a time of at least an hour and at most a year."""
    written = fields.tree.get(name)
    if written is None:
        return default
    found = as_duration(written) if isinstance(written, str) else None
    if found is None or not HOUR <= found <= 366 * DAY:
        fields.wrong(name, "rollouts.time")
        return default
    return found
