"""Fills what a new document asks for besides events: channels and devices, tags, cut points."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

import msgspec
import pyarrow as pa

from huiliu.conditions import Mentions
from huiliu.ports.log import PROJECTOR
from huiliu.ports.people import TouchRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.carry_tags import backfill_tags

__all__ = ["backfill_further", "touches_ahead"]

_CATCH_UP_S: Final = 600.0
_BATCH: Final = 20_000
#: A rank is occurred_at and position in one number (see warehouses/sql/load.sql).
_POSITIONS: Final = 1 << 56

_decode = msgspec.json.Decoder().decode


def touches_ahead(world: World, brand_id: int, asked: Mentions, kept: Mentions) -> int:
    """Keep the touches of everybody if a document asks for them first; nobody waits meanwhile.

    Returns the offset up to which they are kept; 0 where nothing had to be done.
    """
    if not asked.touch or kept.touch:
        return 0
    with world.store.system() as tx:
        offset = tx.log.peek_cursor(PROJECTOR)
    world.warehouse.catch_up(_CATCH_UP_S, offset)
    for rows in _touches(world, brand_id, None):
        with world.store.system() as tx:
            tx.people.add_touches(brand_id, rows)
    return offset


def backfill_further(
    tx: Tx, world: World, brand_id: int, asked: Mentions, kept: Mentions, ahead: int = 0
) -> None:
    """Keep what `asked` mentions and `kept` does not, in the transaction that makes it live.

    The projector stands still until its end; what is projected later is kept by the projector.

    Args:
        tx: the transaction.
        world: the instance.
        brand_id: whose document.
        asked: what the document mentions.
        kept: what documents that are live already mention.
        ahead: the offset up to which `touches_ahead` kept touches.

    Raises:
        BadInput: a tag of that name was never applied.
    """
    if asked.tags - kept.tags or asked.tops - kept.tops:
        tx.log.cursor(PROJECTOR)
        backfill_tags(tx, world, brand_id, asked.tags - kept.tags, asked.tops - kept.tops)
    if asked.touch and not kept.touch:
        past = tx.log.cursor(PROJECTOR)
        world.warehouse.catch_up(_CATCH_UP_S, past)
        ids = set(tx.log.read_profiles(0, ahead, past - 1).values()) if ahead else None
        for rows in _touches(world, brand_id, ids) if ids is None or ids else ():
            tx.people.add_touches(brand_id, rows)


def _touches(world: World, brand_id: int, ids: Collection[int] | None) -> Iterator[list[TouchRow]]:
    """Yield the touches of these ids, or of all, in pieces."""
    table = world.warehouse.population(brand_id).touches_of_ids
    if ids is not None:
        table = table.filter(table.profile_id.isin(sorted(ids)))
    found: pa.Table = world.warehouse.run(table)
    for start in range(0, found.num_rows, _BATCH):
        piece = found.slice(start, _BATCH).to_pylist()
        yield [
            TouchRow(
                row["profile_id"],
                _dated(row["first_channel"], row["first_rank"]),
                _dated(row["last_channel"], row["last_rank"]),
                _dated(None if row["device"] is None else _decode(row["device"]),
                       row["device_rank"]),
            )
            for row in piece
        ]  # fmt: skip


def _dated(what: Any, rank: Any) -> Any:  # as the warehouse gives it
    """Return what stands, with its instant and position; None where nothing does."""
    if what is None or rank is None:
        return None
    at, position = divmod(int(rank), _POSITIONS)
    return what, at, position
