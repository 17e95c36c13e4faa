"""A product, and what a shop, file or server says of one: only what it says is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from huiliu.kernel.money import minor_units

__all__ = [
    "HIDDEN",
    "LIVE",
    "STATES",
    "Draft",
    "Product",
    "Variant",
    "is_same",
    "major_amount",
    "merged",
    "named",
]

LIVE: Final = "live"
#: Not shown any more: never recommended, its history stays.
HIDDEN: Final = "hidden"
STATES: Final = (LIVE, HIDDEN)

T = TypeVar("T")


def major_amount(minor: int | None, currency: str) -> float | int | None:
    """Return an amount in major units, whole where it is; None where there is none."""
    if minor is None:
        return None
    unit: int = 10 ** minor_units(currency)
    return minor / unit if minor % unit else minor // unit


class Variant(msgspec.Struct, frozen=True, gc=False):
    """One size or colour of a product."""

    variant_id: str
    sku: str = ""
    price: int | None = None
    #: None = it is not counted.
    stock: int | None = None
    is_listed: bool = True
    #: When the shop says that it changed this, and when it was asked: what is older changes
    #: nothing. (0, 0) = nobody said.
    version: tuple[int, int] = (0, 0)


class Product(msgspec.Struct, frozen=True):
    """One thing that a brand sells."""

    #: As events and orders name it.
    product_id: str
    #: Locale -> name; at least one.
    names: Mapping[str, str]
    sku: str = ""
    #: Whole minor units of `currency`; of variants the lowest. None = not known.
    price: int | None = None
    #: ISO 4217; "" = there is no price.
    currency: str = ""
    #: The price before a reduction.
    compare_at: int | None = None
    #: Of all variants together; None = it is not counted.
    stock: int | None = None
    #: From the widest to the narrowest.
    category: tuple[str, ...] = ()
    brand: str = ""
    link: str = ""
    images: tuple[str, ...] = ()
    state: str = LIVE
    variants: tuple[Variant, ...] = ()
    #: Who said so last: `csv`, `api`, or a shop.
    source: str = ""

    @property
    def is_available(self) -> bool:
        """Say whether somebody could buy it now."""
        return self.state == LIVE and (self.stock is None or self.stock > 0)

    def major(self, minor: int | None) -> float | int | None:
        """Return an amount of the product's currency as events and templates say it."""
        return major_amount(minor, self.currency)


class Draft(msgspec.Struct, frozen=True):
    """What is said of a product; what is not said stays as it is."""

    product_id: str
    names: Mapping[str, str] | UnsetType = UNSET
    sku: str | UnsetType = UNSET
    price: int | UnsetType | None = UNSET
    currency: str | UnsetType = UNSET
    compare_at: int | UnsetType | None = UNSET
    stock: int | UnsetType | None = UNSET
    category: tuple[str, ...] | UnsetType = UNSET
    brand: str | UnsetType = UNSET
    link: str | UnsetType = UNSET
    images: tuple[str, ...] | UnsetType = UNSET
    state: str | UnsetType = UNSET
    #: Those that are known of; others stay.
    variants: tuple[Variant, ...] = ()


def _said(value: T | UnsetType, before: T) -> T:
    """Return what was said, or what was before."""
    return before if isinstance(value, UnsetType) else value


def merged(before: Product | None, draft: Draft, source: str) -> Product:
    """Return the product as it is after a draft; a new one without a name is called by its id."""
    known = before or Product(draft.product_id, {})
    if draft.variants:
        newer = _newer(known, draft)
        if not newer.variants:
            return known
        draft = newer
    names = {**known.names, **_said(draft.names, {})}
    after = Product(
        product_id=draft.product_id,
        names=names or {"und": draft.product_id},
        sku=_said(draft.sku, known.sku),
        price=_said(draft.price, known.price),
        currency=_said(draft.currency, known.currency),
        compare_at=_said(draft.compare_at, known.compare_at),
        stock=_said(draft.stock, known.stock),
        category=_said(draft.category, known.category),
        brand=_said(draft.brand, known.brand),
        link=_said(draft.link, known.link),
        images=_said(draft.images, known.images),
        state=_said(draft.state, known.state),
        variants=known.variants,
        source=source,
    )
    if not draft.variants:
        return after
    by_id = {one.variant_id: one for one in known.variants}
    by_id |= {one.variant_id: one for one in draft.variants}
    variants = tuple(sorted(by_id.values(), key=lambda one: one.variant_id))
    return _of_variants(msgspec.structs.replace(after, variants=variants))


def is_same(one: Product, other: Product) -> bool:
    """Say whether two states of a product differ at most in when they were told."""
    return _untimed(one) == _untimed(other)


def _untimed(product: Product) -> Product:
    """Return a product without when its variants were told."""
    untimed = [msgspec.structs.replace(one, version=(0, 0)) for one in product.variants]
    return msgspec.structs.replace(product, variants=tuple(untimed))


def _newer(known: Product, draft: Draft) -> Draft:
    """Return what of a draft is not older than what is known.

    A page that was fetched before a notice and comes after it would write the old price back.
    """
    versions = {one.variant_id: one.version for one in known.variants}
    newest = max(versions.values(), default=(0, 0))
    kept: list[Variant] = []
    for one in draft.variants:
        before = versions.get(one.variant_id, (0, 0))
        if one.version == (0, 0):
            kept.append(msgspec.structs.replace(one, version=before))
        elif one.version >= before:
            kept.append(one)
            versions[one.variant_id] = one.version
    said = max(one.version for one in draft.variants)
    if said != (0, 0) and said < newest:
        # What the variants share was told later by another of them.
        return Draft(product_id=draft.product_id, variants=tuple(kept))
    return msgspec.structs.replace(draft, variants=tuple(kept))


def _of_variants(product: Product) -> Product:
    """Return a product with the price and the stock that its variants have together."""
    listed = [one for one in product.variants if one.is_listed]
    counted = [one.stock for one in listed if one.stock is not None]
    prices = [one.price for one in listed if one.price is not None]
    return msgspec.structs.replace(
        product,
        price=min(prices) if prices else product.price,
        stock=sum(counted) if len(counted) == len(listed) else None,
        state=LIVE if listed else HIDDEN,
        sku=product.sku or next((one.sku for one in listed if one.sku), ""),
    )


def named(names: Mapping[str, str], wanted: Sequence[str]) -> str:
    """Return a product's name in the language that suits best; there is always one.

    A wish is shortened tag by tag, as templates choose their language: `zh-Hant-TW` finds
    zh-Hant, then any other zh.
    """
    by_lower = {locale.lower(): name for locale, name in names.items()}
    for wish in wanted:
        tags = wish.replace("_", "-").lower().split("-")
        for length in range(len(tags), 0, -1):
            found = by_lower.get("-".join(tags[:length]))
            if found:
                return found
        for lower, name in sorted(by_lower.items()):
            if lower.split("-")[0] == tags[0]:
                return name
    return next(iter(names.values()), "")
