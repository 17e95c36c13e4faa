"""What a condition may ask about one profile, and the warehouse columns that say the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from huiliu.kernel.events import Event

__all__ = [
    "NO_FACTS",
    "NO_TOUCH",
    "Cut",
    "EventFact",
    "Facts",
    "Projected",
    "RunFact",
    "Scalar",
    "TagFact",
    "Touch",
    "Value",
]

Scalar: TypeAlias = str | int | float | bool | None
#: A trait or property as it arrived: JSON without surprises.
Value: TypeAlias = "Scalar | list[Value] | dict[str, Value]"


class EventFact(msgspec.Struct, frozen=True, gc=False):
    """One event of a profile, as conditions see it.

    Made by the ten thousand: a struct costs a tenth of a frozen dataclass, and as JSON holds no
    circles, the garbage collector need not walk through them.
    """

    #: The canonical name: synonyms are already understood.
    name: str
    #: When it happened, in microseconds.
    occurred_at: int
    #: Where it stands in the log; breaks ties.
    position: int
    properties: Mapping[str, Value]


class Touch(msgspec.Struct, frozen=True, gc=False):
    """Where a person came from, as the contexts of their own events say."""

    #: Of the first and the last event that named a channel, by (occurred_at, position).
    first_channel: str | None = None
    last_channel: str | None = None
    #: `device`, `os` and `app` of the last event whose context had a device or an os.
    device: Mapping[str, Value] = MappingProxyType({})


#: Of whom no event named a channel or a device.
NO_TOUCH = Touch()


class TagFact(msgspec.Struct, frozen=True, gc=False):
    """The value that a tag stands at."""

    value: Value
    #: Instants in microseconds.
    set_at: int
    #: From this instant on it stands no more; None = it stands until it is replaced.
    expires_at: int | None = None


class RunFact(msgspec.Struct, frozen=True, gc=False):
    """One passage through a journey, whatever became of it."""

    journey: str
    entered_at: int
    #: None = it is under way.
    ended_at: int | None
    #: Where it stands; of no meaning once it has ended.
    node: str


class Cut(msgspec.Struct, frozen=True, gc=False):
    """The last one of the top N of a tag, as of a refresh: who has more is among them.

    Of equal values those of smaller ids come first, so that N are N.
    """

    value: float
    profile_id: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a condition may ask about one profile at one moment."""

    profile_id: int
    #: Latest value of each trait by event time; personal values are vault tokens.
    traits: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    #: By canonical name, oldest first by (occurred_at, position).
    events: Mapping[str, Sequence[EventFact]] = field(default_factory=lambda: MappingProxyType({}))
    first_seen_at: int = 0
    #: Word of an identifier's type -> the keyed hashes that the person holds, in hexadecimal.
    identifiers: Mapping[str, Collection[str]] = field(default_factory=lambda: MappingProxyType({}))
    #: Those of the hashes that must never be written to.
    suppressed: Collection[str] = frozenset()
    touch: Touch = NO_TOUCH
    #: By slug; a tag that has no value is absent, one whose value expired is here still.
    tags: Mapping[str, TagFact] = field(default_factory=lambda: MappingProxyType({}))
    #: Of the journeys that were asked for, in any order.
    runs: Sequence[RunFact] = ()
    #: (tag, N) -> the published cut point of its top N; the same for everybody.
    cuts: Mapping[tuple[str, int], Cut] = field(default_factory=lambda: MappingProxyType({}))


#: A profile of whom nothing is known.
NO_FACTS = Facts(0)


class Projected(msgspec.Struct, frozen=True):
    """One event after its person was found: what segments and journeys react to."""

    event: Event
    #: The present profile.
    profile_id: int
    #: The canonical name.
    name: str
    #: What it carried: properties of a track, page or screen; empty for the rest.
    properties: Mapping[str, Value]
    #: The traits it set; empty for the rest.
    traits: Mapping[str, Value]
    #: False for historical and too-late events: facts change, nothing triggers.
    triggers: bool
