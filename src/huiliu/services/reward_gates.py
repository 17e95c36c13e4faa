"""What coupons name must be there, and no code may stand for two pools."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.kernel.documents import load
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.coupon import Coupon
from huiliu.rewards.promotion import Promotion
from huiliu.services.live import live
from huiliu.services.read_offers import Proposal

__all__ = ["coupons_hold"]


def coupons_hold(
    tx: Tx, world: World, brand_id: int, one: Proposal, beside: Sequence[Proposal]
) -> Sequence[Problem]:
    """Return what keeps a pool from going live: its promotion, or another pool's code."""
    coupon = one.parsed
    if not isinstance(coupon, Coupon):
        return ()
    shelf = live(tx, world, brand_id).shelf
    promotions = dict(shelf.index.promotions)
    promotions |= {each.slug: each.parsed for each in beside if isinstance(each.parsed, Promotion)}
    generic = {each.code: each.slug for each in shelf.coupons.values() if each.slug != one.slug}
    generic |= {
        each.parsed.code: each.slug
        for each in beside
        if isinstance(each.parsed, Coupon) and each.slug != one.slug
    }
    loaded = load(one.offer.source)
    where = f"{one.offer.where}: " if one.offer.where else ""
    found = []
    promotion = promotions.get(coupon.promotion)
    if promotion is None:
        said = text("plans.no_such", kind="promotion", slug=coupon.promotion)
        found.append(Problem(f"{where}promotion", said, loaded.line_of("promotion")))
    elif not promotion.is_by_code:
        said = text("rewards.promotion_for_all", slug=coupon.promotion)
        found.append(Problem(f"{where}promotion", said, loaded.line_of("promotion")))
    if coupon.code and (other := generic.get(coupon.code)):
        said = text("rewards.code_taken", slug=other)
        found.append(Problem(f"{where}code", said, loaded.line_of("code")))
    if coupon.code and tx.rewards.codes(brand_id, [coupon.code]):
        said = text("rewards.code_own")
        found.append(Problem(f"{where}code", said, loaded.line_of("code")))
    return found
