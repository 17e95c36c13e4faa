"""Two audiences beside each other: versions, definitions or moments; who is in which of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiliu.ports.world import World
from huiliu.segments import Segment, TreeChange, differences
from huiliu.services.audience import who

__all__ = ["SegmentDiff", "Side", "diff_segments"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: a definition, as of a moment."""

    segment: Segment
    #: None = now.
    at: int | None = None


@dataclass(frozen=True, slots=True)
class SegmentDiff:
    """Who is in one of them and not in the other, and what their definitions say differently."""

    n_before: int
    n_after: int
    n_staying: int
    #: Profile ids, ascending: in the second and not in the first, and the other way round.
    entering: Sequence[int]
    leaving: Sequence[int]
    changes: Sequence[TreeChange]


def diff_segments(world: World, brand_id: int, before: Side, after: Side) -> SegmentDiff:
    """Return how the second differs from the first, in people and in meaning."""
    first, second = (
        set(who(world, brand_id, side.segment.condition, side.at)) for side in (before, after)
    )
    return SegmentDiff(
        n_before=len(first),
        n_after=len(second),
        n_staying=len(first & second),
        entering=sorted(second - first),
        leaving=sorted(first - second),
        changes=differences(before.segment, after.segment),
    )
