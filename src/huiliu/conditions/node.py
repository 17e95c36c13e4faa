"""What every node of a condition's tree can do; the nodes themselves are in `operators/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import ibis

from huiliu.conditions.population import Tables
from huiliu.kernel.facts import Facts, Value
from huiliu.kernel.texts import Text

__all__ = ["Condition", "Mentions", "Passing", "Timed"]


class Passing(Protocol):
    """Filters of an event's properties; frozen and hashable, as they stand in `Mentions`."""

    def hold(self, properties: Mapping[str, Value]) -> bool:
        """Say whether the properties pass."""
        ...


class Timed(Protocol):
    """A part of a condition whose answer time alone may change, besides rolling windows.

    Frozen and hashable, as it stands in `Mentions`.
    """

    def dues(self, tables: Tables, now: int) -> ibis.Table:
        """Return `profile_id` and `due`, a timestamp: nobody's answer changes before it.

        Whoever is absent is changed by new facts only.
        """
        ...


@dataclass(frozen=True, slots=True)
class Mentions:
    """Which facts a condition asks for: what indexes, loaders and incremental tracking need."""

    #: Canonical event names.
    events: frozenset[str] = frozenset()
    #: Names of traits, the first key of each path.
    traits: frozenset[str] = frozenset()
    #: (canonical event name, length in microseconds) of rolling windows.
    rolling: frozenset[tuple[str, int]] = frozenset()
    #: First instants of fixed windows.
    since: frozenset[int] = frozenset()
    #: True when some part asks for events of all time.
    ever: bool = False
    #: Events older than this many microseconds never matter to windows that are not rolling.
    reach: int = 0
    #: Parts that time alone may change, besides rolling windows.
    timed: frozenset[Timed] = frozenset()
    #: True when some part asks which identifiers a person holds, and whether they are suppressed.
    identifiers: bool = False
    #: True when some part asks for first and last channel or the device.
    touch: bool = False
    #: Slugs of tags, those of `tops` among them.
    tags: frozenset[str] = frozenset()
    #: (tag, N) of every top N.
    tops: frozenset[tuple[str, int]] = frozenset()
    #: Slugs of journeys.
    journeys: frozenset[str] = frozenset()
    #: Slugs of the segments that are referred to, however deep.
    segments: frozenset[str] = frozenset()
    #: Names of events each more of which can only make the answer yes, or only no.
    raises: frozenset[str] = frozenset()
    lowers: frozenset[str] = frozenset()
    #: (name, filters) of events of which only those that pass one of their filters can matter.
    filtered: frozenset[tuple[str, Passing]] = frozenset()

    def __or__(self, other: Mentions) -> Mentions:
        """Return what either asks for."""
        return Mentions(
            self.events | other.events,
            self.traits | other.traits,
            self.rolling | other.rolling,
            self.since | other.since,
            self.ever or other.ever,
            max(self.reach, other.reach),
            self.timed | other.timed,
            self.identifiers or other.identifiers,
            self.touch or other.touch,
            self.tags | other.tags,
            self.tops | other.tops,
            self.journeys | other.journeys,
            self.segments | other.segments,
            _agreed(self.raises, self.events, other.raises, other.events),
            _agreed(self.lowers, self.events, other.lowers, other.events),
            self._filtered_beside(other) | other._filtered_beside(self),
        )

    def inverted(self) -> Mentions:
        """Return the same of the opposite: what made the answer yes makes it no."""
        return replace(self, raises=self.lowers, lowers=self.raises)

    def _filtered_beside(self, other: Mentions) -> frozenset[tuple[str, Passing]]:
        """Return the filters of events that the other does not ask for without any."""
        plain = other.events - {name for name, _ in other.filtered}
        return frozenset(each for each in self.filtered if each[0] not in plain)

    @property
    def moves_with_time(self) -> bool:
        """Say whether time alone may change the answer."""
        return bool(self.rolling or self.timed)

    @property
    def further(self) -> bool:
        """Say whether it asks for more than traits and events."""
        return bool(self.identifiers or self.touch or self.tags or self.tops or self.journeys)

    def oldest(self, now: int) -> int:
        """Return the instant before which no event can matter at `now`; 0 where all may."""
        if self.ever:
            return 0
        starts = [*self.since, *(now - length for _, length in self.rolling)]
        if self.reach:
            starts.append(now - self.reach)
        return max(0, min(starts, default=now))


def _agreed(
    one: frozenset[str], ones: frozenset[str], other: frozenset[str], others: frozenset[str]
) -> frozenset[str]:
    """Return the names of which both say this, or one does and the other does not name them."""
    return (one | other) - (ones - one) - (others - other)


class Condition(Protocol):
    """A node: a frozen value with two readers that agree for every profile at every instant."""

    @property
    def mentions(self) -> Mentions:
        """Which events and traits the answer depends on."""
        ...

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether one profile's facts meet the condition at `now`: the Python reader."""
        ...

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the boolean over `tables.people` that says the same: the Ibis reader."""
        ...

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return `holds` and `next_change` at the price of one."""
        ...

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return an instant after `now` before which time alone cannot change the answer.

        None when only new facts can. At that instant the answer may still be the same.
        """
        ...

    def sentence(self) -> Text:
        """Return the condition in words."""
        ...

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree, which parses to an equal condition."""
        ...
