"""`api`: a server or another journey calls this one for a person."""

from __future__ import annotations

from huiliu.conditions.form import Field
from huiliu.journeys.entries.base import AGAIN_FORM, DEFAULT_MAX_AGE, Entry, read_event_entry
from huiliu.journeys.reading import Fields

__all__ = ["CALLED", "TYPE"]

CALLED = "Journey Called"


class _ApiType:
    """Reads `api`."""

    name = "api"
    fields = ("api", "where", "key", "again")
    form = (
        Field("api", "true", needed=True, start=True),
        Field("where", "filters"),
        Field("key", "property"),
        AGAIN_FORM,
    )
    max_age = DEFAULT_MAX_AGE

    def read(self, fields: Fields) -> Entry:
        """Return the entry of a document's map; only calls of this very journey begin runs."""
        if not fields.flag("api"):
            fields.wrong("api", "journeys.want_true", name="api")
        slug = fields.reading.loaded.tree.get("slug")
        return read_event_entry(
            fields, self.name, CALLED, written={"api": True}, only={"journey": str(slug)}
        )


TYPE = _ApiType()
