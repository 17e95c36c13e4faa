"""Why a person is in a segment or not, part by part, and when that may change by itself."""

from __future__ import annotations

from dataclasses import dataclass

from huiliu.conditions.explain import Part, explain
from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.segments import Segment
from huiliu.services.facts_at import facts_at

__all__ = ["Explained", "explain_segment"]


@dataclass(frozen=True, slots=True)
class Explained:
    """One person's answer to a segment."""

    #: The present profile.
    profile_id: int
    at: int
    holds: bool
    #: Before this instant time alone cannot change the answer; None = only new facts can.
    next_change: int | None
    part: Part


def explain_segment(
    world: World, brand_id: int, segment: Segment, profile_id: int, at: int | None = None
) -> Explained:
    """Return why a person is in a segment or not, now or as of an instant.

    Raises:
        NotFound: there is no such person, or there was none yet.
    """
    moment = world.clock.now() if at is None else at
    with world.store.transaction(brand_id) as tx:
        present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
    facts = facts_at(world, brand_id, present, segment.condition.mentions, at)
    if facts is None:
        raise NotFound("profile", show_profile_id(profile_id))
    part = explain(segment.condition, facts, moment)
    return Explained(present, moment, part.holds, part.next_change, part)
