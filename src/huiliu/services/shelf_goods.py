"""Products as somebody picks them for a basket to try: name, price, category."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from huiliu.catalogue.product import LIVE, Product
from huiliu.ports.world import World

__all__ = ["goods_named", "goods_to_pick"]

_MOST: Final = 200


def goods_to_pick(world: World, brand_id: int) -> list[Product]:
    """Return the first products that can be bought, by id."""
    with world.store.transaction(brand_id) as tx:
        return [one.product for one in tx.products.search(brand_id, "", LIVE, _MOST)]


def goods_named(world: World, brand_id: int, ids: Collection[str]) -> Mapping[str, Product]:
    """Return the products of these ids that the catalogue knows."""
    with world.store.transaction(brand_id) as tx:
        return tx.products.get(brand_id, sorted(set(ids)))
