"""What happens now: tiles of a board, each the events of some names, counted as they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import ibis

from huiliu.metrics.metric import Frame

__all__ = ["MONEY_TILES", "SHOWN", "TILES", "tile_events", "tile_people", "tile_slots"]

#: Tile -> the events that it counts; () = whatever people do themselves.
TILES: Final[Mapping[str, tuple[str, ...]]] = {
    "visits": (),
    "carts": ("Product Added",),
    "placed": ("Order Created",),
    "paid": ("Order Paid",),
    "undone": ("Order Cancelled", "Order Refunded"),
    "sent": ("Message Sent",),
    "delivered": ("Message Delivered",),
    "opened": ("Message Opened",),
    "clicked": ("Message Clicked",),
    "failed": ("Message Failed", "Message Bounced"),
    "coupons": ("Coupon Redeemed",),
    "opted_out": ("Consent Withdrawn",),
}
#: Tiles that add up money, too.
MONEY_TILES: Final = frozenset({"placed", "paid", "undone", "coupons"})
#: What a list shows of an event besides its time, person and channel.
SHOWN: Final = ("order_id", "message_id", "product_id", "template", "coupon", "reason")
_BY_PEOPLE: Final = ["Message Opened", "Message Clicked"]
_HAPPENED_TO: Final = "internal"


def tile_slots(frame: Frame, slot_s: int) -> ibis.Table:
    """Return tile, channel, slot, n and amount; slots are so many seconds since 1970.

    What is of several tiles is counted in each; what a machine opened, in none.
    """
    rows = _of_tiles(frame)
    slot = (rows.occurred_at.epoch_seconds() // slot_s).cast("int64")
    rows = rows.mutate(slot=slot, channel=rows.channel.fill_null(""))
    return rows.group_by("tile", "channel", "slot").agg(n=rows.count(), amount=rows.amount.sum())


def tile_people(frame: Frame) -> ibis.Table:
    """Return tile and n: the different people of each."""
    rows = _of_tiles(frame)
    return rows.group_by("tile").agg(n=rows.profile_id.nunique())


def tile_events(frame: Frame, tile: str, limit: int) -> ibis.Table:
    """Return the newest events that a tile counts."""
    rows = _of_tiles(frame)
    rows = rows.filter(rows.tile == tile)
    cells = {name: frame.tables.cell(rows.properties, (name,)).text() for name in SHOWN}
    found = rows.select("profile_id", "name", "channel", "occurred_at", "position", "amount",
                        **cells)  # fmt: skip
    return found.order_by([found.occurred_at.desc(), found.position.desc()]).limit(limit)


def _of_tiles(frame: Frame) -> ibis.Table:
    """Return the events of the span, once for each tile that counts them."""
    tables, events = frame.tables, frame.tables.events
    rows = events.filter(frame.inside(events.occurred_at))
    names = [name for known in TILES.values() for name in known]
    is_own = (
        (rows.kind != _HAPPENED_TO) & (rows.kind != "identify")
        & (rows.channel.isnull() | (rows.channel != "server"))
    )  # fmt: skip
    is_known = rows.name.isin(names)
    rows = rows.filter(is_own | is_known)

    def cell(name: str) -> ibis.Value:
        """Point into the properties."""
        return tables.cell(rows.properties, (name,))

    # Orders say where they were placed, our own events which channel they are of.
    rows = rows.mutate(channel=ibis.coalesce(cell("channel").text(), rows.channel))
    if frame.channels:
        rows = rows.filter(rows.channel.isin(list(frame.channels)))
    machine = cell("machine").flag().fill_null(False) & rows.name.isin(_BY_PEOPLE)
    rows = rows.filter(~machine)
    has_money = rows.name.isin([name for tile in sorted(MONEY_TILES) for name in TILES[tile]])
    amount = ibis.coalesce(
        cell("refund").number(), cell("total").number(), cell("revenue").number(),
        cell("discount").number(), ibis.literal(0.0, "float64"),
    )  # fmt: skip
    rows = rows.mutate(
        amount=ibis.ifelse(has_money & _is_currency(frame, cell("currency").text()), amount, 0.0)
    )
    own = rows.filter(
        rows.kind != _HAPPENED_TO, rows.kind != "identify", ~rows.name.startswith("Order "),
        rows.channel.isnull() | (rows.channel != "server"),
    ).mutate(tile=ibis.literal("visits"), amount=ibis.literal(0.0, "float64"))  # fmt: skip
    told = rows.filter(rows.name.isin(names))
    branches = [
        (told.name == name, tile) for tile, known in TILES.items() for name in known
    ]  # fmt: skip
    told = told.mutate(tile=ibis.cases(*branches), amount=told.amount.cast("float64"))
    return ibis.union(own.select(*_COLUMNS), told.select(*_COLUMNS))


def _is_currency(frame: Frame, currency: ibis.Value) -> ibis.Value:
    """Return whether money is of the currency that is asked for."""
    return currency.isnull() | (currency == frame.currency)


_COLUMNS: Final = (
    "tile", "profile_id", "name", "channel", "occurred_at", "position", "properties", "amount",
)  # fmt: skip
