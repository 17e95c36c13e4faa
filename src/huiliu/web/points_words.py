"""Points and what counts towards levels, as readers see them."""

from __future__ import annotations

from decimal import Decimal

from huiliu.rewards.tiers import Measure, Tiers
from huiliu.services.membership_data import measured_major

__all__ = ["measured_words", "shown_points"]


def shown_points(amount: Decimal | float) -> str:
    """Return points: whole ones without digits after the point."""
    exact = Decimal(str(amount))
    return f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact:,.2f}"


def measured_words(ladder: Tiers, measured: int) -> str:
    """Return what counts: an amount with its currency, or a number."""
    major = measured_major(ladder, measured)
    if ladder.measure is Measure.SPEND:
        return f"{major:,.2f} {ladder.currency}"
    return shown_points(major)
