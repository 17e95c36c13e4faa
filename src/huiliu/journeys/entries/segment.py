"""`segment`: whoever enters or leaves a segment begins a run."""

from __future__ import annotations

from huiliu.conditions.form import Field
from huiliu.journeys.entries.base import AGAIN_FORM, DEFAULT_MAX_AGE, Entry, read_event_entry
from huiliu.journeys.reading import Fields

__all__ = ["SEGMENT_EVENTS", "TYPE"]

#: The word of the document -> the event.
SEGMENT_EVENTS = {"entered": "Segment Entered", "exited": "Segment Exited"}


class _SegmentType:
    """Reads `segment`."""

    name = "segment"
    fields = ("segment", "again")
    form = (
        Field(
            "segment", "map", needed=True,
            fields=(
                Field("entered", "segment", instead_of=("exited",)),
                Field("exited", "segment", instead_of=("entered",)),
            ),
        ),
        AGAIN_FORM,
    )  # fmt: skip
    max_age = DEFAULT_MAX_AGE

    def read(self, fields: Fields) -> Entry:
        """Return the entry of a document's map."""
        inner = fields.inner("segment", tuple(SEGMENT_EVENTS))
        word = inner.one_of(tuple(SEGMENT_EVENTS))
        slug = inner.segment(word) if word else ""
        return read_event_entry(
            fields, self.name, SEGMENT_EVENTS.get(word, ""),
            written={"segment": {word: slug}}, only={"segment": slug},
            names=(("segment", slug),),
        )  # fmt: skip


TYPE = _SegmentType()
