"""Which segments an event, a trait or another fact may concern; the others are not looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Final, Protocol, TypeVar

from huiliu.conditions import Mentions, Passing
from huiliu.kernel.facts import Value
from huiliu.segments.segment import Segment

__all__ = ["ADDRESS_EVENTS", "Heard", "Listening", "Numbers"]

#: Some of the segments, by number.
Numbers = frozenset[int]

#: What tells that an address was put on the list of those never written to, or taken off; these
#: events may be nobody's.
ADDRESS_EVENTS: Final = frozenset({"Address Suppressed", "Address Restored"})

_NONE: Final[Numbers] = frozenset()
_NOBODY: Final = (_NONE, _NONE)
#: Different sets of segments that are remembered.
_MOST_KEPT: Final = 1_000

_Key = TypeVar("_Key")


class Heard(Protocol):
    """What segments ask of an event, live or in virtual time."""

    @property
    def name(self) -> str:
        """Its canonical name."""
        ...

    @property
    def properties(self) -> Mapping[str, Value]:
        """What it carried."""
        ...

    @property
    def traits(self) -> Mapping[str, Value]:
        """The traits that it set."""
        ...


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
        self.number = {segment.slug: n for n, segment in enumerate(self.segments)}
        self._events = {name: _Hearing(name, numbered) for one in asked for name in one.events}
        for name in ADDRESS_EVENTS if self.identifiers else ():
            self._events[name] = _Hearing(name, numbered, self.identifiers)
        self._asked: dict[Numbers, tuple[tuple[Segment, ...], Mentions]] = {}

    def of_event(self, one: Heard) -> tuple[Numbers, Numbers]:
        """Return the segments that an event, or a trait that it set, may let in, and may let out.

        An event that passes none of the filters of a segment, or that can only let in who is in
        already, need not be looked at.
        """
        hearing = self._events.get(one.name)
        entering, leaving = hearing.moves(one) if hearing is not None else _NOBODY
        if one.traits:
            either = self.of_traits(one.traits)
            return entering | either, leaving | either
        return entering, leaving

    def named(self, slugs: Iterable[str]) -> Numbers:
        """Return the numbers of segments; those that are live no more have none."""
        number = self.number
        return frozenset([number[slug] for slug in slugs if slug in number])

    def of_traits(self, names: Iterable[str]) -> Numbers:
        """Return the segments that mention one of the traits."""
        return reduce(or_, (self._traits.get(name, _NONE) for name in names), _NONE)

    def of_tags(self, slugs: Iterable[str]) -> Numbers:
        """Return the segments that mention one of the tags."""
        return reduce(or_, (self._tags.get(slug, _NONE) for slug in slugs), _NONE)

    def of_facts(self, changed: Mentions) -> Numbers:
        """Return the segments that mention one of the tags, journeys or other such facts."""
        found = [self.of_tags(changed.tags)]
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


class _Hearing:
    """What the events of one name may change."""

    __slots__ = ("_filtered", "_plain")

    def __init__(
        self, name: str, numbered: Iterable[tuple[int, Mentions]], besides: Numbers = _NONE
    ) -> None:
        """Sort the segments by what they ask of such events."""
        entering, leaving = set(besides), set(besides)
        filtered: dict[Passing, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
        for number, one in numbered:
            if name not in one.events:
                continue
            filters = [passing for of, passing in one.filtered if of == name]
            into = [filtered[passing] for passing in filters] or [(entering, leaving)]
            for lets_in, lets_out in into:
                if name not in one.lowers:
                    lets_in.add(number)
                if name not in one.raises:
                    lets_out.add(number)
        self._plain = frozenset(entering), frozenset(leaving)
        self._filtered = tuple(
            (passing, frozenset(lets_in), frozenset(lets_out))
            for passing, (lets_in, lets_out) in filtered.items()
        )

    def moves(self, one: Heard) -> tuple[Numbers, Numbers]:
        """Return the segments that one event may let its person into, and out of."""
        if not self._filtered:
            return self._plain
        entering, leaving = self._plain
        properties = one.properties
        for passing, lets_in, lets_out in self._filtered:
            if passing.hold(properties):
                entering |= lets_in
                leaving |= lets_out
        return entering, leaving


def _gathered(pairs: Iterable[tuple[_Key, int]]) -> dict[_Key, Numbers]:
    """Return key -> the numbers that stand beside it."""
    found: dict[_Key, set[int]] = defaultdict(set)
    for key, number in pairs:
        found[key].add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}
