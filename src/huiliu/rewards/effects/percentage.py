"""A share of the price off, up to an amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import Text, text
from huiliu.rewards.amounts import part_of, read_amount, read_percent, shown, spread
from huiliu.rewards.effects.effect import Effect, Given, Missing, Portion

__all__ = ["PERCENTAGE"]


@dataclass(frozen=True, slots=True)
class Percentage:
    """So many percent off."""

    percent: Decimal
    currency: str
    #: Minor units; None = without a bound.
    most: int | None = None

    def give(self, portions: Sequence[Portion]) -> Given | Missing:
        """Take the share off all lines together, rounded once, and share it out."""
        amount = part_of(sum([one.left for one in portions]), self.percent)
        if self.most is not None:
            amount = min(amount, self.most)
        shares = spread(amount, [one.left for one in portions])
        discounts = {one.nth: share for one, share in zip(portions, shares, strict=True) if share}
        return Given(discounts, self.sentence())

    def sentence(self) -> Text:
        """Return `20 % off, at most 100 CNY`."""
        return _said(f"{self.percent:f}", self.most, self.currency)


@lru_cache(maxsize=10_000)
def _said(percent: str, most: int | None, currency: str) -> Text:
    """Return the sentence of an effect: made once, as every basket is told it."""
    if most is None:
        return text("rewards.effect.percentage", percent=percent)
    return text("rewards.effect.percentage_most", percent=percent, most=shown(most, currency))


class _Kind:
    """The table's line."""

    name: Final = "percentage"
    needs_currency: Final = False

    def read(self, fields: Fields, currency: str) -> Effect | None:
        """Return the effect of `{kind: percentage, percent: 20, most: 100}`."""
        fields.only({"kind", "percent", "most"})
        percent = read_percent(fields)
        most = read_amount(fields, "most", currency)
        if "most" in fields.tree and not currency:
            fields.wrong("most", "rewards.needs_currency")
        if percent is None:
            if "percent" not in fields.tree:
                fields.wrong("percent", "rewards.want_percent")
            return None
        return Percentage(percent, currency, most)


PERCENTAGE: Final = _Kind()
