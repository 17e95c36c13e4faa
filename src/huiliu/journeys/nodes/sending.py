"""What all nodes that send have in common: class, expiry, and what cancels a waiting message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Cancel, Matcher, read_matcher
from huiliu.journeys.nodes.base import Passage, Queue
from huiliu.journeys.reading import Fields
from huiliu.kernel.times import show_duration

__all__ = ["CLASSES", "FIELDS", "FORM", "Manner", "read_manner"]

#: What a message is for, as the policy knows it.
CLASSES: Final = ("marketing", "service")
FIELDS: Final = ("class", "expires", "cancel_when")
FORM: Final = (
    Field("class", "choice", options=CLASSES),
    Field("expires", "duration", start="1d"),
    Field(
        "cancel_when", "rows",
        fields=(
            Field("event", "event", needed=True),
            Field("where", "filters"),
            Field("after_entry", "true", start=True),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Manner:
    """How a node's messages are sent."""

    #: marketing or service; "" = the template's own.
    message_class: str
    #: How long a message may wait in the outbox, in microseconds; 0 = as long as it takes.
    expires: int
    #: What cancels a message while it waits.
    cancel: Cancel
    #: Whether the document says so itself, or the journey's exits and goal do.
    own_cancel: bool

    def queue(self, passage: Passage, template: str, channel: str, nth: int = 0) -> Queue:
        """Return the message of a run; the policy decides later whether it may go."""
        return Queue(
            template,
            channel,
            self.message_class,
            passage.now + self.expires if self.expires else 0,
            self.cancel.stored(passage.scope),
            nth,
        )

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {}
        if self.message_class:
            tree["class"] = self.message_class
        if self.expires:
            tree["expires"] = show_duration(self.expires)
        if self.own_cancel:
            tree["cancel_when"] = [matcher.tree() for matcher in self.cancel.matchers]
        return tree


def read_manner(fields: Fields, ends: Sequence[Matcher]) -> Manner:
    """Return how a node's messages are sent.

    Args:
        fields: the node's map.
        ends: what ends the journey cancels its messages, unless the node says otherwise.
    """
    own = fields.has("cancel_when")
    known = ("event", "where", "after_entry")
    matchers = [
        read_matcher(fields.reading.fields(item, path, known))
        for path, item in fields.items("cancel_when")
    ]
    return Manner(
        fields.choice("class", CLASSES, default=""),
        fields.duration("expires", default=0),
        Cancel.of(matchers if own else ends),
        own,
    )
