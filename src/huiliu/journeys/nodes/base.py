"""What every node is: fields read from a document, ways out, and one pure step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

import msgspec

from huiliu.conditions import Mentions
from huiliu.conditions.form import Field
from huiliu.experiments.standing import Standing
from huiliu.journeys.matchers import Matcher, Scope
from huiliu.journeys.reading import Fields
from huiliu.kernel.facts import Facts, Value
from huiliu.kernel.texts import Text

__all__ = [
    "Call",
    "Effect",
    "Emit",
    "End",
    "Go",
    "Issue",
    "Name",
    "Node",
    "NodeType",
    "Open",
    "Outcome",
    "Passage",
    "Plan",
    "Queue",
    "Quiet",
    "Quota",
    "Rest",
    "SetTraits",
    "Way",
]

_NOTHING: Final[Mapping[str, Value]] = MappingProxyType({})
_NO_TRIALS: Final[Mapping[str, Standing]] = MappingProxyType({})


class Passage(msgspec.Struct, frozen=True, gc=False):
    """A run as a node sees it, at one moment."""

    scope: Scope
    #: Properties of the event that began the run.
    entry: Mapping[str, Value]
    facts: Facts
    #: The present instant.
    now: int
    #: Where the run stands.
    node: str = ""
    visit: int = 1
    #: Which run it is: what splits and message ids are made of.
    brand_id: int = 0
    run_id: bytes = b""
    #: How far the log has taken effect: every event known so far stands before this position, so
    #: an event came after the arrival at a node if its position is not before that of the arrival.
    position: int = 0
    #: What earlier nodes left for later ones.
    carried: Mapping[str, Value] = _NOTHING
    #: How much of the quota of this node's present period is left; 0 where nobody claimed it.
    room: int = 0
    #: Whose run it is, whether or not anything is known of them.
    profile_id: int = 0
    #: Experiments that have a document, by where they are met: how they stand for this person.
    trials: Mapping[str, Standing] = _NO_TRIALS


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a node: the field that names it, and the node it leads to."""

    field: str
    to: str


@dataclass(frozen=True, slots=True)
class Name:
    """Something outside the journey that a node names, and that must be there for it to run."""

    #: template, list, tag, journey or url.
    kind: str
    #: The field that names it.
    field: str
    name: str


@dataclass(frozen=True, slots=True)
class Quota:
    """What a node gives out: so much in a period, over all runs of the journey."""

    limit: int
    #: IANA zone whose days are counted; "" = one period for ever.
    zone: str


class Queue(msgspec.Struct, frozen=True, gc=False, tag=True):
    """An effect: this message is to be sent."""

    template: str
    #: "" = the template's own.
    channel: str
    #: marketing or service; "" = the template's own.
    message_class: str
    #: 0 = no limit.
    expires_at: int
    cancel_when: bytes
    #: Tells apart what one node causes in one visit.
    nth: int = 0


class Emit(msgspec.Struct, frozen=True, gc=False, tag=True):
    """An effect: Huiliu itself tells the log that something happened to the person."""

    name: str
    properties: Mapping[str, Value]
    #: Tells apart what one node causes in one visit.
    nth: int = 0


class SetTraits(msgspec.Struct, frozen=True, gc=False, tag=True):
    """An effect: these traits of the person take these values; None takes one away."""

    traits: Mapping[str, Value]


class Call(msgspec.Struct, frozen=True, gc=False, tag=True):
    """An effect: a webhook is called; its answer comes back as `Webhook Answered`.

    The run, node and visit make the idempotency key, so a call that is repeated is one call.
    """

    #: POST, PUT or GET.
    method: str
    url: str
    #: JSON that is sent; {} sends no body with GET.
    body: Mapping[str, Value]
    #: How long an answer may take over all attempts, in microseconds.
    within: int
    #: Tells apart what one node causes in one visit.
    nth: int = 0
    #: False = nothing is made of the answer: the call goes out even where the run has gone on.
    is_awaited: bool = True


