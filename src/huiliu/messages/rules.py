"""The brand's own limits on what people are sent: quiet hours, caps, attention, fatigue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from huiliu.kernel.errors import BadSetting
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY
from huiliu.messages.attention import Attention
from huiliu.messages.caps import Cap, lookback
from huiliu.messages.countries import hours_of_countries
from huiliu.messages.quiet import QuietHours

__all__ = ["FATIGUE_WINDOW", "Rules", "plain_rules", "rules_from"]

_WEEK: Final = 7 * DAY
#: How far back the messages count that tire somebody.
FATIGUE_WINDOW: Final = 30 * DAY
_NIGHT: Final = (dt.time(21), dt.time(8))


@dataclass(frozen=True, slots=True)
class Rules:
    """The brand's limits; service messages pass caps and the contest always."""

    quiet: tuple[QuietHours, ...] = (QuietHours(*_NIGHT),)
    caps: tuple[Cap, ...] = (Cap("week", 4, _WEEK),)
    attention: Attention = field(default_factory=Attention)
    #: Whether the hours of the person's country hold, too.
    countries: bool = True
    #: A core form of campaigns that is used longer than this raises a task; 0 = none does.
    form_days: int = 31

    @property
    def hours(self) -> tuple[QuietHours, ...]:
        """Return all quiet hours: the brand's own and those of countries."""
        return self.quiet + (_OF_COUNTRIES if self.countries else ())

    @property
    def lookback(self) -> int:
        """Return how far back sent messages must be known."""
        tiring = FATIGUE_WINDOW if self.attention.asks_worth else 0
        return max(lookback(self.caps), tiring)

    @property
    def cap(self) -> Cap | None:
        """Return the cap that a person meets first when everything is marketing: the tightest.

        What is shown where there is room for one number only.
        """
        plain = [one for one in self.caps if not one.channels and not one.journeys
                 and not one.categories and not one.each]  # fmt: skip
        return min(plain, key=lambda one: one.most, default=None)


_OF_COUNTRIES: Final = hours_of_countries()


def plain_rules(
    cap: int = 4, quiet_start: dt.time = _NIGHT[0], quiet_end: dt.time = _NIGHT[1]
) -> Rules:
    """Return one cap a week and one quiet time; the same time twice = none, not even countries'."""
    is_never_quiet = quiet_start == quiet_end
    quiet = () if is_never_quiet else (QuietHours(quiet_start, quiet_end),)
    return Rules(quiet, (Cap("week", cap, _WEEK),), countries=not is_never_quiet)


def rules_from(cap: int, quiet_start: str, quiet_end: str) -> Rules:
    """Return the rules that the settings name; raise BadSetting for values that cannot work."""
    if cap < 0:
        raise BadSetting("frequency_cap", str(cap), text("setting.negative"))
    return plain_rules(cap, _time("quiet_start", quiet_start), _time("quiet_end", quiet_end))


def _time(name: str, written: str) -> dt.time:
    """Return a wall-clock time such as 21:00."""
    try:
        found = dt.time.fromisoformat(written)
    except ValueError as fault:
        raise BadSetting(name, written, text("setting.no_time")) from fault
    if found.tzinfo is not None:
        raise BadSetting(name, written, text("setting.zoned_time"))
    return found
