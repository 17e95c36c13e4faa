"""Evaluates the stored trace of a run again: the same step, told the same things.

A step that asked for facts is told what was kept beside it; all others are a matter of the entry
and of time, so they are stepped on from the last one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, TypeAlias

import msgspec

from huiliu.experiments.standing import Standing
from huiliu.journeys.carrying import Move, carry
from huiliu.journeys.entering import (
    ALREADY,
    Happening,
    Refusal,
    admit,
    ended_by,
    first_token,
    is_held_out,
    scope_of,
    settled_before,
)
from huiliu.journeys.inputs import Inputs, read_inputs
from huiliu.journeys.journey import Journey
from huiliu.journeys.matchers import Scope
from huiliu.journeys.step import EntryEvent, Moment, Stepped, Token, Trace, step
from huiliu.kernel.facts import NO_FACTS, EventFact, Facts
from huiliu.kernel.texts import Text, text

__all__ = ["Again", "Asked", "Outcome", "Replay", "RunSeen", "StepSeen", "replay"]

#: What came of evaluating a step again: the same, another thing, or it cannot be told any more.
Outcome: TypeAlias = Literal["same", "other", "unknown"]

_NO_ROOM: Final[Mapping[str, int]] = {}
_NO_TRIALS: Final[Mapping[str, Standing]] = {}


class RunSeen(Protocol):
    """A run as it is stored."""

    @property
    def brand_id(self) -> int:
        """Whose journey."""
        ...

    @property
    def run_id(self) -> bytes:
        """Which run."""
        ...

    @property
    def profile_id(self) -> int:
        """Whose run."""
        ...

    @property
    def key(self) -> str:
        """The value of the journey's key property, or ""."""
        ...

    @property
    def entered_at(self) -> int:
        """When it began."""
        ...


class StepSeen(Protocol):
    """One thing that the run did, as it is stored."""

    @property
    def version(self) -> int:
        """The version that it was done in."""
        ...

    @property
    def node(self) -> str:
        """Where."""
        ...

    @property
    def visit(self) -> int:
        """Which visit."""
        ...

    @property
    def at(self) -> int:
        """When."""
        ...

    @property
    def what(self) -> str:
        """What it did."""
        ...

    @property
    def details(self) -> bytes:
        """JSON object."""
        ...

    @property
    def inputs(self) -> bytes:
        """What it was told, or b""."""
        ...


