"""From the first touch on a channel to payment: how long it takes, and how many steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import ibis

from huiliu.kernel.times import DAY
from huiliu.metrics.metric import Frame
from huiliu.metrics.rows import purchases

__all__ = ["payment_paths"]

#: A touch longer ago than this led to no order.
_REACH: Final = 30 * DAY
#: Steps are counted on the last day before payment: what came long before was another visit.
_VISIT_S: Final = 86_400


def payment_paths(frame: Frame) -> ibis.Table:
    """Return channel, hours and steps (medians) and n (orders), by the channel of the touch.

    An order counts for each channel on which its person did something in the 30 days before it:
    hours are those since the first such thing, steps the things done there on the last day.
    """
    bought = purchases(frame)
    bought = bought.filter(frame.inside(bought.paid_at))
    bought = bought.select("order_id", "profile_id", "paid_at")
    wide = replace(frame, since=frame.since - _REACH)
    events = frame.tables.events
    # An order is no step towards itself.
    did = events.filter(
        events.kind.isin(["track", "page", "screen"]),
        events.channel.notnull() & (events.channel != "server"),
        ~events.name.startswith("Order "),
        wide.inside(events.occurred_at),
    ).select("profile_id", "channel", at="occurred_at")
    pairs = bought.inner_join(did, "profile_id")
    apart = pairs.paid_at.epoch_seconds() - pairs["at"].epoch_seconds()
    pairs = pairs.mutate(apart=apart)
    pairs = pairs.filter(pairs.apart >= 0, pairs.apart <= _REACH // 1_000_000)
    orders = pairs.group_by("order_id", "channel").agg(
        hours=pairs.apart.max() / 3_600.0,
        steps=(pairs.apart <= _VISIT_S).sum().cast("float64"),
    )
    return orders.group_by("channel").agg(
        hours=orders.hours.median(), steps=orders.steps.median(), n=orders.count()
    )
