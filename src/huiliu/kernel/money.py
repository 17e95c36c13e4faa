"""Money is whole minor units and an ISO 4217 code; two currencies are never added."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

__all__ = ["Money", "minor_units"]

#: Digits after the point, where it is not two. Source: ISO 4217:2015 table A.1.
_EXPONENTS = {
    "BHD": 3, "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0,
    "KMF": 0, "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip


def minor_units(currency: str) -> int:
    """Return how many digits a currency has after the point."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency."""

    #: Whole minor units: 12.34 CNY is 1234.
    minor: int
    #: ISO 4217, three capitals.
    currency: str

    def __add__(self, other: Money) -> Money:
        """Add amounts of the same currency; anything else is a programmer's fault."""
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")
        return Money(self.minor + other.minor, self.currency)

    def __str__(self) -> str:
        """Return the amount in major units and its code."""
        return f"{self.major} {self.currency}"

    @property
    def major(self) -> Decimal:
        """Return the amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-minor_units(self.currency))

    @classmethod
    def parse(cls, written: str | float | Decimal, currency: str) -> Money | None:
        """Return the amount of a decimal in major units, half even; None when it is no number."""
        try:
            major = Decimal(str(written))
            minor = major.scaleb(minor_units(currency)).to_integral_value(ROUND_HALF_EVEN)
        except InvalidOperation:
            return None
        return cls(int(minor), currency) if major.is_finite() else None
