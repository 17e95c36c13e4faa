"""The price of a basket: which promotions count, in which order, and why, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import msgspec

from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import local_datetime
from huiliu.rewards.amounts import shown
from huiliu.rewards.basket import Basket, Line
from huiliu.rewards.coupon import Coupon
from huiliu.rewards.effects import Gift, Missing
from huiliu.rewards.promotion import Promotion
from huiliu.rewards.rule_index import RuleIndex
from huiliu.rewards.stacking import Candidate, Outcome, combine

__all__ = [
    "Applied", "Case", "NotApplied", "Part", "PricedLine", "Pricing", "Ticket", "missing_text",
    "price",
]  # fmt: skip

_NO_NAME: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ticket:
    """A code that somebody showed."""

    code: str
    #: None = no pool knows the code.
    coupon: Coupon | None = None
    #: Why it cannot be used whatever the basket; "" = it can.
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Whom and when a basket is priced for."""

    now: int
    #: The brand's, IANA.
    zone: str
    #: Of a known person; None = nobody is known.
    facts: Facts | None = None
    tickets: Sequence[Ticket] = ()
    #: (promotion, code) -> why nothing of it is left; code "" = without one, or with any.
    spent: Mapping[tuple[str, str], str] = field(default_factory=lambda: MappingProxyType({}))


# Structs where many are made for one basket: each is made in a quarter of a dataclass's time.
class Part(msgspec.Struct, frozen=True, gc=False):
    """What one promotion takes off one line."""

    promotion: str
    coupon: str
    code: str
    discount: int
    because: Text


class PricedLine(msgspec.Struct, frozen=True, gc=False):
    """A line and what becomes of its price."""

    line: Line
    parts: tuple[Part, ...]

    @property
    def discount(self) -> int:
        """Return what is taken off, in minor units."""
        return sum([part.discount for part in self.parts])

    @property
    def total(self) -> int:
        """Return what is left to pay."""
        return self.line.total - self.discount


@dataclass(frozen=True, slots=True)
class Applied:
    """A promotion that counts."""

    promotion: Promotion
    coupon: str
    code: str
    #: Off the lines, in minor units.
    discount: int
    #: Off the cost of bringing it.
    shipping: int
    gifts: tuple[Gift, ...]
    because: Text
    #: What a greater benefit of it needs.
    next: Missing | None = None

    @property
    def given(self) -> int:
        """Return what it takes of its budget."""
        return self.discount + self.shipping


class NotApplied(msgspec.Struct, frozen=True, gc=False):
    """A promotion or code that does not count, and why."""

    #: "" = a code that no promotion knows.
    promotion: str
    coupon: str
    code: str
    #: A word that servers understand.
    reason: str
    #: The same for people.
    why: Text
    #: What the basket lacks for it.
    missing: Missing | None = None
    #: Of the promotion, by language.
    name: Mapping[str, str] = _NO_NAME


@dataclass(frozen=True, slots=True)
class Pricing:
    """What a basket costs, and why."""

    basket: Basket
    lines: tuple[PricedLine, ...]
    applied: tuple[Applied, ...]
    refused: tuple[NotApplied, ...]
    #: As it is told, once it was; it never changes.
    told: list[bytes] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def discount(self) -> int:
        """Return what is taken off the goods, in minor units."""
        return sum([one.discount for one in self.applied])

    @property
    def total(self) -> int:
        """Return what the goods cost after all discounts."""
        return self.basket.total - self.discount

    @property
    def shipping_discount(self) -> int:
        """Return what is taken off the cost of bringing it."""
        return sum([one.shipping for one in self.applied])

    @property
    def gifts(self) -> tuple[tuple[Gift, str], ...]:
        """Return what is given along, each with its promotion."""
        return tuple((gift, one.promotion.slug) for one in self.applied for gift in one.gifts)


def price(basket: Basket, index: RuleIndex, case: Case) -> Pricing:
    """Return what a basket costs somebody now, with a reason for each promotion that could count.

    Promotions that are about nothing in the basket are not mentioned, unless a code names them.
    """
    matches = index.matches(basket)
    refused: list[NotApplied] = []
    candidates: list[Candidate] = []
    for slug in sorted(matches):
        promotion = index.promotions[slug]
        if not promotion.is_by_code:
            _admit(basket, promotion, matches[slug], case, "", None, candidates, refused)
    held: dict[str, int] = {}
    for ticket in case.tickets:
        said = _ticket(basket, index, case, ticket, held)
        if isinstance(said, NotApplied):
            refused.append(said)
            continue
        assert ticket.coupon is not None
        lines = matches.get(said.slug, [])
        _admit(basket, said, lines, case, ticket.code, ticket.coupon, candidates, refused)
    outcome = combine(basket, candidates)
    applied = _applied(basket, outcome)
    refused += [_said(one.candidate, one.reason, one.why, one.missing) for one in outcome.refused]
    return Pricing(basket, _lines(basket, outcome), applied, tuple(refused))


