"""How long people take to their first purchase; of the others only that it takes longer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.kernel.events import ORDER_EVENTS
from huiliu.kernel.times import HOUR
from huiliu.metrics import Frame
from huiliu.metrics.purchases import purchase_rows
from huiliu.statistics.kaplan_meier import kaplan_meier

__all__ = ["Curve", "ask_waits", "read_curves"]

_DAY_HOURS: Final = 24
_PAID: Final = "Order Paid"
#: Channels of fewer people have no curve of their own.
_LEAST: Final = 50


@dataclass(frozen=True, slots=True)
class Curve:
    """The share of new people who have bought, by the days since they were first seen."""

    n: int
    n_events: int
    days: Sequence[float]
    #: The share who have not bought, at each of the days.
    survival: Sequence[float]
    #: The ends of its 95 % intervals.
    low: Sequence[float]
    high: Sequence[float]
    median_days: float | None
    p75_days: float | None
    p25_days: float | None


def ask_waits(frame: Frame) -> ibis.Table:
    """Return channel, hours, bought and n: people whom the span saw first, by how long they took.

    The channel is that of the first thing somebody did. Who had bought before anything else was
    seen of them is left out: nobody knows when they came.
    """
    tables, events = frame.tables, frame.tables.events
    own = events.filter(
        events.profile_id.notnull(), events.kind != "internal", ~events.name.isin(ORDER_EVENTS)
    )
    first = own.group_by("profile_id").agg(seen_at=own.occurred_at.min())
    first = first.filter(frame.inside(first.seen_at))
    paid = events.filter(events.profile_id.notnull(), events.name == _PAID)
    paid = paid.group_by("profile_id").agg(ever_at=paid.occurred_at.min())
    late = events.filter(events.occurred_at >= moment_literal(frame.since))
    bought = purchase_rows(replace(tables, events=late))
    bought = bought.group_by("profile_id").agg(paid_at=bought.paid_at.min())
    channels = tables.touches.select("profile_id", channel=tables.touches.first_channel)
    rows = first.left_join(bought, "profile_id").drop("profile_id_right")
    rows = rows.left_join(paid, "profile_id").drop("profile_id_right")
    rows = rows.left_join(channels, "profile_id").drop("profile_id_right")
    rows = rows.filter(rows.ever_at.isnull() | (rows.ever_at > rows.seen_at))
    until = moment_literal(min(frame.until, frame.now))
    has_bought = (rows.paid_at < until).fill_null(False)
    end = ibis.ifelse(has_bought, rows.paid_at, until)
    seconds = end.epoch_seconds() - rows.seen_at.epoch_seconds()
    hours = (seconds // (HOUR // 1_000_000)).cast("int64")
    return rows.group_by(
        channel=rows.channel.fill_null(""), hours=hours, bought=has_bought
    ).agg(n=rows.count())  # fmt: skip


def read_curves(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Curve]:
    """Return the curve of all people under "", and of each channel that enough came by."""
    held = list(rows)
    found = {"": _curve(held)}
    for channel in sorted({row["channel"] for row in held} - {""}):
        mine = [row for row in held if row["channel"] == channel]
        if sum(row["n"] for row in mine) >= _LEAST:
            found[channel] = _curve(mine)
    return found


def _curve(rows: Sequence[Mapping[str, Any]]) -> Curve:
    """Return the curve of some people."""
    hours = [float(row["hours"]) for row in rows]
    happened = [bool(row["bought"]) for row in rows]
    counts = [float(row["n"]) for row in rows]
    made = kaplan_meier(hours, happened, counts)
    low, high = made.interval()

    def days(q: float) -> float | None:
        """Return the days by which a share has bought."""
        found = made.quantile(q)
        return None if found is None else found / _DAY_HOURS

    return Curve(
        n=round(made.n), n_events=round(made.n_events),
        days=[float(one) / _DAY_HOURS for one in made.times],
        survival=[float(one) for one in made.survival], low=low, high=high,
        median_days=days(0.5), p75_days=days(0.75), p25_days=days(0.25),
    )  # fmt: skip
