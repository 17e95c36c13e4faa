"""Words and figures of rewards as pages show them: money, channels, limits, days."""

from __future__ import annotations

from collections.abc import Iterable

from huiliu.kernel.money import Money
from huiliu.kernel.times import DAY, as_datetime
from huiliu.ports.reward_views import DayUsage
from huiliu.rewards.limits import Limits
from huiliu.web.i18n import has_text, show_number, translate

__all__ = ["channel_words", "chart_days", "limit_words", "money"]

_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}


def money(minor: int, currency: str) -> str:
    """Return an amount as price tags write it; whole units without a point."""
    found = Money(minor, currency)
    whole = found.major == found.major.to_integral_value()
    number = f"{found.major:,.0f}" if whole else f"{found.major:,}"
    sign = _SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{number} {currency}"


def channel_words(locale: str, channel: str) -> str:
    """Return what readers call where people buy; one without a text is called by its own word."""
    key = f"rewards.channel.{channel}"
    return translate(locale, key) if has_text(key) else channel


def limit_words(locale: str, limits: Limits) -> list[str]:
    """Return each limit in words."""
    return [
        translate(locale, f"rewards.limit.{name}", n=show_number(value))
        for name in ("total", "per_person", "per_day", "per_person_day", "per_code")
        if (value := getattr(limits, name)) is not None
    ]


def chart_days(days: Iterable[DayUsage]) -> list[str]:
    """Return days as charts name them."""
    return [as_datetime(one.day * DAY).strftime("%m-%d") for one in days]
