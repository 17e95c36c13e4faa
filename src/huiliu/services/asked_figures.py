"""Reads what a query asks of a metric: which days, channels and money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_day
from huiliu.services.figures import Asked, metric_named

__all__ = ["asked_days", "asked_figures"]

#: Where nobody says: the last four weeks.
_DAYS: Final = 28
_LONGEST: Final = 2 * 366


def asked_figures(query: Mapping[str, str], metric: str, here: dt.date) -> Asked:
    """Return what a query asks of a metric: `from`, `until`, `channels`, `currency`.

    Raises:
        NotFound: there is no such metric.
        BadInput: the days are none; all problems at once.
    """
    first, last = asked_days(query, here)
    channels = tuple(one.strip() for one in query.get("channels", "").split(",") if one.strip())
    return Asked(
        metric_named(metric), first, last, channels,
        query.get("currency", "").upper(),
    )  # fmt: skip


def asked_days(query: Mapping[str, str], here: dt.date) -> tuple[dt.date, dt.date]:
    """Return the days that a query asks for: `from` and `until`; the last four weeks by itself.

    Raises:
        BadInput: the days are none; all problems at once.
    """
    problems: list[Problem] = []
    days: dict[str, dt.date] = {}
    for name, default in (("until", here), ("from", None)):
        written = query.get(name, "")
        try:
            fallback = default or days["until"] - dt.timedelta(days=_DAYS - 1)
            days[name] = as_day(written) if written else fallback
        except ValueError:
            problems.append(Problem(name, text("plans.want_day")))
            days[name] = here
    if not problems and days["until"] < days["from"]:
        problems.append(Problem("until", text("plans.ends_before")))
    if not problems and (days["until"] - days["from"]).days >= _LONGEST:
        problems.append(Problem("from", text("plans.too_long", most=_LONGEST)))
    if problems:
        raise BadInput(tuple(problems))
    return days["from"], days["until"]
