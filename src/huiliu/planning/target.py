"""The document `kind: target`: what is to be reached, where, by when, by whom, and why."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import text
from huiliu.metrics import METRICS, Adds, Metric, Unit

__all__ = ["KIND", "Span", "Target", "parse_target", "parsed_target"]

KIND: Final = "target"
_FIELDS: Final = frozenset({
    *HEADER, "metric", "channels", "currency", "baseline", "goal", "from", "until", "owner",
    "because",
})  # fmt: skip
_CHANGE: Final = re.compile(r"([+-])\s*(\d{1,4}(?:\.\d{1,4})?)\s*%")
_MOST: Final = 1e15
_LONGEST_DAYS: Final = 2 * 366


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included."""

    first: dt.date
    last: dt.date

    @property
    def n_days(self) -> int:
        """Return how many days it is long."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Target:
    """One target as it is live; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    note: str
    metric: Metric
    #: () = all.
    channels: tuple[str, ...]
    currency: str
    #: What it is measured from: a figure, or the days that tell it.
    baseline: float | Span
    #: What is to be reached; None = `change` says it.
    goal: float | None
    #: 0.2 = a fifth more than the baseline.
    change: float
    span: Span
    owner: str
    #: Why it matters.
    because: str
    #: Canonical YAML.
    source: str

    @property
    def is_upward(self) -> bool:
        """Say whether more is wanted."""
        return self.metric.is_more_better

    def goal_from(self, baseline: float | None) -> float | None:
        """Return what is to be reached; None where it rests on a baseline that nobody knows.

        Args:
            baseline: of a span as long as the target's.
        """
        if self.goal is not None:
            return self.goal
        return None if baseline is None else baseline * (1 + self.change)


def parse_target(source: str | bytes) -> Target | tuple[Problem, ...]:
    """Return the target of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    metric = METRICS[fields.choice("metric", tuple(METRICS))]
    currency = fields.currency(is_needed=metric.unit is Unit.MONEY)
    baseline = _baseline(fields, metric)
    goal, change = _goal(fields, metric, baseline)
    span = _span(fields)
    channels = fields.channels("channels")
    owner = fields.word("owner", is_needed=True)
    because = fields.word("because", is_needed=True, most=1_000)
    if fields.problems or header is None or span is None or baseline is None:
        return tuple(fields.problems)
    return Target(
        header.slug, header.name, header.note, metric, channels, currency, baseline, goal, change,
        span, owner, because, dump(loaded.tree),
    )  # fmt: skip


@lru_cache(maxsize=512)
def parsed_target(source: str) -> Target:
    """Return the target of a stored source; raise BadInput where it is understood no more."""
    found = parse_target(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _span(fields: Fields, first: str = "from", last: str = "until") -> Span | None:
    """Return the days of a span; None and problems where they are none."""
    begins, ends = fields.day(first, is_needed=True), fields.day(last, is_needed=True)
    if begins is None or ends is None:
        return None
    if ends < begins:
        fields.wrong(last, "plans.ends_before")
        return None
    if (ends - begins).days >= _LONGEST_DAYS:
        fields.wrong(last, "plans.too_long", most=_LONGEST_DAYS)
        return None
    return Span(begins, ends)


def _baseline(fields: Fields, metric: Metric) -> float | Span | None:
    """Return `baseline: 1200`, or the days of `baseline: {from: …, until: …}`."""
    if isinstance(fields.tree.get("baseline"), dict):
        inner = fields.below("baseline")
        assert inner is not None
        inner.only({"from", "until"})
        return _span(inner)
    most = 1 if metric.unit is Unit.SHARE else _MOST
    found = fields.number("baseline", 0, most)
    if "baseline" not in fields.tree:
        fields.wrong("baseline", "targets.no_baseline")
    return found


def _goal(
    fields: Fields, metric: Metric, baseline: float | Span | None
) -> tuple[float | None, float]:
    """Return `goal: 1440`, or the change of `goal: +20%`."""
    written = fields.tree.get("goal")
    if isinstance(written, str) and (found := _CHANGE.fullmatch(written.strip())):
        change = float(found[2]) / 100 * (1 if found[1] == "+" else -1)
        if change == 0 or (change > 0) != metric.is_more_better:
            fields.wrong("goal", "targets.no_progress")
        if baseline == 0:
            fields.wrong("goal", "targets.nothing_grows")
        return None, change
    if written is None or isinstance(written, str):
        fields.wrong("goal", "targets.no_goal")
        return None, 0.0
    goal = fields.number("goal", 0, 1 if metric.unit is Unit.SHARE else _MOST)
    if goal is not None and isinstance(baseline, float):
        is_progress = goal > baseline if metric.is_more_better else goal < baseline
        if not is_progress:
            fields.wrong("goal", "targets.no_progress")
    if goal == 0 and metric.adds is not Adds.RATIO:
        fields.wrong("goal", "targets.no_goal")
    return goal, 0.0
