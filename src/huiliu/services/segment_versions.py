"""The versions of a segment: looked at, compared, and one of them made the newest again."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.kernel.errors import NotFound
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.segments import Segment
from huiliu.services.apply_segment import Applied
from huiliu.services.audience import read_segment
from huiliu.services.publish import publish_segment

__all__ = ["live_segment", "roll_back", "version_of", "versions"]

_KIND = "segment"


def versions(world: World, brand_id: int, slug: str) -> Sequence[Document]:
    """Return every version of a segment, newest first.

    Raises:
        NotFound: there never was such a segment.
    """
    with world.store.transaction(brand_id) as tx:
        return tx.documents.versions(brand_id, _KIND, slug)


def live_segment(world: World, brand_id: int, slug: str) -> Segment:
    """Return the newest version of a segment in use.

    Raises:
        NotFound: there is no such segment, or it was removed.
    """
    with world.store.transaction(brand_id) as tx:
        document = tx.documents.latest(brand_id, _KIND, slug)
    if document.state == "archived":
        raise NotFound(_KIND, slug)
    return read_segment(world, brand_id, document.source)


def version_of(world: World, brand_id: int, slug: str, version: int) -> Segment:
    """Return one version of a segment; segments that it names are read as they are today.

    Raises:
        NotFound: there is no such version.
        BadInput: it names a segment that is no more.
    """
    with world.store.transaction(brand_id) as tx:
        document = tx.documents.version(brand_id, _KIND, slug, version)
    return read_segment(world, brand_id, document.source)


def roll_back(world: World, brand_id: int, slug: str, version: int, by: str) -> Applied:
    """Make an older version the newest again: its source is applied as a new version.

    Raises:
        NotFound: there is no such version.
        BadInput: it names a segment that is no more.
    """
    with world.store.transaction(brand_id) as tx:
        document = tx.documents.version(brand_id, _KIND, slug, version)
    return publish_segment(world, brand_id, document.source, by)
