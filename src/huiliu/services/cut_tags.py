"""Publishes where the top N of a tag ends, as of a refresh, and looks at whom that moves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import ibis

from huiliu.conditions import Mentions, Tables
from huiliu.conditions.population import moment_literal, number_literal
from huiliu.kernel.facts import Cut
from huiliu.ports.log import PROJECTOR
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import live
from huiliu.services.track import retrack

__all__ = ["cut", "end_of_top", "publish_missing"]

_BATCH: Final = 5_000


def cut(world: World, brand_id: int, slug: str, at: int) -> int:
    """Publish every cut point of a tag that live documents ask for; return whom that moved.

    A cut point and the memberships that follow from it change in one transaction.
    """
    with world.store.system() as tx:
        asked = [n for tag, n in live(tx, world, brand_id).tops if tag == slug]
    n_moved = 0
    tables = world.warehouse.population(brand_id)
    for n in sorted(asked):
        found = end_of_top(world, tables, slug, n, at)
        with world.store.system() as tx:
            before = tx.tags.cuts(brand_id).get((slug, n))
        if found == before:
            continue
        moved = _between(world, tables, slug, at, before, found)
        with world.store.system() as tx:
            tx.log.cursor(PROJECTOR)
            tx.tags.publish_cut(brand_id, slug, n, at, found)
            mentions = Mentions(tags=frozenset({slug}), tops=frozenset({(slug, n)}))
            produced = []
            for start in range(0, len(moved), _BATCH):
                some = moved[start : start + _BATCH]
                produced += retrack(tx, world, brand_id, some, mentions, world.clock.now())
            tx.log.append(produced)
        n_moved += len(moved)
    return n_moved


def publish_missing(
    tx: Tx, world: World, brand_id: int, tops: Collection[tuple[str, int]], at: int
) -> None:
    """Publish cut points that a document asks for first, before it is live."""
    known = tx.tags.cuts(brand_id)
    tables = world.warehouse.population(brand_id)
    for slug, n in sorted(set(tops) - set(known)):
        tx.tags.publish_cut(brand_id, slug, n, at, end_of_top(world, tables, slug, n, at))


def _values(tables: Tables, slug: str, at: int) -> ibis.Table:
    """Return profile_id and number of everybody who has a value that stands."""
    rows = tables.tag(slug)
    number = tables.cell(rows.value, ()).number()
    stands = rows.expires_at.isnull() | (rows.expires_at > moment_literal(at))
    found = rows.filter(stands).select("profile_id", number=number)
    return found.filter(found.number.notnull())


def end_of_top(world: World, tables: Tables, slug: str, n: int, at: int) -> Cut | None:
    """Return the last one of the top N, or of all where there are fewer; None = nobody."""
    rows = _values(tables, slug, at)
    ordered = rows.order_by(ibis.desc("number"), "profile_id").limit(n)
    last = ordered.order_by("number", ibis.desc("profile_id")).limit(1)
    found = world.warehouse.run(last).to_pylist()
    return Cut(found[0]["number"], found[0]["profile_id"]) if found else None


def _between(
    world: World, tables: Tables, slug: str, at: int, before: Cut | None, after: Cut | None
) -> Sequence[int]:
    """Return who is in one of two tops and not in the other."""
    rows = _values(tables, slug, at)
    moved = rows.filter(_is_in(rows, before) != _is_in(rows, after))
    return sorted(world.warehouse.run(moved.select("profile_id"))["profile_id"].to_pylist())


def _is_in(rows: ibis.Table, end: Cut | None) -> ibis.Value:
    """Return whether each of the rows is in the top that ends here."""
    if end is None:
        return ibis.literal(False)
    value = number_literal(end.value)
    return (rows.number > value) | ((rows.number == value) & (rows.profile_id <= end.profile_id))
