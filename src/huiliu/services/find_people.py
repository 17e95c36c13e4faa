"""Find people: those seen last, or the one whom an id or identifier names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiliu.governance.normalisation import normalise
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import parse_profile_id
from huiliu.ports import ProfileRow, World

__all__ = ["PeoplePage", "find_person", "recent_people"]

_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of people, last seen first."""

    rows: Sequence[ProfileRow]
    n_people: int
    #: What the next page begins behind: (last_seen_at, profile_id); None on the last.
    next: tuple[int, int] | None


def recent_people(world: World, brand_id: int, before: tuple[int, int] | None = None) -> PeoplePage:
    """Return people, last seen first."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.console.people(brand_id, _PER_PAGE + 1, before)
        n_people = tx.console.n_people(brand_id)
    shown = rows[:_PER_PAGE]
    last = shown[-1] if len(rows) > _PER_PAGE else None
    return PeoplePage(shown, n_people, (last.last_seen_at, last.profile_id) if last else None)


def find_person(world: World, brand_id: int, asked: str) -> int | None:
    """Return the present profile that an id, or the value of any identifier, belongs to.

    The value is hashed as it was when it arrived: it is never compared, or kept, in the clear.
    """
    asked = asked.strip()
    profile = parse_profile_id(asked)
    with world.store.transaction(brand_id) as tx:
        if profile is not None:
            present = tx.people.present(brand_id, [profile]).get(profile, profile)
            return present if tx.people.profiles(brand_id, [present]) else None
        keys = [
            world.secrets.identifier_key(brand_id, int(type_), value)
            for type_ in IdentifierType
            if (value := normalise(type_, asked)) is not None
        ]
        found = tx.people.resolve(brand_id, keys)
    # Strongest identifier first: that is the order in which the keys were made.
    return next((found[key] for key in keys if key in found), None)
