"""`set_tag`: a tag of the person takes a value, for as long as the author says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.asking import Asking
from huiliu.journeys.nodes.base import Emit, Go, Node, Outcome, Passage
from huiliu.journeys.nodes.givens import Given, read_given
from huiliu.journeys.reading import Fields
from huiliu.kernel.facts import Value
from huiliu.kernel.times import show_duration, show_instant

__all__ = ["TYPE", "Mark"]


@dataclass(frozen=True, slots=True)
class Mark(Asking):
    """Sets a tag; null takes it away."""

    tag: str
    value: Given
    #: How long the value holds, in microseconds; 0 = until it is set anew.
    expires: int
    next: str

    type = "set_tag"

    @property
    def given(self) -> Given:
        """The value that the tag takes."""
        return self.value

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the event that sets the tag, and the way on."""
        until = show_instant(passage.now + self.expires) if self.expires else None
        told: dict[str, Value] = {
            "tag": self.tag, "value": self.value.of(passage), "expires_at": until,
        }  # fmt: skip
        details = msgspec.json.encode({"tag": self.tag})
        return Go(self.next, "tagged", details, (Emit("Tag Set", told),))

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"tag": self.tag, "value": self.value.tree()}
        if self.expires:
            tree["expires"] = show_duration(self.expires)
        return tree | {"next": self.next}


class _SetTagType:
    """Reads `set_tag` nodes."""

    name = "set_tag"
    group = "data"
    fields = ("tag", "value", "expires", "next")
    form = (
        Field("tag", "tag", needed=True),
        Field("value", "given", needed=True),
        Field("expires", "duration", start="30d"),
        Field("next", "way", needed=True),
    )

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        if "value" not in fields.values:
            fields.wrong("value", "journeys.want_value", name="value")
        return Mark(
            fields.tag("tag"),
            read_given(fields, "value"),
            fields.duration("expires", default=0),
            fields.word("next"),
        )


TYPE = _SetTagType()
