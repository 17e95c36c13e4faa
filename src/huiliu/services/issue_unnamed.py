"""Issues a coupon to whoever stands in front of us, before there is a profile of them."""

from __future__ import annotations

from huiliu.kernel.errors import Refused
from huiliu.kernel.ids import digest
from huiliu.kernel.times import local_datetime
from huiliu.ports.rewards import CodeRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.coupon import Coupon
from huiliu.rewards.limits import Claim
from huiliu.services.issue_coupon import Issued, random_code
from huiliu.services.live import live

__all__ = ["issue_unnamed"]

_TRIES = 8
_NOBODY = 0


def issue_unnamed(  # noqa: PLR0913, PLR0917 - which, under what, when, where
    tx: Tx, world: World, brand_id: int, coupon: str, key: str, now: int, channel: str = ""
) -> Issued:
    """Issue a code that nobody's name stands on: who holds it may use it.

    How many one person gets is for the caller to watch; what the pool issues at all and on one day
    is kept here. The same key is the same code.

    Raises:
        Refused: coupon_gone, over, issue_limit, issue_day, no_codes.
    """
    pool = live(tx, world, brand_id).shelf.coupons.get(coupon)
    if pool is None:
        raise Refused("coupon_gone")
    if pool.ends_at and now >= pool.ends_at:
        raise Refused("over")
    if pool.code:
        return Issued(pool.code, pool.slug, _NOBODY, pool.ends_at)
    hashed = digest("issue", brand_id, pool.slug, key)
    tx.rewards.lock_issue(brand_id, pool.slug, hashed)
    row = tx.rewards.code_of_key(brand_id, pool.slug, hashed)
    if row is not None:
        return Issued(row.code, row.coupon, _NOBODY, row.expires_at)
    claims = _claims(world, pool, now)
    short = tx.rewards.claim(brand_id, claims)
    if short:
        raise Refused(short[0].reason)
    expires_at = pool.expires_at(now)
    code = tx.rewards.issue_free(
        brand_id, pool.slug, profile_id=None, key=hashed, now=now, expires_at=expires_at,
        channel=channel,
    ) or _made(tx, brand_id, pool, hashed, now, expires_at, channel)  # fmt: skip
    if not code:
        tx.rewards.claim(brand_id, [_given_back(one) for one in claims])
        raise Refused("no_codes")
    return Issued(code, pool.slug, _NOBODY, expires_at, is_new=True)


def _claims(world: World, pool: Coupon, now: int) -> list[Claim]:
    """Return what one code takes of what the pool may issue."""
    day = local_datetime(now, pool.zone or world.zone).date().isoformat()
    limits = (("issued", "", pool.issue_total), ("issued_day", day, pool.issue_per_day))
    return sorted(
        Claim("coupon", pool.slug, what, member, 1, cap)
        for what, member, cap in limits
        if cap is not None
    )


def _given_back(claim: Claim) -> Claim:
    """Return the claim that undoes another."""
    return Claim(claim.scope, claim.slug, claim.what, claim.member, -claim.n, claim.cap)


def _made(  # noqa: PLR0913, PLR0917 - a row's own parts
    tx: Tx, brand_id: int, pool: Coupon, key: bytes, now: int, expires_at: int, channel: str
) -> str:
    """Return a code made now; "" where the pool has only codes that were made before."""
    for _ in range(_TRIES if pool.mints else 0):
        code = random_code(pool)
        row = CodeRow(code, pool.slug, 0, None, now, expires_at, channel, is_void=False)
        if tx.rewards.put_code(brand_id, row, key):
            return code
    return ""
