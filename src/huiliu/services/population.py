"""What a condition reads of a whole population, with the cut points that its top N ask for."""

from __future__ import annotations

from dataclasses import replace

from huiliu.conditions import Mentions, Tables
from huiliu.ports.world import World
from huiliu.services.cut_tags import end_of_top

__all__ = ["population"]


def population(world: World, brand_id: int, asked: Mentions, at: int | None = None) -> Tables:
    """Return a brand's people now, or as of an instant, for a condition that mentions these.

    A top N that nothing live asks for has no published cut point; it is found in the values that
    stood, as the refresh would have found it.
    """
    tables = world.warehouse.population(brand_id, at)
    if not asked.tops:
        return tables
    with world.store.transaction(brand_id) as tx:
        known = tx.tags.cuts(brand_id, at)
    cuts = {top: known[top] for top in asked.tops if top in known}
    moment = world.clock.now() if at is None else at
    for tag, n in sorted(asked.tops - set(cuts)):
        found = end_of_top(world, tables, tag, n, moment)
        if found is not None:
            cuts[tag, n] = found
    return replace(tables, cuts=cuts)
