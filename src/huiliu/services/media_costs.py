"""Media spend that no ad account tells of: taken in from files, listed, taken out again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.planning.media_sheet import read_media
from huiliu.ports.ad_results import MediaRow
from huiliu.ports.world import World
from huiliu.services.costs import price_card
from huiliu.services.frames import usual_currency
from huiliu.services.read_table import read_table, unusable

__all__ = ["MOST_BYTES", "TakenIn", "forget_media", "import_media", "list_media"]

#: A year of a thousand campaigns, roughly.
MOST_BYTES: Final = 20_000_000
_MOST_ROWS: Final = 500_000
_SHOWN: Final = 500


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file's rows; the same file again changes nothing."""

    n_new: int
    n_changed: int
    n_same: int


def import_media(world: World, brand_id: int, file: bytes, by: str, currency: str = "") -> TakenIn:
    """Take in a table of media spend, all of it or nothing.

    A row is known by its day, channel, campaign and currency: what a later file says of it stands.

    Raises:
        BadInput: with everything that is wrong, row by row.
    """
    if len(file) > MOST_BYTES:
        raise unusable("lists.too_large", limit=MOST_BYTES // 1_000_000)
    table = read_table(file)
    if len(table) > _MOST_ROWS:
        raise unusable("costs.too_many_rows", most=_MOST_ROWS)
    with world.store.transaction(brand_id) as tx:
        card = price_card(tx, brand_id)
    default = currency or card.currency or usual_currency(world, brand_id)
    rows, problems = read_media(table[0][1], table[1:], default)
    if problems:
        raise BadInput(tuple(problems))
    written = [
        MediaRow(one.day, one.channel, one.campaign, one.currency, one.cost, one.note)
        for one in rows
    ]
    with world.store.transaction(brand_id) as tx:
        n_new, n_changed = tx.ad_results.put_media(brand_id, written, by, world.clock.now())
    return TakenIn(n_new, n_changed, len(written) - n_new - n_changed)


def list_media(
    world: World, brand_id: int, first: dt.date, last: dt.date
) -> Sequence[MediaRow]:  # fmt: skip
    """Return what media cost on some days, newest first, no more than a page can show."""
    with world.store.transaction(brand_id) as tx:
        return tx.ad_results.media(brand_id, first.isoformat(), last.isoformat(), _SHOWN)


def forget_media(
    world: World, brand_id: int, day: dt.date, channel: str, campaign: str, currency: str
) -> None:
    """Take out what one row says; raise NotFound."""
    row = MediaRow(day.isoformat(), channel, campaign, currency, 0)
    with world.store.transaction(brand_id) as tx:
        if not tx.ad_results.drop_media(brand_id, row):
            raise NotFound("media cost", f"{row.day} {channel} {campaign}".strip())
