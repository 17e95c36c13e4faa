"""The second item at half price: of every n units the cheapest are reduced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import Final

from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import Text, text
from huiliu.rewards.amounts import part_of, read_percent
from huiliu.rewards.effects.effect import Effect, Given, Missing, Portion

__all__ = ["NTH", "cheapest_first"]

_AMONG: Final = ("all", "product")
_MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Nth:
    """Each n-th unit cheaper."""

    nth: int
    percent: Decimal
    #: Units are counted of each product alone.
    is_by_product: bool = False
    #: Units reduced at most; None = without a bound.
    most_times: int | None = None

    def give(self, portions: Sequence[Portion]) -> Given | Missing:
        """Reduce the cheapest units, as many as there are groups of n."""
        groups: Iterable[Sequence[Portion]] = [portions]
        if self.is_by_product:
            by_sku = sorted(portions, key=lambda one: one.sku)
            groups = [list(some) for _, some in groupby(by_sku, key=lambda one: one.sku)]
        discounts: dict[int, int] = {}
        lacks, times = self.nth, self.most_times
        for some in groups:
            units = sum([one.quantity for one in some])
            due = units // self.nth if times is None else min(units // self.nth, times)
            lacks = min(lacks, self.nth - units % self.nth)
            if times is not None:
                times -= due
            for one in cheapest_first(some):
                taken = min(due, one.quantity)
                if not taken:
                    break
                due -= taken
                off = part_of(one.left * taken // one.quantity, self.percent)
                if off:
                    discounts[one.nth] = off
        if not discounts:
            return Missing(quantity=lacks)
        return Given(
            discounts, self.sentence(), next=None if times == 0 else Missing(quantity=lacks)
        )

    def sentence(self) -> Text:
        """Return `every 2nd unit 50 % off`."""
        key = "rewards.effect.nth_product" if self.is_by_product else "rewards.effect.nth"
        return _said(key, self.nth, f"{self.percent:f}")


@lru_cache(maxsize=10_000)
def _said(key: str, nth: int, percent: str) -> Text:
    """Return the sentence of an effect: made once, as every basket is told it."""
    return text(key, nth=nth, percent=percent)


def cheapest_first(portions: Sequence[Portion]) -> list[Portion]:
    """Return lines by what a unit of them costs now; ties by their place."""
    return sorted(portions, key=lambda one: (one.left / one.quantity, one.nth))


class _Kind:
    """The table's line."""

    name: Final = "nth"
    needs_currency: Final = False

    def read(self, fields: Fields, _currency: str) -> Effect | None:
        """Return the effect of `{kind: nth, nth: 2, percent: 50, among: all, most_times: 3}`."""
        fields.only({"kind", "nth", "percent", "among", "most_times"})
        before = len(fields.problems)
        nth, percent = fields.whole("nth", 2, _MOST), read_percent(fields)
        if "nth" not in fields.tree:
            fields.wrong("nth", "plans.want_whole", least=2, most=_MOST)
        if "percent" not in fields.tree:
            fields.wrong("percent", "rewards.want_percent")
        among = fields.choice("among", _AMONG, "all")
        most_times = fields.whole("most_times", 1, _MOST)
        if len(fields.problems) > before or nth is None or percent is None:
            return None
        return Nth(nth, percent, among == "product", most_times)


NTH: Final = _Kind()
