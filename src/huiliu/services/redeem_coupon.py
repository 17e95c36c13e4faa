"""Reserves, redeems and rolls back what an order takes of promotions, exactly once.

An order is decided about under its own lock. What it takes of limits is claimed by one statement
that passes no limit, in the transaction that writes the order down: who dies leaves neither.
What is `_in` works in the caller's transaction and hands its events back to be appended last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec
from msgspec import structs

from huiliu.kernel.errors import NotRedeemed
from huiliu.kernel.events import Identifier, NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest
from huiliu.kernel.times import HOUR, MINUTE
from huiliu.ports.rewards import RedemptionPart, RedemptionRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.basket import Basket, basket_tree
from huiliu.rewards.coupon import normal_code
from huiliu.rewards.limits import Claim
from huiliu.rewards.pricing import Pricing
from huiliu.services.expire_reservations import expire_reservations
from huiliu.services.price_basket import Buyer, Desk, buyer_of
from huiliu.services.reward_data import pricing_answer
from huiliu.services.reward_events import (
    REDEEMED,
    RESERVED,
    ROLLED_BACK,
    redemption_events,
    takes_back,
)

__all__ = [
    "LONGEST_TTL", "TTL", "NotRedeemed", "OrderAsked", "Redemption", "confirm", "confirm_in",
    "redeem", "redeem_in", "reserve", "reserve_in", "roll_back", "roll_back_in",
]  # fmt: skip

#: How long a reservation stands, unless somebody says.
TTL: Final = 15 * MINUTE
LONGEST_TTL: Final = 7 * 24 * HOUR
#: Reservations that ran out and are given back when a limit has nothing left.
_SWEEP: Final = 200
#: Why an order is refused that finds nothing left.
_LIMITED: Final = frozenset({
    "budget", "code_used", "limit_day", "limit_person", "limit_person_day", "limit_total",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderAsked:
    """An order that is to take promotions."""

    #: The shop's own; whatever is asked of it again is the same order.
    order_id: str
    basket: Basket
    #: Any profile id of who buys; None = nobody has a profile of them.
    person: int | None = None
    #: As they were typed.
    codes: tuple[str, ...] = ()
    #: An identifier of somebody who has no profile yet.
    stranger: Identifier | None = None


@dataclass(frozen=True, slots=True)
class Redemption:
    """What became of an order."""

    order_id: str
    #: reserved, redeemed, rolled_back.
    state: str
    #: As it was priced: what `reward_data.pricing_json` returned then, as JSON.
    answer: str
    discount: int
    #: Of a reservation; 0 = never.
    expires_at: int
    #: False = it had become so before.
    is_new: bool
    #: To be appended last by whose transaction it is.
    events: tuple[NewEvent, ...] = ()

    @property
    def pricing(self) -> dict[str, Value]:
        """Return how it was priced."""
        found: dict[str, Value] = msgspec.json.decode(self.answer)
        return found


def reserve(world: World, brand_id: int, asked: OrderAsked, ttl: int = TTL) -> Redemption:
    """Hold what an order takes until it is redeemed, rolled back, or its time is over.

    Asked again with another basket, person or codes it holds what those take instead.

    Raises:
        NotRedeemed: a code does not count, or the order is past that.
    """

    def act() -> Redemption:
        """Do it in one transaction."""
        with world.store.system() as tx:
            done = reserve_in(tx, world, brand_id, asked, world.clock.now(), ttl)
            tx.log.append(done.events)
            return done

    return _again(world, brand_id, act)


def redeem(world: World, brand_id: int, asked: OrderAsked) -> Redemption:
    """Take what an order takes for good, reserved or not; the same again changes nothing.

    A redeemed order that shows further codes with the same basket takes them besides.

    Raises:
        NotRedeemed: a code does not count, or the order is past that.
    """

    def act() -> Redemption:
        """Do it in one transaction."""
        with world.store.system() as tx:
            done = redeem_in(tx, world, brand_id, asked, world.clock.now())
            tx.log.append(done.events)
            return done

    return _again(world, brand_id, act)


def confirm(world: World, brand_id: int, order_id: str) -> Redemption:
    """Redeem a reservation as it was priced.

    Raises:
        NotRedeemed: there is none, or it ran out and its share went to others.
    """
    with world.store.system() as tx:
        done = confirm_in(tx, world, brand_id, order_id, world.clock.now())
        tx.log.append(done.events)
        return done


def roll_back(world: World, brand_id: int, order_id: str, by: str, reason: str) -> Redemption:
    """Give back what an order took; the same again changes nothing.

    Raises:
        NotRedeemed: nobody knows the order.
    """
    with world.store.system() as tx:
        done = roll_back_in(tx, world, brand_id, order_id, world.clock.now(), by, reason)
        tx.log.append(done.events)
        return done


def reserve_in(
    tx: Tx, world: World, brand_id: int, asked: OrderAsked, now: int, ttl: int = TTL
) -> Redemption:
    """Reserve inside a transaction."""
    order = _Order.open(tx, world, brand_id, asked, now)
    row = order.row
    if row is not None and row.state == "redeemed":
        if order.is_same and set(order.codes) <= set(row.codes):
            return _done(row)
        raise NotRedeemed("order_redeemed")
    if row is not None and order.is_reserved and order.is_same and row.codes == order.codes:
        return _done(row)
    return order.write("reserved", order.codes, now + min(max(ttl, 1), LONGEST_TTL))


def redeem_in(tx: Tx, world: World, brand_id: int, asked: OrderAsked, now: int) -> Redemption:
    """Redeem inside a transaction."""
    order = _Order.open(tx, world, brand_id, asked, now)
    row, codes = order.row, order.codes
    if row is not None and row.state == "redeemed":
        if not order.is_same:
            raise NotRedeemed("order_redeemed")
        if set(codes) <= set(row.codes):
            return _done(row)
        codes = list(dict.fromkeys([*row.codes, *codes]))
    elif row is not None and order.is_reserved and order.is_same and row.codes == codes:
        return _confirm(tx, brand_id, row, now)
    return order.write("redeemed", codes, 0)


def confirm_in(tx: Tx, _world: World, brand_id: int, order_id: str, now: int) -> Redemption:
    """Redeem a reservation inside a transaction."""
    row = tx.rewards.open_order(brand_id, order_id)
    if row is None:
        raise NotRedeemed("order_unknown")
    if row.state == "redeemed":
        return _done(row)
    if row.state == "rolled_back":
        raise NotRedeemed("order_rolled_back")
    if row.state == "expired":
        # Its share was given back; what nobody took meanwhile is taken again.
        claims = msgspec.json.decode(row.claims, type=list[Claim])
        if tx.rewards.claim(brand_id, claims):
            raise NotRedeemed("order_expired")
    return _confirm(tx, brand_id, row, now)


def roll_back_in(
    tx: Tx, _world: World, brand_id: int, order_id: str, now: int, by: str, reason: str
) -> Redemption:
    """Give back inside a transaction."""
    row = tx.rewards.open_order(brand_id, order_id)
    if row is None:
        raise NotRedeemed("order_unknown")
    if row.state == "rolled_back":
        return _done(row)
    if row.state != "expired":
        tx.rewards.claim(brand_id, takes_back(row))
    moved = structs.replace(
        row, state="rolled_back", expires_at=0, changed_at=now, by=by, reason=reason
    )
    tx.rewards.put_redemption(brand_id, moved, None)
    parts = tx.rewards.parts(brand_id, order_id) if row.state != "expired" else []
    events = redemption_events(brand_id, moved, parts, ROLLED_BACK, now)
    return _done(moved, is_new=True, events=events)


@dataclass(frozen=True, slots=True)
class _Order:
    """An order that is being decided about, under its lock."""

    tx: Tx
    world: World
    brand_id: int
    asked: OrderAsked
    now: int
    #: What became of it so far.
    row: RedemptionRow | None
    buyer: Buyer
    #: Of person and basket, under each name of the person; the first is kept.
    digests: tuple[bytes, ...]
    codes: list[str]

    @classmethod
    def open(cls, tx: Tx, world: World, brand_id: int, asked: OrderAsked, now: int) -> _Order:
        """Lock the order and read what became of it.

        Raises:
            NotRedeemed: it was rolled back.
        """
        row = tx.rewards.open_order(brand_id, asked.order_id)
        if row is not None and row.state == "rolled_back":
            raise NotRedeemed("order_rolled_back")
        buyer = buyer_of(tx, brand_id, asked.person, asked.stranger)
        basket = msgspec.json.encode(basket_tree(asked.basket))
        codes = list(dict.fromkeys(normal_code(one) or one[:200] for one in asked.codes))
        # Who got a profile, or was merged, meanwhile is the same person all the same.
        digests = tuple(digest("order", one, basket) for one in buyer.members or ("",))
        return cls(tx, world, brand_id, asked, now, row, buyer, digests, codes)

    @property
    def is_same(self) -> bool:
        """Say whether it was asked of the same person and basket before."""
        return self.row is not None and self.row.digest in self.digests

    @property
    def is_reserved(self) -> bool:
        """Say whether a reservation of it stands."""
        return (
            self.row is not None and self.row.state == "reserved" and self.row.expires_at > self.now
        )

    def write(self, state: str, codes: list[str], expires_at: int) -> Redemption:
        """Price the order, take what it takes instead of what it held, and write it down.

        Raises:
            NotRedeemed: a code does not count.
        """
        held: list[Claim] = []
        if self.row is not None and self.row.state in {"reserved", "redeemed"}:
            held = takes_back(self.row)

        def take(pricing: Pricing, claims: Sequence[Claim]) -> Sequence[Claim]:
            """Take the claims where every code counts; else nothing comes of it anyway."""
            if any(one.code for one in pricing.refused):
                return ()
            return self.tx.rewards.claim(self.brand_id, _net(claims, held))

        desk = replace(Desk.open(self.tx, self.world, self.brand_id, self.now), held=held)
        basket = self.asked.basket
        pricing, claims = desk.settle(basket, self.buyer, codes, take)
        missing = [one for one in pricing.refused if one.code]
        if missing:
            raise NotRedeemed(missing[0].reason, missing, basket.currency)
        own = [code for code in codes if code not in desk.shelf.generic]
        row = self._row(state, codes, pricing, claims, expires_at)
        parts = _parts(pricing)
        self.tx.rewards.put_redemption(self.brand_id, row, parts, is_new=self.row is None, own=own)
        name = RESERVED if state == "reserved" else REDEEMED
        events = redemption_events(self.brand_id, row, parts, name, self.now, self.buyer.stranger)
        return _done(row, is_new=True, events=[*desk.told, *events])

    def _row(
        self,
        state: str,
        codes: list[str],
        pricing: Pricing,
        claims: Sequence[Claim],
        expires_at: int,
    ) -> RedemptionRow:
        """Return how the order stands now."""
        basket = self.asked.basket
        return RedemptionRow(
            self.asked.order_id, state, self.buyer.profile_id, self.digests[0], codes,
            basket.currency, basket.channel, basket.store, basket.total, pricing.discount,
            pricing_answer(pricing).decode(),
            msgspec.json.encode(list(claims)).decode(),
            self.row.created_at if self.row else self.now, expires_at, self.now,
        )  # fmt: skip


def _confirm(tx: Tx, brand_id: int, row: RedemptionRow, now: int) -> Redemption:
    """Make a reservation a redemption."""
    moved = structs.replace(row, state="redeemed", expires_at=0, changed_at=now)
    tx.rewards.put_redemption(brand_id, moved, None)
    parts = tx.rewards.parts(brand_id, row.order_id)
    events = redemption_events(brand_id, moved, parts, REDEEMED, now)
    return _done(moved, is_new=True, events=events)


def _again(world: World, brand_id: int, act: Callable[[], Redemption]) -> Redemption:
    """Act, and once more where reservations that ran out held what was missing."""
    try:
        return act()
    except NotRedeemed as fault:
        if fault.reason not in _LIMITED or not expire_reservations(world, _SWEEP, brand_id):
            raise
    return act()


def _net(claims: Sequence[Claim], held: Sequence[Claim]) -> list[Claim]:
    """Return the claims beside what is given back, as one difference for each limit."""
    found = {one.key: one for one in claims}
    for one in held:
        mine = found.get(one.key)
        found[one.key] = one if mine is None else structs.replace(mine, n=mine.n + one.n)
    return sorted(one for one in found.values() if one.n)


def _parts(pricing: Pricing) -> list[RedemptionPart]:
    """Return what an order takes, as it is kept."""
    return [
        RedemptionPart(
            one.promotion.slug, one.promotion.version, one.coupon, one.code, one.given
        )
        for one in pricing.applied
    ]  # fmt: skip


def _done(
    row: RedemptionRow, *, is_new: bool = False, events: Sequence[NewEvent] = ()
) -> Redemption:
    """Return an order as it stands."""
    return Redemption(
        row.order_id, row.state, row.answer, row.discount, row.expires_at, is_new, tuple(events)
    )
