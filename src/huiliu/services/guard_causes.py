"""Where a fall of messages began: at which step, and for whom; and how narrow a pause may be."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.governance.channel_guard import BASELINE_DAYS
from huiliu.governance.funnel import FunnelCell, drill_funnel
from huiliu.governance.guard_document import STEPS
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.guard import SuspectRow
from huiliu.reports.guard_messages import DIMENSIONS, funnel_cells, values, with_people
from huiliu.services.guard_pauses import SEGMENT
from huiliu.services.guard_series import Eyes

__all__ = ["OTHER", "Grounds", "Seen", "narrowed", "open_grounds"]

#: What the rarer values of a dimension are called together.
OTHER: Final = "*"
#: Values of a dimension that stand by themselves.
_MOST_VALUES: Final = 12
_MOST_SUSPECTS: Final = 3
#: A cause that explains less than this part of what is missing is not what is paused.
_ENOUGH: Final = 0.5
_NUMBERS: Final = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked at of a scope, and seen."""

    n: float
    seen: float


@dataclass(slots=True)
class Grounds:
    """The messages of one channel with all that they differ by; held in the warehouse."""

    eyes: Eyes
    channel: str
    rows: ibis.Table
    #: Name of a dimension -> its column.
    columns: Mapping[str, str]

    def causes(self, campaign: str, step: str, since_day: int, since: int) -> list[SuspectRow]:
        """Return where steps up to the one that fell broke, the best explanation first.

        Args:
            campaign: only messages of this journey; "" = all.
            step: which fell.
            since_day: the first day of the fall, in days since 1970.
            since: its first instant.
        """
        rows = self.rows
        rows = rows.filter(rows.journey == campaign) if campaign else rows
        run = self.eyes.world.warehouse.run
        kept = {
            column: [str(one["value"]) for one in run(
                values(rows, column, _MOST_VALUES)).to_pylist()]
            for column in self.columns.values()
        }  # fmt: skip
        found = run(funnel_cells(rows, kept, (since, self.eyes.asked.now + 1), OTHER)).to_pylist()
        steps = STEPS[: STEPS.index(step) + 1]
        ripe = self.eyes.ripeness(self.channel, since_day)
        cells = _cells(found, self.columns, steps, ripe)
        broken = drill_funnel(cells, ("send", *steps), _MOST_SUSPECTS)
        return [
            SuspectRow(one.step, dict(one.suspect.where), one.suspect.score, one.suspect.expected,
                       one.suspect.seen, one.suspect.share)
            for one in broken
        ]  # fmt: skip

    def usual(self, scope: Mapping[str, str], step: str, since: int) -> Seen:
        """Return what was looked at and seen of a scope in the weeks before a fall."""
        rows = self._of(scope, step)
        first = since - BASELINE_DAYS * DAY
        rows = rows.filter(_between(rows.sent_at, first, since))
        return self._counted(rows, step)

    def since(self, scope: Mapping[str, str], step: str, since: int) -> Seen:
        """Return the same of what was sent since an instant, as far as it had time to show."""
        rows = self._of(scope, step)
        rows = rows.filter(_between(rows.sent_at, since, self.eyes.asked.now + 1))
        return self._counted(rows, step)

    def _counted(self, rows: ibis.Table, step: str) -> Seen:
        """Return how many messages had time for a step, and how many came to it."""
        hour = (rows.sent_at.epoch_seconds() // 3_600).cast("int64")
        came = rows[f"{step}_at"].notnull()
        came = came | rows.click_at.notnull() if step == "open" else came
        rows = rows.mutate(hour=hour, came=came)
        found = self.eyes.world.warehouse.run(
            rows.group_by("hour").agg(n=rows.count(), seen=rows.came.sum())
        ).to_pylist()
        n = sum(one["n"] * self.eyes.ripe_of(self.channel, step, one["hour"] * HOUR)
                for one in found)  # fmt: skip
        return Seen(float(n), float(sum(one["seen"] for one in found)))

    def _of(self, scope: Mapping[str, str], step: str) -> ibis.Table:
        """Return the messages of a scope that a step is counted of."""
        rows = self.rows
        tests = [rows[self.columns[name]] == value
                 for name, value in scope.items() if name in self.columns]  # fmt: skip
        if step != "deliver":
            tests += [~rows.failed, rows["class"].fill_null("") != "service"]
        return rows.filter(reduce(and_, tests)) if tests else rows


@contextmanager
def open_grounds(eyes: Eyes, channel: str) -> Iterator[Grounds]:
    """Lend the messages of a channel with all that they differ by."""
    names = eyes.document.segments
    segments = None
    if names:
        every = eyes.world.warehouse.table("memberships")
        segments = every.filter(every.brand_id == eyes.brand_id, every.segment.isin(list(names)))
    rows = eyes.rows.filter(eyes.rows.channel == channel)
    name = f"guard-{eyes.brand_id}-{os.getpid()}-grounds-{next(_NUMBERS)}"
    people = with_people(rows, eyes.asked.tables, segments, names)
    held = eyes.world.warehouse.keep(name, people)
    columns = {one: one for one in DIMENSIONS}
    columns |= {f"{SEGMENT}{one}": f"segment_{nth}" for nth, one in enumerate(names)}
    try:
        yield Grounds(eyes, channel, held, columns)
    finally:
        eyes.world.warehouse.let_go([name])


def narrowed(
    channel: str, campaign: str, suspects: Sequence[SuspectRow], pausable: Sequence[str]
) -> dict[str, str]:
    """Return what is to be paused: the cause where one explains enough, else all of it.

    Args:
        channel: that fell.
        campaign: that fell; "" = the channel as a whole.
        suspects: the best explanation first.
        pausable: the dimensions that messages can be told apart by when they are sent.
    """
    scope = {"channel": channel}
    if campaign:
        scope["journey"] = campaign
    if not suspects:
        return scope
    best = suspects[0]
    is_cause = best.share >= _ENOUGH and OTHER not in best.where.values()
    mine = {name: one for name, one in best.where.items() if name in pausable}
    return scope | mine if is_cause else scope


def _cells(
    found: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    steps: Sequence[str],
    ripe: Mapping[str, float],
) -> list[FunnelCell]:
    """Return rows of the warehouse as cells; what came later had less time, so it counts more."""
    nothing = tuple(0.0 for _ in range(len(steps) + 1))
    halves: dict[tuple[str, ...], list[tuple[float, ...]]] = {}
    for row in found:
        key = tuple(str(row[column]) for column in columns.values())
        counted = (float(row["send"]), *(
            float(row[step]) / (max(ripe[step], 0.01) if row["after"] else 1.0) for step in steps
        ))  # fmt: skip
        halves.setdefault(key, [nothing, nothing])[1 if row["after"] else 0] = counted
    return [
        FunnelCell(dict(zip(columns, key, strict=True)), before, after)
        for key, (before, after) in halves.items()
    ]


def _between(at: ibis.Value, first: int, past: int) -> ibis.Value:
    """Return whether a timestamp lies from an instant to before another."""
    return (at >= moment_literal(first)) & (at < moment_literal(past))
