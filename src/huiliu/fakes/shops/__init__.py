"""Shops that behave like the platforms' own: they sign, repeat, reorder, serve orders, and fail."""

from typing import Final

from huiliu.fakes.shops.shop import Delivery, FakeShop
from huiliu.fakes.shops.shopify import FakeShopify

__all__ = ["FAKE_SHOPS", "Delivery", "FakeShop"]

#: Platform -> its fake.
FAKE_SHOPS: Final[dict[str, type[FakeShop]]] = {kind.name: kind for kind in (FakeShopify,)}
