"""Prices and redemptions as servers are told them: numbers, and each reason in every language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec

from huiliu.kernel.facts import Value
from huiliu.kernel.texts import LOCALES, Text, render
from huiliu.rewards.effects import Gift, Missing
from huiliu.rewards.pricing import Applied, NotApplied, PricedLine, Pricing, missing_text

__all__ = ["pricing_answer", "pricing_json", "refused_json", "told_json"]

_MOST_KEPT: Final = 4_096
#: Number of a sentence -> itself, and as it is told.
_BECAUSE: Final[dict[int, tuple[Text, dict[str, Value]]]] = {}


def told_json(said: Text) -> dict[str, Value]:
    """Return a sentence by language."""
    if not said.arguments:
        return _plain(said.key)
    return {locale: render(said, locale) for locale in LOCALES}


@lru_cache(maxsize=1_000)
def _plain(key: str) -> dict[str, Value]:
    """Return a sentence that is always the same; nobody may change what is returned."""
    return {locale: render(Text(key), locale) for locale in LOCALES}


def _because(said: Text) -> dict[str, Value]:
    """Return what an effect does by language; nobody may change what is returned.

    An effect is the same sentence to every basket, so it is found by what it is, not what it says.
    """
    found = _BECAUSE.get(id(said))
    # It is kept beside its telling, so that no other sentence ever gets its number.
    if found is None or found[0] is not said:
        if len(_BECAUSE) >= _MOST_KEPT:
            _BECAUSE.clear()
        found = _BECAUSE[id(said)] = said, told_json(said)
    return found[1]


def pricing_json(pricing: Pricing) -> dict[str, Value]:
    """Return what a basket costs, and why."""
    currency = pricing.basket.currency
    return {
        "currency": currency,
        "total": pricing.basket.total,
        "discount": pricing.discount,
        "payable": pricing.total,
        "shipping": pricing.basket.shipping,
        "shipping_discount": pricing.shipping_discount,
        "lines": [_line(one) for one in pricing.lines],
        "promotions": [_applied(one, currency) for one in pricing.applied],
        "gifts": [{**_gift(gift), "promotion": slug} for gift, slug in pricing.gifts],
        "refused": [refused_json(one, currency) for one in pricing.refused],
    }


def pricing_answer(pricing: Pricing) -> bytes:
    """Return the same as JSON."""
    if not pricing.told:
        pricing.told.append(msgspec.json.encode(pricing_json(pricing)))
    return pricing.told[0]


def refused_json(one: NotApplied, currency: str) -> dict[str, Value]:
    """Return a promotion or code that does not count, and why."""
    return {
        "promotion": one.promotion, "name": _names(one.name), "coupon": one.coupon,
        "code": one.code, "reason": one.reason, "why": told_json(one.why),
        "missing": _missing(one.missing, currency),
    }  # fmt: skip


def _line(one: PricedLine) -> dict[str, Value]:
    """Return a line and what each promotion takes off it."""
    total, discount = one.line.total, one.discount
    return {
        "sku": one.line.sku, "quantity": one.line.quantity, "unit_price": one.line.unit_price,
        "total": total, "discount": discount, "payable": total - discount,
        "promotions": [
            {
                "promotion": part.promotion, "coupon": part.coupon, "code": part.code,
                "discount": part.discount, "because": _because(part.because),
            }
            for part in one.parts
        ],
    }  # fmt: skip


def _applied(one: Applied, currency: str) -> dict[str, Value]:
    """Return a promotion that counts."""
    return {
        "promotion": one.promotion.slug, "version": one.promotion.version,
        "name": _names(one.promotion.told), "coupon": one.coupon, "code": one.code,
        "discount": one.discount, "shipping_discount": one.shipping,
        "gifts": [_gift(gift) for gift in one.gifts], "because": _because(one.because),
        "next": _missing(one.next, currency),
    }  # fmt: skip


def _gift(gift: Gift) -> dict[str, Value]:
    """Return something that is given along."""
    return {"sku": gift.sku, "quantity": gift.quantity, "name": _names(gift.name)}


def _missing(missing: Missing | None, currency: str) -> Value:
    """Return what a basket lacks for a benefit, or nothing."""
    if missing is None or not (missing.spend or missing.quantity):
        return None
    said = told_json(missing_text(missing, currency))
    return {"spend": missing.spend, "quantity": missing.quantity, "text": said}


def _names(name: Mapping[str, str]) -> dict[str, Value]:
    """Return a name by language."""
    return dict(name)
