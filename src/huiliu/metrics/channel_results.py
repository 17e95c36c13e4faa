"""What each channel reached and sold over a span: people and orders are counted once."""

from __future__ import annotations

from dataclasses import replace

import ibis

from huiliu.metrics.attributed import credited
from huiliu.metrics.metric import Frame
from huiliu.metrics.rows import answered, ranked_purchases

__all__ = ["reach", "sales"]

#: An order later than this is no answer to a message.
ANSWER_DAYS = 7


def reach(frame: Frame) -> ibis.Table:
    """Return channel, sent, delivered, failed, opened, clicked, opted_out and converted."""
    rows = answered(replace(frame, by_channel=True), ANSWER_DAYS)
    return rows.group_by("channel").agg(
        sent=rows.count(), delivered=rows.delivered.sum(), failed=rows.failed.sum(),
        opened=rows.opened.sum(), clicked=rows.clicked.sum(), opted_out=rows.opted_out.sum(),
        converted=rows.bought.sum(),
    )  # fmt: skip


def sales(frame: Frame) -> ibis.Table:
    """Return channel, orders, buyers, new_buyers, revenue and listed (before any discount).

    The channel is the one that an order is credited to; "" is all of them together.
    """
    rows = ranked_purchases(frame)
    rows = credited(frame, rows.filter(frame.inside(rows.paid_at)))
    if frame.channels:
        rows = rows.filter(rows.channel.isin(list(frame.channels)))
    each = rows.mutate(channel=rows.channel.fill_null(""), whole=ibis.literal(False))
    both = ibis.union(each, rows.mutate(channel=ibis.literal(""), whole=ibis.literal(True)))
    return both.group_by("channel", "whole").agg(
        orders=both.count(), buyers=both.profile_id.nunique(),
        new_buyers=(both.nth == 0).sum(), revenue=both.total.sum(),
        listed=both.list_total.sum(),
    )  # fmt: skip
