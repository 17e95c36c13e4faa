"""`place`: whoever enters or leaves a place begins a run."""

from __future__ import annotations

from huiliu.conditions.form import Field
from huiliu.journeys.entries.base import AGAIN_FORM, Entry, read_event_entry
from huiliu.journeys.reading import Fields
from huiliu.kernel.times import MINUTE, Duration

__all__ = ["TYPE"]

#: The word of the document -> the event.
_EVENTS = {"entered": "Place Entered", "left": "Place Left"}


class _PlaceType:
    """Reads `place`."""

    name = "place"
    fields = ("place", "where", "again")
    form = (
        Field(
            "place", "map", needed=True,
            fields=(
                Field("entered", "text", instead_of=("left",)),
                Field("left", "text", instead_of=("entered",)),
            ),
        ),
        Field("where", "filters"),
        AGAIN_FORM,
    )  # fmt: skip
    #: Who was at a place long ago is there no more.
    max_age = Duration(15 * MINUTE)

    def read(self, fields: Fields) -> Entry:
        """Return the entry of a document's map."""
        inner = fields.inner("place", tuple(_EVENTS))
        word = inner.one_of(tuple(_EVENTS))
        place = inner.word(word) if word else ""
        return read_event_entry(
            fields, self.name, _EVENTS.get(word, ""),
            written={"place": {word: place}}, only={"place": place},
        )  # fmt: skip


TYPE = _PlaceType()
