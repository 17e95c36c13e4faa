"""Issues coupons to people: the same key is the same code, and no limit is passed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import Refused
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest
from huiliu.kernel.times import local_datetime, show_instant
from huiliu.ports.rewards import CodeRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.coupon import ALPHABET, Coupon
from huiliu.rewards.limits import Claim
from huiliu.services.live import live
from huiliu.services.price_basket import Buyer, buyer_of
from huiliu.services.reward_events import issued_event

__all__ = ["Issued", "issue", "issue_many", "issue_one", "random_code"]

#: Of so many random codes one is new, unless the pool's codes are far too short.
_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class Issued:
    """A coupon that somebody has, or why they have none."""

    #: "" = none was issued.
    code: str
    coupon: str
    profile_id: int
    #: 0 = for ever.
    expires_at: int = 0
    #: False = it was issued under this key before.
    is_new: bool = False
    #: To be appended last by whose transaction it is.
    events: tuple[NewEvent, ...] = ()
    #: Why none was issued; "" = one was.
    refused: str = ""


def issue_one(
    world: World, brand_id: int, coupon: str, profile_id: int, key: str, channel: str = ""
) -> Issued:
    """Issue a coupon in a transaction of its own; raises as `issue` does."""
    with world.store.system() as tx:
        done = issue(
            tx, world, brand_id, coupon, profile_id, key, world.clock.now(), channel=channel
        )
        tx.log.append(done.events)
        return done


def issue(  # noqa: PLR0913, PLR0917 - whose, which, to whom, under what, when, where
    tx: Tx,
    world: World,
    brand_id: int,
    coupon: str,
    profile_id: int,
    key: str,
    now: int,
    *,
    channel: str = "",
) -> Issued:
    """Issue a coupon to a person; the events are to be appended last by the caller.

    Args:
        tx: of the system.
        world: the instance.
        brand_id: whose coupon.
        coupon: slug of the pool.
        profile_id: to whom.
        key: what makes it this coupon: asked for again with it, it is the same code.
        now: when.
        channel: by which it reaches them; "" = that is not known.

    Raises:
        Refused: coupon_gone, over, issue_limit, issue_person, issue_day, no_codes.
    """
    pool = live(tx, world, brand_id).shelf.coupons.get(coupon)
    if pool is None:
        raise Refused("coupon_gone")
    issuing = _Issuing(tx, world, brand_id, pool, now, channel)
    return issuing.generic(profile_id, key) if pool.code else issuing.own(profile_id, key)


def issue_many(
    tx: Tx,
    world: World,
    brand_id: int,
    wanted: Sequence[tuple[str, int, str]],
    now: int,
    channel: str = "",
) -> list[Issued]:
    """Issue (coupon, profile, key) each; who is refused has the reason in place of a code."""
    found: dict[tuple[str, int, str], Issued] = {}
    # In one order, so that two who issue to the same people never wait for each other.
    for one in sorted(set(wanted)):
        coupon, profile_id, key = one
        try:
            found[one] = issue(tx, world, brand_id, coupon, profile_id, key, now, channel=channel)
        except Refused as fault:
            found[one] = Issued("", coupon, profile_id, refused=fault.reason)
    return [found[one] for one in wanted]


@dataclass(frozen=True, slots=True)
class _Issuing:
    """One pool that gives a coupon."""

    tx: Tx
    world: World
    brand_id: int
    pool: Coupon
    now: int
    channel: str

    def own(self, profile_id: int, key: str) -> Issued:
        """Issue an own code."""
        hashed = digest("issue", self.brand_id, self.pool.slug, key)
        self.tx.rewards.lock_issue(self.brand_id, self.pool.slug, hashed)
        row = self.tx.rewards.code_of_key(self.brand_id, self.pool.slug, hashed)
        if row is not None:
            return Issued(row.code, row.coupon, row.profile_id or profile_id, row.expires_at)
        buyer, taken = self._take(profile_id)
        expires_at = self.pool.expires_at(self.now)
        code = self.tx.rewards.issue_free(
            self.brand_id, self.pool.slug, profile_id=buyer.profile_id, key=hashed, now=self.now,
            expires_at=expires_at, channel=self.channel,
        )  # fmt: skip
        code = code or self._mint(buyer, hashed, expires_at)
        if not code:
            # The transaction may go on without this coupon, so nothing of the limits may be kept.
            back = [structs.replace(one, n=-one.n) for one in taken]
            self.tx.rewards.claim(self.brand_id, back)
            raise Refused("no_codes")
        return self._told(code, buyer, hashed, expires_at)

    def generic(self, profile_id: int, key: str) -> Issued:
        """Let somebody have the code that everybody uses; that they have it is counted once."""
        hashed = digest("issue", self.brand_id, self.pool.slug, key)
        expires_at = self.pool.ends_at
        once = Claim("coupon", self.pool.slug, "issue_key", hashed.hex(), 1, 1)
        if self.tx.rewards.used(self.brand_id, [once.key]):
            return Issued(self.pool.code, self.pool.slug, profile_id, expires_at)
        buyer, taken = self._take(profile_id, once)
        if not taken:
            return Issued(self.pool.code, self.pool.slug, profile_id, expires_at)
        return self._told(self.pool.code, buyer, hashed, expires_at)

    def _take(self, profile_id: int, *more: Claim) -> tuple[Buyer, list[Claim]]:
        """Take one of what the pool may issue; return who gets it, and what was taken.

        Nothing is taken where one of `more` was taken before.

        Raises:
            Refused: it is not its time, or nothing is left.
        """
        pool, slug = self.pool, self.pool.slug
        if pool.ends_at and self.now >= pool.ends_at:
            raise Refused("over")
        buyer = buyer_of(self.tx, self.brand_id, profile_id)
        mine = buyer.members[0]
        day = local_datetime(self.now, pool.zone or self.world.zone).date().isoformat()
        held = 0
        if pool.issue_per_person is not None and len(buyer.members) > 1:
            keys = [("coupon", slug, "issued_person", one) for one in buyer.members[1:]]
            held = sum(self.tx.rewards.used(self.brand_id, keys).values())
        claims = [
            Claim("coupon", slug, what, member, 1, cap)
            for what, member, cap in (
                ("issued", "", pool.issue_total),
                ("issued_day", day, pool.issue_per_day),
                ("issued_person", mine, _less(pool.issue_per_person, held)),
            )
            if cap is not None
        ]
        wanted = sorted([*claims, *more])
        short = self.tx.rewards.claim(self.brand_id, wanted)
        if any(one in more for one in short):
            return buyer, []
        if short:
            raise Refused(short[0].reason)
        return buyer, wanted

    def _mint(self, buyer: Buyer, key: bytes, expires_at: int) -> str:
        """Make a code for somebody; "" = the pool has only codes that were made before."""
        if self.pool.mints:
            for _ in range(_TRIES):
                code = random_code(self.pool)
                row = CodeRow(
                    code, self.pool.slug, 0, buyer.profile_id, self.now, expires_at, self.channel,
                    is_void=False,
                )  # fmt: skip
                if self.tx.rewards.put_code(self.brand_id, row, key):
                    return code
        return ""

    def _told(self, code: str, buyer: Buyer, key: bytes, expires_at: int) -> Issued:
        """Return what was issued, with its event."""
        profile_id = buyer.profile_id
        assert profile_id is not None
        told: dict[str, Value] = {
            "coupon": self.pool.slug, "promotion": self.pool.promotion,
            "expires_at": show_instant(expires_at) if expires_at else None,
            "channel": self.channel or None,
        }  # fmt: skip
        event = issued_event(self.brand_id, profile_id, told, self.now, key)
        return Issued(code, self.pool.slug, profile_id, expires_at, is_new=True, events=(event,))


def _less(cap: int | None, held: int) -> int | None:
    """Return what is left of a limit beside what was had under other ids."""
    return None if cap is None else cap - held


def random_code(pool: Coupon) -> str:
    """Return a code of a pool that nobody can guess."""
    return pool.prefix + "".join(secrets.choice(ALPHABET) for _ in range(pool.length))
