"""Decides whose event it is: deterministic matching by precedence, with a limit per type.

The identifiers of one event belong together. While no limit is reached the groups are the
connected components of that relation, so the order of events does not matter. A merge that would
lift a count above its limit is refused and listed; the same log always gives the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from huiliu.kernel.events import Identifier, IdentifierType
from huiliu.kernel.ids import position_from_profile_id, profile_id_from_position

__all__ = ["LIMITS", "Attached", "Merge", "RefusedMerge", "Resolver", "Sighting", "elder"]

#: How many distinct identifiers of a type one profile may hold.
LIMITS: Mapping[IdentifierType, int] = MappingProxyType({
    IdentifierType.USER_ID: 1,
    IdentifierType.MEMBER_CARD: 3,
    IdentifierType.WECHAT_UNIONID: 1,
    IdentifierType.PHONE: 3,
    IdentifierType.EMAIL: 5,
    IdentifierType.WECHAT_OPENID: 10,
    IdentifierType.DEVICE_TOKEN: 50,
    IdentifierType.ANONYMOUS_ID: 1000,
    IdentifierType.WECOM_USERID: 10,
    IdentifierType.DOUYIN_OPENID: 10,
})  # fmt: skip

_BY_NUMBER = (0, *(LIMITS[kind] for kind in IdentifierType))
_USER_ID = int(IdentifierType.USER_ID)


class Sighting(msgspec.Struct, frozen=True):
    """What matching needs of one event."""

    partition: int
    offset: int
    occurred_at: int
    identifiers: tuple[Identifier, ...]
    #: An alias call: the brand says that two user ids are one person, so their limit does not hold.
    explicit: bool = False

    @property
    def position(self) -> int:
        """Return where the event stands in the log, as one integer."""
        return self.partition << 48 | self.offset


@dataclass(frozen=True, slots=True)
class Attached:
    """An identifier that was met for the first time and now belongs to a profile."""

    identifier: Identifier
    #: The profile it came with for ever; where that is now, `Resolver.present` says.
    came_with: int
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class Merge:
    """Two profiles turned out to be one person; the one first seen earlier stays."""

    gone: int
    into: int
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class RefusedMerge:
    """An identifier pointed to another profile, and the two may not become one."""

    profile_id: int
    identifier: Identifier
    #: Whom the identifier pointed to; 0 = nobody yet, it was one too many of its type.
    other: int
    #: Whose limit would be passed; 0 = an operator took the two apart.
    limit_type: int
    sighting: Sighting


def elder(one: int, other: int) -> tuple[int, int]:
    """Return the profile that was first seen earlier, then the other one."""
    if position_from_profile_id(one) <= position_from_profile_id(other):
        return one, other
    return other, one


class Resolver:
    """Matches events one after another, in log order, over a part of what is known.

    It must be given the place of every identifier it will meet, and the counts and bans of every
    profile that an event could change (see `needs`).
    """

    def __init__(
        self,
        places: Mapping[bytes, tuple[int, int]],
        counts: Mapping[int, Mapping[int, int]] | None = None,
        apart: Iterable[tuple[int, int]] = (),
    ) -> None:
        """Start from what is known.

        Args:
            places: identifier key -> (profile it came with, present profile).
            counts: present profile -> identifier type -> how many distinct ones it holds.
            apart: pairs of present profiles that must stay two.
        """
        self._came_with = {key: place[0] for key, place in places.items()}
        self._moved = {came: now for came, now in places.values() if came != now}
        self._counts: dict[int, list[int]] = {}
        for profile, held in (counts or {}).items():
            self._counts[profile] = [held.get(number, 0) for number in range(len(_BY_NUMBER))]
        self._apart: dict[int, set[int]] = {}
        for one, other in apart:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)
        #: What was decided, in order.
        self.attached: list[Attached] = []
        self.merges: list[Merge] = []
        self.refused: list[RefusedMerge] = []
        #: Profiles that did not exist before, in order.
        self.minted: list[int] = []

    @staticmethod
    def needs(sightings: Iterable[Sighting], places: Mapping[bytes, tuple[int, int]]) -> set[int]:
        """Return the present profiles whose counts and bans these events may ask for."""
        found: set[int] = set()
        for sighting in sightings:
            here = [places.get(each.key) for each in sighting.identifiers]
            present = {place[1] for place in here if place is not None}
            if len(present) > 1 or (present and None in here):
                found |= present
        return found

    def present(self, profile: int) -> int:
        """Return where a profile is now; itself while it was never merged."""
        while profile in self._moved:
            profile = self._moved[profile]
        return profile

    def resolve(self, sighting: Sighting) -> int:
        """Return the profile that the event came with: that of its strongest known identifier.

        The present person is `present()` of it. There must be at least one identifier.
        """
        known = self._came_with
        identifiers = sighting.identifiers
        if len(identifiers) == 1:
            only = known.get(identifiers[0].key)
            if only is not None:
                return only
        else:
            identifiers = tuple(sorted(identifiers, key=_type_of))
            places = [known.get(each.key) for each in identifiers]
            strongest = places[0]
            if strongest is not None:
                here = self.present(strongest)
                if all(at is not None and self.present(at) == here for at in places):
                    return strongest
        return self._match(sighting, identifiers)

    def _match(self, sighting: Sighting, identifiers: tuple[Identifier, ...]) -> int:
        """Attach what is new and merge what may be, strongest first; return whom it came with."""
        draft = _Draft(sighting)
        for each in identifiers:
            place = self._came_with.get(each.key)
            if place is None:
                self._meet_new(draft, each)
            else:
                self._meet_known(draft, each, place)
        if not draft.here:
            draft.came_with = draft.here = draft.minted
            self.minted.append(draft.minted)
        held = self._counts.setdefault(draft.here, [0] * len(_BY_NUMBER))
        for each in draft.fresh:
            self._came_with[each.key] = draft.came_with
            held[each.type] += 1
            self.attached.append(Attached(each, draft.came_with, sighting))
        return draft.came_with

    def _meet_new(self, draft: _Draft, identifier: Identifier) -> None:
        """Let the event's person have an identifier that nobody had, if it is not one too many."""
        if identifier in draft.fresh:
            return
        number = identifier.type
        n = self._held(draft.here)[number] + draft.counts[number]
        lifted = draft.sighting.explicit and number == _USER_ID
        if n and n >= _BY_NUMBER[number] and not lifted:
            self._refuse(draft, identifier, 0, number)
        else:
            draft.fresh.append(identifier)
            draft.counts[number] += 1

    def _meet_known(self, draft: _Draft, identifier: Identifier, place: int) -> None:
        """Make the event's person and an identifier's person one, unless that is refused."""
        other = self.present(place)
        if other == draft.here:
            return
        obstacle = self._obstacle(draft, other)
        if obstacle is not None:
            self._refuse(draft, identifier, other, obstacle)
        elif draft.here:
            draft.here = self._merge(draft.sighting, draft.here, other)
        else:
            draft.came_with, draft.here = place, other

    def _held(self, profile: int) -> list[int]:
        """Return how many identifiers of each type a profile holds."""
        return self._counts.get(profile) or [0] * len(_BY_NUMBER)

    def _obstacle(self, draft: _Draft, other: int) -> int | None:
        """Return why two may not be one: 0 = kept apart, a type = its limit; None = they may."""
        if draft.here and other in self._apart.get(draft.here, ()):
            return 0
        ours, theirs = self._held(draft.here), self._held(other)
        for number in range(1, len(_BY_NUMBER)):
            mine = ours[number] + draft.counts[number]
            lifts = mine and theirs[number] and mine + theirs[number] > _BY_NUMBER[number]
            if lifts and not (draft.sighting.explicit and number == _USER_ID):
                return number
        return None

    def _merge(self, sighting: Sighting, one: int, other: int) -> int:
        """Let the elder of two present profiles take the younger in; return the elder."""
        into, gone = elder(one, other)
        self._moved[gone] = into
        ours = self._held(into)
        self._counts[into] = [a + b for a, b in zip(ours, self._held(gone), strict=True)]
        self._counts.pop(gone, None)
        for banned in self._apart.pop(gone, set()):
            self._apart[banned].discard(gone)
            self._apart[banned].add(into)
            self._apart.setdefault(into, set()).add(banned)
        self.merges.append(Merge(gone, into, sighting))
        return into

    def _refuse(self, draft: _Draft, identifier: Identifier, other: int, limit_type: int) -> None:
        """List a merge that may not be."""
        kept = draft.here or draft.minted
        self.refused.append(RefusedMerge(kept, identifier, other, limit_type, draft.sighting))


class _Draft:
    """The person that one event is about, while its identifiers are met one after another."""

    __slots__ = ("came_with", "counts", "fresh", "here", "minted", "sighting")

    def __init__(self, sighting: Sighting) -> None:
        """Start as nobody."""
        self.sighting = sighting
        #: 0 = nobody yet: every identifier so far was new.
        self.came_with = 0
        self.here = 0
        self.fresh: list[Identifier] = []
        self.counts = [0] * len(_BY_NUMBER)
        #: Who it will be if nobody is found.
        self.minted = profile_id_from_position(sighting.partition, sighting.offset)


def _type_of(identifier: Identifier) -> int:
    """Return the rank of an identifier; sorting keeps the order inside one type."""
    return identifier.type
