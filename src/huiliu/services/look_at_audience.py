"""What is behind a number of people: who they are like, where they can be reached, who else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.conditions import Condition, compile_condition, parse
from huiliu.ports import ProfileRow, World
from huiliu.services.population import population

__all__ = [
    "Combination",
    "Overlap",
    "combine",
    "overlaps",
    "reach",
    "sample_people",
]

_SAMPLE: Final = 8
_MOST_OVERLAPS: Final = 12
#: Four sets have fifteen combinations: more cannot be read.
MOST_COMBINED: Final = 3
#: Spreads a sample over the population; a prime, so that ids given in order do not fall together.
_SPREAD: Final = 9973


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many people of an audience are in a live segment too."""

    slug: str
    n_both: int
    n_other: int


@dataclass(frozen=True, slots=True)
class Combination:
    """How many people are in exactly these sets, of those that were asked for."""

    #: One answer for each set, the audience first.
    inside: tuple[bool, ...]
    n: int


def reach(
    world: World, brand_id: int, condition: Condition, channels: Collection[str]
) -> dict[str, int]:
    """Return channel -> how many people of an audience it can reach now."""
    asked = {channel: parse({"reachable": channel}, "") for channel in channels}
    can = {channel: one for channel, one in asked.items() if not isinstance(one, tuple)}
    if not can:
        return {}
    now, tables = world.clock.now(), population(world, brand_id, condition.mentions)
    inside = tables.people.mutate(
        inside=condition.among(tables, now),
        **{channel: one.among(tables, now) for channel, one in can.items()},
    )
    inside = inside.filter(inside.inside)
    counted = inside.aggregate(**{name: inside[name].sum() for name in can})
    row = world.warehouse.run(counted).to_pylist()[0]
    return {channel: int(row[channel] or 0) for channel in can}


def overlaps(
    world: World, brand_id: int, condition: Condition, besides: str = ""
) -> Sequence[Overlap]:
    """Return the live segments that share most people with an audience, most first."""
    with world.store.transaction(brand_id) as tx:
        sizes = tx.segments.counts(brand_id)
    met = _met(world, brand_id, condition)
    rows = _memberships(world, brand_id)
    shared = rows.filter(rows.profile_id.isin(met.profile_id), rows.segment != besides)
    counted = shared.group_by("segment").agg(n=shared.count())
    ordered = counted.order_by(counted.n.desc(), counted.segment).limit(_MOST_OVERLAPS)
    found = world.warehouse.run(ordered).to_pylist()
    return [
        Overlap(row["segment"], int(row["n"]), max(int(row["n"]), sizes.get(row["segment"], 0)))
        for row in found
    ]


def combine(
    world: World, brand_id: int, condition: Condition, others: Sequence[str]
) -> Sequence[Combination]:
    """Return how an audience and up to three live segments lie over each other, most first."""
    asked = others[:MOST_COMBINED]
    tables = population(world, brand_id, condition.mentions)
    rows = _memberships(world, brand_id)
    sets = {"s0": condition.among(tables, world.clock.now())}
    for at, slug in enumerate(asked, 1):
        sets[f"s{at}"] = tables.people.profile_id.isin(rows.filter(rows.segment == slug).profile_id)
    marked = tables.people.mutate(**sets)
    marked = marked.filter(ibis.or_(*(marked[name] for name in sets)))
    counted = marked.group_by(*sets).agg(n=marked.count())
    ordered = counted.order_by(counted.n.desc(), *sets)
    found = world.warehouse.run(ordered).to_pylist()
    return [Combination(tuple(bool(row[name]) for name in sets), int(row["n"])) for row in found]


def sample_people(world: World, brand_id: int, condition: Condition) -> Sequence[ProfileRow]:
    """Return a few people of an audience, spread over it; always the same while it is the same."""
    met = _met(world, brand_id, condition)
    ordered = met.order_by(met.profile_id % _SPREAD, met.profile_id).limit(_SAMPLE)
    ids: list[int] = world.warehouse.run(ordered)["profile_id"].to_pylist()
    with world.store.transaction(brand_id) as tx:
        rows: Mapping[int, ProfileRow] = tx.people.profiles(brand_id, ids)
    return [rows[profile] for profile in ids if profile in rows]


def _met(world: World, brand_id: int, condition: Condition) -> ibis.Table:
    """Return the people of an audience as an expression."""
    tables = population(world, brand_id, condition.mentions)
    return compile_condition(condition, tables, world.clock.now())


def _memberships(world: World, brand_id: int) -> ibis.Table:
    """Return the brand's live memberships."""
    rows = world.warehouse.table("memberships")
    return rows.filter(rows.brand_id == brand_id)
