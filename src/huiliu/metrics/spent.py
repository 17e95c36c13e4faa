"""What reaching people cost, as facts tell it: messages to be priced, discounts, points spent.

Discounts and points belong to the channel, and to the journey, that their order is credited to.
"""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.metrics.attributed import credited
from huiliu.metrics.metric import Frame
from huiliu.metrics.rows import paid_inside

__all__ = ["counted_messages", "given_away"]

_HANDED: Final = ("Message Sent", "Message Unknown")
_OFF: Final = ("Coupon Redeemed", "Promotion Applied")
_OFF_AGAIN: Final = ("Coupon Rolled Back", "Promotion Undone")
_BURNT, _GIVEN_BACK = "Points Burned", "Points Given Back"


def counted_messages(frame: Frame, *, by_country: bool) -> ibis.Table:
    """Return day, channel, account, country and n of the messages that left.

    A message of which it is not known whether it left is paid for.
    """
    tables, events = frame.tables, frame.tables.events
    rows = events.filter(events.name.isin(_HANDED), frame.inside(events.occurred_at))
    rows = rows.select(
        "profile_id", "channel", "occurred_at",
        message=tables.cell(rows.properties, ("message_id",)).text(),
        account=tables.cell(rows.properties, ("account",)).text().fill_null(""),
        journey=tables.cell(rows.properties, ("journey",)).text(),
    )  # fmt: skip
    if frame.journeys:
        rows = rows.filter(rows.journey.isin(list(frame.journeys)))
    if frame.channels:
        rows = rows.filter(rows.channel.isin(list(frame.channels)))
    # The later of the two says more, and a message is one however often its end is told.
    each = rows.group_by("message").agg(
        profile_id=rows.profile_id.max(), channel=rows.channel.max(),
        at=rows.occurred_at.min(), account=rows.account.max(),
    )  # fmt: skip
    each = each.filter(each.message.notnull(), each.channel.notnull())
    each = each.mutate(day=frame.day(each["at"]))
    each = _with_country(frame, each) if by_country else each.mutate(country=ibis.literal(""))
    return each.group_by("day", "channel", "account", "country").agg(n=each.count())


def _with_country(frame: Frame, rows: ibis.Table) -> ibis.Table:
    """Return rows with the country of their people: their phone's, else the one they told."""
    known = rows
    for nth, trait in enumerate(("phone_country", "country")):
        held = frame.tables.trait(trait)
        told = held.select("profile_id", said=frame.tables.cell(held.value, ()).text())
        known = known.left_join(told, "profile_id", rname=f"right{nth}_{{name}}")
        known = known.rename({f"country{nth}": "said"})
    country = ibis.coalesce(known.country0, known.country1, ibis.literal(""))
    return known.select("day", "channel", "account", country=country.upper())


def given_away(frame: Frame) -> ibis.Table:
    """Return day, channel, coupons (money) and points: what people got with what they bought.

    A discount counts on the day on which its order was paid, if it still stands. Points that were
    spent on no order count on their own day and channel.
    """
    bought = credited(frame, paid_inside(frame))
    if frame.journeys:
        bought = bought.filter(bought.journey.isin(list(frame.journeys)))
    whose = bought.select("order_id", order_day="day", order_channel="channel")
    told = _told(frame).left_join(whose, "order_id")
    points = ibis.ifelse(told.name.isin([_BURNT, _GIVEN_BACK]), told.amount, 0.0)
    is_ours = told.order_day.notnull()
    if not frame.journeys:
        is_ours = is_ours | ((points != 0) & told.order_id.isnull())
    rows = told.filter(is_ours)
    coupons = ibis.ifelse(rows.name.isin([*_OFF, *_OFF_AGAIN]), rows.amount, 0.0)
    rows = rows.select(
        day=ibis.coalesce(rows.order_day, rows.own_day),
        channel=ibis.coalesce(rows.order_channel, rows.own_channel).fill_null(""),
        coupons=coupons,
        points=ibis.ifelse(rows.name.isin([_BURNT, _GIVEN_BACK]), rows.amount, 0.0),
    )
    if frame.channels:
        rows = rows.filter(rows.channel.isin(list(frame.channels)))
    return rows.group_by("day", "channel").agg(coupons=rows.coupons.sum(), points=rows.points.sum())


def _told(frame: Frame) -> ibis.Table:
    """Return what events tell of discounts and points: what is taken back counts against it.

    A discount may be told of some days before its order is paid; a point spent on no order is of
    the span.
    """
    tables, events = frame.tables, frame.tables.events
    rows = events.filter(events.name.isin([*_OFF, *_OFF_AGAIN, _BURNT, _GIVEN_BACK]))

    def cell(name: str) -> ibis.Value:
        """Point into the properties."""
        return tables.cell(rows.properties, (name,))

    size = ibis.coalesce(cell("discount").number(), cell("amount").number()).fill_null(0.0)
    rows = rows.select(
        "name",
        order_id=cell("order_id").text(),
        currency=cell("currency").text(),
        own_channel=ibis.coalesce(cell("channel").text(), rows.channel),
        own_day=frame.day(rows.occurred_at),
        is_inside=frame.inside(rows.occurred_at),
        amount=ibis.ifelse(rows.name.isin([*_OFF_AGAIN, _GIVEN_BACK]), -size, size),
    )
    rows = rows.filter(rows.order_id.notnull() | rows.is_inside)
    if frame.currency:
        rows = rows.filter(rows.currency.isnull() | (rows.currency == frame.currency))
    return rows
