"""Which segments an event, a trait or another fact may concern; the others are not looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Final, TypeVar

from huiliu.conditions import Mentions
from huiliu.kernel.facts import Projected
from huiliu.segments.segment import Segment

__all__ = ["ADDRESS_EVENTS", "Listening", "Numbers"]

#: Some of the segments, by number.
Numbers = frozenset[int]

#: What tells that an address was put on the list of those never written to, or taken off; these
#: events may be nobody's.
ADDRESS_EVENTS: Final = frozenset({"Address Suppressed", "Address Restored"})

_NONE: Final[Numbers] = frozenset()
#: Different sets of segments that are remembered.
_MOST_KEPT: Final = 1_000

_Key = TypeVar("_Key")


class Listening:
    """An index over the live segments of a brand, made once for each change of documents."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        """Note what each segment mentions."""
        self.segments = tuple(segments)
        asked = [segment.condition.mentions for segment in self.segments]
        numbered = tuple(enumerate(asked))
        #: Every segment; those that time alone may change; those that ask for more than events.
        self.every = frozenset(range(len(self.segments)))
        self.timed = frozenset(number for number, one in numbered if one.moves_with_time)
        self.identifiers = frozenset(number for number, one in numbered if one.identifiers)
        self.touch = frozenset(number for number, one in numbered if one.touch)
        self.journeys = _gathered((slug, n) for n, one in numbered for slug in one.journeys)
        self._tags = _gathered((slug, n) for n, one in numbered for slug in one.tags)
        self._traits = _gathered((name, n) for n, one in numbered for name in one.traits)
        self._events = _gathered((name, n) for n, one in numbered for name in one.events)
        for name in ADDRESS_EVENTS if self.identifiers else ():
            self._events[name] = self._events.get(name, _NONE) | self.identifiers
        self._asked: dict[Numbers, tuple[tuple[Segment, ...], Mentions]] = {}

    def of_event(self, one: Projected) -> Numbers:
        """Return the segments that mention an event, or a trait that it set."""
        found = self._events.get(one.name, _NONE)
        for name in one.traits:
            found |= self._traits.get(name, _NONE)
        return found

    def of_traits(self, names: Iterable[str]) -> Numbers:
        """Return the segments that mention one of the traits."""
        return reduce(or_, (self._traits.get(name, _NONE) for name in names), _NONE)

    def of_facts(self, changed: Mentions) -> Numbers:
        """Return the segments that mention one of the tags, journeys or other such facts."""
        found = [self._tags.get(slug, _NONE) for slug in changed.tags]
        found += [self.journeys.get(slug, _NONE) for slug in changed.journeys]
        found += [self.identifiers] if changed.identifiers else []
        found += [self.touch] if changed.touch else []
        return reduce(or_, found, _NONE)

    def asked(self, numbers: Numbers) -> tuple[tuple[Segment, ...], Mentions]:
        """Return these segments, in order, and all that they mention together."""
        found = self._asked.get(numbers)
        if found is None:
            segments = tuple(self.segments[number] for number in sorted(numbers))
            mentions = (segment.condition.mentions for segment in segments)
            found = segments, reduce(or_, mentions, Mentions())
            if len(self._asked) >= _MOST_KEPT:
                self._asked.clear()
            self._asked[numbers] = found
        return found


def _gathered(pairs: Iterable[tuple[_Key, int]]) -> dict[_Key, Numbers]:
    """Return key -> the numbers that stand beside it."""
    found: dict[_Key, set[int]] = defaultdict(set)
    for key, number in pairs:
        found[key].add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}
