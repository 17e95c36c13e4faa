"""What became of a product between two looks, and which of it is news for people."""

from __future__ import annotations

from typing import Final

import msgspec

from huiliu.catalogue.interest import Rules
from huiliu.catalogue.product import LIVE, Product, major_amount
from huiliu.kernel.facts import Value

__all__ = [
    "BACK_IN_STOCK",
    "NEWS",
    "PRICE_CHANGED",
    "STOCK_CHANGED",
    "Change",
    "changes",
    "news_properties",
]

PRICE_CHANGED: Final = "Price Changed"
STOCK_CHANGED: Final = "Stock Changed"
BACK_IN_STOCK: Final = "Back In Stock"
#: The events that people who showed interest in a product get.
NEWS: Final = (PRICE_CHANGED, STOCK_CHANGED, BACK_IN_STOCK)


class Change(msgspec.Struct, frozen=True, gc=False):
    """One thing that changed about one product."""

    product_id: str
    #: added, price, stock, shown or hidden.
    what: str
    old: int | None
    new: int | None
    currency: str = ""
    #: The events that interested people get because of it.
    news: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[float | int | None, float | int | None]:
        """Return what was and what is, amounts in major units."""
        if self.what not in {"price", "added"}:
            return self.old, self.new
        return major_amount(self.old, self.currency), major_amount(self.new, self.currency)


def changes(before: Product | None, after: Product, rules: Rules) -> list[Change]:
    """Return what changed; nothing for a product that says the same again.

    News is: another price in the same currency; that it can be bought again; and of the stock
    only what matters to people: it sold out, came back, or fell to the low mark. Every
    sale changes the stock; telling everyone of each would be noise.
    """
    if before is None:
        return [Change(after.product_id, "added", None, after.price, after.currency)]
    found: list[Change] = []
    if (before.price, before.currency) != (after.price, after.currency):
        news = (PRICE_CHANGED,) if _is_price_news(before, after, rules) else ()
        found.append(
            Change(
                after.product_id, "price", before.price, after.price, after.currency, news
            )
        )  # fmt: skip
    is_back = after.is_available and not before.is_available
    if before.state != after.state:
        what = "shown" if after.state == LIVE else "hidden"
        news = (BACK_IN_STOCK,) if is_back and before.stock == after.stock else ()
        found.append(Change(after.product_id, what, None, after.stock, "", news))
    if before.stock != after.stock:
        found.append(
            Change(
                after.product_id, "stock", before.stock, after.stock, "",
                _stock_news(before, after, rules.low_stock, is_back=is_back),
            )
        )  # fmt: skip
    return found


def _is_price_news(before: Product, after: Product, rules: Rules) -> bool:
    """Say whether another price matters to people: the same currency, and enough of a change."""
    old, new = before.price, after.price
    if old is None or new is None or before.currency != after.currency or after.state != LIVE:
        return False
    return old > 0 and 100 * abs(new - old) >= rules.least_percent * old


def _stock_news(
    before: Product, after: Product, low_stock: int, *, is_back: bool
) -> tuple[str, ...]:
    """Return which events a changed stock is to people."""
    if is_back:
        return (STOCK_CHANGED, BACK_IN_STOCK)
    if before.is_available and not after.is_available and after.state == LIVE:
        return (STOCK_CHANGED,)
    was_plenty = before.stock is None or before.stock > low_stock
    is_low = after.is_available and after.stock is not None and after.stock <= low_stock
    return (STOCK_CHANGED,) if was_plenty and is_low else ()


def news_properties(change: Change, product: Product) -> dict[str, Value]:
    """Return what the event of a change says besides whose interest it was."""
    said: dict[str, Value] = {"product_id": change.product_id}
    if product.sku:
        said["sku"] = product.sku
    if change.what == "price":
        old, new = change.old or 0, change.new or 0
        said |= {
            "from": product.major(old), "to": product.major(new), "currency": change.currency,
            "percent": round(100 * (new - old) / old, 1) if old else 0,
        }  # fmt: skip
    else:
        said |= {"from": change.old, "to": change.new, "stock": change.new}
    return said
