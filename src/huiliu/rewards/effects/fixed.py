"""An amount off, from all lines together or from each unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import Text, text
from huiliu.rewards.amounts import read_amount, shown, spread
from huiliu.rewards.effects.effect import Effect, Given, Missing, Portion

__all__ = ["FIXED"]

_PER: Final = ("basket", "unit")


@dataclass(frozen=True, slots=True)
class Fixed:
    """So much off."""

    amount: int
    currency: str
    is_per_unit: bool = False

    def give(self, portions: Sequence[Portion]) -> Given | Missing:
        """Take the amount off each unit, or share it out over the lines."""
        if self.is_per_unit:
            shares = [min(one.left, self.amount * one.quantity) for one in portions]
        else:
            shares = spread(self.amount, [one.left for one in portions])
        discounts = {one.nth: share for one, share in zip(portions, shares, strict=True) if share}
        return Given(discounts, self.sentence())

    def sentence(self) -> Text:
        """Return `40 CNY off`."""
        return _said(self)


@lru_cache(maxsize=10_000)
def _said(effect: Fixed) -> Text:
    """Return the sentence of an effect: made once, as every basket is told it."""
    key = "rewards.effect.fixed_unit" if effect.is_per_unit else "rewards.effect.fixed"
    return text(key, amount=shown(effect.amount, effect.currency))


class _Kind:
    """The table's line."""

    name: Final = "fixed"
    needs_currency: Final = True

    def read(self, fields: Fields, currency: str) -> Effect | None:
        """Return the effect of `{kind: fixed, amount: 40, per: basket}`."""
        fields.only({"kind", "amount", "per"})
        amount = read_amount(fields, "amount", currency, is_needed=True)
        per = fields.choice("per", _PER, "basket")
        return None if amount is None else Fixed(amount, currency, per == "unit")


FIXED: Final = _Kind()
