"""Every member of a segment, however many: read a batch a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import show_instant
from huiliu.ports import World
from huiliu.services.segment_versions import live_segment

__all__ = ["export_segment"]

_PER_BATCH: Final = 5_000


def export_segment(world: World, brand_id: int, slug: str) -> Iterator[tuple[str, str]]:
    """Return (profile, member since) of every member by id: nothing personal.

    Raises:
        NotFound: there is no such segment; before the first row is asked for.
    """
    live_segment(world, brand_id, slug)
    return _rows(world, brand_id, slug)


def _rows(world: World, brand_id: int, slug: str) -> Iterator[tuple[str, str]]:
    """Yield the members."""
    after: int | None = None
    while True:
        with world.store.transaction(brand_id) as tx:
            rows = tx.segments.members(brand_id, slug, _PER_BATCH, after)
        for profile, since in rows:
            yield show_profile_id(profile), show_instant(since)
        if len(rows) < _PER_BATCH:
            return
        after = rows[-1][0]
