"""`event`: something that the person did begins a run."""

from __future__ import annotations

from huiliu.conditions.form import Field
from huiliu.journeys.entries.base import AGAIN_FORM, DEFAULT_MAX_AGE, Entry, read_event_entry
from huiliu.journeys.reading import Fields
from huiliu.kernel.events import canonical_name

__all__ = ["TYPE"]


class _EventType:
    """Reads `event`."""

    name = "event"
    fields = ("event", "where", "key", "again")
    form = (
        Field("event", "event", needed=True),
        Field("where", "filters"),
        Field("key", "property"),
        AGAIN_FORM,
    )
    max_age = DEFAULT_MAX_AGE

    def read(self, fields: Fields) -> Entry:
        """Return the entry of a document's map."""
        event = canonical_name(fields.word("event"))
        return read_event_entry(fields, self.name, event, written={"event": event})


TYPE = _EventType()
