"""Versioned documents: segments, journeys, templates ..., as their authors wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Document", "DocumentStore"]


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one document; a version is never changed."""

    brand_id: int
    #: segment, journey, template, tag or list.
    kind: str
    slug: str
    version: int
    #: live, paused or archived; belongs to the slug, not to the version.
    state: str
    #: Canonical YAML.
    source: str
    created_at: int
    created_by: str


class DocumentStore(Protocol):
    """Documents, inside one transaction."""

    def put(self, document: Document) -> Document:
        """Store a new version; the same source as the latest version returns that one."""
        ...

    def latest(self, brand_id: int, kind: str, slug: str) -> Document:
        """Return the newest version; raise NotFound."""
        ...

    def version(self, brand_id: int, kind: str, slug: str, version: int) -> Document:
        """Return one version; raise NotFound."""
        ...

    def versions(self, brand_id: int, kind: str, slug: str) -> Sequence[Document]:
        """Return every version, newest first; raise NotFound when there is none."""
        ...

    def all(self, brand_id: int, kind: str) -> Sequence[Document]:
        """Return the newest version of each slug, by slug."""
        ...

    def set_state(self, brand_id: int, kind: str, slug: str, state: str) -> None:
        """Set live, paused or archived; raise NotFound."""
        ...

    def stamp(self, brand_id: int) -> int:
        """Return a number that changes whenever any document changes: what caches compare."""
        ...

    def brands(self) -> Sequence[int]:
        """Return every brand that has had a document."""
        ...
