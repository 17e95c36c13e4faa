"""Prices a till's sale: products looked up, promotions and codes counted, points valued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from huiliu.kernel.errors import Refused
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.sale import Sale
from huiliu.services.points_at_till import points_worth, would_earn
from huiliu.services.points_balance import balance
from huiliu.services.pos_basket import basket_of
from huiliu.services.pos_people import Buyer, buyer_of
from huiliu.services.price_basket import price_in
from huiliu.services.reward_data import pricing_json
from huiliu.services.sale_data import major, sale_data
from huiliu.services.sale_events import products_of

__all__ = ["Quote", "quote_sale"]

_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a sale would cost now; nothing of it is held."""

    buyer: Buyer
    #: As `sale_data` says it, words in both languages.
    sale: Mapping[str, Any]
    #: Minor units that the points are worth.
    points_worth: int
    #: Points that the sale would earn.
    earns: Decimal
    available: Decimal

    @property
    def total(self) -> int:
        """Return what would be left to pay."""
        return int(self.sale["total"]) - self.points_worth


def quote_sale(world: World, brand_id: int, sale: Sale, given: Mapping[str, Any]) -> Quote:
    """Return what a sale would cost.

    A code that does not count is told with its reason; it refuses nothing yet.

    Raises:
        BadInput: a line cannot be priced, or nobody can be named so.
        Refused: the points are not there, or are worth nothing here.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        buyer = buyer_of(tx, world, brand_id, given)
        basket = basket_of(tx, brand_id, sale)
        stranger = buyer.stranger(world.secrets, brand_id)
        pricing = price_in(tx, world, brand_id, basket, buyer.profile_id, sale.codes, now, stranger)
        data = sale_data(basket, pricing_json(pricing))
        worth = points_worth(tx, world, brand_id, sale.points, data["total"], basket.currency)
        available = _available(tx, world, brand_id, buyer)
        if sale.points and available < sale.points:
            raise Refused("not_enough" if buyer.profile_id else "no_person")
        told = {
            "total": major(data["total"] - worth, basket.currency), "currency": basket.currency,
            "channel": "store", "store": sale.store,
            "products": products_of(data, basket.currency),
        }  # fmt: skip
        earns = would_earn(tx, world, brand_id, buyer.profile_id, told)
    return Quote(buyer, data, worth, earns, available)


def _available(tx: Tx, world: World, brand_id: int, buyer: Buyer) -> Decimal:
    """Return the points that somebody can spend."""
    if buyer.profile_id is None:
        return _NOTHING
    return balance(tx, world, brand_id, buyer.profile_id).available
