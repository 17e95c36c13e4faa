"""Computes one tag without storing anything: now, or as of any moment of the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.ports.world import World
from huiliu.services.apply_tag import live_tags, read_tag, shipped
from huiliu.services.compute_tags import Kitchen, in_order
from huiliu.tags import Tag, library

__all__ = ["ComputedTag", "compute_tag", "find_tag"]

_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class ComputedTag:
    """What a tag would be at a moment."""

    tag: Tag
    at: int
    #: profile_id -> value, by id; who has none is left out.
    values: Mapping[int, Value]
    #: Fit parameters and cut points.
    published: Mapping[str, object]


def find_tag(world: World, brand_id: int, slug: str) -> Tag:
    """Return the live tag of a name, else the one that the library ships.

    Raises:
        NotFound: there is neither.
    """
    with world.store.transaction(brand_id) as tx:
        live = live_tags(tx, world, brand_id)
    if slug in live:
        return live[slug].tag
    if slug not in library():
        raise NotFound("tag", slug)
    return shipped(world, brand_id, [slug])[slug]


def compute_tag(world: World, brand_id: int, tag: Tag, at: int | None = None) -> ComputedTag:
    """Return everybody's value now, or as it would have been computed at an instant.

    Tags that it reads are computed for the same moment first, by their live definitions, else by
    the library's; what it remembers of itself is what was stored by then.

    Raises:
        BadInput: it reads a tag that is not there, or tags read each other in a circle.
        EngineFailed: the warehouse cannot answer what a recipe asks.
    """
    moment = world.clock.now() if at is None else at
    needed = _needed(world, brand_id, tag)
    with Kitchen(world, brand_id, moment, at) as kitchen:
        for one in in_order(needed):
            cooked = kitchen.cook(one)
            if one.slug == tag.slug:
                break
            kitchen.let_go(one.slug, stored=False)
        rows = world.warehouse.run(cooked.values.select("profile_id", "value"))
    values = zip(rows["profile_id"].to_pylist(), rows["value"].to_pylist(), strict=True)
    found = {profile: _decode(value) for profile, value in sorted(values)}
    return ComputedTag(tag, moment, found, cooked.published)


def _needed(world: World, brand_id: int, tag: Tag) -> dict[str, Tag]:
    """Return a tag and all that it reads, however deep."""
    with world.store.transaction(brand_id) as tx:
        known = {slug: one.tag for slug, one in live_tags(tx, world, brand_id).items()}
    found = {tag.slug: tag}
    waiting = sorted(tag.lineage.tags)
    while waiting:
        slug = waiting.pop()
        if slug in found:
            continue
        if slug not in known and slug not in library():
            said = text("tags.no_such_tag", tag=tag.slug, missing=slug)
            raise BadInput((Problem("value", said),))
        found[slug] = known[slug] if slug in known else read_tag(world, brand_id, library()[slug])
        waiting += sorted(found[slug].lineage.tags)
    return found
