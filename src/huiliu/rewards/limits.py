"""How much of a benefit there is: limits of promotions and coupons, and what an order claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.kernel.fields import Fields

__all__ = ["NO_LIMITS", "Claim", "Limits", "read_limits"]

_MOST: Final = 10**12


@dataclass(frozen=True, slots=True)
class Limits:
    """Uses at most; None = without a bound."""

    total: int | None = None
    per_person: int | None = None
    #: Of all people together, on one day of the promotion's zone.
    per_day: int | None = None
    per_person_day: int | None = None
    #: In one order: of coupons so many codes.
    per_order: int = 1
    #: Of one code.
    per_code: int | None = None

    @property
    def needs_person(self) -> bool:
        """Say whether somebody must be known for it."""
        return self.per_person is not None or self.per_person_day is not None


NO_LIMITS: Final = Limits()


class Claim(msgspec.Struct, frozen=True, order=True, gc=False):
    """A part of one limit; all of an order's are claimed together, in this order, or none."""

    #: promotion, coupon or code.
    scope: str
    slug: str
    #: total, person, day, person_day, budget, issued ...
    what: str
    member: str
    #: Uses, or minor units of a budget.
    n: int
    cap: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return which limit it is a part of."""
        return self.scope, self.slug, self.what, self.member

    @property
    def reason(self) -> str:
        """Return why an order is refused that finds nothing left of it."""
        return _REASONS.get((self.scope, self.what), f"limit_{self.what}")


_REASONS: Final = {
    ("code", "total"): "code_used",
    ("promotion", "budget"): "budget",
    ("coupon", "issued"): "issue_limit",
    ("coupon", "issued_person"): "issue_person",
    ("coupon", "issued_day"): "issue_day",
}


def read_limits(fields: Fields | None, *, of_coupon: bool) -> Limits:
    """Return the limits of `limits:`; problems are noted."""
    if fields is None:
        return NO_LIMITS
    names = {"total", "per_person", "per_day", "per_person_day"}
    fields.only(names | {"per_order", "per_code"} if of_coupon else names)
    return Limits(
        fields.whole("total", 1, _MOST),
        fields.whole("per_person", 1, _MOST),
        fields.whole("per_day", 1, _MOST),
        fields.whole("per_person_day", 1, _MOST),
        (fields.whole("per_order", 1, 50) if of_coupon else None) or 1,
        fields.whole("per_code", 1, _MOST) if of_coupon else None,
    )
