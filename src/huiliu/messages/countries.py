"""When countries let marketing be sent: the quiet hours of each, with where we know them from.

They hold beside the brand's own. A row is configuration with its source, not legal advice; a brand
switches all of them off or adds its own in its policy document.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from huiliu.messages.quiet import QuietHours

__all__ = ["COUNTRIES", "CountryHours", "hours_of_countries", "state_of"]

_SUNDAY: Final = frozenset({6})


@dataclass(frozen=True, slots=True)
class CountryHours:
    """What one country, or one of its states, asks for."""

    #: ISO 3166: `FR`, or `US-FL`.
    country: str
    hours: QuietHours
    #: Where it stands.
    source: str
    #: `documents` = read in a public text; `memory` = not checked against one.
    evidence: str


def _row(  # noqa: PLR0913 - the columns of a table
    country: str,
    start: int,
    end: int,
    source: str,
    evidence: str = "memory",
    *,
    closed: frozenset[int] = frozenset(),
    holidays: bool = False,
    channels: frozenset[str] = frozenset(),
) -> CountryHours:
    """Return a row: quiet from one full hour to another."""
    hours = QuietHours(
        dt.time(start), dt.time(end), frozenset({country}), channels, days=closed,
        holidays=holidays,
    )  # fmt: skip
    return CountryHours(country, hours, source, evidence)


_CALLS: Final = frozenset({"sms"})

#: By country. Laws on telephone calls and texts bind SMS only.
COUNTRIES: Final = (
    _row("AE", 18, 9, "TDRA, rules on unsolicited messages", channels=_CALLS),
    _row("CN", 21, 8, "Huawei Cloud and Tencent Cloud SMS: marketing 8:00 to 21:00", "documents"),
    _row("FR", 20, 8, "CNIL and AF2M: no Sundays and holidays", closed=_SUNDAY, holidays=True,
         channels=_CALLS),
    _row("IN", 21, 10, "TRAI TCCCPR 2018", channels=_CALLS),
    _row("KR", 21, 8, "Network Act, article 50 (3)"),
    _row("SA", 22, 7, "CST, rules on bulk messages", channels=_CALLS),
    _row("US", 21, 8, "TCPA, 47 CFR 64.1200 (c) (1)", "documents", channels=_CALLS),
    _row("US-FL", 20, 8, "Florida Statutes 501.616", channels=_CALLS),
    _row("US-OK", 20, 8, "Oklahoma Statutes 15-775C", channels=_CALLS),
    _row("US-WA", 20, 8, "RCW 80.36.390", channels=_CALLS),
)  # fmt: skip

#: Area codes of the states that have hours of their own.
_AREA_CODES: Final = {
    "FL": "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941",
    "OK": "405 539 572 580 918",
    "WA": "206 253 360 425 509 564",
}
_STATES: Final = {code: state for state, codes in _AREA_CODES.items() for code in codes.split()}
#: `+1` and the area code.
_NORTH_AMERICA: Final = "+1"


def hours_of_countries() -> tuple[QuietHours, ...]:
    """Return the quiet hours of all countries."""
    return tuple(one.hours for one in COUNTRIES)


def state_of(number: str) -> str:
    """Return `US-FL` for a number of Florida; "" where the state has no hours of its own."""
    if not number.startswith(_NORTH_AMERICA):
        return ""
    state = _STATES.get(number[2:5])
    return f"US-{state}" if state else ""
