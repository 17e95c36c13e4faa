"""The odds that the brand's own past tells, as they were counted last."""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

from huiliu.messages.odds import NO_ODDS, Odds, odds_of
from huiliu.ports.store import Store, Tx
from huiliu.ports.world import World

__all__ = ["known_odds"]


def known_odds(tx: Tx, world: World, brand_id: int) -> Odds:
    """Return the odds in force; shrunken once each time that they are counted."""
    made_at = tx.policy.made_at(brand_id)
    if not made_at:
        return NO_ODDS
    kept = _KEPT.setdefault(world.store, {})
    held = kept.get(brand_id)
    if held is None or held[0] != made_at:
        row = tx.policy.odds(brand_id)
        held = kept[brand_id] = (made_at, odds_of(row.cells, row.hazards))
    return held[1]


#: Of each store: brand -> when its odds were counted, and they.
_KEPT: Final[WeakKeyDictionary[Store, dict[int, tuple[int, Odds]]]] = WeakKeyDictionary()
