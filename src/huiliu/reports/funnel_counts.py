"""How many people came to each step of a funnel, as one expression: sums leave the engine, no row.

For every event of a step the latest beginning from which it can be reached is carried along: that
of the step before it, the latest that lies before the event. So whoever can come to a step in time
is counted, whichever of their beginnings leads there, and an engine needs one running maximum a
step. What lies between the beginning and the event may not be excluded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.metrics import Frame
from huiliu.reports.funnel_document import STRICT, Funnel, Step
from huiliu.statistics.proportions import Interval, wilson

__all__ = ["StepFigures", "ask_funnel", "reached", "read_steps"]

_BEFORE_ALL: Final = 0
#: So many values of a breakdown are told, those of most people.
_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class StepFigures:
    """How many came to a step."""

    name: Mapping[str, str]
    n: int
    #: Of those at the first step, and of those at the step before; with 95 % intervals.
    of_first: float | None
    of_first_interval: Interval
    of_before: float | None
    of_before_interval: Interval
    #: Seconds from the first step on that half of them took; None = unknown.
    median_s: float | None = None

    @property
    def lost(self) -> float | None:
        """Return the share of those at the step before who did not come here."""
        return None if self.of_before is None else 1 - self.of_before


def reached(frame: Frame, funnel: Funnel, by: str = "") -> ibis.Table:
    """Return profile_id, value, at (when somebody began), and for each step came_k and after_k.

    `value` is the channel of the first step, or its property with `property:<name>`; after_k is in
    seconds.
    """
    rows = _step_rows(frame, funnel, by)
    n = len(funnel.steps)
    rows = _chained(rows, funnel) if funnel.order == STRICT else _gathered(rows, funnel)
    is_there = rows.began_at.notnull()
    took = (rows.at.epoch_seconds() - rows.began_at.epoch_seconds()).cast("float64")
    ks = range(1, n + 1)
    return rows.filter(is_there).group_by("profile_id").agg(
        at=rows.began_at.min(),
        value=rows.value.argmin(rows.at),
        **{f"came_{k}": (rows.step == k).any() for k in ks},
        **{f"after_{k}": took.min(where=rows.step == k) for k in ks},
    )  # fmt: skip


def ask_funnel(
    frame: Frame,
    funnel: Funnel,
    people: ibis.Table,
    told_apart: Callable[[ibis.Table], ibis.Table] | None = None,
) -> ibis.Table:
    """Return value, n, open, and for each step n_k and median_k; one row a value.

    Args:
        frame: the days on which people began.
        funnel: its steps.
        people: what `reached` gives.
        told_apart: puts the value by which people are told apart; None = all of them are one.
    """
    if told_apart is None:
        people = people.mutate(value=ibis.literal(""))
    else:
        people = told_apart(people)
        people = people.mutate(value=people.value.cast("string").fill_null(""))
    ks = range(1, len(funnel.steps) + 1)
    # Who began so lately may still come to the end.
    is_open = people.at > moment_literal(frame.now - funnel.window)
    is_open = is_open & ~people[f"came_{len(funnel.steps)}"]
    counted = people.group_by("value").agg(
        n=people.count(),
        open=people.count(where=is_open),
        **{f"n_{k}": people.count(where=people[f"came_{k}"]) for k in ks},
        **{f"median_{k}": people[f"after_{k}"].median() for k in ks},
    )
    return counted.order_by([counted.n.desc(), counted.value]).limit(_MOST)


def read_steps(funnel: Funnel, row: Mapping[str, Any]) -> Sequence[StepFigures]:
    """Return the figures of one row of an answer."""
    counts = [int(row[f"n_{k}"]) for k in range(1, len(funnel.steps) + 1)]
    medians = [row[f"median_{k}"] for k in range(1, len(funnel.steps) + 1)]
    first = counts[0] if funnel.order == STRICT else int(row["n"])
    befores = [first, *counts[:-1]] if funnel.order == STRICT else [first] * len(counts)
    return [
        StepFigures(
            step.shown, n, *_share(n, first), *_share(n, before),
            median_s=None if median is None else float(median),
        )
        for step, n, before, median in zip(funnel.steps, counts, befores, medians, strict=True)
    ]  # fmt: skip


def _share(n: int, whole: int) -> tuple[float | None, Interval]:
    """Return a share and its interval."""
    return (n / whole if whole else None), wilson(min(n, whole), whole)


def _step_rows(frame: Frame, funnel: Funnel, by: str) -> ibis.Table:
    """Return the events of all steps: profile_id, at, position, step, value; 0 = excluded."""
    parts = [_rows_of(frame, funnel, nth, step, by) for nth, step in enumerate(funnel.steps, 1)]
    if funnel.exclude:
        parts.append(_rows_of(frame, funnel, _BEFORE_ALL, Step({}, funnel.exclude), ""))
    return ibis.union(*parts)


def _rows_of(frame: Frame, funnel: Funnel, nth: int, step: Step, by: str) -> ibis.Table:
    """Return the events of one step."""
    events = frame.tables.events
    is_begun = nth == 1 or funnel.order != STRICT
    until = frame.until if is_begun else min(frame.until + funnel.window, frame.now + 1)
    rows = events.filter(
        events.name.isin(list(step.events)), events.profile_id.notnull(),
        events.occurred_at >= moment_literal(frame.since),
        events.occurred_at < moment_literal(until),
    )  # fmt: skip
    for test in step.where.among(rows.properties, frame.tables.cell):
        rows = rows.filter(test)
    if step.channels:
        rows = rows.filter(rows.channel.isin(list(step.channels)))
    _, _, named = by.partition("property:")
    told = rows.channel
    if named:
        cell = frame.tables.cell(rows.properties, tuple(named.split(".")))
        told = ibis.coalesce(cell.text(), cell.number().cast("string"))
    return rows.select(
        "profile_id", "position", at=rows.occurred_at, step=ibis.literal(nth, type="int64"),
        value=told,
    )  # fmt: skip


def _chained(rows: ibis.Table, funnel: Funnel) -> ibis.Table:
    """Return the same rows with the beginning from which each was reached; null = from none."""

    def before(table: ibis.Table) -> Any:
        """Return all rows of a person up to this one; of one event its later steps come first."""
        order = [table.at, table.position, table.step.desc()]
        return ibis.window(group_by=table.profile_id, order_by=order, following=0)

    excluded = rows.at.max(where=rows.step == _BEFORE_ALL).over(before(rows))
    rows = rows.mutate(
        began_at=ibis.ifelse(rows.step == 1, rows.at, ibis.null("timestamp(6)")),
        excluded_at=excluded if funnel.exclude else ibis.null("timestamp(6)"),
    )
    for nth in range(2, len(funnel.steps) + 1):
        rows = rows.mutate(latest=rows.began_at.max(where=rows.step == nth - 1).over(before(rows)))
        is_clean = rows.excluded_at.isnull() | (rows.excluded_at < rows.latest)
        ok = is_clean & (rows.at <= rows.latest + _interval(funnel.window))
        began = ibis.ifelse(ok.fill_null(False), rows.latest, ibis.null("timestamp(6)"))
        rows = rows.mutate(began_at=ibis.ifelse(rows.step == nth, began, rows.began_at))
    return rows


def _gathered(rows: ibis.Table, funnel: Funnel) -> ibis.Table:
    """Return the rows of whichever steps somebody took within the window of their first."""
    within = ibis.window(group_by=rows.profile_id)
    is_step = rows.step != _BEFORE_ALL
    rows = rows.mutate(first_at=rows.at.min(where=is_step).over(within))
    is_near = is_step & (rows.at <= rows.first_at + _interval(funnel.window))
    return rows.mutate(began_at=ibis.ifelse(is_near, rows.first_at, ibis.null("timestamp(6)")))


def _interval(length: int) -> Any:
    """Return a length of time as an interval."""
    return ibis.interval(seconds=length // 1_000_000)
