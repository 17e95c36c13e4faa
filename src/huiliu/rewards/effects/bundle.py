"""A bundle: any 3 for 9.9; the dearest units go into bundles first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import Text, text
from huiliu.rewards.amounts import read_amount, shown, spread
from huiliu.rewards.effects.effect import Effect, Given, Missing, Portion
from huiliu.rewards.effects.nth import cheapest_first

__all__ = ["BUNDLE"]

_MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Bundle:
    """So many units for one price."""

    quantity: int
    price: int
    currency: str
    #: Bundles at most; None = without a bound.
    most_times: int | None = None

    def give(self, portions: Sequence[Portion]) -> Given | Missing:
        """Make bundles of the dearest units as long as a bundle costs less than its units."""
        units = sum([one.quantity for one in portions])
        lacks = Missing(quantity=self.quantity - units % self.quantity)
        wanted = units // self.quantity
        if self.most_times is not None:
            wanted = min(wanted, self.most_times)
        if not wanted:
            return lacks
        dearest = cheapest_first(portions)[::-1]
        free = [one.quantity for one in dearest]
        taken = [0] * len(dearest)
        at = n_bundles = 0
        while n_bundles < wanted:
            while not free[at]:
                at += 1
            # Bundles of one line only cost the same, so they are made all at once.
            times = min(max(free[at] // self.quantity, 1), wanted - n_bundles)
            picked = self._pick(free, at, times)
            worth = sum([dearest[nth].left * n // dearest[nth].quantity for nth, n in picked])
            if worth <= self.price * times:
                break
            for nth, n in picked:
                free[nth] -= n
                taken[nth] += n
            n_bundles += times
        if not n_bundles:
            return Missing()
        worths = [one.left * n // one.quantity for one, n in zip(dearest, taken, strict=True)]
        shares = spread(sum(worths) - self.price * n_bundles, worths)
        discounts = {one.nth: share for one, share in zip(dearest, shares, strict=True) if share}
        following = None if n_bundles == self.most_times else lacks
        return Given(discounts, self.sentence(), next=following)

    def _pick(self, free: Sequence[int], at: int, times: int) -> list[tuple[int, int]]:
        """Return (line, units) of the next bundles, from the dearest line that has units."""
        wanted = self.quantity * times
        picked = []
        while wanted:
            n = min(free[at], wanted)
            if n:
                picked.append((at, n))
            wanted -= n
            at += 1
        return picked

    def sentence(self) -> Text:
        """Return `3 for 9.90 CNY`."""
        return _said(self)


@lru_cache(maxsize=10_000)
def _said(effect: Bundle) -> Text:
    """Return the sentence of an effect: made once, as every basket is told it."""
    price = shown(effect.price, effect.currency)
    return text("rewards.effect.bundle", quantity=effect.quantity, price=price)


class _Kind:
    """The table's line."""

    name: Final = "bundle"
    needs_currency: Final = True

    def read(self, fields: Fields, currency: str) -> Effect | None:
        """Return the effect of `{kind: bundle, quantity: 3, price: 9.9, most_times: 1}`."""
        fields.only({"kind", "quantity", "price", "most_times"})
        before = len(fields.problems)
        quantity = fields.whole("quantity", 2, _MOST)
        if "quantity" not in fields.tree:
            fields.wrong("quantity", "plans.want_whole", least=2, most=_MOST)
        price = read_amount(fields, "price", currency, is_needed=True)
        most_times = fields.whole("most_times", 1, _MOST)
        if len(fields.problems) > before or quantity is None or price is None:
            return None
        return Bundle(quantity, price, currency, most_times)


BUNDLE: Final = _Kind()
