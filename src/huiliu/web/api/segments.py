"""Segments for servers: what the console's pages of segments do, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.services.apply_segment import apply_segment
from huiliu.services.look_at_segments import count_source, list_segments
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _segments(call: Call) -> object:
    """Return every segment with its members of this moment."""
    return {
        "segments": [
            {
                "slug": row.document.slug,
                "version": row.document.version,
                "name": row.name,
                "members": row.n_members,
            }
            for row in list_segments(call.world, call.brand_id)
        ]
    }


def _count_segment(call: Call) -> object:
    """Return how many people a segment would hold now."""
    found = count_source(call.world, call.brand_id, call.word("source"))
    return {"count": found.n, "people": found.n_people}


def _apply_segment(call: Call) -> object:
    """Store a segment."""
    made = apply_segment(call.world, call.brand_id, call.word("source"), call.by)
    return {"slug": made.segment.slug, "version": made.version, "members": made.n_members}


routes: Final = [
    route("GET", "/v1/segments", _segments),
    route("PUT", "/v1/segments", _apply_segment),
    route("POST", "/v1/segments/count", _count_segment),
]
