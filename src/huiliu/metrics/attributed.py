"""Which channel an order is credited to by the last touch.

The last message that its person followed in the 30 days before it was paid; else the last one that
they opened in the day before; else the channel on which it was placed. An order is credited once.
What would have been bought without any message is in it too: a holdout tells that apart.
"""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import DAY
from huiliu.metrics.metric import Frame

__all__ = ["CLICK_DAYS", "OPEN_DAYS", "credited"]

CLICK_DAYS: Final = 30
OPEN_DAYS: Final = 1
_CLICKED, _OPENED = "Message Clicked", "Message Opened"
_DAY_S: Final = 86_400
#: Any click before every opening, however old.
_CLICKS_FIRST: Final = 1 << 40


def credited(frame: Frame, orders: ibis.Table) -> ibis.Table:
    """Return orders with `channel` as the one credited, and `journey` as that of the message.

    Args:
        frame: when they were paid.
        orders: with order_id, profile_id, paid_at and channel, all of them paid in the span.
    """
    tables, events = frame.tables, frame.tables.events
    machine = tables.cell(events.properties, ("machine",)).flag().fill_null(False)
    journey = tables.cell(events.properties, ("journey",)).text()
    did = (
        events.mutate(journey=journey)
        .filter(
            events.name.isin([_CLICKED, _OPENED]),
            events.occurred_at >= moment_literal(frame.since - CLICK_DAYS * DAY),
            events.occurred_at < moment_literal(frame.until),
            events.channel.notnull(),
            ~machine,
        )
        .select("profile_id", "journey", "position", did="name", on="channel", did_at="occurred_at")
    )
    pairs = orders.select("order_id", "profile_id", "paid_at").inner_join(did, "profile_id")
    apart = pairs.paid_at.epoch_seconds() - pairs.did_at.epoch_seconds()
    is_click = pairs.did == _CLICKED
    reach = ibis.ifelse(is_click, CLICK_DAYS * _DAY_S, OPEN_DAYS * _DAY_S)
    seconds = pairs.did_at.epoch_seconds() + ibis.ifelse(is_click, _CLICKS_FIRST, 0)
    # Of two in one second the later row: else chance would choose, and anew at every question.
    rank = ibis.struct({"seconds": seconds, "position": pairs.position})
    near = pairs.mutate(rank=rank).filter(pairs.did_at <= pairs.paid_at, apart <= reach)
    best = near.group_by("order_id").agg(
        credit=near.on.argmax(near["rank"]), journey=near.journey.argmax(near["rank"])
    )
    found = orders.left_join(best, "order_id")
    return found.mutate(channel=ibis.coalesce(found.credit, found.channel)).drop("credit")
