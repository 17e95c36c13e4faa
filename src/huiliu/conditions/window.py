"""Which events count: those of a rolling, a fixed or a calendar window, or of all time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.conditions.clock import when_of
from huiliu.conditions.form import Field
from huiliu.conditions.node import Mentions
from huiliu.conditions.population import Tables, moment_literal
from huiliu.conditions.reading import Reading, length_of
from huiliu.conditions.values import as_moment
from huiliu.conditions.zones import with_period
from huiliu.kernel.calendar import PERIODS, is_zone, period, periods
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY, HOUR, MINUTE, show_duration, show_instant

__all__ = ["ALL_TIME", "WINDOW_FORM", "WINDOW_KEYS", "Window", "length_text", "parse_window"]

WINDOW_KEYS = frozenset({"within", "since", "before", "during", "zone"})

#: How a builder asks for a window.
WINDOW_FORM: Final = (
    Field("within", "duration", instead_of=("since", "before", "during", "zone")),
    Field("since", "moment", instead_of=("within", "during", "zone")),
    Field("before", "moment", instead_of=("within", "during", "zone")),
    Field("during", "choice", options=tuple(PERIODS), instead_of=("within", "since", "before")),
)

#: Whose clocks calendar windows go by, beside a zone's name: those of the person, of the brand.
_PERSON: Final = "person"
_BRAND: Final = "brand"
#: Earlier and later than any event.
_FIRST: Final = -(1 << 62)
_LAST: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that an event's own time must lie in."""

    #: Rolling: counts from the event's instant for this many microseconds; 0 = not rolling.
    within: int = 0
    #: Fixed: from this instant on, and before that one; None = open.
    since: int | None = None
    before: int | None = None
    #: Calendar: one of `PERIODS`; "" = none.
    during: str = ""
    #: Whose clocks a calendar window goes by: person, brand, or a zone's name.
    zone: str = _PERSON
    #: The brand's zone.
    home: str = "UTC"

    def bounds(self, facts: Facts, now: int) -> tuple[int, int]:
        """Return the instants from which on, and before which, a person's events count at `now`.

        A rolling window lets an event go exactly its length after the event, not later.
        """
        if self.within:
            return now - self.within + 1, _LAST
        if self.during:
            found = period(self.during, now, self._zone_of(facts, now))
            return found.since, found.before
        low = _FIRST if self.since is None else self.since
        return low, _LAST if self.before is None else self.before

    def next_edge(self, facts: Facts, now: int) -> int | None:
        """Return when a calendar window moves on for a person; others move with their events."""
        if not self.during:
            return None
        return period(self.during, now, self._zone_of(facts, now)).ends

    def rows(self, events: ibis.Table, tables: Tables, now: int) -> ibis.Table:
        """Return the rows of events, with `profile_id` and `occurred_at`, that count at `now`."""
        at = events.occurred_at
        if self.within:
            return events.filter(at > moment_literal(now - self.within))
        if self.during:
            placed = self.placed(events, tables, now)
            return placed.filter(placed.occurred_at < placed.before).select(*events.columns)
        found = []
        if self.since is not None:
            found.append(at >= moment_literal(self.since))
        if self.before is not None:
            found.append(at < moment_literal(self.before))
        return events.filter(*found) if found else events

    def mentions(self, name: str) -> Mentions:
        """Return what a condition on events of a canonical name in this window mentions."""
        return Mentions(
            events=frozenset({name}),
            traits=frozenset({"zone"} if self._is_personal else ()),
            rolling=frozenset({(name, self.within)} if self.within else ()),
            since=frozenset({self.since} if self.since is not None else ()),
            ever=not self.within and not self.during and self.since is None,
            reach=PERIODS[self.during] * DAY if self.during else 0,
            timed=frozenset({_Turn(name, self)} if self.during else ()),
        )

    def sentence(self) -> Text:
        """Return the window in words; as an adverb."""
        if self.within:
            return text("conditions.within", length=length_text(self.within))
        if self.during:
            said = text(f"conditions.during.{self.during}")
            if self.zone == _PERSON:
                return said
            return text("conditions.in_zone", inner=said, zone=self._zone_text())
        if self.since is not None and self.before is not None:
            return text(
                "conditions.between",
                since=show_instant(self.since),
                before=show_instant(self.before),
            )
        if self.since is not None:
            return text("conditions.since", since=show_instant(self.since))
        if self.before is not None:
            return text("conditions.before", before=show_instant(self.before))
        return text("conditions.ever")

    def tree(self) -> dict[str, object]:
        """Return the canonical keys of the window."""
        tree: dict[str, object] = {}
        if self.within:
            tree["within"] = show_duration(self.within)
        if self.since is not None:
            tree["since"] = show_instant(self.since)
        if self.before is not None:
            tree["before"] = show_instant(self.before)
        if self.during:
            tree["during"] = self.during
            if self.zone != _PERSON:
                tree["zone"] = self.zone
        return tree

    @property
    def _is_personal(self) -> bool:
        """Return whether it goes by the clocks of each person."""
        return bool(self.during) and self.zone == _PERSON

    def _fixed_zone(self) -> str:
        """Return the zone of everybody, or of those who have none of their own."""
        return self.home if self.zone in {_PERSON, _BRAND} else self.zone

    def _zone_of(self, facts: Facts, now: int) -> str:
        """Return by whose clocks it goes for a person."""
        if self.zone == _PERSON:
            return when_of(facts, now, self.home).zone
        return self._fixed_zone()

    def _zone_text(self) -> Text | str:
        """Return by whose clocks it goes, in words."""
        return text("conditions.brand_zone") if self.zone == _BRAND else self.zone

    def placed(self, events: ibis.Table, tables: Tables, now: int) -> ibis.Table:
        """Return the events since a calendar window began, with its `since`, `before`, `ends`."""
        at = events.occurred_at
        if not self._is_personal:
            found = period(self.during, now, self._fixed_zone())
            return events.filter(at >= moment_literal(found.since)).mutate(
                since=moment_literal(found.since),
                before=moment_literal(found.before),
                ends=moment_literal(found.ends),
            )
        # Most rows are too old for every zone; those are gone before anybody's zone is asked.
        first = min(one.since for one in periods(self.during, now).values())
        near = events.filter(at >= moment_literal(first))
        found = with_period(near, tables, self.during, now, self.home)
        return found.filter(found.occurred_at >= found.since)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What time does to a calendar window: at its edge all that it held may change."""

    name: str
    window: Window

    def dues(self, tables: Tables, now: int) -> ibis.Table:
        """Return when the window moves on for everybody who did something since it began."""
        events = tables.events
        rows = events.filter(events.name == self.name)
        placed = self.window.placed(rows, tables, now)
        return placed.group_by("profile_id").agg(due=placed.ends.min())


#: Every event counts.
ALL_TIME = Window()


def length_text(within: int) -> Text:
    """Return a length in words, in its largest whole unit."""
    for unit, key in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if within % unit == 0:
            return text(f"conditions.{key}", n=within // unit)
    return text("conditions.length", length=show_duration(within))


def parse_window(raw: Mapping[str, object], path: str, reading: Reading) -> Window:
    """Return the window of an operator's mapping, noting every problem."""
    kinds = [
        kind
        for kind in (("within",), ("since", "before"), ("during", "zone"))
        if any(key in raw for key in kind)
    ]
    for kind in kinds[1:]:
        for key in kind:
            if key in raw:
                reading.fault(f"{path}.{key}", "one_window")
    within = 0
    if "within" in raw:
        within = length_of(raw["within"], f"{path}.within", reading)
    since = _moment(raw, "since", path, reading)
    before = _moment(raw, "before", path, reading)
    if since is not None and before is not None and before <= since:
        reading.fault(f"{path}.before", "empty_window")
    during, zone = _calendar(raw, path, reading)
    return Window(within, since, before, during, zone, reading.zone if during else "UTC")


def _calendar(raw: Mapping[str, object], path: str, reading: Reading) -> tuple[str, str]:
    """Return the calendar window that is asked for, and by whose clocks."""
    during, zone = raw.get("during", ""), raw.get("zone", _PERSON)
    if "during" in raw and (not isinstance(during, str) or during not in PERIODS):
        reading.fault(f"{path}.during", "want_period", known=", ".join(PERIODS))
        during = ""
    if "zone" in raw and "during" not in raw:
        reading.fault(f"{path}.zone", "zone_alone")
    if zone not in (_PERSON, _BRAND) and not is_zone(zone):
        reading.fault(f"{path}.zone", "want_zone")
        zone = _PERSON
    return str(during), str(zone)


def _moment(raw: Mapping[str, object], key: str, path: str, reading: Reading) -> int | None:
    """Return the instant that a key names, noting a problem where it names none."""
    if key not in raw:
        return None
    given = raw[key]
    found = as_moment(given.isoformat() if isinstance(given, dt.date) else str(given))
    if found is None:
        reading.fault(f"{path}.{key}", "want_moment")
    return found
