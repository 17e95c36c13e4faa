"""`list`: whoever is put on an imported list, or taken off it, begins a run."""

from __future__ import annotations

from huiliu.conditions.form import Field
from huiliu.journeys.entries.base import AGAIN_FORM, DEFAULT_MAX_AGE, Entry, read_event_entry
from huiliu.journeys.reading import Fields

__all__ = ["TYPE"]

#: The word of the document -> the event.
_EVENTS = {"entered": "List Entered", "left": "List Left"}


class _ListType:
    """Reads `list`."""

    name = "list"
    fields = ("list", "again")
    form = (
        Field(
            "list", "map", needed=True,
            fields=(
                Field("entered", "list", instead_of=("left",)),
                Field("left", "list", instead_of=("entered",)),
            ),
        ),
        AGAIN_FORM,
    )  # fmt: skip
    max_age = DEFAULT_MAX_AGE

    def read(self, fields: Fields) -> Entry:
        """Return the entry of a document's map."""
        inner = fields.inner("list", tuple(_EVENTS))
        word = inner.one_of(tuple(_EVENTS))
        slug = inner.slug(word) if word else ""
        return read_event_entry(
            fields, self.name, _EVENTS.get(word, ""),
            written={"list": {word: slug}}, only={"list": slug}, names=(("list", slug),),
        )  # fmt: skip


TYPE = _ListType()
