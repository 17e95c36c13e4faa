"""Virtual time: one journey over a stream of events, by the same entry, ending and step as live.

Nothing here knows what time it is: events come in replay order, and timers fire between them.
An event at the very instant at which a wait ends comes first, so an order that was shipped just
then gets no apology.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from huiliu.identity.traits import Dated, fold
from huiliu.journeys.entering import (
    ALREADY,
    Happening,
    Refusal,
    admit,
    ended_by,
    first_token,
    scope_of,
    wakes,
)
from huiliu.journeys.journey import AFTER_END, NEVER, Journey
from huiliu.journeys.matchers import Scope, key_text
from huiliu.journeys.nodes import Queue
from huiliu.journeys.step import EntryEvent, Finish, Moment, Token, step
from huiliu.kernel.facts import EventFact, Facts, Value

__all__ = ["Decision", "Rehearsal", "Rehearsed", "RehearsedMessage"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that a rehearsed run did, and why."""

    at: int
    node: str
    #: entered, waited, branched, sent, exited, goal, ended.
    what: str
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RehearsedMessage:
    """A message that the journey decided on."""

    at: int
    node: str
    visit: int
    queue: Queue


@dataclass(slots=True)
class Rehearsed:
    """One run in virtual time."""

    profile_id: int
    key: str
    scope: Scope
    entry: EntryEvent
    entered_at: int
    token: Token | None
    #: active, exited, goal or ended.
    state: str = "active"
    reason: str = ""
    ended_at: int = 0
    messages: list[RehearsedMessage] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


@dataclass(slots=True)
class _Person:
    """What virtual time has learnt about a person so far."""

    facts: Facts
    events: dict[str, list[EventFact]]
    traits: dict[str, Value]
    dated: dict[str, Dated] = field(default_factory=dict)


