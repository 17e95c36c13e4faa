"""Moves a run: (journey, run, token, facts, now) -> where it stands, its effects, its trace."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

import msgspec

from huiliu.experiments.standing import Standing
from huiliu.journeys.journey import Journey
from huiliu.journeys.matchers import Scope
from huiliu.journeys.nodes import Effect, End, Go, Passage, Rest
from huiliu.kernel.facts import Facts, Value
from huiliu.kernel.times import DAY

__all__ = [
    "HELD_OUT",
    "Caused",
    "Claim",
    "Finish",
    "Moment",
    "RunView",
    "Stepped",
    "Token",
    "Trace",
    "read_entry",
    "step",
]

#: Where a run rests that the journey holds out: it does nothing, so that the goal can be compared.
HELD_OUT: Final = "$holdout"
#: How long a held-out run is watched where the goal names no time.
_WATCHED: Final = 30 * DAY

#: Rounds through a loop after which a run ends: at the shortest wait, years.
MAX_ROUNDS: Final = 10_000
#: Nodes that one step may pass: loops without a wait do not parse, so this is a last wall.
_MAX_NODES: Final = 100_000


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
    #: b"" on arrival at a node; at rest, what the node left to find again.
    memory: bytes = b""
    #: JSON object of what nodes left for later ones; b"" = nothing.
    carried: bytes = b""


class Caused(msgspec.Struct, frozen=True, gc=False):
    """An effect, and where in the run it was caused: together they are its identity."""

    node: str
    visit: int
    effect: Effect


class Claim(msgspec.Struct, frozen=True, gc=False):
    """So much of a node's quota was taken."""

    node: str
    amount: int


class Finish(msgspec.Struct, frozen=True, gc=False):
    """The run is over."""

    #: exited, goal, ended or aborted.
    state: str
    #: The event or exit that ended it, in a word.
    reason: str


class Trace(msgspec.Struct, frozen=True, gc=False):
    """One thing that the run did."""

    node: str
    visit: int
    #: waited, branched, sent, exited, goal, ended ...
    what: str
    #: JSON object.
    details: bytes = b"{}"


class Stepped(msgspec.Struct, frozen=True, gc=False):
    """What a step led to: exactly one of a token and a finish."""

    token: Token | None
    finish: Finish | None
    effects: tuple[Caused, ...]
    trace: tuple[Trace, ...]
    claims: tuple[Claim, ...] = ()
    #: What is carried when the walk ends: JSON object, or b"".
    carried: bytes = b""


class Moment(msgspec.Struct, frozen=True, gc=False):
    """When and where in the world a step is taken, besides the run's own state."""

    now: int
    #: Every event that has taken effect stands before this position of the log.
    position: int = 0
    brand_id: int = 0
    run_id: bytes = b""
    #: Node -> how much of its quota's present period is left.
    room: Mapping[str, int] = MappingProxyType({})
    #: Whose run it is: what sticks to a person is made of this.
    profile_id: int = 0
    #: Experiments that have a document, by where they are met: how they stand for this person.
    trials: Mapping[str, Standing] = MappingProxyType({})


_NOTHING: Final[Mapping[str, Value]] = MappingProxyType({})


def step(
    journey: Journey, scope: Scope, entry: EntryEvent, token: Token, facts: Facts, moment: Moment
) -> Stepped:
    """Return how far a run goes at a moment; the same input always gives the same result.

    Args:
        journey: the version that the run is pinned to.
        scope: the run's key and entry time.
        entry: the event that began the run.
        token: where the run stands.
        facts: what is known of the person now.
        moment: the present instant, at or after the token's `due_at`, and the run's surroundings.
    """
    now = moment.now
    for nth, condition in journey.exit_conditions:
        if condition.holds(facts, now):
            reason = f"condition {nth + 1}"
            trace = Trace(token.node, token.visit, "exited", _reason(reason))
            return Stepped(None, Finish("exited", reason), (), (trace,))
    if token.node == HELD_OUT:
        return _watch(journey, token, now)
    return _Walk(journey, scope, entry, facts, moment).run(token)


