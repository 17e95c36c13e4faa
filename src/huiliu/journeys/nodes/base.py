"""What every node is: fields read from a document, ways out, and one pure step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import msgspec

from huiliu.conditions import Mentions
from huiliu.journeys.matchers import Matcher, Scope
from huiliu.journeys.reading import Fields
from huiliu.kernel.facts import Facts, Value

__all__ = ["End", "Go", "Node", "NodeType", "Outcome", "Passage", "Queue", "Rest", "Way"]


class Passage(msgspec.Struct, frozen=True, gc=False):
    """A run as a node sees it, at one moment."""

    scope: Scope
    #: Properties of the event that began the run.
    entry: Mapping[str, Value]
    facts: Facts
    #: The present instant.
    now: int


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a node: the field that names it, and the node it leads to."""

    field: str
    to: str


class Queue(msgspec.Struct, frozen=True, gc=False):
    """An effect: this message is to be sent."""

    template: str
    #: "" = the template's own.
    channel: str
    #: marketing or service; "" = the template's own.
    message_class: str
    #: 0 = no limit.
    expires_at: int
    cancel_when: bytes


class Rest(msgspec.Struct, frozen=True, gc=False):
    """Stay at the node until an instant."""

    until: int


class Go(msgspec.Struct, frozen=True, gc=False):
    """Leave the node by a way."""

    to: str
    #: What the trace says: waited, branched, sent ...
    what: str
    #: JSON object: which way and why.
    details: bytes = b"{}"
    effect: Queue | None = None


class End(msgspec.Struct, frozen=True, gc=False):
    """The run has come to its end."""

    reason: str


Outcome: TypeAlias = Rest | Go | End


class Node(Protocol):
    """One node of a journey; a frozen value."""

    @property
    def type(self) -> str:
        """The word that documents use."""
        ...

    @property
    def ways(self) -> Sequence[Way]:
        """All ways out, in the order of the document; none = the run ends here."""
        ...

    @property
    def takes_time(self) -> bool:
        """Say whether a loop through this node lets time pass."""
        ...

    @property
    def asks(self) -> bool:
        """Say whether it needs facts to decide."""
        ...

    @property
    def mentions(self) -> Mentions:
        """Which facts its conditions ask for."""
        ...

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Return what happens now to a run that stands here.

        Args:
            passage: the run, what is known of its person, and the present instant.
            memory: b"" on arrival; else the instant that this node's `Rest` asked for.
        """
        ...

    def tree(self) -> dict[str, object]:
        """Return the node's fields as they are written, without its type."""
        ...


class NodeType(Protocol):
    """One row of the table of nodes."""

    @property
    def name(self) -> str:
        """The word that documents use."""
        ...

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the node may have, besides `type` and `note`."""
        ...

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:
        """Return the node of a document's map; what is wrong is noted in the reading.

        Args:
            fields: the node's fields.
            ends: the journey's exit and goal matchers: they cancel messages by default.
        """
        ...
