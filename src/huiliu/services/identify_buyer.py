"""Recognises somebody at a till: what they are to the brand, without a word of who they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import live
from huiliu.services.member_tiers import MemberTier, tier_of
from huiliu.services.points_balance import Balance, balance
from huiliu.services.pos_people import buyer_of
from huiliu.services.sale_data import shown_points

__all__ = ["Held", "Recognised", "identify_buyer"]

_MOST_COUPONS: Final = 50
#: Ends of points that are told.
_MOST_ENDS: Final = 5


@dataclass(frozen=True, slots=True)
class Held:
    """A coupon that somebody can still use."""

    code: str
    coupon: str
    name: Mapping[str, str]
    expires_at: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """What somebody is to the brand."""

    profile_id: int
    tier: MemberTier | None
    points: Balance
    coupons: tuple[Held, ...]

    def as_data(self, locale: str) -> dict[str, object]:
        """Return it for a till."""
        return {
            "profile": show_profile_id(self.profile_id),
            "tier": self.tier.tier if self.tier else None,
            "points": {
                "available": shown_points(self.points.available),
                "pending": shown_points(self.points.pending),
                "expiring": [
                    {"at": show_instant(at), "amount": shown_points(amount)}
                    for at, amount in self.points.expiring[:_MOST_ENDS]
                ],
            },
            "coupons": [
                {
                    "code": one.code, "coupon": one.coupon,
                    "name": one.name.get(locale) or next(iter(one.name.values()), one.coupon),
                    "expires_at": show_instant(one.expires_at) if one.expires_at else None,
                }
                for one in self.coupons
            ],
        }  # fmt: skip


def identify_buyer(world: World, brand_id: int, given: Mapping[str, Any]) -> Recognised:
    """Return who stands at a till.

    Raises:
        BadInput: nobody was named, or in a way that names nobody.
        NotFound: nobody is known by that name.
    """
    with world.store.system() as tx:
        buyer = buyer_of(tx, world, brand_id, given)
        if buyer.profile_id is None:
            if buyer.named is None:
                raise BadInput((Problem("", text("pos.nobody_named")),))
            raise NotFound("profile", buyer.named[0].word)
        who = buyer.profile_id
        return Recognised(
            who, tier_of(tx, brand_id, who), balance(tx, world, brand_id, who),
            _coupons(tx, world, brand_id, who),
        )  # fmt: skip


def _coupons(tx: Tx, world: World, brand_id: int, profile_id: int) -> tuple[Held, ...]:
    """Return the coupons that somebody holds and has not used."""
    shelf = live(tx, world, brand_id).shelf
    ids = tx.people.histories(brand_id, [profile_id]).get(profile_id, [profile_id])
    now = world.clock.now()
    found = []
    for code, slug, until in tx.pos.held(brand_id, ids, now, _MOST_COUPONS):
        coupon = shelf.coupons.get(slug)
        if coupon is None or (coupon.ends_at and coupon.ends_at <= now):
            continue
        ends = [one for one in (until, coupon.ends_at) if one]
        found.append(Held(code, slug, coupon.name, min(ends, default=0)))
    return tuple(found)