class Open(msgspec.Struct, frozen=True, gc=False, tag=True):
    """An effect: a task is opened for the staff; its outcome comes back as `Task Done`."""

    title: str
    #: Whom it is for: a word that the brand chose; "" = anyone.
    assignee: str
    #: 0 = no date.
    due_at: int
    outcomes: Sequence[str]
    #: Tells apart what one node causes in one visit.
    nth: int = 0


class Plan(msgspec.Struct, frozen=True, gc=False, tag=True):
    """An effect: a piece of content is planned; runs that ask for it in one period share it."""

    #: title, platform, brief ... as the board asks for them, each with what it says.
    asked: tuple[tuple[str, str], ...]
    #: How long after it is asked for it is due, in microseconds; 0 = no date.
    due: int
    #: journey, month, week or day: how often a fresh one is planned at most.
    every: str
    #: Tells apart what one node causes in one visit.
    nth: int = 0


class Issue(msgspec.Struct, frozen=True, gc=False, tag=True):
    """An effect: the person gets a coupon; how it went comes back as `Coupon Answered`."""

    coupon: str
    #: Tells apart what one node causes in one visit.
    nth: int = 0


Effect: TypeAlias = Queue | Emit | SetTraits | Call | Open | Plan | Issue


class Rest(msgspec.Struct, frozen=True, gc=False):
    """Stay at the node until an instant, or until one of its `wakes` happens."""

    until: int
    #: What the node finds again at its next step; None = the instant itself, in digits.
    memory: bytes | None = None
    effects: Sequence[Effect] = ()
    #: What is added to what is carried; None = nothing.
    carried: Mapping[str, Value] | None = None
    #: What the trace says, "" = nothing: resting alone is no news.
    what: str = ""
    #: JSON object.
    details: bytes = b"{}"


class Go(msgspec.Struct, frozen=True, gc=False):
    """Leave the node by a way."""

    to: str
    #: What the trace says: waited, branched, sent ...
    what: str
    #: JSON object: which way and why.
    details: bytes = b"{}"
    effects: Sequence[Effect] = ()
    #: What is added to what is carried; None = nothing.
    carried: Mapping[str, Value] | None = None
    #: How much of the node's quota this takes.
    claim: int = 0


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
        """Which facts it asks for."""
        ...

    @property
    def wakes(self) -> frozenset[str]:
        """Canonical names of the events after which a run that rests here is stepped again."""
        ...

    @property
    def quota(self) -> Quota | None:
        """What it gives out over all runs, if it does."""
        ...

    @property
    def names(self) -> Sequence[Name]:
        """What it names outside the journey."""
        ...

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Return what happens now to a run that stands here.

        Args:
            passage: the run, what is known of its person, and the present instant.
            memory: b"" on arrival; else what this node's last `Rest` left.
        """
        ...

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:
        """Return the sentence of one thing that a run did here.

        Args:
            what: the word of the trace.
            details: what the trace kept.

        Returns:
            None where the text `journeys.did.<what>` says all.
        """
        ...

    def tree(self) -> dict[str, object]:
        """Return the node's fields as they are written, without its type."""
        ...


class Quiet:
    """What is true of most nodes: no time, no question, nothing that wakes, nothing given out."""

    __slots__ = ()

    takes_time = False
    asks = False
    mentions = Mentions()
    wakes: frozenset[str] = frozenset()
    quota: Quota | None = None
    names: Sequence[Name] = ()

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:  # noqa: ARG002 - for others to say
        """Return nothing of its own to say: the sentence of the word itself will do."""
        return None


class NodeType(Protocol):
    """One row of the table of nodes."""

    @property
    def name(self) -> str:
        """The word that documents use."""
        ...

    @property
    def group(self) -> str:
        """Where it stands in a palette: time, choose, talk, data or flow."""
        ...

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the node may have, besides `type` and `note`."""
        ...

    @property
    def form(self) -> tuple[Field, ...]:
        """How a builder asks for the fields; one that is missing is edited as YAML."""
        ...

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:
        """Return the node of a document's map; what is wrong is noted in the reading.

        Args:
            fields: the node's fields.
            ends: the journey's exit and goal matchers: they cancel messages by default.
        """
        ...
