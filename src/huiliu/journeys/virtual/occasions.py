"""Schedules in virtual time: occasions come as clocks show them, and let their audience in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from huiliu.conditions import Condition
from huiliu.journeys.entering import Happening
from huiliu.journeys.journey import Journey
from huiliu.journeys.schedules import Occasion
from huiliu.journeys.virtual.agenda import OCCASIONS, Agenda
from huiliu.journeys.virtual.people import Person
from huiliu.journeys.virtual.runs import Runs
from huiliu.journeys.virtual.setting import Setting
from huiliu.kernel.calendar import is_zone
from huiliu.kernel.facts import Value
from huiliu.kernel.times import HOUR, SECOND

__all__ = ["Occasions"]

#: The name of the event that begins the runs of an occasion.
_OCCASION: Final = "Occasion"
#: How many people are let in at once; where it is to go slowly, some come so often.
_CHUNK: Final = 5_000
_EVERY: Final = 10 * SECOND


class Occasions:
    """Lets journeys begin by their schedules."""

    def __init__(
        self, setting: Setting, agenda: Agenda, runs: Runs, people: Mapping[int, Person]
    ) -> None:
        """Wait for time to begin."""
        self._setting = setting
        self._agenda = agenda
        self._runs = runs
        self._people = people
        self._scheduled = [each for each in setting.journeys if each.entry.schedule is not None]
        self.exist = bool(self._scheduled)
        self._zones: set[str] = set()
        self._has_begun = False
        #: (journey, occasion, instant) -> the zones in which it comes then.
        self._coming: dict[tuple[str, str, int], list[str]] = {}

    def begin(self, now: int) -> None:
        """Look for the first occasions at or after an instant."""
        self._has_begun = True
        for journey in self._scheduled:
            self._arm(journey, self._setting.zone, now - 1)
            if journey.entry.schedule is not None and journey.entry.schedule.local:
                for zone in sorted(self._zones - {self._setting.zone}):
                    self._arm(journey, zone, now - 1)

    def live_in(self, zone: Value, now: int) -> None:
        """Note that somebody lives in a zone: occasions of local times come there too."""
        if not isinstance(zone, str) or zone in self._zones or not is_zone(zone):
            return
        self._zones.add(zone)
        if not self._has_begun or zone == self._setting.zone:
            return
        for journey in self._scheduled:
            if journey.entry.schedule is not None and journey.entry.schedule.local:
                self._arm(journey, zone, now - 1)

    def _arm(self, journey: Journey, zone: str, after: int) -> None:
        """Wait for the next occasion in a zone."""
        plan = journey.entry.schedule
        occasion = plan.next(after, zone) if plan is not None else None
        if occasion is None:
            return
        key = (journey.slug, occasion.id, occasion.at)
        if key not in self._coming:
            self._coming[key] = []
            self._agenda.wake(occasion.at, OCCASIONS, partial(self._come, journey, occasion))
        self._coming[key].append(zone)

    def _come(self, journey: Journey, occasion: Occasion, now: int) -> None:
        """Let the audience of an occasion in, and wait for the next one."""
        zones = self._coming.pop((journey.slug, occasion.id, occasion.at))
        for zone in zones:
            self._arm(journey, zone, now)
        plan = journey.entry.schedule
        assert plan is not None
        people = self._audience(journey, plan.audience(occasion), zones if plan.local else (), now)
        per_hour = journey.entry.per_hour
        size = max(1, min(_CHUNK, per_hour * _EVERY // HOUR)) if per_hour else len(people)
        between = size * HOUR // per_hour if per_hour else 0
        for nth, first in enumerate(range(0, len(people), size or 1)):
            let_in: Callable[[int], None] = partial(
                self._let_in, journey, occasion, people[first : first + size]
            )
            if nth:
                self._agenda.wake(now + nth * between, OCCASIONS, let_in)
            else:
                let_in(now)

    def _audience(
        self, journey: Journey, condition: Condition, zones: Sequence[str], now: int
    ) -> list[Person]:
        """Return whom an occasion is for, by id."""
        named = [slug for kind, slug in journey.entry.names if kind == "segment"]
        is_tracked = named and named[0] in self._setting.listening.number
        by_membership = is_tracked and condition is journey.entry.among
        home = self._setting.zone
        return [
            person
            for _, person in sorted(self._people.items())
            if person.is_known
            and (not zones or _zone(person, home) in zones)
            and (named[0] in person.inside if by_membership else condition.holds(person.facts, now))
        ]

    def _let_in(
        self, journey: Journey, occasion: Occasion, people: Sequence[Person], now: int
    ) -> None:
        """Begin the runs of some people."""
        properties: dict[str, Value] = {"occasion": occasion.id, "journey": journey.slug}
        event = Happening(_OCCASION, occasion.at, now, 0, properties)
        for person in people:
            self._runs.begin(person, journey, occasion.id, event)


def _zone(person: Person, home: str) -> str:
    """Return where a person lives."""
    zone = person.traits.get("zone")
    return zone if isinstance(zone, str) and is_zone(zone) else home
