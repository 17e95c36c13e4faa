"""What happens in a brand now and happened lately: the figures of the console's start page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.kernel.times import HOUR, from_datetime, local_datetime
from huiliu.ports import MessageFilter, MessageRow, Tx, World

__all__ = ["HANDED_OVER", "Live", "Overview", "live", "overview"]

#: Statuses of messages that a provider has taken.
HANDED_OVER = ("sent", "delivered", "unknown")
_LATEST = 8


@dataclass(frozen=True, slots=True)
class Live:
    """How far behind the instance is, and what it did last."""

    n_events_hour: int
    #: Consumer of the log -> how many events it has still to read.
    lag: Mapping[str, int]
    #: How long the oldest due token has waited, in microseconds.
    token_lag: int
    n_outbox: int
    latest: Sequence[MessageRow]


@dataclass(frozen=True, slots=True)
class Overview:
    """A period's messages and events."""

    since: int
    n_handed_over: int
    n_delivered: int
    #: Messages taken by providers that report deliveries: what the delivered can be a share of.
    n_reported: int
    n_failed: int
    n_not_sent: int
    n_events: int
    n_people: int
    #: Reason -> messages that were not sent.
    reasons: Mapping[str, int]
    days: Sequence[dt.date]
    #: Channel -> messages sent on each of the days.
    series: Mapping[str, Sequence[int]]
    live: Live

    @property
    def delivered_share(self) -> float | None:
        """Return how many messages arrived, of the channels that report it; None without any."""
        return self.n_delivered / self.n_reported if self.n_reported else None


def overview(world: World, brand_id: int, n_days: int) -> Overview:
    """Return the figures of the last days, today included, in the brand's zone."""
    now = world.clock.now()
    today = local_datetime(now, world.zone)
    first = today.date() - dt.timedelta(days=n_days - 1)
    midnight = dt.datetime.combine(first, dt.time(), today.tzinfo)
    since = from_datetime(midnight)
    days = [first + dt.timedelta(days=n) for n in range(n_days)]
    with world.store.transaction(brand_id) as tx:
        counts = tx.console.message_counts(brand_id, since)
        by_day = tx.console.messages_by_day(brand_id, since, world.zone)
        n_people = tx.console.n_people(brand_id)
    with world.store.system() as tx:
        n_events = tx.log.head() - tx.console.first_offset_since(since)
    reporting = {channel for channel, status, _, _ in counts if status == "delivered"}
    reasons: dict[str, int] = {}
    for _, status, reason, n in counts:
        if status == "not_sent":
            reasons[reason] = reasons.get(reason, 0) + n
    return Overview(
        since=since,
        n_handed_over=_sum(counts, HANDED_OVER),
        n_delivered=_sum(counts, ("delivered",)),
        n_reported=_sum([row for row in counts if row[0] in reporting], (*HANDED_OVER, "failed")),
        n_failed=_sum(counts, ("failed",)),
        n_not_sent=_sum(counts, ("not_sent",)),
        n_events=n_events,
        n_people=n_people,
        reasons=dict(sorted(reasons.items(), key=lambda item: -item[1])),
        days=days,
        series=_series(by_day, days),
        live=live(world, brand_id),
    )


def live(world: World, brand_id: int) -> Live:
    """Return what the ticker shows."""
    now = world.clock.now()
    with world.store.system() as tx:
        head = tx.log.head()
        lag = {name: max(0, head - at) for name, at, _ in tx.console.cursors()}
        n_events_hour = head - tx.console.first_offset_since(now - HOUR)
        token_lag = tx.runs.lateness(now)
    with world.store.transaction(brand_id) as tx:
        return Live(
            n_events_hour=n_events_hour,
            lag=lag,
            token_lag=token_lag,
            n_outbox=tx.console.n_open_messages(brand_id),
            latest=_latest(tx, brand_id),
        )


def _latest(tx: Tx, brand_id: int) -> Sequence[MessageRow]:
    """Return the messages decided last."""
    return tx.console.messages(brand_id, MessageFilter(), _LATEST)


def _sum(counts: Sequence[tuple[str, str, str, int]], statuses: Sequence[str]) -> int:
    """Return how many messages have one of the statuses."""
    return sum(n for _, status, _, n in counts if status in statuses)


def _series(
    by_day: Sequence[tuple[dt.date, str, int]], days: Sequence[dt.date]
) -> dict[str, list[int]]:
    """Return a row of day counts a channel, zeroes included."""
    found: dict[str, dict[dt.date, int]] = {}
    for day, channel, n in by_day:
        found.setdefault(channel, {})[day] = n
    return {channel: [on.get(day, 0) for day in days] for channel, on in sorted(found.items())}
