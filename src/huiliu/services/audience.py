"""Asks the warehouse about whole populations: how many, and who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from huiliu.conditions import Condition, compile_condition
from huiliu.kernel.errors import BadInput
from huiliu.ports.world import World
from huiliu.segments import Segment, parse_segment
from huiliu.services.live import live, surroundings
from huiliu.services.population import population

__all__ = ["SegmentView", "count", "members", "read_segment", "segments", "who"]


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A live segment and how many profiles are in it."""

    segment: Segment
    version: int
    n_members: int


def read_segment(world: World, brand_id: int, source: str | bytes) -> Segment:
    """Return the segment of a YAML source, personal constants as tokens, segments it names read.

    Raises:
        BadInput: with every problem, its path and line.
    """
    with world.store.transaction(brand_id) as tx:
        around = replace(surroundings(tx, world, brand_id), tags=tx.tags.states(brand_id).keys())
    found = parse_segment(source, around)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def count(world: World, brand_id: int, condition: Condition, at: int | None = None) -> int:
    """Return how many present profiles meet a condition now, or met it at an instant."""
    moment = world.clock.now() if at is None else at
    tables = population(world, brand_id, condition.mentions, at)
    met = compile_condition(condition, tables, moment)
    rows = world.warehouse.run(met.aggregate(n=met.count()))
    return int(rows["n"][0].as_py())


def who(world: World, brand_id: int, condition: Condition, at: int | None = None) -> list[int]:
    """Return the present profiles that meet a condition, by id."""
    moment = world.clock.now() if at is None else at
    tables = population(world, brand_id, condition.mentions, at)
    met = compile_condition(condition, tables, moment)
    found: list[int] = world.warehouse.run(met)["profile_id"].to_pylist()
    return sorted(found)


def segments(world: World, brand_id: int) -> list[SegmentView]:
    """Return the live segments with their present number of members, by slug."""
    with world.store.system() as tx:
        known = live(tx, world, brand_id).segments
        latest = {one.slug: one.version for one in tx.documents.all(brand_id, "segment")}
        counts = tx.segments.counts(brand_id)
    return [SegmentView(known[slug], latest[slug], counts.get(slug, 0)) for slug in sorted(known)]


def members(
    world: World, brand_id: int, slug: str, limit: int, after: int | None = None
) -> Sequence[tuple[int, int]]:
    """Return a page of (profile_id, member since) of an applied segment, by id.

    Raises:
        NotFound: no segment of that name was applied.
    """
    with world.store.transaction(brand_id) as tx:
        tx.documents.latest(brand_id, "segment", slug)
        return tx.segments.members(brand_id, slug, limit, after)
