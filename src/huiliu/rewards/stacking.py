"""Which of several promotions count together, and what each gives after those before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from huiliu.kernel.texts import Text, text
from huiliu.rewards.amounts import shown
from huiliu.rewards.basket import Basket
from huiliu.rewards.effects import Given, Missing, Portion
from huiliu.rewards.promotion import STAGES, Promotion

__all__ = ["Candidate", "Outcome", "Refusal", "Taken", "combine"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A promotion that may count, by a code or without one."""

    promotion: Promotion
    #: Places of the lines that it is about.
    lines: tuple[int, ...]
    code: str = ""
    #: The code's pool.
    coupon: str = ""

    @property
    def rank(self) -> tuple[int, int, str, str]:
        """Return by what candidates are taken: stage, the highest priority, name, code."""
        promotion = self.promotion
        return STAGES.index(promotion.stage), -promotion.priority, promotion.slug, self.code


@dataclass(frozen=True, slots=True)
class Taken:
    """A promotion that counts, and what it gives."""

    candidate: Candidate
    given: Given


@dataclass(frozen=True, slots=True)
class Refusal:
    """A candidate that does not count after all."""

    candidate: Candidate
    reason: str
    why: Text
    missing: Missing | None = None


@dataclass(slots=True)
class Outcome:
    """What becomes of all candidates."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def worth(self, shipping: int) -> int:
        """Return what it saves in all."""
        free = sum(one.given.shipping or 0 for one in self.taken)
        return sum(one.given.discount for one in self.taken) + min(shipping, free)


def combine(basket: Basket, candidates: Sequence[Candidate]) -> Outcome:
    """Return the promotions that count.

    Those that may stand together are taken stage by stage, the highest priority first, each on
    what those before it left. One that stands alone counts instead of all of them where it saves
    more; of equals the many win, then the first by rank.
    """
    ranked = sorted(candidates, key=lambda one: one.rank)
    together = _Run(basket).take([one for one in ranked if not one.promotion.stacking.alone])
    best, best_alone = together, None
    losers: list[Refusal] = []
    for one in ranked:
        if one.promotion.stacking.alone:
            found = _Run(basket).take([one])
            if not found.taken:
                losers += found.refused
            elif found.worth(basket.shipping) > best.worth(basket.shipping) or not best.taken:
                best, best_alone = found, one
    outcome = Outcome(list(best.taken), [*best.refused, *losers])
    lost = {one.candidate.rank for one in losers}
    if best_alone is not None:
        why = text("rewards.reason.alone_other", by=best_alone.promotion.told)
        outcome.refused += together.refused
        outcome.refused += [Refusal(one.candidate, "stacking", why) for one in together.taken]
    for one in ranked:
        if one.promotion.stacking.alone and one is not best_alone and one.rank not in lost:
            why = text("rewards.reason.alone_less")
            outcome.refused.append(Refusal(one, "stacking", why))
    return outcome


class _Run:
    """One way through some candidates, in their order."""

    def __init__(self, basket: Basket) -> None:
        """Begin with the basket's prices."""
        self._basket = basket
        self._left = [line.total for line in basket.lines]
        self._basis = list(self._left)
        self._stage = ""
        self._outcome = Outcome()
        #: Group -> the promotion of it that counts.
        self._groups: dict[str, Promotion] = {}

    def take(self, ranked: Sequence[Candidate]) -> Outcome:
        """Take candidates as they come; of each group the one that gives most."""
        for nth, one in enumerate(ranked):
            promotion = one.promotion
            if promotion.stage != self._stage:
                self._stage = promotion.stage
                self._basis = list(self._left)
            rival = self._rival(promotion)
            if rival is not None:
                why = text("rewards.reason.excluded", by=rival.told)
                self._outcome.refused.append(Refusal(one, "stacking", why))
                continue
            group = promotion.stacking.group
            if group and (group in self._groups or self._is_outdone(one, ranked[nth + 1 :])):
                self._outcome.refused.append(self._outdone(one))
                continue
            given = self._give(one)
            if isinstance(given, Given):
                self._book(one, given)
            else:
                self._outcome.refused.append(self._lacks(one, given))
        return self._outcome

    def _give(self, one: Candidate) -> Given | Missing:
        """Return what a candidate gives on what is left now."""
        lines = self._basket.lines
        portions = [
            Portion(nth, lines[nth].sku, lines[nth].quantity, self._left[nth], self._basis[nth])
            for nth in one.lines
        ]
        promotion = one.promotion
        spend = promotion.needs_spend - sum(each.basis for each in portions)
        quantity = promotion.needs_quantity - sum(each.quantity for each in portions)
        if spend > 0 or quantity > 0:
            return Missing(max(spend, 0), max(quantity, 0))
        given = promotion.effect.give(portions)
        if isinstance(given, Given) and not (
            given.discounts or given.gifts or given.shipping is not None
        ):
            return Missing()
        return given

    def _book(self, one: Candidate, given: Given) -> None:
        """Take what a candidate gives off what is left."""
        for nth, discount in given.discounts.items():
            self._left[nth] -= discount
        self._outcome.taken.append(Taken(one, given))
        if one.promotion.stacking.group:
            self._groups[one.promotion.stacking.group] = one.promotion

    def _rival(self, promotion: Promotion) -> Promotion | None:
        """Return the first that counts already and does not stand beside this one."""
        for taken in self._outcome.taken:
            other = taken.candidate.promotion
            if other.slug in promotion.stacking.not_with or (
                promotion.slug in other.stacking.not_with
            ):
                return other
        return None

    def _is_outdone(self, one: Candidate, later: Sequence[Candidate]) -> bool:
        """Say whether another of the group, not taken yet, would give more as things stand."""
        worth = self._worth(one)
        return any(
            other.promotion.stacking.group == one.promotion.stacking.group
            and self._rival(other.promotion) is None
            and self._worth(other) > worth
            for other in later
        )

    def _worth(self, one: Candidate) -> int:
        """Return what a candidate would save now; -1 where it would not count."""
        given = self._give(one)
        if isinstance(given, Missing):
            return -1
        return given.discount + min(self._basket.shipping, given.shipping or 0)

    def _outdone(self, one: Candidate) -> Refusal:
        """Return why another of the group counts instead, or what this one lacks itself."""
        given = self._give(one)
        if isinstance(given, Missing):
            return self._lacks(one, given)
        return Refusal(one, "stacking", text("rewards.reason.outdone"))

    def _lacks(self, one: Candidate, missing: Missing) -> Refusal:
        """Return what a basket lacks for a candidate, as a reason."""
        if missing.spend:
            amount = shown(missing.spend, self._basket.currency)
            return Refusal(one, "spend", text("rewards.reason.spend", amount=amount), missing)
        if missing.quantity:
            why = text("rewards.reason.quantity", quantity=missing.quantity)
            return Refusal(one, "quantity", why, missing)
        return Refusal(one, "nothing_off", text("rewards.reason.nothing_off"))
