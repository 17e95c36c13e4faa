"""Segments that name other segments: where a name leads, and who names whom."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from huiliu.kernel.documents import load
from huiliu.segments.segment import Segment

__all__ = ["Referenced", "used_by"]


class Referenced:
    """Finds the condition of a live segment by its slug, as a tree; reads each source once."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        """Hold the sources of the live segments by slug."""
        self._sources = sources

    def __call__(self, slug: str) -> Mapping[str, object] | None:
        """Return the tree of a segment's condition, {} for everyone; None = no such segment."""
        source = self._sources.get(slug)
        return None if source is None else _where(source)


@lru_cache(maxsize=1024)
def _where(source: str) -> Mapping[str, object]:
    """Return the condition of a stored document, which was checked when it was applied."""
    found = load(source).tree.get("where")
    return found if isinstance(found, Mapping) else {}


def used_by(segments: Mapping[str, Segment], slug: str) -> tuple[str, ...]:
    """Return the segments whose condition asks for a segment, directly or not, by slug."""
    return tuple(
        sorted(name for name, each in segments.items() if slug in each.condition.mentions.segments)
    )
