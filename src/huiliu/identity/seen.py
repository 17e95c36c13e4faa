"""Collects what a batch of events says of each person, so that each person is written once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from huiliu.identity.traits import Dated, fold, told_traits
from huiliu.kernel.facts import Value
from huiliu.kernel.times import MINUTE

__all__ = ["LAST_SEEN_STEP", "Addition", "Seen", "Standing"]

#: `last_seen_at` is moved on in steps of at least this, so that an active person is not written
#: with each event; the last event itself is in the log.
LAST_SEEN_STEP = 5 * MINUTE

#: What stands of a person: first seen, last seen, zone, locale.
Standing: TypeAlias = tuple[int, int, "str | None", "str | None"]


@dataclass(frozen=True, slots=True)
class Addition:
    """What a batch adds to one person."""

    profile_id: int
    first_at: int
    last_at: int
    traits: Mapping[str, Dated]


class _Person:
    """One person's part of the batch."""

    __slots__ = ("first_at", "last_at", "told", "told_at", "told_position", "traits")

    def __init__(self, at: int) -> None:
        """Begin with one event."""
        self.first_at = at
        self.last_at = at
        self.traits: dict[str, Dated] | None = None
        #: The latest (zone, locale) of a context.
        self.told: tuple[str | None, str | None] | None = None
        self.told_at = 0
        self.told_position = 0


class Seen:
    """Adds events up by person."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._people: dict[int, _Person] = {}

    @property
    def people(self) -> list[int]:
        """Return everybody who was seen."""
        return list(self._people)

    def see(self, profile_id: int, at: int) -> None:
        """Let a person have been there at an instant."""
        person = self._people.get(profile_id)
        if person is None:
            self._people[profile_id] = _Person(at)
        elif at > person.last_at:
            person.last_at = at
        elif at < person.first_at:
            person.first_at = at

    def set(self, profile_id: int, traits: Mapping[str, Value], at: int, position: int) -> None:
        """Let an event set traits of a person who was seen."""
        person = self._people[profile_id]
        if person.traits is None:
            person.traits = {}
        fold(person.traits, traits, at, position)
        fold(person.traits, told_traits(traits, {}), at, position)

    def tell(self, profile_id: int, context: Mapping[str, Value], at: int, position: int) -> None:
        """Let a context tell the zone and language of a person who was seen."""
        person = self._people[profile_id]
        if person.told is None or (at, position) >= (person.told_at, person.told_position):
            zone, locale = context.get("timezone"), context.get("locale")
            person.told = _told(
                zone if isinstance(zone, str) else None,
                locale if isinstance(locale, str) else None,
            )
            person.told_at, person.told_position = at, position

    def additions(self, standing: Mapping[int, Standing]) -> Iterator[Addition]:
        """Yield what must be written, given what stands.

        A context that tells the zone and locale that stand already changes nothing: it does not
        renew their time. Nor does the context of an event older than what was seen last: where a
        phone was yesterday says nothing about today.
        """
        for profile_id, person in self._people.items():
            stands = standing.get(profile_id)
            traits = person.traits or {}
            if person.told is not None and (stands is None or person.told_at >= stands[1]):
                known = stands[2:] if stands else (None, None)
                for name, value, old in zip(("zone", "locale"), person.told, known, strict=True):
                    if value is not None and value != old:
                        fold(traits, {name: value}, person.told_at, person.told_position)
            if (
                stands is None or traits or person.first_at < stands[0]
                or person.last_at >= stands[1] + LAST_SEEN_STEP
            ):  # fmt: skip
                yield Addition(profile_id, person.first_at, person.last_at, traits)


@lru_cache(maxsize=4096)
def _told(zone: str | None, locale: str | None) -> tuple[str | None, str | None]:
    """Return the zone and locale that can be used."""
    told = told_traits({}, {"timezone": zone, "locale": locale})
    found = told.get("zone"), told.get("locale")
    return (str(found[0]) if found[0] else None, str(found[1]) if found[1] else None)
