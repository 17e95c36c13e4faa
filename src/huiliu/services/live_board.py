"""The live board: what happened in the last minutes, and the events behind each number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import MINUTE, from_datetime, show_instant
from huiliu.metrics import Frame
from huiliu.metrics.live_tiles import SHOWN, TILES, tile_events, tile_people, tile_slots
from huiliu.ports.world import World
from huiliu.services.frames import usual_currency

__all__ = [
    "WINDOWS", "Happened", "LiveBoard", "Tile", "board_json", "happened_json", "live_board",
    "live_events",
]  # fmt: skip

#: How far back a board looks, in minutes -> how long each bar of its line is, in seconds.
WINDOWS: Final[Mapping[int, int]] = {15: 30, 60: 120, 1_440: 3_600}
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the board."""

    name: str
    n: int
    #: Different people among them.
    people: int
    #: Money, in major units of the board's currency; 0 where the tile has none.
    amount: float
    #: How many in each stretch of the window, oldest first.
    line: Sequence[int]
    #: Channel -> how many; "" = not known.
    by_channel: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LiveBoard:
    """All numbers, as of an instant."""

    minutes: int
    now: int
    currency: str
    tiles: Sequence[Tile]
    #: Events that were accepted and are not counted yet.
    n_behind: int

    @property
    def channels(self) -> Sequence[str]:
        """Return the channels that anything happened on, the busiest first."""
        sums: dict[str, int] = {}
        for tile in self.tiles:
            for channel, n in tile.by_channel.items():
                sums[channel] = sums.get(channel, 0) + n
        return sorted(sums, key=lambda one: (-sums[one], one))


@dataclass(frozen=True, slots=True)
class Happened:
    """One event behind a number."""

    at: int
    name: str
    profile_id: int
    channel: str
    amount: float
    #: Order, message, product ...: what the event says of them.
    said: Mapping[str, str]


def live_board(world: World, brand_id: int, minutes: int = 60) -> LiveBoard:
    """Return what happened in the last minutes, counted while it happens.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    slot_s = WINDOWS[minutes]
    frame = _frame(world, brand_id, minutes, usual_currency(world, brand_id))
    rows = world.warehouse.run(tile_slots(frame, slot_s)).to_pylist()
    people = {row["tile"]: row["n"] for row in world.warehouse.run(tile_people(frame)).to_pylist()}
    last = frame.now // 1_000_000 // slot_s
    slots = range(last - minutes * 60 // slot_s + 1, last + 1)
    tiles = [
        _tile(name, [row for row in rows if row["tile"] == name], people.get(name, 0), slots)
        for name in TILES
    ]
    return LiveBoard(minutes, frame.now, frame.currency, tiles, _behind(world))


def live_events(
    world: World, brand_id: int, tile: str, minutes: int = 60, channel: str = ""
) -> Sequence[Happened]:
    """Return the newest events that a number is made of; raise NotFound."""
    if tile not in TILES:
        raise NotFound("tile", tile)
    frame = _frame(world, brand_id, minutes, usual_currency(world, brand_id), channel)
    rows = world.warehouse.run(tile_events(frame, tile, _SHOWN)).to_pylist()
    return [_happened(row) for row in rows]


def board_json(found: LiveBoard) -> dict[str, object]:
    """Return the board as data."""
    return {
        "minutes": found.minutes, "as_of": show_instant(found.now),
        "currency": found.currency or None, "events_behind": found.n_behind,
        "tiles": [
            {"tile": one.name, "n": one.n, "people": one.people, "amount": one.amount or None,
             "line": list(one.line),
             "channels": {channel or "unknown": n for channel, n in one.by_channel.items()}}
            for one in found.tiles
        ],
    }  # fmt: skip


def happened_json(one: Happened) -> dict[str, object]:
    """Return one event as data."""
    return {
        "at": show_instant(one.at), "event": one.name,
        "profile_id": show_profile_id(one.profile_id), "channel": one.channel or None,
        "amount": one.amount or None, **one.said,
    }  # fmt: skip


def _frame(
    world: World, brand_id: int, minutes: int, currency: str, channel: str = ""
) -> Frame:  # fmt: skip
    """Return the frame of the last minutes."""
    now = world.clock.now()
    return Frame(
        world.warehouse.population(brand_id), world.zone, now, now - minutes * MINUTE, now + MINUTE,
        (channel,) if channel else (), currency=currency, brand_id=brand_id,
    )  # fmt: skip


def _tile(
    name: str, rows: Sequence[Mapping[str, Any]], people: int, slots: range
) -> Tile:  # fmt: skip
    """Return one tile of the warehouse's rows."""
    line = dict.fromkeys(slots, 0)
    by_channel: dict[str, int] = {}
    for row in rows:
        # Clocks of phones are a little fast: what is of the next stretch is of this one.
        slot = min(max(row["slot"], slots[0]), slots[-1])
        line[slot] += row["n"]
        by_channel[row["channel"]] = by_channel.get(row["channel"], 0) + row["n"]
    amount = round(sum(float(row["amount"] or 0.0) for row in rows), 2)
    return Tile(name, sum(line.values()), people, amount, list(line.values()), by_channel)


def _happened(row: Mapping[str, Any]) -> Happened:  # as the warehouse answers
    """Return one event."""
    said = {name: str(row[name]) for name in SHOWN if row[name]}
    at = from_datetime(row["occurred_at"].replace(tzinfo=dt.UTC))
    return Happened(
        at, row["name"], row["profile_id"], row["channel"] or "",
        float(row["amount"] or 0.0), said,
    )  # fmt: skip


def _behind(world: World) -> int:
    """Return how many accepted events the slowest reader has still to read."""
    with world.store.system() as tx:
        head = tx.log.head()
        return max((max(0, head - at) for _, at, _ in tx.console.cursors()), default=0)
