"""Something is given along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import LOCALES, Text, text
from huiliu.rewards.effects import effect
from huiliu.rewards.effects.effect import Effect, Given, Missing, Portion

__all__ = ["GIFT"]

_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Gift:
    """Units of one product for nothing."""

    gift: effect.Gift

    def give(self, portions: Sequence[Portion]) -> Given | Missing:
        """Give it once."""
        return Given({}, self.sentence(), (self.gift,)) if portions else Missing(quantity=1)

    def sentence(self) -> Text:
        """Return `a gift: 1 x Mask`."""
        return text(
            "rewards.effect.gift", quantity=self.gift.quantity, name=self.gift.name or self.gift.sku
        )


class _Kind:
    """The table's line."""

    name: Final = "gift"
    needs_currency: Final = False

    def read(self, fields: Fields, _currency: str) -> Effect | None:
        """Return the effect of `{kind: gift, sku: MASK, quantity: 1, name: {en: Mask}}`."""
        fields.only({"kind", "sku", "quantity", "name"})
        sku = fields.word("sku", is_needed=True)
        quantity = fields.whole("quantity", 1, _MOST)
        name = _name(fields)
        return Gift(effect.Gift(sku, quantity or 1, name)) if sku else None


def _name(fields: Fields) -> Mapping[str, str]:
    """Return the gift's name by language."""
    inner = fields.below("name")
    if inner is None:
        return {}
    inner.only(LOCALES)
    return {locale: inner.word(locale) for locale in LOCALES if locale in inner.tree}


GIFT: Final = _Kind()
