"""How figures of metrics are written for readers."""

from __future__ import annotations

from huiliu.metrics import Metric, Unit
from huiliu.web.i18n import show_number, show_share

__all__ = ["figure_words"]

_SMALL = 0.01


def figure_words(_locale: str, metric: Metric, value: float | None, currency: str = "") -> str:
    """Return a figure with its unit; a dash for nothing."""
    if value is None:
        return "–"
    if metric.unit is Unit.SHARE:
        # A complaint rate of 0.03 % is no 0.0 %.
        return f"{value:.2%}" if 0 < value < _SMALL else show_share(value)
    shown = show_number(round(value, 1))
    return f"{shown} {currency}" if metric.unit is Unit.MONEY and currency else shown
