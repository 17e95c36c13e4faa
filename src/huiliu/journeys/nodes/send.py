"""`send`: a message is put into the outbox, and the run goes on at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Cancel, Matcher, read_matcher
from huiliu.journeys.nodes.base import Go, Node, Outcome, Passage, Queue, Quiet, Way
from huiliu.journeys.reading import Fields
from huiliu.kernel.times import show_duration

__all__ = ["TYPE", "Send"]


@dataclass(frozen=True, slots=True)
class Send(Quiet):
    """Puts one message into the outbox at each visit."""

    template: str
    #: "" = the template's own.
    channel: str
    #: "" = the template's own.
    message_class: str
    #: How long the message may wait in the outbox, in microseconds; 0 = as long as it takes.
    expires: int
    #: What cancels the message while it waits.
    cancel: Cancel
    #: Whether the document says so itself, or the journey's exits and goal do.
    own_cancel: bool
    next: str
    #: The trace's details, the same for every run.
    details: bytes

    type = "send"

    @property
    def ways(self) -> Sequence[Way]:
        """The one way out."""
        return (Way("next", self.next),)

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the message and the way on; the policy decides later whether it may go."""
        message = Queue(
            self.template,
            self.channel,
            self.message_class,
            passage.now + self.expires if self.expires else 0,
            self.cancel.stored(passage.scope),
        )
        return Go(self.next, "sent", self.details, (message,))

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {}
        if self.channel:
            tree["channel"] = self.channel
        tree["template"] = self.template
        if self.message_class:
            tree["class"] = self.message_class
        if self.expires:
            tree["expires"] = show_duration(self.expires)
        if self.own_cancel:
            tree["cancel_when"] = [matcher.tree() for matcher in self.cancel.matchers]
        return tree | {"next": self.next}


class _SendType:
    """Reads `send` nodes."""

    name = "send"
    fields = ("channel", "template", "class", "expires", "cancel_when", "next")
    form = (
        Field("template", "template", needed=True),
        Field("channel", "channel"),
        Field("class", "choice", options=("marketing", "service")),
        Field("expires", "duration", start="1d"),
        Field(
            "cancel_when", "rows",
            fields=(Field("event", "event", needed=True), Field("where", "filters")),
        ),
        Field("next", "way", needed=True),
    )  # fmt: skip

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:
        """Return the send of a document's map."""
        own = fields.has("cancel_when")
        known = ("event", "where", "after_entry")
        matchers = [
            read_matcher(fields.reading.fields(item, path, known))
            for path, item in fields.items("cancel_when")
        ]
        template, to = fields.word("template"), fields.word("next")
        return Send(
            template=template,
            channel=fields.word("channel", default=""),
            message_class=fields.choice("class", ("marketing", "service"), default=""),
            expires=fields.duration("expires", default=0),
            cancel=Cancel.of(matchers if own else ends),
            own_cancel=own,
            next=to,
            details=msgspec.json.encode({"template": template, "to": to}),
        )


TYPE = _SendType()