@dataclass(frozen=True, slots=True)
class Again:
    """One stored step, evaluated again."""

    outcome: Outcome
    #: Why not, for `other` and `unknown`.
    why: Text | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision as it was taken: all that stepping again needs."""

    journey: Journey
    scope: Scope
    entry: EntryEvent
    token: Token
    facts: Facts
    moment: Moment

    def step(self) -> Stepped:
        """Return the decision."""
        return step(self.journey, self.scope, self.entry, self.token, self.facts, self.moment)


@dataclass(slots=True)
class Replay:
    """What came of evaluating a run again, step by step in the order of the trace."""

    steps: list[Again] = field(default_factory=list)
    #: Number of a step -> the decision that led to it, where it can be taken again.
    decisions: dict[int, Asked] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """Return the worst of the outcomes."""
        found = {one.outcome for one in self.steps}
        return "other" if "other" in found else "unknown" if "unknown" in found else "same"


def replay(
    versions: Mapping[int, Journey],
    run: RunSeen,
    entry: EntryEvent,
    steps: Sequence[StepSeen],
    known: Mapping[int, EventFact],
) -> Replay:
    """Return what evaluating every stored step of a run again leads to.

    Args:
        versions: every version that the steps were done in.
        run: the run.
        entry: the event that began it.
        steps: its whole trace, oldest first.
        known: position in the log -> event, of all that the steps were told and more.
    """
    return _Replaying(versions, run, entry, steps, known).run()


class _Replaying:
    """One run, evaluated again."""

    def __init__(
        self,
        versions: Mapping[int, Journey],
        run: RunSeen,
        entry: EntryEvent,
        steps: Sequence[StepSeen],
        known: Mapping[int, EventFact],
    ) -> None:
        """Hold what does not change."""
        self._versions = versions
        self._run = run
        self._entry = entry
        self._steps = steps
        self._known = known
        self._token: Token | None = None
        self._found = Replay()

    def run(self) -> Replay:
        """Go through the trace."""
        at = 0
        while at < len(self._steps):
            one = self._steps[at]
            if one.version not in self._versions:
                self._note("unknown", text("replay.no_version", version=one.version))
                at += 1
                continue
            journey = self._versions[one.version]
            if one.what == "entered":
                self._enter(one, journey)
                at += 1
            elif one.what == "moved":
                self._move(one, journey)
                at += 1
            elif self._by_event(one):
                self._end(one, journey)
                at += 1
            elif one.what == "aborted" or _details(one).get("reason") in {"republished", "error"}:
                # An operator's doing, or a fault: there is nothing to decide again.
                self._note("same")
                at += 1
            else:
                at += self._step(at, journey)
        return self._found

    def _note(self, outcome: Outcome, why: Text | None = None) -> None:
        """Keep what came of one step."""
        self._found.steps.append(Again(outcome, why))

    def _enter(self, one: StepSeen, journey: Journey) -> None:
        """Decide again on the entry, and stand where a new run stands."""
        run, entry = self._run, self._entry
        # What was drawn when they were first asked; runs of old know no better than the share.
        drawn = _details(one).get("held_out")
        held_out = is_held_out(journey, run.profile_id) if drawn is None else bool(drawn)
        token = first_token(journey, run.entered_at, held_out=held_out)
        self._token = token
        if journey.entry.event:
            # Position and receipt are of no meaning for who may enter, once it triggered at all.
            event = Happening(entry.name, entry.occurred_at, entry.occurred_at, 0, entry.properties)
            key = admit(journey, event)
            if isinstance(key, Refusal) or key != run.key:
                self._note("other", text("replay.other_entry"))
                return
        self._note("same")
        if journey.starts_blind and not held_out:
            stepped = self._ask(journey, token, NO_FACTS, run.entered_at, None).step()
            self._token = stepped.token or token

    def _move(self, one: StepSeen, journey: Journey) -> None:
        """Carry the run over again."""
        details = _details(one)
        old = self._versions.get(int(details.get("from_version", 0)))
        if old is None or self._token is None:
            self._note("unknown", text("replay.no_version", version=details.get("from_version", 0)))
            self._token = None
            return
        token = msgspec.structs.replace(self._token, node=str(details.get("from", "")))
        move = Move(one.version, token.node, one.node, bool(details.get("restart")))
        self._token = carry(move, old, journey, token, one.at, int(details.get("position", 0)))
        same = self._token is not None and self._token.node == one.node
        self._note("same" if same else "other", None if same else text("replay.other_way"))

    def _by_event(self, one: StepSeen) -> bool:
        """Say whether an event ended the run, and no step."""
        return one.what in {"exited", "goal"} and "event" in _details(one)

    def _end(self, one: StepSeen, journey: Journey) -> None:
        """Decide again whether the event ends the run."""
        details = _details(one)
        self._token = None
        if details.get("reason") == ALREADY and self._is_settled(journey, details):
            self._note("same")
            return
        fact = self._known.get(int(details.get("position", -1)))
        if fact is None:
            self._note("unknown", text("replay.event_gone", event=details["event"]))
            return
        event = Happening(fact.name, fact.occurred_at, one.at, fact.position, fact.properties)
        finish = ended_by(journey, self._scope(journey), event)
        same = finish is not None and (finish.state, finish.reason) == (
            one.what, details.get("reason"),
        )  # fmt: skip
        self._note("same" if same else "other", None if same else text("replay.other_end"))

    def _is_settled(self, journey: Journey, details: Mapping[str, Any]) -> bool:
        """Say whether an earlier event had settled the key's thing."""
        events: dict[str, list[EventFact]] = {}
        for fact in self._known.values():
            events.setdefault(fact.name, []).append(fact)
        facts = Facts(self._run.profile_id, events=events)
        before = int(details.get("position", 0))
        return settled_before(journey, self._scope(journey), facts, before) is not None

    def _step(self, at: int, journey: Journey) -> int:
        """Take the step again that begins at a place; return how much of the trace that is."""
        one = self._steps[at]
        inputs = read_inputs(one.inputs)
        n_told = self._n_told(at)
        asked = self._asked(journey, one, inputs)
        if asked is None:
            for _ in range(n_told):
                self._note("unknown", text("replay.no_inputs"))
            self._token = None
            return n_told
        stepped = asked.step()
        told = self._steps[at : at + len(stepped.trace)] if stepped.trace else [one]
        for nth, (stored, trace) in enumerate(
            zip(told, (*stepped.trace, *(None for _ in told)), strict=False)
        ):
            self._found.decisions[at + nth] = asked
            same = trace is not None and _is_same(stored, trace)
            self._note("same" if same else "other", None if same else text("replay.other_way"))
        self._token = stepped.token
        return len(told)

    def _n_told(self, at: int) -> int:
        """Return how many things of the trace one step may have done: all of one moment."""
        first = self._steps[at]
        n_told = 1
        for one in self._steps[at + 1 :]:
            if one.at != first.at or one.inputs or one.what in {"entered", "moved"}:
                break
            n_told += 1
        return n_told

    def _asked(self, journey: Journey, one: StepSeen, inputs: Inputs | None) -> Asked | None:
        """Return the decision as it was taken; None where too little is known of it."""
        if inputs is not None:
            facts = inputs.facts(self._run.profile_id, self._known)
            if facts is None:
                return None
            return self._ask(journey, inputs.where(), facts, one.at, inputs)
        if journey.asks or self._token is None:
            return None
        return self._ask(journey, self._token, NO_FACTS, one.at, None)

    def _ask(
        self,
        journey: Journey,
        token: Token,
        facts: Facts,
        now: int,
        inputs: Inputs | None,
    ) -> Asked:
        """Return a decision."""
        run = self._run
        position, room, trials = 0, _NO_ROOM, _NO_TRIALS
        if inputs is not None:
            position, room, trials = inputs.position, inputs.room, inputs.trials
        moment = Moment(now, position, run.brand_id, run.run_id, room, run.profile_id, trials)
        return Asked(journey, self._scope(journey), self._entry, token, facts, moment)

    def _scope(self, journey: Journey) -> Scope:
        """Return which events belong to the run."""
        return scope_of(journey, self._run.key, self._entry.occurred_at)


def _details(one: StepSeen) -> dict[str, Any]:
    """Return the details of a stored step."""
    found = msgspec.json.decode(one.details) if one.details else {}
    return found if isinstance(found, dict) else {}


def _is_same(stored: StepSeen, trace: Trace) -> bool:
    """Say whether a step did again what is stored of it."""
    again = msgspec.json.decode(trace.details) if trace.details else {}
    return (stored.node, stored.visit, stored.what, _details(stored)) == (
        trace.node, trace.visit, trace.what if trace.what else "", again,
    )  # fmt: skip
