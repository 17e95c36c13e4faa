"""The promotions and coupons that are live in a brand, parsed once for each change of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from operator import or_
from typing import Final

from huiliu.conditions import NOWHERE, Mentions, Surroundings
from huiliu.ports.store import Tx
from huiliu.rewards.coupon import KIND as COUPON
from huiliu.rewards.coupon import Coupon, stored_coupon
from huiliu.rewards.promotion import KIND as PROMOTION
from huiliu.rewards.promotion import Promotion, stored_promotion
from huiliu.rewards.rule_index import RuleIndex

__all__ = ["EMPTY_SHELF", "Shelf", "read_shelf"]


_NOTHING: Final = Mentions()


@dataclass(frozen=True, slots=True)
class Shelf:
    """All of them, ready to be asked."""

    index: RuleIndex
    #: By slug.
    coupons: Mapping[str, Coupon] = field(default_factory=dict)
    #: The one code of a pool -> the pool.
    generic: Mapping[str, Coupon] = field(default_factory=dict)
    #: All that conditions of promotions ask of people.
    asked: Mentions = _NOTHING

    def with_drafts(self, drafts: Mapping[str, Promotion]) -> Shelf:
        """Return the same with promotions as they would be."""
        promotions = {**self.index.promotions, **drafts}
        return replace(self, index=RuleIndex(promotions), asked=_asked(promotions))


EMPTY_SHELF: Final = Shelf(RuleIndex({}))


def read_shelf(tx: Tx, brand_id: int, around: Surroundings) -> Shelf:
    """Return what is live in a brand now."""
    promotions = {}
    for document in tx.documents.all(brand_id, PROMOTION):
        if document.state == "live":
            found = _promotion(document.source, around)
            promotions[document.slug] = replace(found, version=document.version)
    coupons = {
        document.slug: replace(_coupon(document.source, around.zone), version=document.version)
        for document in tx.documents.all(brand_id, COUPON)
        if document.state == "live"
    }
    generic = {one.code: one for one in coupons.values() if one.code}
    return Shelf(RuleIndex(promotions), coupons, generic, _asked(promotions))


def _asked(promotions: Mapping[str, Promotion]) -> Mentions:
    """Return what conditions of promotions ask of people."""
    asked = [one.who.mentions for one in promotions.values() if one.who is not None]
    return reduce(or_, asked, _NOTHING)


def _promotion(source: str, around: Surroundings) -> Promotion:
    """Return a promotion; without a condition it is the same whatever else is live."""
    if "\nwho:" in source:
        return stored_promotion(source, around)
    return _unconditional(source, around.zone)


@lru_cache(maxsize=20_000)
def _unconditional(source: str, zone: str) -> Promotion:
    """Return a promotion that is for everybody."""
    return stored_promotion(source, replace(NOWHERE, zone=zone))


@lru_cache(maxsize=20_000)
def _coupon(source: str, zone: str) -> Coupon:
    """Return a pool."""
    return stored_coupon(source, replace(NOWHERE, zone=zone))
