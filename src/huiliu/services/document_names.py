"""What a brand calls its documents, for lists that hold only their slugs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from huiliu.kernel.documents import load, read_header
from huiliu.ports.world import World

__all__ = ["document_names"]


def document_names(world: World, brand_id: int, kind: str) -> Mapping[str, Mapping[str, str]]:
    """Return slug -> name by language of every document of a kind, those out of use as well."""
    with world.store.transaction(brand_id) as tx:
        documents = tx.documents.all(brand_id, kind)
    return {one.slug: _name(one.kind, one.source) for one in documents}


@lru_cache(maxsize=1024)
def _name(kind: str, source: str) -> Mapping[str, str]:
    """Return what a document calls itself; pages ask often, a source is read once."""
    header, _ = read_header(load(source), kind)
    return MappingProxyType(dict(header.name) if header else {})
