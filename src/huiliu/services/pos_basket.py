"""What a till scanned, as a basket: barcodes become products, and prices stand in it."""

from __future__ import annotations

from typing import Final

from huiliu.catalogue.product import Product, named
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.store import Tx
from huiliu.rewards.basket import Basket, Line
from huiliu.rewards.sale import Sale, SaleLine
from huiliu.services.find_by_barcode import find_by_barcode

__all__ = ["basket_of"]

#: Of a whole basket: it must fit 63 bits wherever it is kept.
_MOST_TOTAL: Final = 10**17
_LONGEST: Final = 200
#: Where neither a product nor a till says what is paid with.
_USUAL: Final = "CNY"


def basket_of(tx: Tx, brand_id: int, sale: Sale) -> Basket:
    """Return the basket of a sale.

    The till's word on price and name counts where it says one; a product that the catalogue does
    not know needs a price.

    Raises:
        BadInput: lines that no product and no price could be found for, all of them.
    """
    by_id = tx.products.get(brand_id, {one.sku or one.barcode for one in sale.lines})
    problems: list[Problem] = []
    lines: list[Line] = []
    currencies: set[str] = set()
    for at, one in enumerate(sale.lines):
        product, price, gtin = _found(tx, brand_id, one, by_id)
        if one.unit_price is None and price is None:
            key = "pos.no_price" if product else "pos.unknown_product"
            said = text(key, code=one.sku or one.barcode)
            problems.append(Problem(f"lines[{at}]", said))
            continue
        if one.unit_price is None and product is not None:
            currencies.add(product.currency)
        lines.append(_line(one, product, price, gtin, sale.locale))
    currency = sale.currency or next(iter(sorted(currencies)), _USUAL)
    if currencies - {currency}:
        known = ", ".join(sorted(currencies | {currency}))
        problems.append(Problem("currency", text("pos.two_currencies", known=known)))
    if problems:
        raise BadInput(tuple(problems))
    basket = Basket(currency, sale.channel, tuple(lines), sale.store)
    if basket.total > _MOST_TOTAL:
        raise BadInput((Problem("lines", text("rewards.basket.price")),))
    return basket


def _found(
    tx: Tx, brand_id: int, one: SaleLine, by_id: dict[str, Product]
) -> tuple[Product | None, int | None, str]:
    """Return the product of a line, its price and its number, as far as they are known."""
    named_so = one.sku or one.barcode
    if named_so in by_id:
        return by_id[named_so], by_id[named_so].price, ""
    found = find_by_barcode(tx, brand_id, one.barcode or one.sku)
    if found is not None:
        return found.product, found.price, found.gtin
    known_as = tx.codes.product_of_sku(brand_id, [named_so])
    product = tx.products.get(brand_id, [known_as]).get(known_as) if known_as else None
    if product is None:
        return None, None, ""
    own = (each.price for each in product.variants if each.sku == named_so)
    price = next(own, None)
    return product, product.price if price is None else price, ""


def _line(
    one: SaleLine, product: Product | None, price: int | None, gtin: str, locale: str
) -> Line:
    """Return a line of the basket: the till's own words first."""
    paid = one.unit_price if one.unit_price is not None else price
    assert paid is not None
    if product is None:
        return Line(
            one.sku or one.barcode, one.quantity, paid, one.category, one.brand, one.name,
            gtin or one.barcode,
        )  # fmt: skip
    return Line(
        product.product_id, one.quantity, paid, one.category or "/".join(product.category),
        one.brand or product.brand,
        (one.name or named(product.names, [locale]))[:_LONGEST],
        gtin or one.barcode,
    )  # fmt: skip
