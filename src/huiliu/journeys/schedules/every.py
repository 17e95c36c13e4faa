"""`every`: day, week or month, or by a recurrence rule (RFC 5545), always at one local time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Final

from dateutil.rrule import rrule, rrulestr

from huiliu.conditions import Condition
from huiliu.conditions.form import Field
from huiliu.journeys.reading import Fields
from huiliu.journeys.schedules.base import Clocks, Occasion, Schedule, day_of, first_after
from huiliu.kernel.texts import Text, text

__all__ = ["TYPE", "Every"]

_FRIENDLY: Final[Mapping[str, str]] = MappingProxyType({
    "day": "FREQ=DAILY", "week": "FREQ=WEEKLY;BYDAY=", "month": "FREQ=MONTHLY;BYMONTHDAY=",
})  # fmt: skip
#: What a rule may say of each frequency. Finer ones would come more than once a day; with other
#: parts a rule that never comes could be searched for a very long time.
_PARTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType({
    "DAILY": frozenset({"BYDAY"}),
    "WEEKLY": frozenset({"BYDAY", "WKST"}),
    "MONTHLY": frozenset({"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"}),
    "YEARLY": frozenset({"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"}),
})  # fmt: skip
#: Only with a day from which they are counted.
_COUNTED: Final = frozenset({"INTERVAL", "COUNT"})
#: A rule without one of these takes its day from the day it begins.
_DAYS_OF: Final[Mapping[str, frozenset[str]]] = MappingProxyType({
    "WEEKLY": frozenset({"BYDAY"}),
    "MONTHLY": frozenset({"BYDAY", "BYMONTHDAY"}),
    "YEARLY": frozenset({"BYDAY", "BYMONTHDAY"}),
})  # fmt: skip
_RULE: Final = re.compile(r"[A-Z0-9,=;+-]{1,200}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_INTERVAL: Final = 366
_MONTH_DAYS: Final = range(-28, 32)
#: How many times of a rule may lie before an instant that its day already reaches.
_NEXT: Final = 4


@dataclass(frozen=True, slots=True)
class Every:
    """An occasion each time that a rule comes round."""

    #: day, week, month or a rule, as it is written.
    written: str
    #: Weekdays or days of the month that go with week and month.
    on: tuple[str | int, ...]
    at: dt.time
    #: The first and the last day; None = none is set.
    since: dt.date | None
    until: dt.date | None
    #: The recurrence rule.
    rule: str
    clocks: Clocks
    among: Condition

    @property
    def local(self) -> bool:
        """Say whether it is each person's own local time."""
        return self.clocks.local

    def next(self, after: int, zone: str) -> Occasion | None:
        """Return the rule's next time."""
        found = self.clocks.zone(zone)
        return first_after(self._walls(day_of(after, found)), after, found)

    def audience(self, occasion: Occasion) -> Condition:  # noqa: ARG002 - the protocol's signature
        """Return whom it is for."""
        return self.among

    def sentence(self) -> Text:
        """Return the schedule in words."""
        key = self.written if self.written in _FRIENDLY else "rule"
        said = {"on": ", ".join(map(str, self.on)), "rule": self.rule, "at": f"{self.at:%H:%M}"}
        return text(f"journeys.schedule.every.{key}", **said)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"every": self.written}
        if self.on:
            tree["on"] = list(self.on)
        tree["at"] = f"{self.at:%H:%M}"
        if self.since is not None:
            tree["from"] = self.since.isoformat()
        if self.until is not None:
            tree["until"] = self.until.isoformat()
        return tree

    def _walls(self, day: dt.date) -> Iterator[dt.datetime]:
        """Return the local times from a day on, a few of them."""
        begin = dt.datetime.combine(self.since or day, dt.time())
        here = dt.datetime.combine(day, dt.time())
        counted = any(part in self.rule for part in _COUNTED)
        if self.since is None or (not counted and self.since < day):
            begin = here
        times = _rule(self.rule, begin).xafter(max(begin, here), inc=True)
        for found in islice(times, _NEXT):
            if self.until is not None and found.date() > self.until:
                return
            yield dt.datetime.combine(found.date(), self.at)


