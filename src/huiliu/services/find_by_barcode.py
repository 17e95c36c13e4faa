"""Finds the product that a bar code is on."""

from __future__ import annotations

from dataclasses import dataclass

from huiliu.catalogue.product import Product
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.ports.codes import BarcodeRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.barcode import Barcode, read_barcode

__all__ = ["Found", "drop_barcode", "find_by_barcode", "list_barcodes", "put_barcode"]


@dataclass(frozen=True, slots=True)
class Found:
    """A product and the bar code that it was found by."""

    product: Product
    barcode: Barcode
    #: "" = the product itself.
    variant_id: str = ""

    @property
    def gtin(self) -> str:
        """Return the product's number, fourteen digits."""
        return self.barcode.gtin

    @property
    def price(self) -> int | None:
        """Return what it costs, in minor units of the product's currency; None = not known."""
        own = (one.price for one in self.product.variants if one.variant_id == self.variant_id)
        found = next(own, None)
        return self.product.price if found is None else found


def find_by_barcode(tx: Tx, brand_id: int, written: str) -> Found | None:
    """Return the product of a bar code in whatever form; None where there is none.

    What the brand told of a bar code decides; else a product whose id or sku are its digits.
    """
    barcode = read_barcode(written)
    if barcode is None:
        return None
    row = tx.codes.barcode(brand_id, barcode.gtin)
    if row is not None:
        product_id, variant_id = row.product_id, row.variant_id
    else:
        product_id, variant_id = tx.codes.product_of_sku(brand_id, _shapes(barcode.gtin)), ""
    product = tx.products.get(brand_id, [product_id]).get(product_id) if product_id else None
    return None if product is None else Found(product, barcode, variant_id)


def put_barcode(
    world: World, brand_id: int, written: str, product_id: str, variant_id: str, by: str
) -> BarcodeRow:  # fmt: skip
    """Say that a bar code is on a product.

    Raises:
        BadInput: it is no bar code of a product.
        NotFound: there is no such product, or no such variant of it.
    """
    barcode = read_barcode(written)
    if barcode is None:
        raise BadInput((Problem("barcode", text("barcode.unreadable")),))
    row = BarcodeRow(brand_id, barcode.gtin, product_id, variant_id, world.clock.now(), by)
    with world.store.transaction(brand_id) as tx:
        product = tx.products.get(brand_id, [product_id]).get(product_id)
        if product is None:
            raise NotFound("product", product_id)
        if variant_id and variant_id not in {one.variant_id for one in product.variants}:
            raise NotFound("variant", variant_id)
        tx.codes.put_barcodes([row])
    return row


def drop_barcode(world: World, brand_id: int, written: str) -> str:
    """Forget a bar code and return its number; raise NotFound."""
    barcode = read_barcode(written)
    gtin = barcode.gtin if barcode is not None else written
    with world.store.transaction(brand_id) as tx:
        if not tx.codes.drop_barcode(brand_id, gtin):
            raise NotFound("bar code", gtin[:80])
    return gtin


def list_barcodes(world: World, brand_id: int, product_id: str) -> list[BarcodeRow]:
    """Return the bar codes of a product."""
    with world.store.transaction(brand_id) as tx:
        return tx.codes.barcodes(brand_id, product_id)


def _shapes(gtin: str) -> list[str]:
    """Return how people write a number of fourteen digits: with fewer zeros in front."""
    kept = [gtin[14 - length :] for length in (14, 13, 12, 8) if not gtin[: 14 - length].strip("0")]
    return list(dict.fromkeys(kept))
