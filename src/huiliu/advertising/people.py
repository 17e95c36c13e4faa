"""What of a person goes to an ad platform, and what the platform is told of what they did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

__all__ = ["KINDS", "NOBODY", "Conversion", "Person", "Spend"]

#: The identifiers that may be shared, in the order in which platforms get them.
KINDS: Final = ("phone", "email")


class Person(msgspec.Struct, frozen=True, order=True, gc=False):
    """The hashes of one person; "" = there is none of that kind."""

    phone: str = ""
    email: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return which kinds there are."""
        return tuple(kind for kind in KINDS if getattr(self, kind))

    def __bool__(self) -> bool:
        """Say whether there is anything to share."""
        return bool(self.phone or self.email)


#: Of whom nothing is shared.
NOBODY: Final = Person()


@dataclass(frozen=True, slots=True)
class Conversion:
    """One thing that a person did after an ad, as it is told to a platform."""

    #: What a repeat is known by: the same order and event, the same id.
    event_id: str
    #: Our name of it: `Order Paid`.
    event: str
    #: When it happened, in microseconds.
    at: int
    #: Whole minor units, and ISO 4217.
    value: int
    currency: str
    order_id: str
    person: Person = NOBODY
    #: The platform's own mark of the click, as it stood in the landing page's address.
    click_id: str = ""
    #: Which parameter carried it.
    click_name: str = ""
    click_at: int = 0


@dataclass(frozen=True, slots=True)
class Spend:
    """What one campaign cost on one day."""

    #: `2026-11-22`, in the account's own zone.
    day: str
    object_id: str
    name: str
    #: ISO 4217, whole minor units.
    currency: str
    cost: int
    impressions: int = 0
    clicks: int = 0
    #: As the platform counts them.
    conversions: int = 0
