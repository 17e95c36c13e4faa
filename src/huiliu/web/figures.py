"""How figures of metrics are written for readers."""

from __future__ import annotations

from huiliu.metrics import Metric, Unit
from huiliu.statistics.proportions import Interval
from huiliu.web.i18n import show_number, show_share, translate

__all__ = ["figure_words", "interval_words"]

_SMALL = 0.01
_MUCH = 100


def figure_words(locale: str, metric: Metric, value: float | None, currency: str = "") -> str:
    """Return a figure with its unit; a dash for nothing."""
    if value is None:
        return "–"
    if metric.unit is Unit.SHARE:
        # A complaint rate of 0.03 % is no 0.0 %.
        return f"{value:.2%}" if 0 < value < _SMALL else show_share(value)
    if metric.unit is Unit.TIMES:
        return f"{value:,.2f}"
    if metric.unit is Unit.DAYS:
        return translate(locale, "metrics.window.days", days=f"{value:,.1f}")
    if metric.unit is Unit.MONEY:
        # From a hundred on nobody reads the cents.
        cents = abs(value) < _MUCH and value != round(value)
        shown = f"{value:,.2f}" if cents else show_number(round(value))
        return f"{shown} {currency}".rstrip()
    return show_number(round(value, 1) if abs(value) < _MUCH else round(value))


def interval_words(locale: str, found: Interval | None) -> str:
    """Return the interval of a share; "" where there is none."""
    if found is None:
        return ""
    low, high = (f"{one:.2%}" if 0 < one < _SMALL else show_share(one) for one in found)
    return translate(locale, "console.figures.interval", low=low, high=high)
