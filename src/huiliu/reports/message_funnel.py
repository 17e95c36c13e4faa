"""What became of messages: sent, delivered, opened, clicked, and what whoever clicked did then.

It counts messages, not people. Nobody opens what did not arrive, and nobody clicks on what they did
not open: a later step stands for those before it, as not every channel tells of them all. Where a
channel never tells of deliveries, whatever did not fail was delivered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.metrics import Frame
from huiliu.reports.built_in_funnels import MESSAGE_STEPS
from huiliu.reports.funnel_document import Funnel

__all__ = ["message_ways"]

_OF_MESSAGE: Final = ("sent", "delivered", "opened", "clicked")
_FAILED: Final = ("Message Failed", "Message Bounced")


def message_ways(frame: Frame, funnel: Funnel) -> ibis.Table:
    """Return one row a message: profile_id, at, channel, template, journey, came_k and after_k.

    `value` is the channel. What comes later than the funnel's window after the sending is not
    counted; a cart and an order count after the click, and each for the last click before it.
    """
    rows = _messages(frame, funnel)
    clicks = rows.filter(rows.clicked_at.notnull())
    later = clicks.select(
        "profile_id", "message", at=clicks.clicked_at, step=ibis.literal(0, type="int64")
    )
    for nth, name in ((1, "cart"), (2, "paid")):
        later = ibis.union(later, _acts(frame, funnel, name, nth))
    followed = _followed(later)
    both = rows.left_join(followed, ["message"])
    late = both.sent_at + ibis.interval(seconds=funnel.window // 1_000_000)
    in_time = {
        name: (both[f"{name}_at"].notnull() & (both[f"{name}_at"] <= late)).fill_null(False)
        for name in (*_OF_MESSAGE[1:], "cart", "paid")
    }
    in_time["sent"] = ibis.literal(True)
    names = list(MESSAGE_STEPS)
    came: dict[str, Any] = {}
    is_further = ibis.literal(False)
    for nth in range(len(names), 0, -1):
        is_further = is_further | in_time[names[nth - 1]]
        came[f"came_{nth}"] = is_further
    took = {
        f"after_{nth}": (
            both[f"{name}_at"].epoch_seconds() - both.sent_at.epoch_seconds()
        ).cast("float64")
        for nth, name in enumerate(names, 1)
    }  # fmt: skip
    return both.select(
        "profile_id", "channel", "template", "journey", at=both.sent_at, value=both.channel,
        **came, **took,
    )  # fmt: skip


def _messages(frame: Frame, funnel: Funnel) -> ibis.Table:
    """Return the messages that were handed over in the span, and when what became of each."""
    tables, events = frame.tables, frame.tables.events
    names = [*_FAILED, *(name for one in _OF_MESSAGE for name in MESSAGE_STEPS[one])]
    until = min(frame.until + funnel.window, frame.now + 1)
    rows = events.filter(
        events.name.isin(names), events.occurred_at >= moment_literal(frame.since),
        events.occurred_at < moment_literal(until),
    )  # fmt: skip
    cell = tables.cell
    by_machine = cell(rows.properties, ("machine",)).flag().fill_null(False)
    rows = rows.select(
        "profile_id", "name", "channel", at=rows.occurred_at, by_machine=by_machine,
        message=cell(rows.properties, ("message_id",)).text(),
        template=cell(rows.properties, ("template",)).text(),
        journey=cell(rows.properties, ("journey",)).text(),
    )  # fmt: skip
    rows = rows.filter(rows.message.notnull(), ~rows.by_machine)
    is_sent = rows.name.isin(list(MESSAGE_STEPS["sent"]))
    told = {
        f"{one}_at": rows.at.min(where=rows.name.isin(list(MESSAGE_STEPS[one])))
        for one in _OF_MESSAGE
    }
    found = rows.group_by("message").agg(
        profile_id=rows.profile_id.max(where=is_sent),
        channel=rows.channel.max(where=is_sent),
        template=rows.template.max(where=is_sent),
        journey=rows.journey.max(where=is_sent),
        failed=rows.name.isin(_FAILED).any(),
        **told,
    )
    found = found.filter(found.sent_at.notnull(), frame.inside(found.sent_at))
    is_told = found.delivered_at.notnull().any().over(ibis.window(group_by=found.channel))
    arrived = ibis.ifelse(is_told | found.failed, ibis.null("timestamp(6)"), found.sent_at)
    return found.mutate(delivered_at=ibis.coalesce(found.delivered_at, arrived))


def _acts(frame: Frame, funnel: Funnel, name: str, nth: int) -> ibis.Table:
    """Return what people did: the events of a step that are about no message."""
    until = min(frame.until + funnel.window, frame.now + 1)
    events = frame.tables.events
    wide = replace(frame, until=until)
    rows = events.filter(
        events.name.isin(list(MESSAGE_STEPS[name])), events.profile_id.notnull(),
        wide.inside(events.occurred_at),
    )  # fmt: skip
    return rows.select(
        "profile_id", message=ibis.null("string"), at=rows.occurred_at,
        step=ibis.literal(nth, type="int64"),
    )  # fmt: skip


def _followed(rows: ibis.Table) -> ibis.Table:
    """Return message, cart_at and paid_at of the clicks: what was done before the next click."""
    order = [rows.at, rows.step, rows.message]
    before = ibis.window(group_by=rows.profile_id, order_by=order, following=0)
    rows = rows.mutate(nth=rows.count(where=rows.step == 0).over(before))
    rows = rows.filter(rows.nth > 0)
    spells = rows.group_by("profile_id", "nth").agg(
        message=rows.message.max(),
        cart_at=rows.at.min(where=rows.step == 1),
        paid_at=rows.at.min(where=rows.step == 2),
    )
    return spells.select("message", "cart_at", "paid_at")
