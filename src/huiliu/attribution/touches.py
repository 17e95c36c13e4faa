"""Touches and purchases of real events, told apart into paths; plain expressions for any engine.

A touch is a click (which reaches 30 days), a look (one day), or a visit to a ground of the brand's
own that nothing else led to (30 days; what others call direct). A purchase ends a path; what leads
to nothing by the end of the span is a path too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Final

import ibis

from huiliu.conditions.population import group_of, moment_literal
from huiliu.kernel.events import ORDER_EVENTS
from huiliu.kernel.times import DAY, MINUTE
from huiliu.metrics import Frame
from huiliu.metrics.purchases import purchase_rows

__all__ = [
    "CLICK",
    "CLICKS",
    "MOST",
    "N_GROUPS",
    "REACH",
    "VIEW",
    "VIEWS",
    "VISIT",
    "Touches",
    "purchases_of",
    "touch_rows",
]

CLICK: Final = "click"
VIEW: Final = "view"
VISIT: Final = "visit"

#: Events of messages that count as a click; each is a touch by the message's own channel.
CLICKS: Final = ("Message Clicked", "Message Replied")
VIEWS: Final = ("Message Opened",)
#: Doors that somebody else opened to us -> how the touch is called.
_DOORS: Final = {"QR Scanned": "qr", "Share Visited": "share", "Invite Opened": "invite"}
#: How far a touch reaches, in microseconds.
REACH: Final = {CLICK: 30 * DAY, VIEW: DAY, VISIT: 30 * DAY}
#: What somebody does so soon after a click belongs to the click.
_SAME_VISIT: Final = 30 * MINUTE
#: What was placed so long before it was paid may be told by its placing alone.
_PLACED: Final = 30 * DAY
#: A path is no longer; of a longer one the last touches count.
MOST: Final = 50
#: People are told apart into so many groups, by which every figure knows how far it would move.
N_GROUPS: Final = 20
_SOURCE: Final = r"[?&]utm_source=([A-Za-z0-9_-]{1,40})"


@dataclass(frozen=True, slots=True)
class Touches:
    """What is asked of touches."""

    frame: Frame
    #: profile_id, bought_at, orders, value: what `purchases_of` gives, held or not.
    purchases: ibis.Table
    #: Whether visits count beside other touches; else only where a path has nothing else.
    keeps_direct: bool = True
    #: Whether messages alone are looked at: by far the fewest of all touches.
    only_messages: bool = False


def touch_rows(asked: Touches) -> ibis.Table:
    """Return the touches of all paths, one row each.

    profile_id, path (a number of the person's own), at, channel, kind, journey; nth and length
    (which of how many); `ends_at`, `orders` (0 = nothing was bought) and `value` of the path;
    `person_group`, 0 to 19.
    Repeats of a channel in direct succession are one touch, the last of them.
    """
    rows = _placed(asked)
    rows = rows.mutate(ends_at=ibis.coalesce(rows.bought_at, rows.touched_at))
    is_lost = (rows.kind == VISIT) & (
        _seconds(rows.at, rows.clicked_at) <= _SAME_VISIT // 1_000_000
    )
    is_near = reduce(or_, (
        (rows.kind == kind) & (_seconds(rows.ends_at, rows.at) <= reach // 1_000_000)
        for kind, reach in REACH.items()
    ))  # fmt: skip
    rows = rows.filter(is_near, ~is_lost.fill_null(False))
    rows = rows.filter(asked.frame.inside(rows.ends_at))
    if not asked.keeps_direct:
        within = ibis.window(group_by=[rows.profile_id, rows.path])
        rows = rows.mutate(is_led=(rows.kind != VISIT).any().over(within))
        rows = rows.filter((rows.kind != VISIT) | ~rows.is_led)
    return _numbered(_without_repeats(rows))


def purchases_of(frame: Frame) -> ibis.Table:
    """Return the purchases that end paths of a span, those of the 30 days before it among them.

    profile_id, bought_at, orders, value; several orders that one person paid at one moment are one.
    What is told of an order is looked for from 30 days before the first on.
    """
    events = frame.tables.events
    early = frame.since - max(REACH.values())
    late = events.occurred_at >= moment_literal(early - _PLACED)
    rows = purchase_rows(replace(frame.tables, events=events.filter(late)))
    if frame.currency:
        rows = rows.filter(rows.currency.isnull() | (rows.currency == frame.currency))
    rows = rows.filter(replace(frame, since=early).inside(rows.paid_at), rows.profile_id.notnull())
    return rows.group_by("profile_id", bought_at=rows.paid_at).agg(
        orders=rows.count(), value=rows.total.sum()
    )


def _placed(asked: Touches) -> ibis.Table:
    """Return touches in their order, each with its path, what ended it, and the click before it."""
    ends = asked.purchases.select(
        "profile_id", position=ibis.literal(0, type="int64"), kind=ibis.literal(""),
        journey=ibis.null("string"), at=asked.purchases.bought_at, channel=ibis.literal(""),
        is_end=ibis.literal(1, type="int64"),
    )  # fmt: skip
    rows = ibis.union(_touched(asked.frame, only_messages=asked.only_messages), ends)
    # All with one partition and order, so that an engine sorts once.
    order = [rows.at, rows.is_end, rows.position]
    before = ibis.window(group_by=rows.profile_id, order_by=order, following=0)
    after = ibis.window(group_by=rows.profile_id, order_by=order, preceding=0)
    whole = ibis.window(group_by=rows.profile_id, order_by=order, preceding=None, following=None)
    is_end = rows.is_end == 1
    rows = rows.mutate(
        path=rows.count(where=is_end).over(before) - rows.is_end,
        clicked_at=rows.at.max(where=rows.kind == CLICK).over(before),
        bought_at=rows.at.min(where=is_end).over(after),
        touched_at=rows.at.max(where=~is_end).over(whole),
    )
    rows = rows.filter(rows.is_end == 0)
    return rows.left_join(asked.purchases, ["profile_id", "bought_at"])


def _touched(frame: Frame, *, only_messages: bool) -> ibis.Table:
    """Return what touched people in the span and in the days before it that still count."""
    tables, events = frame.tables, frame.tables.events
    wide = replace(frame, since=frame.since - max(REACH.values()))
    rows = events.filter(events.profile_id.notnull(), wide.inside(events.occurred_at))
    doors = () if only_messages else tuple(_DOORS)
    told = rows.filter(rows.name.isin([*CLICKS, *VIEWS, *doors]))
    door = told.name.cases(*_DOORS.items())
    by_machine = tables.cell(told.properties, ("machine",)).flag().fill_null(False)
    led = told.mutate(
        by=ibis.coalesce(door, told.channel),
        kind=ibis.ifelse(told.name.isin(VIEWS), VIEW, CLICK),
        by_machine=by_machine,
        journey=tables.cell(told.properties, ("journey",)).text(),
    )
    led = led.filter(~led.by_machine, led.by.notnull())
    if only_messages:
        return _touch(led)
    return ibis.union(*(_touch(one) for one in (led, *_own(frame, rows))))


def _own(frame: Frame, rows: ibis.Table) -> tuple[ibis.Table, ibis.Table]:
    """Return what people opened from somewhere that the address names, and their other visits."""
    own = rows.filter(
        rows.kind != "internal", rows.kind != "identify", rows.channel.notnull(),
        rows.channel != "server", ~rows.name.isin(ORDER_EVENTS),
    )  # fmt: skip
    pages = own.filter(own.kind.isin(["page", "screen"]))
    named = _source_of(frame, pages)
    pages = pages.mutate(source=named)
    came = pages.filter(pages.source.notnull())
    came = came.mutate(by=came.source, kind=ibis.literal(CLICK), journey=ibis.null("string"))
    others = pages.filter(pages.source.isnull()).drop("source")
    visits = ibis.union(own.filter(~own.kind.isin(["page", "screen"])), others)
    visits = visits.mutate(by=visits.channel, kind=ibis.literal(VISIT), journey=ibis.null("string"))
    return came, visits


def _touch(rows: ibis.Table) -> ibis.Table:
    """Return the columns of a touch."""
    return rows.select(
        "profile_id", "position", "kind", "journey", at=rows.occurred_at, channel=rows.by,
        is_end=ibis.literal(0, type="int64"),
    )  # fmt: skip


def _source_of(frame: Frame, pages: ibis.Table) -> ibis.Value:
    """Return what an address says that it was opened from, in small letters; null = nothing."""
    cell = frame.tables.cell
    found = [
        cell(pages.properties, (name,)).text().re_extract(_SOURCE, 1).nullif("")
        for name in ("search", "url")
    ]
    return ibis.coalesce(*found).lower()


def _without_repeats(rows: ibis.Table) -> ibis.Table:
    """Return the last of the touches of one channel that follow each other directly."""
    within = ibis.window(group_by=[rows.profile_id, rows.path], order_by=[rows.at, rows.position])
    rows = rows.mutate(next_one=rows.channel.lead().over(within))
    return rows.filter(rows.next_one.isnull() | (rows.next_one != rows.channel)).drop("next_one")


def _numbered(rows: ibis.Table) -> ibis.Table:
    """Return the touches with their places in their paths, of long paths the last."""
    person, order = [rows.profile_id, rows.path], [rows.at, rows.position]
    before = ibis.window(group_by=person, order_by=order, following=0)
    whole = ibis.window(group_by=person, order_by=order, preceding=None, following=None)
    rows = rows.mutate(place=rows.count().over(before), n=rows.count().over(whole))
    rows = rows.filter(rows.n - rows.place < MOST)
    length = ibis.least(rows.n, MOST)
    return rows.select(
        "profile_id", "path", "at", "channel", "kind", "journey", "ends_at",
        orders=rows.orders.fill_null(0).cast("int64"), value=rows.value.fill_null(0.0),
        length=length, nth=length - rows.n + rows.place,
        person_group=group_of(rows.profile_id, N_GROUPS).cast("int64"),
    )  # fmt: skip


def _seconds(later: ibis.Value, earlier: ibis.Value) -> ibis.Value:
    """Return the seconds between two timestamps."""
    return (later.epoch_seconds() - earlier.epoch_seconds()).cast("int64")
