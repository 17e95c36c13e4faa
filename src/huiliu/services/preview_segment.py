"""What applying a segment would change: who enters, who leaves, also where others ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.kernel.errors import NotFound
from huiliu.ports.world import World
from huiliu.segments import Segment, TreeChange, differences
from huiliu.services.apply_segment import redefine
from huiliu.services.audience import read_segment
from huiliu.services.fill_segment import ask_everybody
from huiliu.services.segment_versions import live_segment

__all__ = ["Dependent", "SegmentPreview", "preview_segment"]


@dataclass(frozen=True, slots=True)
class Dependent:
    """A segment that asks for the one to be changed."""

    slug: str
    name: Mapping[str, str]
    n_entering: int
    n_leaving: int


@dataclass(frozen=True, slots=True)
class SegmentPreview:
    """What would be so after applying; nothing was written."""

    segment: Segment
    #: True: no segment of this name is in use.
    is_new: bool
    n_before: int
    n_after: int
    #: Profile ids, ascending.
    entering: Sequence[int]
    leaving: Sequence[int]
    #: What the definition says differently; empty for a new one.
    changes: Sequence[TreeChange]
    dependents: Sequence[Dependent]


def preview_segment(world: World, brand_id: int, source: str | bytes) -> SegmentPreview:
    """Return who would enter and leave if a segment were applied now.

    Raises:
        BadInput: with every problem, its path and line.
        Unavailable: the warehouse does not answer.
    """
    segment = read_segment(world, brand_id, source)
    before = _before(world, brand_id, segment.slug)
    planned = redefine(world, brand_id, (segment,))
    answers = ask_everybody(world, brand_id, planned.every)
    with world.store.transaction(brand_id) as tx:
        members = [tx.segments.member_ids(brand_id, one.slug) for one in planned.every]
    pairs = list(zip(answers, members, strict=True))
    own, had = pairs[0]
    return SegmentPreview(
        segment=segment,
        is_new=before is None,
        n_before=len(had),
        n_after=len(own.belongs),
        entering=sorted(own.belongs - had),
        leaving=sorted(had - own.belongs),
        changes=() if before is None else differences(before, segment),
        dependents=[
            Dependent(
                one.segment.slug, one.segment.name, len(one.belongs - was), len(was - one.belongs)
            )
            for one, was in pairs[1:]
        ],
    )


def _before(world: World, brand_id: int, slug: str) -> Segment | None:
    """Return the segment of that name that is in use."""
    try:
        return live_segment(world, brand_id, slug)
    except NotFound:
        return None
