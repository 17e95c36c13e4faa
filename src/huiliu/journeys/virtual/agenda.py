"""What is to come in virtual time: events before timers of the same instant, each in its order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from huiliu.journeys.virtual.people import Person, Posted, Run
from huiliu.kernel.facts import Value

__all__ = [
    "EVENT",
    "LOOKS",
    "MESSAGES",
    "NOTHING",
    "OCCASIONS",
    "RUNS",
    "TIMER",
    "Agenda",
    "Coming",
    "Due",
]

#: Timers of one instant, in the order in which they fire.
LOOKS: Final = 0
OCCASIONS: Final = 1
RUNS: Final = 2
MESSAGES: Final = 3

#: What a timer is about: a person to look at, an occasion, a run, or a message.
Due: TypeAlias = "Person | Run | Posted | Callable[[int], None]"

#: What is due next.
NOTHING: Final = 0
EVENT: Final = 1
TIMER: Final = 2


class Coming(msgspec.Struct, frozen=True, gc=False, eq=False):
    """One of Huiliu's own events that is to be heard, or a reaction."""

    person: Person
    name: str
    properties: Mapping[str, Value]
    traits: Mapping[str, Value]


class Agenda:
    """Events and timers by the instant at which they are due."""

    def __init__(self) -> None:
        """Begin empty."""
        self._events: list[tuple[int, int, Coming]] = []
        self._timers: list[tuple[int, int, int, Due]] = []
        self._n = 0

    def tell(self, at: int, coming: Coming) -> None:
        """Let an event be heard at an instant, after those that were told before."""
        self._n += 1
        heapq.heappush(self._events, (at, self._n, coming))

    def wake(self, at: int, kind: int, due: Due) -> int:
        """Set a timer and return its number."""
        self._n += 1
        heapq.heappush(self._timers, (at, kind, self._n, due))
        return self._n

    def next(self, until: int) -> int:
        """Return what is due next before an instant: EVENT, TIMER or NOTHING."""
        event_at = self._events[0][0] if self._events else until
        timer_at = self._timers[0][0] if self._timers else until
        if event_at <= timer_at:
            return EVENT if event_at < until else NOTHING
        return TIMER if timer_at < until else NOTHING

    def forget(self) -> None:
        """Let go of all that is to come."""
        self._events.clear()
        self._timers.clear()

    def event(self) -> tuple[int, Coming]:
        """Take the next event."""
        at, _, coming = heapq.heappop(self._events)
        return at, coming

    def timers(self) -> tuple[int, int, list[tuple[int, Due]]]:
        """Take all timers of the next instant that are of one kind: (instant, kind, timers)."""
        timers = self._timers
        at, kind, number, due = heapq.heappop(timers)
        found = [(number, due)]
        while timers:
            first = timers[0]
            if first[0] != at or first[1] != kind:
                break
            _, _, number, due = heapq.heappop(timers)
            found.append((number, due))
        return at, kind, found
