"""The changes of tags that a destination is told: they are computed, so no log holds them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Final

import msgspec

from huiliu.conditions.population import moment_literal
from huiliu.forwarding.items import Item, tag_item
from huiliu.kernel.errors import EngineFailed
from huiliu.kernel.times import MINUTE, from_datetime
from huiliu.ports.destinations import DestinationRow
from huiliu.ports.world import World

__all__ = ["TAGS_EVERY", "changed_tags"]

#: Tags are computed by the hour or the day: looking oftener finds nothing.
TAGS_EVERY: Final = MINUTE


def changed_tags(
    world: World, row: DestinationRow, limit: int
) -> tuple[list[Item], Mapping[str, tuple[int, int]]]:
    """Return some changes of tags and how far each tag has been read.

    A tag that the field map names changes the profile; one that is listed is told as itself.
    """
    to = row.settings
    mapped = {one.name for one in to.sources.values() if one.kind == "tag"}
    mapped = mapped if "profiles" in to.sends else set()
    listed = set(to.tags) if "tags" in to.sends else set()
    cursors = dict(row.tag_cursors)
    items: list[Item] = []
    for tag in sorted(mapped | listed):
        if len(items) >= limit:
            break
        after = cursors.get(tag, (row.created_at, 0))
        try:
            found = _changes(world, row.brand_id, tag, after, limit - len(items))
        except EngineFailed:
            # The tag is not there yet, or not any more.
            continue
        for profile, value, set_at in found:
            if tag in listed:
                items.append(tag_item(tag, profile, set_at, value))
            if tag in mapped:
                items.append(Item("profile", profile, set_at, set_at, tag))
            cursors[tag] = (set_at, profile)
    return items, cursors


def _changes(
    world: World, brand_id: int, tag: str, after: tuple[int, int], limit: int
) -> list[tuple[int, object, int]]:
    """Return (profile, value, set at) of a tag's changes behind a cursor, in order."""
    rows = world.warehouse.population(brand_id).tags
    since = moment_literal(after[0])
    is_later = (rows.set_at > since) | ((rows.set_at == since) & (rows.profile_id > after[1]))
    rows = rows.filter(rows.tag == tag, is_later)
    rows = rows.order_by([rows.set_at, rows.profile_id]).limit(limit)
    return [
        (
            one["profile_id"],
            msgspec.json.decode(one["value"]) if one["value"] is not None else None,
            from_datetime(one["set_at"].replace(tzinfo=UTC)),
        )
        for one in world.warehouse.run(rows).to_pylist()
    ]
