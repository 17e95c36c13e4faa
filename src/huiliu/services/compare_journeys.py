"""What a version or a draft of a journey says differently from another version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput
from huiliu.ports.world import World
from huiliu.services.compare_documents import Change, compare_sources
from huiliu.services.live import surroundings

__all__ = ["compare_versions", "compare_with"]

_KIND: Final = "journey"


def compare_versions(
    world: World, brand_id: int, slug: str, old: int, new: int
) -> Sequence[Change]:
    """Return what a version says differently from another.

    Raises:
        NotFound: there is no such version.
    """
    with world.store.system() as tx:
        before = tx.documents.version(brand_id, _KIND, slug, old).source
        after = tx.documents.version(brand_id, _KIND, slug, new).source
        return compare_sources(_KIND, before, after, surroundings(tx, world, brand_id))


def compare_with(world: World, brand_id: int, slug: str, source: str) -> Sequence[Change]:
    """Return what a source says differently from the newest version.

    Raises:
        NotFound: there is no such journey.
        BadInput: the source cannot be read.
    """
    loaded = load(source)
    if loaded.problems:
        raise BadInput(loaded.problems)
    with world.store.system() as tx:
        newest = tx.documents.latest(brand_id, _KIND, slug).source
        return compare_sources(_KIND, newest, source, surroundings(tx, world, brand_id))
