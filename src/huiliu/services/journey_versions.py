"""The versions of a journey: who published which, and how many people are in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.ports.world import World

__all__ = ["JourneyVersion", "journey_source", "journey_versions"]

_KIND: Final = "journey"
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class JourneyVersion:
    """One version of a journey."""

    version: int
    at: int
    by: str
    #: People who are in it now.
    n_in_flight: int
    #: What was done with the people in older versions when it went live.
    way: str
    #: done; moving or draining while that goes on.
    state: str


def journey_versions(world: World, brand_id: int, slug: str) -> Sequence[JourneyVersion]:
    """Return every version of a journey, newest first.

    Raises:
        NotFound: there never was such a journey.
    """
    with world.store.transaction(brand_id) as tx:
        documents = tx.documents.versions(brand_id, _KIND, slug)
        published = {
            one.version: one for one in reversed(tx.publications.of(brand_id, _KIND, slug, _MOST))
        }
        standing: Counter[int] = Counter()
        for each in tx.publications.standing(brand_id, slug):
            standing[each.version] += each.n_runs
    found = []
    for one in documents:
        last = published.get(one.version)
        way, state = (last.in_flight, last.state) if last is not None else ("pin", "done")
        found.append(
            JourneyVersion(
                one.version, one.created_at, one.created_by, standing[one.version], way, state
            )
        )
    return found


def journey_source(world: World, brand_id: int, slug: str, version: int = 0) -> str:
    """Return the source of a version; 0 = the one before the newest.

    Raises:
        NotFound: there is no such version.
    """
    with world.store.transaction(brand_id) as tx:
        wanted = version or tx.documents.latest(brand_id, _KIND, slug).version - 1
        if wanted < 1:
            raise NotFound(_KIND, f"{slug} version {wanted}")
        return tx.documents.version(brand_id, _KIND, slug, wanted).source
