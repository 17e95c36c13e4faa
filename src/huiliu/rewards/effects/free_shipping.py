"""Bringing it costs nothing, or less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import Text, text
from huiliu.rewards.amounts import read_amount, shown
from huiliu.rewards.effects.effect import Effect, Given, Missing, Portion

__all__ = ["FREE_SHIPPING"]

#: More than bringing anything costs.
_ALL: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class FreeShipping:
    """The cost of bringing it off, up to an amount."""

    currency: str
    #: Minor units; None = all of it.
    most: int | None = None

    def give(self, portions: Sequence[Portion]) -> Given | Missing:
        """Take it off."""
        if not portions:
            return Missing(quantity=1)
        return Given({}, self.sentence(), shipping=_ALL if self.most is None else self.most)

    def sentence(self) -> Text:
        """Return `free shipping`."""
        if self.most is None:
            return text("rewards.effect.free_shipping")
        return text("rewards.effect.shipping_most", most=shown(self.most, self.currency))


class _Kind:
    """The table's line."""

    name: Final = "free_shipping"
    needs_currency: Final = False

    def read(self, fields: Fields, currency: str) -> Effect | None:
        """Return the effect of `{kind: free_shipping, most: 10}`."""
        fields.only({"kind", "most"})
        if "most" in fields.tree and not currency:
            fields.wrong("most", "rewards.needs_currency")
        return FreeShipping(currency, read_amount(fields, "most", currency))


FREE_SHIPPING: Final = _Kind()
