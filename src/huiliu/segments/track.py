"""The pure step of membership: facts and standing so far -> who enters and leaves, when next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from huiliu.kernel.facts import Facts
from huiliu.segments.segment import Segment

__all__ = ["Change", "Standing", "track"]


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
    #: (segment, profile_id) -> when time may change the answer next; None = only facts can.
    due: Mapping[tuple[str, int], int | None]


def track(
    looks: Iterable[tuple[Segment, Facts]], members: Mapping[int, set[str]], now: int
) -> Standing:
    """Return who enters and leaves, and when each pair is to be looked at again.

    Args:
        looks: each segment with the facts of each profile that may have changed for it.
        members: profile_id -> the segments it is in so far.
        now: the instant of the look.
    """
    changes: list[Change] = []
    due: dict[tuple[str, int], int | None] = {}
    for segment, facts in looks:
        profile = facts.profile_id
        belongs = segment.condition.holds(facts, now)
        if belongs != (segment.slug in members.get(profile, ())):
            changes.append(Change(segment.slug, profile, belongs))
        if segment.condition.mentions.rolling:
            due[segment.slug, profile] = segment.condition.next_change(facts, now)
    return Standing(tuple(changes), due)
