"""What is behind a number of people, as pages show it: channels, other segments, a few people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.conditions import Condition
from huiliu.kernel.errors import EngineFailed, Unavailable
from huiliu.ports import ProfileRow
from huiliu.services.audience import count
from huiliu.services.look_at_audience import (
    MOST_COMBINED,
    Combination,
    Overlap,
    combine,
    overlaps,
    reach,
    sample_people,
)
from huiliu.services.look_at_segments import list_segments
from huiliu.web.doors import Visit

__all__ = ["Behind", "look_behind"]


@dataclass(frozen=True, slots=True)
class Behind:
    """All that the page tells; `is_away` where the warehouse does not answer."""

    n: int = 0
    #: Channel -> how many of the people it reaches.
    reach: Mapping[str, int] | None = None
    overlaps: Sequence[Overlap] = ()
    #: Slugs of the segments that were laid over the audience.
    sets: Sequence[str] = ()
    combinations: Sequence[Combination] = ()
    #: Slug -> names by language, of every live segment.
    names: Mapping[str, Mapping[str, str]] | None = None
    people: Sequence[ProfileRow] = ()
    is_away: bool = False


def look_behind(visit: Visit, condition: Condition, slug: str, chosen: Sequence[str]) -> Behind:
    """Return what is behind a condition; without a choice the closest segments are laid over it."""
    world, brand_id = visit.world, visit.brand_id
    names = {row.document.slug: row.name for row in list_segments(world, brand_id)}
    try:
        shared = overlaps(world, brand_id, condition, slug)
        closest = [one.slug for one in shared if one.slug in names][: MOST_COMBINED - 1]
        sets = [one for one in chosen if one in names and one != slug][:MOST_COMBINED] or closest
        return Behind(
            n=count(world, brand_id, condition),
            reach=reach(world, brand_id, condition, sorted(world.channels)),
            overlaps=[one for one in shared if one.slug in names],
            sets=sets,
            combinations=combine(world, brand_id, condition, sets) if sets else (),
            names=names,
            people=sample_people(world, brand_id, condition),
        )
    except (Unavailable, EngineFailed):
        return Behind(is_away=True)