class Rehearsal:
    """A journey in virtual time; feed it events in replay order, then finish it."""

    def __init__(self, journey: Journey, start: int, end: int, *, explains: bool = True) -> None:
        """Rehearse entries and decisions of [start, end); earlier events are facts only.

        Without `explains`, runs keep no decisions: a million of them take a third of the memory.
        """
        self._explains = explains
        self.journey = journey
        self.start = start
        self.end = end
        #: Every run, in the order of entry.
        self.runs: list[Rehearsed] = []
        #: Why events of the entry's name began no run: reason -> how many.
        self.refused: Counter[str] = Counter()
        self._active: dict[int, dict[str, Rehearsed]] = defaultdict(dict)
        self._last_entry: dict[tuple[int, str], int] = {}
        #: (profile, key) -> the event that settled the key's thing before any run of it began.
        self._settled: dict[tuple[int, str], str] = {}
        self._people: dict[int, _Person] = {}
        self._timers: list[tuple[int, int, Rehearsed]] = []
        self._n_timers = 0
        self._facts_asked = journey.mentions.events

    def feed(self, profile_id: int, event: Happening, traits: Mapping[str, Value]) -> None:
        """Let virtual time come to an event: timers before it fire, then it takes effect."""
        self._fire(event.met_at - 1)
        self._learn(profile_id, event, traits)
        for run in list(self._active.get(profile_id, {}).values()):
            finish = ended_by(self.journey, run.scope, event)
            if finish is not None:
                self._end(run, finish, event.met_at, {"event": event.name})
            elif wakes(self.journey, event, traits_changed=bool(traits)) and run.token:
                self._place(run, Token(
                    run.token.node, run.token.visit, min(run.token.due_at, event.met_at),
                    run.token.memory,
                ))  # fmt: skip
        if event.name == self.journey.entry.event and self.start <= event.met_at < self.end:
            self._begin(profile_id, event)
        self._settle(profile_id, event)

    def finish(self) -> None:
        """Let virtual time come to the end: every timer before it fires."""
        self._fire(self.end - 1)

    def _learn(self, profile_id: int, event: Happening, traits: Mapping[str, Value]) -> None:
        """Add an event to what is known of its person, if a condition may ask for it."""
        if event.name not in self._facts_asked and not traits:
            return
        person = self._person(profile_id)
        if event.name in self._facts_asked:
            fact = EventFact(event.name, event.occurred_at, event.position, event.properties)
            known = person.events.setdefault(event.name, [])
            if known and _order(known[-1]) > _order(fact):
                insort(known, fact, key=_order)
            else:
                known.append(fact)
        if traits:
            fold(person.dated, traits, event.occurred_at, event.position)
            person.traits.clear()
            person.traits.update(
                (name, dated[0]) for name, dated in person.dated.items() if dated[0] is not None
            )

    def _person(self, profile_id: int) -> _Person:
        """Return what is known of a person; nothing, at first."""
        found = self._people.get(profile_id)
        if found is None:
            events: dict[str, list[EventFact]] = {}
            traits: dict[str, Value] = {}
            found = _Person(Facts(profile_id, traits, events), events, traits)
            self._people[profile_id] = found
        return found

    def _begin(self, profile_id: int, event: Happening) -> None:
        """Begin a run, or count why not."""
        key = admit(self.journey, event, any_age=True)
        if isinstance(key, Refusal):
            self.refused[key.reason] += 1
            return
        last = self._last_entry.get((profile_id, key))
        if last is not None and not self._may_again(profile_id, key, event.met_at - last):
            self.refused["again"] += 1
            return
        self._last_entry[profile_id, key] = event.met_at
        run = Rehearsed(
            profile_id, key, scope_of(self.journey, key, event.occurred_at),
            EntryEvent(event.name, event.occurred_at, dict(event.properties)), event.met_at, None,
        )  # fmt: skip
        self.runs.append(run)
        details = {"event": event.name, "key": key}
        self._tell(run, Decision(event.met_at, self.journey.start, "entered", details))
        settled = self._settled.get((profile_id, key))
        if settled is not None:
            self._end(run, Finish("exited", ALREADY), event.met_at, {"event": settled})
            return
        self._active[profile_id][key] = run
        self._place(run, first_token(self.journey, event.met_at))

    def _may_again(self, profile_id: int, key: str, since_last: int) -> bool:
        """Say whether a person who entered before may enter again."""
        entry = self.journey.entry
        if entry.again == NEVER or key in self._active.get(profile_id, {}):
            return False
        return entry.again == AFTER_END or since_last >= entry.again_after

    def _settle(self, profile_id: int, event: Happening) -> None:
        """Remember what settles a key's thing, for a run of it that may begin later."""
        entry = self.journey.entry
        if not entry.key or entry.again != NEVER or event.name not in self.journey.end_events:
            return
        key = key_text(event.properties.get(entry.key))
        if key is None or (profile_id, key) in self._last_entry:
            return
        scope = scope_of(self.journey, key, event.occurred_at)
        for matcher in self.journey.end_matchers:
            if not matcher.after_entry and matcher.matches(
                scope, event.name, event.occurred_at, event.properties
            ):
                self._settled.setdefault((profile_id, key), event.name)

    def _place(self, run: Rehearsed, token: Token) -> None:
        """Put a run's token down and set its timer."""
        run.token = token
        self._n_timers += 1
        heapq.heappush(self._timers, (token.due_at, self._n_timers, run))

    def _fire(self, until: int) -> None:
        """Let every timer due at or before an instant fire, in order."""
        until = min(until, self.end - 1)
        while self._timers and self._timers[0][0] <= until:
            due_at, _, run = heapq.heappop(self._timers)
            # A timer that was moved or whose run ended since is stale.
            if run.token is not None and run.token.due_at == due_at:
                self._step(run, run.token, due_at)

    def _step(self, run: Rehearsed, token: Token, now: int) -> None:
        """Move a run as far as it goes."""
        facts = self._person(run.profile_id).facts if self.journey.asks else Facts(run.profile_id)
        stepped = step(self.journey, run.scope, run.entry, token, facts, Moment(now))
        for trace in stepped.trace if self._explains else ():
            if stepped.finish is None or trace is not stepped.trace[-1]:
                details = msgspec.json.decode(trace.details)
                self._tell(run, Decision(now, trace.node, trace.what, details))
        run.messages.extend(
            RehearsedMessage(now, caused.node, caused.visit, caused.effect)
            for caused in stepped.effects
            if isinstance(caused.effect, Queue)
        )
        if stepped.finish is not None:
            details = msgspec.json.decode(stepped.trace[-1].details)
            self._end(run, stepped.finish, now, details, node=stepped.trace[-1].node)
        elif stepped.token is not None:
            self._place(run, stepped.token)

    def _tell(self, run: Rehearsed, decision: Decision) -> None:
        """Keep a decision, if anyone will ask for it."""
        if self._explains:
            run.decisions.append(decision)

    def _end(
        self, run: Rehearsed, finish: Finish, at: int, details: Mapping[str, object], node: str = ""
    ) -> None:
        """End a run."""
        node = node or (run.token.node if run.token else self.journey.start)
        told = {**details, "reason": finish.reason}
        self._tell(run, Decision(at, node, finish.state, told))
        run.token = None
        run.entry = _FORGOTTEN
        run.state, run.reason, run.ended_at = finish.state, finish.reason, at
        self._active.get(run.profile_id, {}).pop(run.key, None)


#: A run that is over needs its entry event no more.
_FORGOTTEN = EntryEvent("", 0, {})


def _order(fact: EventFact) -> tuple[int, int]:
    """Return what facts are ordered by."""
    return fact.occurred_at, fact.position
