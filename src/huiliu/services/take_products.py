"""Takes in the products that a shop's platform told of, in the transaction of the shop's poll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from huiliu.catalogue.product import Draft, Variant
from huiliu.ports.shops import ShopConnection, ShopProduct
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.put_products import PutProducts, put_in

__all__ = ["take_products"]

#: A shop does not say in which language its titles are.
_ANY_LANGUAGE: Final = "und"
_LONGEST_NAME: Final = 500


def take_products(
    tx: Tx,
    world: World,
    connection: ShopConnection,
    products: Sequence[ShopProduct],
    fetched_at: int = 0,
) -> PutProducts:
    """Store what a shop says of its products; variants of one make it together.

    A variant that is told alone changes the product's price and stock as far as it has a part in
    them. A product without an id is left out. What was changed, or with the same time of change
    fetched, before what is stored changes nothing.

    Args:
        tx: the transaction.
        world: the instance.
        connection: the shop.
        products: what it says.
        fetched_at: when it was asked; 0 = now.
    """
    now = world.clock.now()
    by_product: dict[str, list[ShopProduct]] = {}
    for one in products:
        if one.product_id:
            by_product.setdefault(one.product_id, []).append(one)
    drafts = [_draft(told, fetched_at or now) for told in by_product.values()]
    source = f"{connection.platform}/{connection.name}"
    return put_in(tx, connection.brand_id, drafts, source, now)


def _draft(told: Sequence[ShopProduct], fetched_at: int) -> Draft:
    """Return what a product's variants say of it; the one that was changed last speaks for all."""
    told = sorted(told, key=lambda one: (one.updated_at, one.variant_id))
    last = told[-1]
    variants = tuple(
        Variant(
            variant_id=one.variant_id or one.product_id,
            sku=one.sku,
            price=one.price,
            stock=None if one.stock is None else max(one.stock, 0),
            is_listed=one.is_listed,
            version=(one.updated_at or fetched_at, fetched_at),
        )
        for one in told
    )
    said: dict[str, object] = {}
    if last.title.strip():
        said["names"] = {_ANY_LANGUAGE: last.title.strip()[:_LONGEST_NAME]}
    if last.category.strip():
        mark = ">" if ">" in last.category else "/"
        said["category"] = tuple(p.strip() for p in last.category.split(mark) if p.strip())
    if last.brand.strip():
        said["brand"] = last.brand.strip()
    if _is_web(last.url):
        said["link"] = last.url
    if pictures := tuple(one for one in last.images if _is_web(one)):
        said["images"] = pictures
    return Draft(
        product_id=last.product_id,
        currency=last.currency,
        compare_at=last.list_price,
        variants=variants,
        **said,  # type: ignore[arg-type] # each under its own name
    )


def _is_web(written: str) -> bool:
    """Say whether this is an address of the web."""
    try:
        parts = urlsplit(written)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
