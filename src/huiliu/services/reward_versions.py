"""The versions of a promotion or a pool: looked at, and compared field by field."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.kernel.errors import NotFound
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.compare_documents import Change, compare_sources
from huiliu.services.live import surroundings

__all__ = ["compare_versions", "reward_source", "reward_versions"]


def reward_source(world: World, brand_id: int, kind: str, slug: str) -> Document:
    """Return the newest version of one in use; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        found = tx.documents.latest(brand_id, kind, slug)
    if found.state == "archived":
        raise NotFound(kind, slug)
    return found


def reward_versions(world: World, brand_id: int, kind: str, slug: str) -> Sequence[Document]:
    """Return every version, the newest first; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return tx.documents.versions(brand_id, kind, slug)


def compare_versions(
    world: World, brand_id: int, named: tuple[str, str], old: int, new: int
) -> Sequence[Change]:
    """Return what a later version says differently.

    Args:
        world: the instance.
        brand_id: whose.
        named: kind and slug.
        old: the earlier version.
        new: the later one.

    Raises:
        NotFound: there is no such version.
    """
    with world.store.system() as tx:
        before, after = (tx.documents.version(brand_id, *named, one).source for one in (old, new))
        return compare_sources(named[0], before, after, surroundings(tx, world, brand_id))
