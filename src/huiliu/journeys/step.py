"""Moves a run: (journey, run, token, facts, now) -> where it stands, its effects, its trace."""

from __future__ import annotations

from typing import Any, Final, Protocol

import msgspec

from huiliu.journeys.journey import Journey
from huiliu.journeys.matchers import Scope
from huiliu.journeys.nodes import End, Go, Passage, Queue
from huiliu.kernel.facts import Facts

__all__ = ["Finish", "Message", "RunView", "Stepped", "Token", "Trace", "read_entry", "step"]

#: Rounds through a loop after which a run ends: at the shortest wait, years.
MAX_ROUNDS: Final = 10_000
#: Nodes that one step may pass: loops without a wait do not parse, so this is a last wall.
_MAX_NODES: Final = 10_000


class RunView(Protocol):
    """What a step needs to know of a run."""

    @property
    def key(self) -> str:
        """The value of the journey's key property, or ""."""
        ...

    @property
    def entered_at(self) -> int:
        """When the run began."""
        ...


class EntryEvent(msgspec.Struct, frozen=True):
    """The event that began a run, as runs keep it: what templates and branches may use."""

    name: str
    occurred_at: int
    #: JSON, as it arrived.
    properties: dict[str, Any]


_ENTRY = msgspec.json.Decoder(EntryEvent)


def read_entry(stored: bytes) -> EntryEvent:
    """Return the entry event that a run keeps."""
    return _ENTRY.decode(stored)


class Token(msgspec.Struct, frozen=True, gc=False):
    """Where a run stands."""

    node: str
    #: Raised by each way back, so that (node, visit) never comes twice in one run.
    visit: int
    #: When it wants to move next.
    due_at: int
    #: b"" on arrival at a node; at rest, the instant that the node waits for.
    memory: bytes = b""


class Message(msgspec.Struct, frozen=True, gc=False):
    """An effect: a node of the run decided to send."""

    node: str
    visit: int
    queue: Queue


class Finish(msgspec.Struct, frozen=True, gc=False):
    """The run is over."""

    #: exited, goal or ended.
    state: str
    #: The event or exit that ended it, in a word.
    reason: str


class Trace(msgspec.Struct, frozen=True, gc=False):
    """One thing that the run did."""

    node: str
    visit: int
    #: waited, branched, sent, exited, goal, ended.
    what: str
    #: JSON object.
    details: bytes = b"{}"


class Stepped(msgspec.Struct, frozen=True, gc=False):
    """What a step led to: exactly one of a token and a finish."""

    token: Token | None
    finish: Finish | None
    messages: tuple[Message, ...]
    trace: tuple[Trace, ...]


def step(
    journey: Journey, scope: Scope, entry: EntryEvent, token: Token, facts: Facts, now: int
) -> Stepped:
    """Return how far a run goes at `now`; the same input always gives the same result.

    Args:
        journey: the version that the run is pinned to.
        scope: the run's key and entry time.
        entry: the event that began the run.
        token: where the run stands.
        facts: what is known of the person now.
        now: the present instant, at or after the token's `due_at`.
    """
    messages: list[Message] = []
    trace: list[Trace] = []
    for nth, condition in journey.exit_conditions:
        if condition.holds(facts, now):
            reason = f"condition {nth + 1}"
            trace.append(Trace(token.node, token.visit, "exited", _reason(reason)))
            return Stepped(None, Finish("exited", reason), (), tuple(trace))
    passage = Passage(scope, entry.properties, facts, now)
    name, visit, memory = token.node, token.visit, token.memory
    for _ in range(_MAX_NODES):
        outcome = journey.nodes[name].step(passage, memory)
        if isinstance(outcome, Go):
            trace.append(Trace(name, visit, outcome.what, outcome.details))
            if outcome.effect is not None:
                messages.append(Message(name, visit, outcome.effect))
            if (name, outcome.to) in journey.backward:
                visit += 1
                if visit > MAX_ROUNDS:
                    outcome = End("too_many_rounds")
        if isinstance(outcome, Go):
            name, memory = outcome.to, b""
            continue
        if isinstance(outcome, End):
            trace.append(Trace(name, visit, "ended", _reason(outcome.reason)))
            finish = Finish("ended", outcome.reason)
            return Stepped(None, finish, tuple(messages), tuple(trace))
        rest = Token(name, visit, outcome.until, b"%d" % outcome.until)
        return Stepped(rest, None, tuple(messages), tuple(trace))
    raise AssertionError("a loop in which no time passes does not parse")


def _reason(reason: str) -> bytes:
    """Return the trace's details of an end."""
    return msgspec.json.encode({"reason": reason})
