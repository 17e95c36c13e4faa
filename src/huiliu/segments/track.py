"""The pure step of membership: facts and standing so far -> who enters and leaves, when next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.facts import Facts
from huiliu.segments.segment import Segment

__all__ = ["Change", "Standing", "track"]

#: Later than any instant.
_NEVER: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class Change:
    """One profile entering or leaving one segment."""

    segment: str
    profile_id: int
    #: True = enters, False = leaves.
    enters: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What follows from looking at some profiles at one instant."""

    changes: tuple[Change, ...]
    #: profile_id -> when time may first change one of the answers; absent = only facts can.
    due: Mapping[int, int]


def track(
    looks: Iterable[tuple[Segment, Facts]], members: Mapping[int, set[str]], now: int
) -> Standing:
    """Return who enters and leaves, and when each profile is to be looked at again.

    Args:
        looks: each segment with the facts of each profile that may have changed for it.
        members: profile_id -> the segments it is in so far.
        now: the instant of the look.
    """
    changes: list[Change] = []
    due: dict[int, int] = {}
    profile, inside = -1, set[str]()
    for segment, facts in looks:
        # Looks come person by person, so whom it is about mostly stays the same.
        if facts.profile_id != profile:
            profile = facts.profile_id
            inside = members.get(profile) or set()
        belongs, change = segment.condition.look(facts, now)
        if belongs != (segment.slug in inside):
            changes.append(Change(segment.slug, profile, belongs))
        if change is not None and change < due.get(profile, _NEVER):
            due[profile] = change
    return Standing(tuple(changes), due)
