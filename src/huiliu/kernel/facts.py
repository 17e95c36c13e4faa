"""What a condition may ask about one profile, and the warehouse columns that say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from huiliu.kernel.events import Event

__all__ = ["NO_FACTS", "EventFact", "Facts", "Projected", "Scalar", "Value"]

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


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a condition may ask about one profile at one moment."""

    profile_id: int
    #: Latest value of each trait by event time; personal values are vault tokens.
    traits: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    #: By canonical name, oldest first by (occurred_at, position).
    events: Mapping[str, Sequence[EventFact]] = field(default_factory=lambda: MappingProxyType({}))
    first_seen_at: int = 0


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
