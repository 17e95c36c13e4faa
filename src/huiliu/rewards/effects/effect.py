"""What every effect can do: what a promotion does to the lines that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import msgspec

from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import Text

__all__ = ["Effect", "EffectKind", "Gift", "Given", "Missing", "Portion"]


# A struct, not a dataclass: hundreds are made for one basket, and each costs a tenth.
class Portion(msgspec.Struct, frozen=True, gc=False):
    """A line as an effect sees it."""

    #: Its place in the basket.
    nth: int
    sku: str
    quantity: int
    #: What of its price is left by the promotions before this one, in minor units.
    left: int
    #: What was left when this stage began: thresholds are measured by it, so that promotions of
    #: one stage do not take each other's thresholds away.
    basis: int


@dataclass(frozen=True, slots=True)
class Gift:
    """Something that is given along."""

    sku: str
    quantity: int
    name: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class Missing(msgspec.Struct, frozen=True, gc=False):
    """What a basket lacks for a benefit, or for a greater one."""

    #: Minor units.
    spend: int = 0
    quantity: int = 0


class Given(msgspec.Struct, frozen=True, gc=False):
    """What an effect gives on some lines."""

    #: Place in the basket -> minor units off; never more than is left.
    discounts: Mapping[int, int]
    #: Why, for the lines' explanation.
    because: Text
    gifts: tuple[Gift, ...] = ()
    #: Off the cost of bringing it: all of it up to this; None = nothing.
    shipping: int | None = None
    #: What a greater benefit of the same promotion would need.
    next: Missing | None = None

    @property
    def discount(self) -> int:
        """Return what is taken off the lines."""
        return sum(self.discounts.values())


class Effect(Protocol):
    """An effect as a promotion's document says it: frozen, pure."""

    def give(self, portions: Sequence[Portion]) -> Given | Missing:
        """Return what is given on these lines, or what they lack."""
        ...

    def sentence(self) -> Text:
        """Return what it does, in words."""
        ...


class EffectKind(Protocol):
    """A line of the table of effects."""

    @property
    def name(self) -> str:
        """The word that documents use for it."""
        ...

    @property
    def needs_currency(self) -> bool:
        """Say whether it always names an amount."""
        ...

    def read(self, fields: Fields, currency: str) -> Effect | None:
        """Return the effect of a document's `effect:`; None after noting what is wrong."""
        ...