@lru_cache(maxsize=1024)
def _rule(written: str, begin: dt.datetime) -> rrule:
    """Return the rule as the library knows it, counted from a day."""
    found = rrulestr(written, dtstart=begin)
    assert isinstance(found, rrule), "sets of rules are not let through"
    return found


class _EveryType:
    """Reads `every`."""

    name = "every"
    fields = ("every", "on", "at", "from", "until")
    form = (
        Field("every", "text", needed=True, start="week"),
        Field("on", "scalars", start=["mon"]),
        Field("at", "clock", needed=True, start="10:00"),
        Field("from", "date"),
        Field("until", "date"),
    )

    def read(self, fields: Fields, clocks: Clocks, among: Condition) -> Schedule:
        """Return the schedule of an entry's map."""
        written, at = fields.word("every"), fields.clock("at")
        since, until = _date(fields, "from"), _date(fields, "until")
        on: tuple[str | int, ...] = ()
        if written == "week":
            on = fields.weekdays("on")
            rule = _FRIENDLY[written] + ",".join(str(day)[:2].upper() for day in on)
        elif written == "month":
            on = _month_days(fields)
            rule = _FRIENDLY[written] + ",".join(map(str, on))
        else:
            rule = _FRIENDLY.get(written, written)
            if fields.has("on"):
                fields.wrong("on", "journeys.on_without_week", name="on")
        if written in {"week", "month"} and not on and not fields.has("on"):
            fields.wrong("on", "journeys.want_on", name="on")
        elif written and not fields.reading.problems:
            _check(fields, rule, since)
        return Every(written, on, at, since, until, rule, clocks, among)


def _month_days(fields: Fields) -> tuple[int, ...]:
    """Return the days of the month of the field `on`; -1 is the last."""
    found = fields.values.get("on", [])
    days = found if isinstance(found, list) else [found]
    good = [
        day
        for day in days
        if isinstance(day, int) and not isinstance(day, bool) and day and day in _MONTH_DAYS
    ]
    if len(good) != len(days):
        fields.wrong("on", "journeys.want_month_days", name="on")
    return tuple(dict.fromkeys(good))


def _date(fields: Fields, name: str) -> dt.date | None:
    """Return a day, if one is written."""
    written = fields.word(name, default="")
    if not written:
        return None
    try:
        return dt.date.fromisoformat(written if _DATE.fullmatch(written) else "")
    except ValueError:
        fields.wrong(name, "journeys.want_date", name=name)
        return None


def _check(fields: Fields, rule: str, since: dt.date | None) -> None:
    """Note what is wrong with a rule."""
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    often = parts.pop("FREQ", "")
    if not _RULE.fullmatch(rule) or often not in _PARTS:
        fields.wrong("every", "journeys.want_rule", known=", ".join(_FRIENDLY))
        return
    known = _PARTS[often] | _COUNTED
    for name in parts:
        if name not in known:
            found = ", ".join(sorted(known))
            fields.wrong("every", "journeys.rule_part", part=name, often=often, known=found)
            return
    needs_day = often in _DAYS_OF and not _DAYS_OF[often] & set(parts)
    if since is None and (needs_day or _COUNTED & set(parts)):
        fields.wrong("every", "journeys.rule_from")
        return
    interval = parts.get("INTERVAL", "1")
    try:
        begin = dt.datetime.combine(since or dt.date(2000, 1, 1), dt.time())
        too_long = int(interval) > _LONGEST_INTERVAL
        comes = not too_long and _rule(rule, begin).after(begin, inc=True) is not None
    except (ValueError, TypeError, IndexError):
        fields.wrong("every", "journeys.want_rule", known=", ".join(_FRIENDLY))
        return
    if not comes:
        fields.wrong("every", "journeys.rule_never")


TYPE = _EveryType()
