"""Rows that several metrics count: purchases, what people did, and messages with their ends."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import DAY
from huiliu.metrics.metric import Frame
from huiliu.metrics.purchases import purchase_rows

__all__ = [
    "acts",
    "answered",
    "messages",
    "paid_inside",
    "purchases",
    "ranked_purchases",
    "sent",
    "settled",
]

_INTERNAL: Final = "internal"
#: A message was handed over: it left, or nobody knows whether it did.
_HANDED: Final = ("Message Sent", "Message Unknown")
_SAID: Final = "Consent Withdrawn"
#: What a message led to -> the events that tell of it.
_TOLD: Final = {
    "delivered": ("Message Delivered",),
    "failed": ("Message Failed", "Message Bounced"),
    "opened": ("Message Opened",),
    "clicked": ("Message Clicked",),
    "complained": ("Message Complained",),
    "opted_out": (_SAID,),
}
#: What machines do too: mail programs fetch pictures, firewalls follow links.
_BY_PEOPLE: Final = ("Message Opened", "Message Clicked")
#: What is told of a message later than this is not looked for.
_REACH: Final = 30 * DAY


def purchases(frame: Frame) -> ibis.Table:
    """Return the orders that were paid and still stand, each with the day on which it was paid."""
    return _of_money(frame, purchase_rows(frame.tables))


def paid_inside(frame: Frame) -> ibis.Table:
    """Return the same, of orders that were paid in the span alone."""
    rows = _of_money(frame, purchase_rows(frame.tables, frame.inside))
    return rows.filter(frame.inside(rows.paid_at))


def _of_money(frame: Frame, rows: ibis.Table) -> ibis.Table:
    """Return the orders of the money that is asked for, each with the day it was paid on."""
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


def settled(frame: Frame, days: int, day: ibis.Value) -> ibis.Value:
    """Return whether the days after one are over: until then what they bring is not all there."""
    return day + days < frame.today


def messages(frame: Frame) -> ibis.Table:
    """Return the messages that were handed over in the span: day, channel and what they led to.

    A day is that of the sending, whenever the rest was told. What a machine opened or followed
    was opened and followed by nobody.
    """
    found = frame.tables.sent.get((frame.since, frame.until))
    found = sent(frame) if found is None else found
    if frame.journeys:
        found = found.filter(found.journey.isin(list(frame.journeys)))
    return frame.place(found.mutate(day=frame.day(found.sent_at)))


def answered(frame: Frame, days: int) -> ibis.Table:
    """Return the same messages with `bought`: whether an order of the days after it is its own.

    An order is that of the last message before it, and of no other, on whichever channel.
    """
    late = days * DAY
    # A message after the span takes away what would else be of one within it.
    wide = _handed_over(frame, frame.until + late)
    bought = purchases(frame)
    bought = bought.filter(
        bought.paid_at >= moment_literal(frame.since),
        bought.paid_at < moment_literal(frame.until + late),
    ).select("order_id", "profile_id", "paid_at")
    pairs = bought.inner_join(wide, "profile_id")
    apart = pairs.paid_at.epoch_seconds() - pairs.sent_at.epoch_seconds()
    pairs = pairs.filter(pairs.paid_at >= pairs.sent_at, apart <= late // 1_000_000)
    window = ibis.window(group_by=pairs.order_id, order_by=[pairs.sent_at.desc(), pairs.message])
    last = pairs.mutate(nth=ibis.row_number().over(window))
    own = last.filter(last.nth == 0).select("message").distinct()
    found = messages(frame)
    return found.mutate(bought=found.message.isin(own.message))


def sent(frame: Frame) -> ibis.Table:
    """Return the messages that were handed over in the span, with what they led to."""
    tables, events = frame.tables, frame.tables.events
    known = [*_HANDED, *(name for names in _TOLD.values() for name in names)]
    rows = _told_of(frame, events.name.isin(sorted(set(known))), frame.until)
    journey = tables.cell(rows.properties, ("journey",)).text()
    machine = tables.cell(rows.properties, ("machine",)).flag()
    rows = rows.mutate(journey=journey, machine=machine.fill_null(False))
    rows = rows.filter(~(rows.machine & rows.name.isin(list(_BY_PEOPLE))))
    is_handed = rows.name.isin(_HANDED)
    told = {word: rows.name.isin(names).any() for word, names in _TOLD.items()}
    found = rows.group_by("message").agg(
        profile_id=rows.profile_id.max(where=is_handed),
        sent_at=rows.occurred_at.min(where=is_handed),
        channel=rows.channel.max(where=is_handed),
        journey=rows.journey.max(where=is_handed),
        **told,
    )
    return _between(frame, found, frame.until)


def _handed_over(frame: Frame, until: int) -> ibis.Table:
    """Return message, profile_id and sent_at of what was handed over until an instant."""
    rows = _told_of(frame, frame.tables.events.name.isin(_HANDED), until)
    found = rows.group_by("message").agg(
        profile_id=rows.profile_id.max(), sent_at=rows.occurred_at.min()
    )
    return _between(frame, found, until)


def _told_of(frame: Frame, is_asked: ibis.Value, until: int) -> ibis.Table:
    """Return what was told of messages in time, each with the message that it was told of."""
    tables, events = frame.tables, frame.tables.events
    late = ibis.interval(seconds=_REACH // 1_000_000)
    rows = events.filter(
        is_asked,
        events.occurred_at >= moment_literal(frame.since),
        events.occurred_at < moment_literal(until) + late,
    )
    message = ibis.coalesce(
        tables.cell(rows.properties, ("message_id",)).text(),
        tables.cell(rows.properties, ("message",)).text(),
    )
    rows = rows.mutate(message=message)
    return rows.filter(rows.message.notnull())


def _between(frame: Frame, found: ibis.Table, until: int) -> ibis.Table:
    """Return the messages that were handed over from the span's begin until an instant."""
    return found.filter(
        found.sent_at.notnull(),
        found.sent_at >= moment_literal(frame.since),
        found.sent_at < moment_literal(until),
    )
