"""`emit`: the log is told that something happened to the person, under a name of the author's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.asking import Asking
from huiliu.journeys.nodes.base import Emit, Go, Node, Outcome, Passage
from huiliu.journeys.nodes.givens import Givens, read_givens
from huiliu.journeys.reading import Fields
from huiliu.kernel.events import NEVER_EMITTED, canonical_name

__all__ = ["TYPE", "Tell"]


@dataclass(frozen=True, slots=True)
class Tell(Asking):
    """Appends one event of the person to the log."""

    event: str
    properties: Givens
    next: str
    #: The trace's details, the same for every run.
    details: bytes

    type = "emit"

    @property
    def given(self) -> Givens:
        """The event's properties."""
        return self.properties

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the event and the way on."""
        told = Emit(self.event, self.properties.of(passage))
        return Go(self.next, "emitted", self.details, (told,))

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"event": self.event}
        if self.properties.each:
            tree["properties"] = self.properties.tree()
        return tree | {"next": self.next}


class _EmitType:
    """Reads `emit` nodes."""

    name = "emit"
    group = "data"
    fields = ("event", "properties", "next")
    form = (
        Field("event", "event", needed=True),
        Field("properties", "givens"),
        Field("next", "way", needed=True),
    )

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        event = canonical_name(fields.word("event"))
        if event.startswith("$") or event in NEVER_EMITTED:
            fields.wrong("event", "journeys.own_event", event=event)
        entry = fields.reading.loaded.tree.get("entry")
        begins = entry.get("event") if isinstance(entry, dict) else None
        if isinstance(begins, str) and canonical_name(begins) == event:
            fields.wrong("event", "journeys.emits_own_entry", event=event)
        details = msgspec.json.encode({"event": event})
        return Tell(event, read_givens(fields, "properties"), fields.word("next"), details)


TYPE = _EmitType()
