"""Which of several promotions count together, and what each gives after those before it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from huiliu.kernel.texts import Text, text
from huiliu.rewards.amounts import shown
from huiliu.rewards.basket import Basket
from huiliu.rewards.effects import Given, Missing, Portion
from huiliu.rewards.promotion import STAGES, Promotion

__all__ = ["Candidate", "Outcome", "Refusal", "Taken", "combine"]


class Candidate(msgspec.Struct, frozen=True):
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


class Taken(msgspec.Struct, frozen=True):
    """A promotion that counts, and what it gives."""

    candidate: Candidate
    given: Given


class Refusal(msgspec.Struct, frozen=True):
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
        self._skus = [line.sku for line in basket.lines]
        self._quantities = [line.quantity for line in basket.lines]
        self._left = [line.total for line in basket.lines]
        self._basis = list(self._left)
        self._stage = ""
        self._outcome = Outcome()
        #: Group -> the candidates of it that have not had their turn, by rank.
        self._waiting: dict[str, deque[Candidate]] = defaultdict(deque)
        #: Group -> the candidate of it that counts.
        self._groups: dict[str, Candidate] = {}
        #: Promotions that count and stand beside some others never.
        self._shy: list[Promotion] = []
        #: What others of the group would have given when that was decided.
        self._looked: dict[int, Given | Missing] = {}

    def take(self, ranked: Sequence[Candidate]) -> Outcome:
        """Take candidates as they come; of each group the one that gives most."""
        for one in ranked:
            self._waiting[one.promotion.stacking.group].append(one)
        for one in ranked:
            promotion = one.promotion
            self._waiting[promotion.stacking.group].popleft()
            if promotion.stage != self._stage:
                self._stage = promotion.stage
                self._basis = list(self._left)
            rival = self._rival(promotion)
            if rival is not None:
                why = text("rewards.reason.excluded", by=rival.told)
                self._outcome.refused.append(Refusal(one, "stacking", why))
                continue
            group = promotion.stacking.group
            given = self._looked.pop(id(one), None) if group else None
            if given is None or (group and self._groups.get(group) is one):
                given = self._give(one)
            if isinstance(given, Missing):
                self._outcome.refused.append(self._lacks(one, given))
            elif group and not self._is_best(one, given):
                why = text("rewards.reason.outdone")
                self._outcome.refused.append(Refusal(one, "stacking", why))
            else:
                self._book(one, given)
        return self._outcome

    def _give(self, one: Candidate) -> Given | Missing:
        """Return what a candidate gives on what is left now."""
        left, basis = self._left, self._basis
        promotion = one.promotion
        if promotion.needs_spend or promotion.needs_quantity:
            spend = promotion.needs_spend - sum([basis[nth] for nth in one.lines])
            quantity = promotion.needs_quantity - sum([self._quantities[nth] for nth in one.lines])
            if spend > 0 or quantity > 0:
                return Missing(max(spend, 0), max(quantity, 0))
        skus, quantities = self._skus, self._quantities
        portions = [
            Portion(nth, skus[nth], quantities[nth], left[nth], basis[nth]) for nth in one.lines
        ]
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
        if one.promotion.stacking.not_with:
            self._shy.append(one.promotion)

    def _rival(self, promotion: Promotion) -> Promotion | None:
        """Return the first that counts already and does not stand beside this one."""
        if not (promotion.stacking.not_with or self._shy):
            return None
        for taken in self._outcome.taken:
            other = taken.candidate.promotion
            if other.slug in promotion.stacking.not_with or (
                promotion.slug in other.stacking.not_with
            ):
                return other
        return None

    def _is_best(self, one: Candidate, given: Given) -> bool:
        """Say whether a candidate is the one of its group that counts.

        That is decided once, when the first of the group that gives anything has its turn.
        """
        group = one.promotion.stacking.group
        if group not in self._groups:
            best, worth = one, self._worth(given)
            for other in self._waiting[group]:
                if self._rival(other.promotion) is None:
                    would = self._looked[id(other)] = self._give(other)
                    if isinstance(would, Given) and self._worth(would) > worth:
                        best, worth = other, self._worth(would)
            self._groups[group] = best
        return self._groups[group] is one

    def _worth(self, given: Given) -> int:
        """Return what it saves."""
        return given.discount + min(self._basket.shipping, given.shipping or 0)

    def _lacks(self, one: Candidate, missing: Missing) -> Refusal:
        """Return what a basket lacks for a candidate, as a reason."""
        if missing.spend:
            amount = shown(missing.spend, self._basket.currency)
            return Refusal(one, "spend", text("rewards.reason.spend", amount=amount), missing)
        if missing.quantity:
            why = text("rewards.reason.quantity", quantity=missing.quantity)
            return Refusal(one, "quantity", why, missing)
        return Refusal(one, "nothing_off", text("rewards.reason.nothing_off"))
