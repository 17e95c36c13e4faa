"""Prices a basket for somebody: what is live, what they are, and what is left of each limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from msgspec import structs

from huiliu.catalogue.product import Product
from huiliu.experiments.plan import Plan
from huiliu.kernel.events import Identifier, NewEvent
from huiliu.kernel.facts import NO_FACTS, Facts
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.basket import Basket, Line
from huiliu.rewards.coupon import normal_code
from huiliu.rewards.limits import Claim, Limits
from huiliu.rewards.pricing import Applied, Case, Pricing, Ticket
from huiliu.rewards.pricing import price as price_with
from huiliu.rewards.promotion import Promotion
from huiliu.rewards.rule_index import RuleIndex
from huiliu.services.live import live
from huiliu.services.offer_trials import promotions_met
from huiliu.services.priced import price_once
from huiliu.services.shelf import Shelf

__all__ = ["MOST_CODES", "Buyer", "Desk", "buyer_of", "price", "price_in"]

#: Codes that one order shows at most.
MOST_CODES: Final = 50
#: Takes the claims of a pricing, or looks whether they could be taken; returns those that fail.
Taking: TypeAlias = Callable[[Pricing, Sequence[Claim]], Sequence[Claim]]


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, as limits know them."""

    #: Present; None = nobody has a profile of them yet.
    profile_id: int | None = None
    #: How they are named who have none; None = nobody is known at all.
    stranger: Identifier | None = None
    #: Whose uses count as theirs; the first is under whom theirs are counted.
    members: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Say whether it is somebody."""
        return bool(self.members)


def price(  # noqa: PLR0913 - what, for whom, by which codes, when, beside which drafts
    world: World,
    brand_id: int,
    basket: Basket,
    person: int | None = None,
    codes: Sequence[str] = (),
    *,
    stranger: Identifier | None = None,
    at: int | None = None,
    drafts: Sequence[Promotion] = (),
) -> Pricing:
    """Return what a basket costs somebody, with a reason for all that counts and does not.

    Nothing is taken of any limit: what is left now may be gone when it is redeemed.

    Args:
        world: the instance.
        brand_id: whose promotions.
        basket: what is about to be bought.
        person: any profile id of who buys; None = nobody is known.
        codes: as they were typed.
        stranger: an identifier of somebody who has no profile.
        at: when; None = now.
        drafts: promotions as they would be, in place of those of their names.
    """
    now = world.clock.now() if at is None else at
    with world.store.system() as tx:
        buyer = buyer_of(tx, brand_id, person, stranger)
        desk = Desk.open(tx, world, brand_id, now, drafts)
        # What is only tried out shows all there is, and lets nobody into an experiment.
        desk = replace(desk, is_real=not drafts and at is None)
        found = desk.settle(basket, buyer, codes, desk.look)[0]
        tx.log.append(desk.told)
        return found


def price_in(  # noqa: PLR0913, PLR0917 - what, for whom, by which codes, when
    tx: Tx,
    world: World,
    brand_id: int,
    basket: Basket,
    person: int | None,
    codes: Sequence[str],
    now: int,
    stranger: Identifier | None = None,
) -> Pricing:
    """Return the same inside a transaction."""
    desk = Desk.open(tx, world, brand_id, now)
    buyer = buyer_of(tx, brand_id, person, stranger)
    found = desk.settle(basket, buyer, codes, desk.look)[0]
    tx.log.append(desk.told)
    return found


def buyer_of(
    tx: Tx, brand_id: int, person: int | None, stranger: Identifier | None = None
) -> Buyer:
    """Return who buys: a person is all the ids that were merged into them."""
    if person is None and stranger is not None:
        person = tx.people.resolve(brand_id, [stranger.key]).get(stranger.key)
    if person is None:
        if stranger is None:
            return Buyer()
        return Buyer(None, stranger, (_named(stranger.key),))
    present = tx.people.present(brand_id, [person]).get(person, person)
    ids = tx.people.histories(brand_id, [present]).get(present, [])
    # What they took before they had a profile is counted under their names.
    names = [_named(one.identifier.key) for one in tx.people.identities(brand_id, present)]
    members = dict.fromkeys([str(present), *map(str, ids), *names])
    return Buyer(present, None, tuple(members))


def _named(key: bytes) -> str:
    """Return how somebody without a profile is counted."""
    return f"#{key.hex()}"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where baskets of one brand are priced inside one transaction."""

    tx: Tx
    world: World
    brand_id: int
    now: int
    shelf: Shelf
    #: Where experiments are met -> those that have a document.
    trials: Mapping[str, Plan]
    #: What the order that is priced gives back by the same statement.
    held: Sequence[Claim] = ()
    #: Whether people who meet an experiment now are written down.
    is_real: bool = True
    #: What the log is to be told, at the end of the transaction.
    told: list[NewEvent] = field(default_factory=list)

    @classmethod
    def open(
        cls, tx: Tx, world: World, brand_id: int, now: int, drafts: Sequence[Promotion] = ()
    ) -> Desk:
        """Return the desk with all that is live now."""
        known = live(tx, world, brand_id)
        shelf = known.shelf
        if drafts:
            shelf = shelf.with_drafts({one.slug: one for one in drafts})
        return cls(tx, world, brand_id, now, shelf, known.trials)

    def settle(
        self, basket: Basket, buyer: Buyer, codes: Sequence[str], take: Taking
    ) -> tuple[Pricing, list[Claim]]:
        """Price until everything that counts can be taken; return that, and the claims.

        What finds nothing left is priced without, and its reason kept.
        """
        basket = self._described(basket)
        case = Case(self.now, self.world.zone, self._facts(buyer), self._tickets(codes, buyer))
        index = self._index(basket, buyer)
        # An index that was made for this one person, or with drafts, comes never again.
        is_shared = self.is_real and index is self.shelf.index
        price_of = price_once if is_shared else price_with
        while True:
            pricing = price_of(basket, index, case)
            claims = self._claims(pricing, buyer)
            short = take(pricing, claims)
            if not short:
                return pricing, claims
            spent = dict(case.spent)
            for claim in short:
                last = [one for one in pricing.applied if _takes(one, claim)][-1]
                spent[last.promotion.slug, last.code] = claim.reason
            case = replace(case, spent=spent)

    def _index(self, basket: Basket, buyer: Buyer) -> RuleIndex:
        """Return the promotions that this person meets: of an experiment, those of their arm."""
        if not self.is_real or not self.trials:
            return self.shelf.index
        index, told = promotions_met(
            self.tx, self.brand_id, self.trials, self.shelf.index, basket, buyer.profile_id,
            self.now,
        )  # fmt: skip
        self.told.extend(told)
        return index

    def look(self, _pricing: Pricing, claims: Sequence[Claim]) -> list[Claim]:
        """Return the claims that could not be taken as things stand."""
        used = self.tx.rewards.used(self.brand_id, [one.key for one in claims])
        return [one for one in claims if used.get(one.key, 0) + one.n > one.cap]

    def _described(self, basket: Basket) -> Basket:
        """Return the basket with the catalogue's words for lines that say no category or brand."""
        plain = self.shelf.index.lacking(basket)
        if not plain:
            return basket
        known = self.tx.products.get(self.brand_id, plain)
        return replace(basket, lines=tuple(_described(line, known) for line in basket.lines))

    def _facts(self, buyer: Buyer) -> Facts | None:
        """Return what conditions may ask about who buys; None = nobody is known."""
        if not buyer.is_known:
            return None
        profile, asked = buyer.profile_id, self.shelf.asked
        if profile is None or not any(
            one.who is not None for one in self.shelf.index.promotions.values()
        ):
            return NO_FACTS
        return self.tx.people.facts_of(self.brand_id, [profile], asked, self.now).get(
            profile, replace(NO_FACTS, profile_id=profile)
        )

    def _tickets(self, codes: Sequence[str], buyer: Buyer) -> list[Ticket]:
        """Return the codes with their pools, each once."""
        shown = list(dict.fromkeys(normal_code(one) or one[:200] for one in codes))
        # What cannot be a code is in no table, and may be no text of one.
        own = [one for one in shown if one not in self.shelf.generic and one == normal_code(one)]
        rows = self.tx.rewards.codes(self.brand_id, own)
        found = []
        for nth, code in enumerate(shown):
            if nth >= MOST_CODES:
                found.append(Ticket(code, None, "limit_order"))
                continue
            coupon = self.shelf.generic.get(code)
            row = rows.get(code)
            if coupon is None and row is not None:
                coupon = self.shelf.coupons.get(row.coupon)
            refused = ""
            if row is not None and coupon is not None and not coupon.code:
                if row.is_void:
                    refused = "code_void"
                elif row.expires_at and row.expires_at <= self.now:
                    refused = "code_expired"
                elif coupon.is_bound and row.profile_id is not None:
                    refused = "" if str(row.profile_id) in buyer.members else "code_not_yours"
            elif row is not None and coupon is None:
                refused = "promotion_gone"
            found.append(Ticket(code, coupon, refused))
        return found

    def _claims(self, pricing: Pricing, buyer: Buyer) -> list[Claim]:
        """Return what the pricing takes of limits, in the order in which it is taken."""
        found: dict[tuple[str, str, str, str], Claim] = {}
        for one in pricing.applied:
            for claim in self._claims_of(one, buyer):
                held = found.get(claim.key)
                found[claim.key] = structs.replace(claim, n=claim.n + held.n) if held else claim
        claims = sorted(found.values())
        return self._with_others(claims, buyer) if len(buyer.members) > 1 else claims

    def _claims_of(self, one: Applied, buyer: Buyer) -> Iterable[Claim]:
        """Yield what one promotion takes."""
        promotion = one.promotion
        day = promotion.day(self.now, self.world.zone)
        yield from _of_limits("promotion", promotion.slug, promotion.limits, buyer, day)
        if promotion.budget is not None and one.given:
            yield Claim("promotion", promotion.slug, "budget", "", one.given, promotion.budget)
        if one.coupon:
            coupon = self.shelf.coupons[one.coupon]
            yield from _of_limits("coupon", coupon.slug, coupon.limits, buyer, day)
            if coupon.per_code is not None:
                yield Claim("code", one.code, "total", "", 1, coupon.per_code)

    def _with_others(self, claims: Sequence[Claim], buyer: Buyer) -> list[Claim]:
        """Return the claims less what the person took under other ids and names."""
        mine = [one for one in claims if one.what in _PERSONAL]
        keys = {
            (one.scope, one.slug, one.what, one.member.replace(buyer.members[0], other, 1)): one
            for one in mine
            for other in buyer.members[1:]
        }
        less: dict[tuple[str, str, str, str], int] = {}
        for key, n in self.tx.rewards.used(self.brand_id, list(keys)).items():
            less[keys[key].key] = less.get(keys[key].key, 0) + n
        for one in self.held:
            # What the order itself took before they were merged does not stand in its own way.
            if one.key in keys:
                less[keys[one.key].key] = less.get(keys[one.key].key, 0) + one.n
        return [structs.replace(one, cap=one.cap - less.get(one.key, 0)) for one in claims]


_PERSONAL: Final = frozenset({"person", "person_day"})


def _of_limits(scope: str, slug: str, limits: Limits, buyer: Buyer, day: str) -> Iterable[Claim]:
    """Yield one use of each limit."""
    who = buyer.members[0] if buyer.members else ""
    for what, member, cap in (
        ("total", "", limits.total),
        ("day", day, limits.per_day),
        ("person", who, limits.per_person),
        ("person_day", f"{who} {day}", limits.per_person_day),
    ):
        if cap is not None:
            yield Claim(scope, slug, what, member, 1, cap)


def _takes(one: Applied, claim: Claim) -> bool:
    """Say whether a promotion that counts is what a claim is for."""
    named = {"promotion": one.promotion.slug, "coupon": one.coupon, "code": one.code}
    return named[claim.scope] == claim.slug


def _described(line: Line, known: Mapping[str, Product]) -> Line:
    """Return a line with what the catalogue says of its product, where it says nothing itself."""
    product = known.get(line.sku)
    if product is None:
        return line
    category = line.category or "/".join(product.category)
    return structs.replace(line, category=category, brand=line.brand or product.brand)
