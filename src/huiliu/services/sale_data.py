"""A priced sale as data: what a till answers, what a receipt keeps, what a phone shows.

Words are kept in both languages, so that a receipt reads the same for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.money import Money
from huiliu.kernel.texts import LOCALES, Text, render, text
from huiliu.kernel.times import show_instant
from huiliu.ports.pos import Receipt
from huiliu.rewards.amounts import shown
from huiliu.rewards.basket import Basket

__all__ = [
    "bare_data", "in_language", "major", "quoted_data", "receipt_data", "receipt_lines",
    "receipt_texts", "sale_data", "shown_points",
]  # fmt: skip

_USUAL: Final = LOCALES[0]


def sale_data(basket: Basket, priced: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a sale: the lines as they were sold, what was saved and why.

    Args:
        basket: as it was priced, with names and categories.
        priced: what `reward_data.pricing_json` says of it.
    """
    lines = [
        {
            "sku": line.sku, "name": line.name, "gtin": line.gtin, "category": line.category,
            "quantity": line.quantity, "unit_price": line.unit_price, "subtotal": line.total,
            "discount": one["discount"], "total": one["payable"], "why": one["promotions"],
        }
        for line, one in zip(basket.lines, priced["lines"], strict=True)
    ]  # fmt: skip
    return {
        "currency": basket.currency, "subtotal": basket.total, "discount": priced["discount"],
        "total": priced["payable"], "lines": lines, "applied": priced["promotions"],
        "refused": [one for one in priced["refused"] if one["code"]], "next": _next(priced),
        "points_worth": 0, "points_earned": None, "tenders": [],
    }  # fmt: skip


def bare_data(basket: Basket) -> dict[str, Any]:
    """Return what is kept of a sale that no promotion is counted for."""
    lines = [{"discount": 0, "payable": line.total, "promotions": []} for line in basket.lines]
    return sale_data(
        basket,
        {"discount": 0, "payable": basket.total, "lines": lines, "promotions": [], "refused": []},
    )


def quoted_data(sale: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """Return a priced sale for a till, in one language."""
    found = in_language(sale, locale)
    assert isinstance(found, dict)
    return found


def in_language(data: object, locale: str) -> object:
    """Return data with every text in one language."""
    if isinstance(data, Mapping):
        if data and set(data) <= {*LOCALES, "und"}:
            return data.get(locale) or next(iter(data.values()))
        return {name: in_language(one, locale) for name, one in data.items()}
    if isinstance(data, list | tuple):
        return [in_language(one, locale) for one in data]
    return data


def receipt_data(receipt: Receipt, locale: str = _USUAL) -> dict[str, object]:
    """Return a sale for a till: what was bought, saved and paid, and how it stands."""
    sale = quoted_data(receipt.sale, locale)
    return {
        "order_id": receipt.order_id,
        "store": receipt.store,
        "terminal": receipt.terminal or None,
        "business_date": receipt.business_date or None,
        "receipt": receipt.receipt,
        "state": str(receipt.state),
        "origin": str(receipt.origin),
        "person": show_profile_id(receipt.profile_id) if receipt.profile_id else None,
        "currency": receipt.currency,
        "subtotal": sale.get("subtotal", receipt.total),
        "discount": receipt.discount,
        "points": {
            "burnt": shown_points(receipt.points_burnt),
            "worth": sale.get("points_worth", 0),
            "earned": sale.get("points_earned"),
        },
        "total": receipt.total,
        "lines": sale.get("lines", []),
        "applied": sale.get("applied", []),
        "next": sale.get("next", []),
        "tenders": sale.get("tenders", []),
        "differences": list(receipt.differences),
        "text": receipt_lines(receipt, locale),
        "occurred_at": show_instant(receipt.occurred_at),
        "committed_at": show_instant(receipt.committed_at) if receipt.committed_at else None,
        "voided_at": show_instant(receipt.voided_at) if receipt.voided_at else None,
    }


def receipt_lines(receipt: Receipt, locale: str) -> list[str]:
    """Return what a receipt says of promotions and points: what was saved, by what, what earned."""
    return [render(one, locale) for one in receipt_texts(receipt)]


def receipt_texts(receipt: Receipt) -> list[Text]:
    """Return the same as texts."""
    currency, sale = receipt.currency, receipt.sale
    found = [
        text("pos.receipt.saved_by", name=one["name"] or one["promotion"],
             amount=shown(one["discount"], currency))
        for one in sale.get("applied", []) if one["discount"]
    ]  # fmt: skip
    found += [
        text("pos.receipt.gift", name=gift["name"] or gift["sku"], quantity=gift["quantity"])
        for one in sale.get("applied", []) for gift in one["gifts"]
    ]  # fmt: skip
    if receipt.discount:
        found.append(text("pos.receipt.saved", amount=shown(receipt.discount, currency)))
    if receipt.points_burnt:
        found.append(
            text("pos.receipt.burnt", points=shown_points(receipt.points_burnt),
                 amount=shown(sale.get("points_worth", 0), currency))
        )  # fmt: skip
    if sale.get("points_earned") not in {None, "0"}:
        found.append(text("pos.receipt.earned", points=sale["points_earned"]))
    return found


def major(amount: int, currency: str) -> float | int:
    """Return an amount as events say it, whole where it is."""
    exact = Money(amount, currency).major
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def shown_points(amount: Decimal) -> str:
    """Return points without zeros that say nothing."""
    written = format(amount, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _next(priced: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what would unlock the next benefit, what is nearest in money first."""
    found = [
        {"promotion": one["promotion"], "name": one["name"], **one["missing"]}
        for one in priced["refused"] if one.get("missing")
    ]  # fmt: skip
    found += [
        {"promotion": one["promotion"], "name": one["name"], **one["next"]}
        for one in priced["promotions"] if one.get("next")
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one["spend"] == 0, one["spend"], one["quantity"]))