class _Walk:
    """One run on its way through nodes until it rests or ends."""

    __slots__ = (
        "_carried", "_claims", "_effects", "_entry", "_facts", "_journey", "_moment", "_scope",
        "_stored", "_trace",
    )  # fmt: skip

    def __init__(
        self, journey: Journey, scope: Scope, entry: EntryEvent, facts: Facts, moment: Moment
    ) -> None:
        """Hold what stays the same on the way."""
        self._journey = journey
        self._scope = scope
        self._entry = entry
        self._facts = facts
        self._moment = moment
        self._effects: list[Caused] = []
        self._trace: list[Trace] = []
        self._claims: list[Claim] = []
        self._carried: Mapping[str, Value] = _NOTHING
        self._stored = b""

    def run(self, token: Token) -> Stepped:
        """Return where the walk leads."""
        journey = self._journey
        if token.carried:
            self._stored = token.carried
            self._carried = msgspec.json.decode(token.carried)
        name, visit, memory = token.node, token.visit, token.memory
        nodes, backward = journey.nodes, journey.backward
        for _ in range(_MAX_NODES):
            outcome = nodes[name].step(self._passage(name, visit), memory)
            if not isinstance(outcome, End):
                self._note(name, visit, outcome)
            if isinstance(outcome, Rest):
                kept = b"%d" % outcome.until if outcome.memory is None else outcome.memory
                rest = Token(name, visit, outcome.until, kept, self._stored)
                return self._stepped(rest, None)
            if backward and isinstance(outcome, Go) and (name, outcome.to) in backward:
                visit += 1
                if visit > MAX_ROUNDS:
                    outcome = End("too_many_rounds")
            if isinstance(outcome, End):
                self._trace.append(Trace(name, visit, "ended", _reason(outcome.reason)))
                return self._stepped(None, Finish("ended", outcome.reason))
            name, memory = outcome.to, b""
        raise AssertionError("a loop in which no time passes does not parse")

    def _passage(self, name: str, visit: int) -> Passage:
        """Return the run as a node sees it."""
        moment = self._moment
        room = moment.room.get(name, 0) if moment.room else 0
        if room and self._claims:
            room -= sum(claim.amount for claim in self._claims if claim.node == name)
        return Passage(
            self._scope, self._entry.properties, self._facts, moment.now, name, visit,
            moment.brand_id, moment.run_id, moment.position, self._carried, room,
            moment.profile_id, moment.trials,
        )  # fmt: skip

    def _note(self, name: str, visit: int, outcome: Rest | Go) -> None:
        """Keep what a node's answer leads to besides the way."""
        if outcome.what:
            self._trace.append(Trace(name, visit, outcome.what, outcome.details))
        for effect in outcome.effects:
            self._effects.append(Caused(name, visit, effect))
        if outcome.carried is not None:
            self._carried = {**self._carried, **outcome.carried}
            self._stored = msgspec.json.encode(self._carried)
        # Nodes that give nothing out are nearly all.
        claim = outcome.claim if isinstance(outcome, Go) else 0
        if claim:
            self._claims.append(Claim(name, claim))

    def _stepped(self, token: Token | None, finish: Finish | None) -> Stepped:
        """Return the end of the walk."""
        return Stepped(
            token, finish, tuple(self._effects), tuple(self._trace), tuple(self._claims),
            self._stored,
        )  # fmt: skip


def _watch(journey: Journey, token: Token, now: int) -> Stepped:
    """Let a held-out run rest until its goal counts no more."""
    window = journey.goal.within if journey.goal is not None and journey.goal.within else _WATCHED
    until = int(token.memory) if token.memory else now + window
    if until > now:
        rest = Token(token.node, token.visit, until, b"%d" % until, token.carried)
        return Stepped(rest, None, (), ())
    trace = Trace(token.node, token.visit, "ended", _reason("held_out"))
    return Stepped(None, Finish("ended", "held_out"), (), (trace,))


def _reason(reason: str) -> bytes:
    """Return the trace's details of an end."""
    return msgspec.json.encode({"reason": reason})
