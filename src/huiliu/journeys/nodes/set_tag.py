"""`set_tag`: a tag of the person takes a value, for as long as the tag's values live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.asking import Asking
from huiliu.journeys.nodes.base import Emit, Go, Name, Node, Outcome, Passage
from huiliu.journeys.nodes.givens import Given, read_given
from huiliu.journeys.reading import Fields
from huiliu.kernel.facts import Value

__all__ = ["TYPE", "Mark"]


@dataclass(frozen=True, slots=True)
class Mark(Asking):
    """Sets a tag; null takes it away."""

    tag: str
    value: Given
    next: str

    type = "set_tag"

    @property
    def given(self) -> Given:
        """The value that the tag takes."""
        return self.value

    @property
    def names(self) -> Sequence[Name]:
        """The tag, whose recipe has to be `given`."""
        return (Name("tag", "tag", self.tag),)

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the event that sets the tag, and the way on."""
        told: dict[str, Value] = {"tag": self.tag, "value": self.value.of(passage)}
        details = msgspec.json.encode({"tag": self.tag})
        return Go(self.next, "tagged", details, (Emit("Tag Set", told),))

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        return {"tag": self.tag, "value": self.value.tree(), "next": self.next}


class _SetTagType:
    """Reads `set_tag` nodes."""

    name = "set_tag"
    group = "data"
    fields = ("tag", "value", "next")
    form = (
        Field("tag", "tag", needed=True),
        Field("value", "given", needed=True),
        Field("next", "way", needed=True),
    )

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        if "value" not in fields.values:
            fields.wrong("value", "journeys.want_value", name="value")
        return Mark(
            fields.tag("tag"),
            read_given(fields, "value"),
            fields.word("next"),
        )


TYPE = _SetTagType()
