"""Rows that several metrics count: purchases, what people did, and messages with their ends."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import DAY
from huiliu.metrics.metric import Frame
from huiliu.metrics.purchases import purchase_rows

__all__ = ["acts", "messages", "purchases", "ranked_purchases"]

_INTERNAL: Final = "internal"
#: A message was handed over: it left, or nobody knows whether it did.
_HANDED: Final = ("Message Sent", "Message Unknown")
_SAID: Final = "Consent Withdrawn"
#: What a message led to -> the events that tell of it.
_TOLD: Final = {
    "delivered": ("Message Delivered",),
    "failed": ("Message Failed", "Message Bounced"),
    "clicked": ("Message Clicked",),
    "complained": ("Message Complained",),
    "opted_out": (_SAID,),
}
#: What is told of a message later than this is not looked for.
_REACH: Final = 30 * DAY


def purchases(frame: Frame) -> ibis.Table:
    """Return the orders that were paid and still stand, each with the day on which it was paid."""
    rows = purchase_rows(frame.tables)
    if frame.currency:
        rows = rows.filter(rows.currency.isnull() | (rows.currency == frame.currency))
    return rows.mutate(day=frame.day(rows.paid_at))


def ranked_purchases(frame: Frame) -> ibis.Table:
    """Return the same, each with `before`: when its person had paid for the order before it."""
    rows = purchases(frame)
    window = ibis.window(group_by=rows.profile_id, order_by=[rows.paid_at, rows.order_id])
    return rows.mutate(before=rows.paid_at.lag().over(window), nth=ibis.row_number().over(window))


def acts(frame: Frame) -> ibis.Table:
    """Return what people did themselves: profile_id, day, channel; one row an event.

    Servers tell of orders and Huiliu of messages; neither shows that a person was there.
    """
    rows = frame.tables.events
    rows = rows.filter(
        rows.kind != _INTERNAL,
        rows.kind != "identify",
        rows.channel.isnull() | (rows.channel != "server"),
        frame.inside(rows.occurred_at),
    )
    return rows.select("profile_id", "name", "channel", day=frame.day(rows.occurred_at))


def messages(frame: Frame) -> ibis.Table:
    """Return the messages that were handed over in the span: day, channel and what they led to.

    A day is that of the sending, whenever the rest was told.
    """
    tables, events = frame.tables, frame.tables.events
    known = [*_HANDED, *(name for names in _TOLD.values() for name in names)]
    late = ibis.interval(seconds=_REACH // 1_000_000)
    rows = events.filter(
        events.name.isin(sorted(set(known))),
        events.occurred_at >= moment_literal(frame.since),
        events.occurred_at < moment_literal(frame.until) + late,
    )
    message = ibis.coalesce(
        tables.cell(rows.properties, ("message_id",)).text(),
        tables.cell(rows.properties, ("message",)).text(),
    )
    journey = tables.cell(rows.properties, ("journey",)).text()
    rows = rows.mutate(message=message, journey=journey)
    rows = rows.filter(rows.message.notnull())
    is_handed = rows.name.isin(_HANDED)
    told = {word: rows.name.isin(names).any() for word, names in _TOLD.items()}
    found = rows.group_by("message").agg(
        sent_at=rows.occurred_at.min(where=is_handed),
        channel=rows.channel.max(where=is_handed),
        journey=rows.journey.max(where=is_handed),
        **told,
    )
    tests = [found.sent_at.notnull(), frame.inside(found.sent_at)]
    if frame.journeys:
        tests.append(found.journey.isin(list(frame.journeys)))
    found = found.filter(reduce(and_, tests))
    return frame.place(found.mutate(day=frame.day(found.sent_at)))
