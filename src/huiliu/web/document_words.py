"""What readers call documents that a row names only by slug."""

from __future__ import annotations

from collections.abc import Mapping

from huiliu.services.document_names import document_names
from huiliu.web.doors import Visit

__all__ = ["DocumentWords"]


class DocumentWords:
    """Names of documents in the visit's language; each kind is read when it is first asked for."""

    def __init__(self, visit: Visit) -> None:
        """Begin with nothing read."""
        self._visit = visit
        self._read: dict[str, Mapping[str, Mapping[str, str]]] = {}

    def __call__(self, kind: str, slug: str) -> str:
        """Return a document's name; its slug where it has none or is gone."""
        if kind not in self._read:
            world, brand_id = self._visit.world, self._visit.brand_id
            self._read[kind] = document_names(world, brand_id, kind)
        names = self._read[kind].get(slug, {})
        return names.get(self._visit.locale) or next(iter(names.values()), "") or slug