def _ticket(
    basket: Basket, index: RuleIndex, case: Case, ticket: Ticket, held: dict[str, int]
) -> Promotion | NotApplied:
    """Return the promotion that a code unlocks here and now, or why it does not.

    `held` counts the codes of each pool that this order already has.
    """
    coupon = ticket.coupon
    promotion = index.promotions.get(coupon.promotion) if coupon is not None else None
    reason = ticket.refused or _fault(basket, case, coupon, promotion)
    if not reason and coupon is not None:
        held[coupon.slug] = held.get(coupon.slug, 0) + 1
        if held[coupon.slug] > coupon.limits.per_order:
            reason = "limit_order"
    if reason or promotion is None:
        slug = coupon.promotion if coupon is not None else ""
        name = coupon.slug if coupon is not None else ""
        why = text("rewards.reason." + (reason or "promotion_gone"))
        return NotApplied(slug, name, ticket.code, reason or "promotion_gone", why)
    return promotion


def _fault(basket: Basket, case: Case, coupon: Coupon | None, promotion: Promotion | None) -> str:
    """Return why a code of a pool is no good, whatever is in the basket; "" where it is."""
    if coupon is None:
        return "code_unknown"
    if promotion is None:
        return "promotion_gone"
    if coupon.starts_at and case.now < coupon.starts_at:
        return "not_yet"
    if coupon.ends_at and case.now >= coupon.ends_at:
        return "over"
    if coupon.channels and basket.channel not in coupon.channels:
        return "channel"
    if coupon.stores and basket.store not in coupon.stores:
        return "store"
    if case.facts is None and coupon.limits.needs_person:
        return "person"
    return ""


def _admit(  # noqa: PLR0913, PLR0917 - what, where, for whom, by which code; and where it is noted
    basket: Basket,
    promotion: Promotion,
    lines: Sequence[int],
    case: Case,
    code: str,
    coupon: Coupon | None,
    candidates: list[Candidate],
    refused: list[NotApplied],
) -> None:
    """Take a promotion among the candidates, or note why it is none."""
    candidate = Candidate(promotion, tuple(lines), code, coupon.slug if coupon else "")
    reason = _reason(basket, promotion, case, code)
    if not reason and not lines:
        reason = "products"
    if reason:
        refused.append(_said(candidate, reason, text("rewards.reason." + reason)))
    else:
        candidates.append(candidate)


def _reason(basket: Basket, promotion: Promotion, case: Case, code: str) -> str:
    """Return why a promotion does not count here and now; "" where it may."""
    reason = _not_now(promotion, case) or _not_here(basket, promotion)
    if reason:
        return reason
    if case.facts is None and (promotion.who is not None or promotion.limits.needs_person):
        return "person"
    if case.spent:
        spent = case.spent.get((promotion.slug, code)) or case.spent.get((promotion.slug, ""))
        if spent:
            return spent
    if promotion.who is not None and case.facts is not None:
        return "" if promotion.who.holds(case.facts, case.now) else "who"
    return ""


def _not_now(promotion: Promotion, case: Case) -> str:
    """Return why it is not its time."""
    if promotion.starts_at and case.now < promotion.starts_at:
        return "not_yet"
    if promotion.ends_at and case.now >= promotion.ends_at:
        return "over"
    if promotion.hours:
        wall = local_datetime(case.now, promotion.zone or case.zone)
        if not any(one.hold(wall) for one in promotion.hours):
            return "hours"
    return ""


def _not_here(basket: Basket, promotion: Promotion) -> str:
    """Return why it is not the place, or not the money."""
    if promotion.channels and basket.channel not in promotion.channels:
        return "channel"
    if promotion.stores and basket.store not in promotion.stores:
        return "store"
    if promotion.currency and promotion.currency != basket.currency:
        return "currency"
    return ""


def _said(
    candidate: Candidate, reason: str, why: Text, missing: Missing | None = None
) -> NotApplied:
    """Return why a candidate does not count."""
    return NotApplied(
        candidate.promotion.slug, candidate.coupon, candidate.code, reason, why, missing,
        candidate.promotion.told,
    )  # fmt: skip


def _applied(basket: Basket, outcome: Outcome) -> tuple[Applied, ...]:
    """Return the promotions that count; the cost of bringing it is taken off once."""
    left = basket.shipping
    found = []
    for one in outcome.taken:
        shipping = min(left, one.given.shipping or 0)
        left -= shipping
        found.append(
            Applied(
                one.candidate.promotion, one.candidate.coupon, one.candidate.code,
                one.given.discount, shipping, one.given.gifts, one.given.because, one.given.next,
            )
        )  # fmt: skip
    return tuple(found)


def _lines(basket: Basket, outcome: Outcome) -> tuple[PricedLine, ...]:
    """Return the lines with what each promotion takes off them, in the order in which they did."""
    parts: list[list[Part]] = [[] for _ in basket.lines]
    for one in outcome.taken:
        candidate, because = one.candidate, one.given.because
        slug, coupon, code = candidate.promotion.slug, candidate.coupon, candidate.code
        for nth, discount in one.given.discounts.items():
            parts[nth].append(Part(slug, coupon, code, discount, because))
    return tuple(
        [PricedLine(line, tuple(some)) for line, some in zip(basket.lines, parts, strict=True)]
    )


def missing_text(missing: Missing, currency: str) -> Text:
    """Return what a basket lacks, in words."""
    if missing.spend:
        return text("rewards.missing.spend", amount=shown(missing.spend, currency))
    return text("rewards.missing.quantity", quantity=missing.quantity)
