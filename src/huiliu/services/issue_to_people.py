"""Coupons that staff issue: to one person, or to everybody in a segment at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.kernel.errors import BadInput, Problem, Refused
from huiliu.kernel.texts import text
from huiliu.ports.world import World
from huiliu.services.issue_coupon import issue_many, issue_one
from huiliu.services.segment_versions import live_segment

__all__ = ["MOST_AT_ONCE", "IssuedMany", "issue_by_hand", "issue_to_segment"]

#: People of a segment that a page issues to while somebody waits; more is a journey's work.
MOST_AT_ONCE: Final = 5_000
_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class IssuedMany:
    """What became of many."""

    n_issued: int = 0
    #: Who had theirs under the same batch before.
    n_before: int = 0
    #: Why -> how many got none.
    refused: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def n_refused(self) -> int:
        """Return how many got none."""
        return sum(self.refused.values())


def issue_by_hand(
    world: World, brand_id: int, coupon: str, profile_id: int, batch: str
) -> IssuedMany:
    """Issue a coupon to one person; the same batch asked again gives no second one.

    Raises:
        Refused: there is none for them.
    """
    done = issue_one(world, brand_id, coupon, profile_id, _key(batch, profile_id))
    return IssuedMany(1, 0) if done.is_new else IssuedMany(0, 1)


def issue_to_segment(
    world: World, brand_id: int, coupon: str, segment: str, batch: str, most: int = MOST_AT_ONCE
) -> IssuedMany:
    """Issue a coupon to everybody who is in a segment now, some hundred a transaction.

    Whoever died on the way begins again with the same batch: nobody gets two.

    Args:
        world: the instance.
        brand_id: whose.
        coupon: slug of the pool.
        segment: slug of the segment.
        batch: what makes this one giving.
        most: people at most; 0 = however many.

    Raises:
        NotFound: there is no such segment.
        BadInput: there are more people in it.
        Refused: there is no such pool.
    """
    live_segment(world, brand_id, segment)
    with world.store.transaction(brand_id) as tx:
        n_members = tx.segments.counts(brand_id).get(segment, 0)
    if most and n_members > most:
        said = text("rewards.segment_too_large", n=n_members, most=most)
        raise BadInput((Problem("segment", said),))
    counts: Counter[str] = Counter()
    after: int | None = None
    while True:
        with world.store.system() as tx:
            people = [one for one, _ in tx.segments.members(brand_id, segment, _CHUNK, after)]
            wanted = [(coupon, one, _key(batch, one)) for one in people]
            done = issue_many(tx, world, brand_id, wanted, world.clock.now())
            tx.log.append([event for one in done for event in one.events])
        for one in done:
            counts[one.refused or ("new" if one.is_new else "before")] += 1
        if counts["coupon_gone"]:
            raise Refused("coupon_gone")
        if len(people) < _CHUNK:
            break
        after = people[-1]
    issued, before = counts.pop("new", 0), counts.pop("before", 0)
    return IssuedMany(issued, before, dict(counts))


def _key(batch: str, profile_id: int) -> str:
    """Return by what one giving to one person is known again."""
    return f"staff:{batch[:80]}:{profile_id}"
