"""Steps runs and writes what follows: one way for those that timers, events and occasions move.

Everything a step leads to is written in the transaction that moves its token: messages, calls,
tasks, quotas, and Huiliu's own events. So a crash leaves either all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import msgspec

from huiliu.conditions import Mentions
from huiliu.experiments.standing import Standing
from huiliu.journeys import (
    Call,
    Caused,
    Claim,
    Emit,
    EntryEvent,
    Finish,
    Issue,
    Journey,
    Moment,
    Open,
    Plan,
    Queue,
    Scope,
    SetTraits,
    Stepped,
    Token,
    Trace,
    read_entry,
    scope_of,
    step,
)
from huiliu.journeys.inputs import keep_inputs
from huiliu.journeys.journey import DEFAULT_PRIORITY
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import NO_FACTS, Facts
from huiliu.kernel.ids import digest, message_id
from huiliu.kernel.times import DAY, local_datetime
from huiliu.ports.calls import CallRow
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.runs import RunRow, StepRow, TokenRow
from huiliu.ports.store import Tx
from huiliu.ports.tasks import TaskRow
from huiliu.ports.world import World
from huiliu.services.give_coupons import Asked, give_coupons
from huiliu.services.journey_events import ended_event
from huiliu.services.live import Live
from huiliu.services.message_events import internal_event, internal_traits
from huiliu.services.planned_content import open_planned
from huiliu.services.trials import NO_TRIALS, Trials, open_trials

__all__ = ["STOPPED", "Moves"]

#: The state of a journey that an operator stopped, and the reason of the runs that this ended.
STOPPED: Final = "stopped"

#: How long a call is tried whose answer nobody uses.
_UNAWAITED: Final = DAY

_NO_ROOM: Final[Mapping[str, int]] = {}
_NO_ENTRY: Final = EntryEvent("", 0, {})
_NO_SCOPE: Final = Scope("", "", 0)
#: What a step was told.
_Seen: TypeAlias = tuple[Token, Facts, int, Mapping[str, int], Mapping[str, Standing]]
#: A node's quota in a period: journey, node, period.
_QuotaKey = tuple[str, str, str]


@dataclass(slots=True)
class Moves:
    """Runs of one brand that move in one transaction, and what is to be written about them."""

    tx: Tx
    world: World
    brand_id: int
    known: Live
    #: How far time has come.
    now: int
    #: Every event that has taken effect stands before this position of the log.
    position: int
    tokens: list[TokenRow] = field(default_factory=list)
    ends: list[tuple[bytes, str, str, int]] = field(default_factory=list)
    steps: list[StepRow] = field(default_factory=list)
    messages: list[QueuedMessage] = field(default_factory=list)
    calls: list[CallRow] = field(default_factory=list)
    tasks: list[TaskRow] = field(default_factory=list)
    #: (journey, node, what it asks for, how often) -> how many runs asked for it.
    pieces: dict[tuple[str, str, Plan], int] = field(default_factory=dict)
    #: Coupons that runs ask for.
    coupons: list[Asked] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)
    _facts: Mapping[int, Facts] = field(default_factory=dict)
    #: What was read of the run before: journey, entry, key, and both as values.
    _last: tuple[Journey | None, bytes, str, EntryEvent, Scope] = (
        None,
        b"",
        "",
        _NO_ENTRY,
        _NO_SCOPE,
    )
    #: What a run's last step was told, until it is noted.
    _seen: dict[bytes, _Seen] = field(default_factory=dict)
    #: How experiments that these runs may meet stand.
    _trials: Trials = NO_TRIALS
    #: What was given of quotas that this transaction holds, before it and by it.
    _used: dict[_QuotaKey, int] = field(default_factory=dict)
    _given: dict[_QuotaKey, int] = field(default_factory=dict)
    #: Version, by the journey's identity, -> node -> its quota; read once for all runs.
    _keys: dict[int, dict[str, _QuotaKey]] = field(default_factory=dict)

    def read(self, standing: Collection[tuple[RunRow, str]]) -> None:
        """Read once what steps of runs that stand at nodes may ask, and hold their quotas."""
        pinned = {(run.journey, run.version) for run, _ in standing}
        journeys = {each: self.known.pinned(self.tx, self.brand_id, *each) for each in pinned}
        self._facts = self._read_facts(journeys, standing)
        self._hold_quotas(journeys.values())
        self._trials = open_trials(
            self.tx, self.brand_id, self.known.trials,
            [(journeys[run.journey, run.version], run.profile_id) for run, _ in standing],
        )  # fmt: skip

    def step(self, run: RunRow, token: Token, position: int) -> Stepped:
        """Return how far a run goes; one that cannot be stepped ends with the reason `error`.

        Args:
            run: the run.
            token: where it stands.
            position: every event that it may have seen stands before this position.
        """
        running = self.known.journeys.get(run.journey)
        if running is not None and running.state == STOPPED:
            trace = Trace(token.node, token.visit, "aborted", b'{"reason":"stopped"}')
            return Stepped(None, Finish("aborted", STOPPED), (), (trace,))
        journey = self.known.versions[run.journey, run.version]
        room = self._room(journey) if self._used else _NO_ROOM
        trials = self._trials.of(journey, run.profile_id)
        moment = Moment(self.now, position, run.brand_id, run.run_id, room, run.profile_id, trials)
        facts = self._facts.get(run.profile_id, NO_FACTS)
        if room or trials or journey.told(token.node) is not None:
            self._seen[run.run_id] = (token, facts, position, room, trials)
        try:
            entry, scope = self._begun(journey, run)
            return step(journey, scope, entry, token, facts, moment)
        except Exception as fault:  # noqa: BLE001 - one run's fault must not stop all others
            details = msgspec.json.encode({"reason": "error", "cause": type(fault).__name__})
            trace = Trace(token.node, token.visit, "ended", details)
            return Stepped(None, Finish("ended", "error"), (), (trace,))

    def _begun(self, journey: Journey, run: RunRow) -> tuple[EntryEvent, Scope]:
        """Return what began a run; the people of an occasion all share it."""
        known, raw, key, entry, scope = self._last
        if run.entry is raw and run.key is key and known is journey:
            return entry, scope
        entry = read_entry(run.entry)
        scope = scope_of(journey, run.key, entry.occurred_at)
        self._last = (journey, run.entry, run.key, entry, scope)
        return entry, scope

    def note(self, run: RunRow, stepped: Stepped, *, looks_again: bool = False) -> None:
        """Note what a step leads to.

        Args:
            run: the run.
            stepped: what the step led to.
            looks_again: whether something may have happened meanwhile that it was not told of.
        """
        new = stepped.token
        if new is not None:
            due_at = self.now if looks_again and self._listens(run, new.node) else new.due_at
            self.tokens.append(
                TokenRow(
                    run.brand_id, run.run_id, new.node, new.visit, due_at, new.memory, new.carried
                )
            )
        if stepped.finish is not None:
            finish = stepped.finish
            self.ends.append((run.run_id, finish.state, finish.reason, self.now))
            told = ended_event(run, finish.state, finish.reason, self.now)
            if told is not None:
                self.events.append(told)
        seen = self._seen.pop(run.run_id, None)
        for nth, trace in enumerate(stepped.trace):
            inputs = keep_inputs(*seen) if seen is not None and nth == 0 else b""
            self.steps.append(
                StepRow(
                    run.brand_id, run.run_id, run.journey, run.version, run.profile_id,
                    trace.node, trace.visit, self.now, trace.what, trace.details, inputs,
                )
            )  # fmt: skip
        for caused in stepped.effects:
            self._cause(run, caused, stepped.carried)

    def take(self, run: RunRow, stepped: Stepped) -> None:
        """Take from quotas what a step claimed, before the next run is stepped."""
        for claim in stepped.claims:
            self._claim(run, claim, claim.amount)

    def give_back(self, run: RunRow, stepped: Stepped) -> None:
        """Give back what a step took that in the end was not written."""
        for claim in stepped.claims:
            self._claim(run, claim, -claim.amount)

    def write(self) -> list[NewEvent]:
        """Write what was noted, tokens and ends excepted; return the events that follow."""
        self.tx.runs.record_steps(self.steps)
        self.tx.messages.queue(self.messages)
        self.tx.calls.queue(self.calls)
        self.tx.tasks.open(self.tasks)
        if self.pieces:
            zone = self.known.around.zone
            self.events += open_planned(self.tx, self.brand_id, self.pieces, self.now, zone)
        self.tx.runs.give(self.brand_id, self._given)
        if self.coupons:
            self.events += give_coupons(self.tx, self.world, self.brand_id, self.coupons, self.now)
        self.events += self._trials.write(self.tx, self.brand_id, self.now)
        return self.events

    def _read_facts(
        self, journeys: Mapping[tuple[str, int], Journey], standing: Iterable[tuple[RunRow, str]]
    ) -> Mapping[int, Facts]:
        """Read what the steps may ask about their people."""
        asked, people = Mentions(), set[int]()
        told: dict[tuple[str, int, str], Mentions | None] = {}
        for run, node in standing:
            key = (run.journey, run.version, node)
            if key not in told:
                told[key] = more = journeys[run.journey, run.version].told(node)
                asked |= more if more is not None else Mentions()
            if told[key] is not None:
                people.add(run.profile_id)
        if not people:
            return {}
        if asked.traits or asked.further:
            return self.tx.people.facts_of(self.brand_id, sorted(people), asked, self.now)
        found = self.tx.people.event_facts(
            self.brand_id, sorted(people), sorted(asked.events), asked.oldest(self.now)
        )
        return {profile: Facts(profile, events=events) for profile, events in found.items()}

    def _hold_quotas(self, journeys: Iterable[Journey]) -> None:
        """Lock the quotas that these journeys may give out of, all at once and in order."""
        keys = {key for journey in journeys for key in self._quotas(journey).values()}
        self._used = self.tx.runs.quotas(self.brand_id, keys)

    def _quotas(self, journey: Journey) -> dict[str, _QuotaKey]:
        """Return under which key what each node of a version gave is counted."""
        found = self._keys.get(id(journey))
        if found is None:
            found = self._keys[id(journey)] = {
                name: (journey.slug, name, self._period(journey, name))
                for name, node in journey.nodes.items()
                if node.quota is not None
            }
        return found

    def _period(self, journey: Journey, node: str) -> str:
        """Return the day of a node's quota; "" = all time."""
        quota = journey.nodes[node].quota
        zone = quota.zone if quota is not None else ""
        return local_datetime(self.now, zone).date().isoformat() if zone else ""

    def _room(self, journey: Journey) -> Mapping[str, int]:
        """Return what is left of a version's quotas: versions count together, each to its limit."""
        return {
            node: max(0, quota.limit - self._used[key])
            for node, key in self._quotas(journey).items()
            if (quota := journey.nodes[node].quota) is not None
        }

    def _claim(self, run: RunRow, claim: Claim, amount: int) -> None:
        """Take so much from a quota."""
        journey = self.known.versions[run.journey, run.version]
        key = (run.journey, claim.node, self._period(journey, claim.node))
        self._used[key] += amount
        self._given[key] = self._given.get(key, 0) + amount

    def _listens(self, run: RunRow, node: str) -> bool:
        """Say whether events may wake a run that rests at a node."""
        journey = self.known.versions[run.journey, run.version]
        return bool(journey.listens(node))

    def _cause(self, run: RunRow, caused: Caused, carried: bytes) -> None:
        """Note one effect."""
        effect = caused.effect
        if isinstance(effect, Queue):
            self.messages.append(self._queued(run, caused, effect, carried))
        elif isinstance(effect, Emit | SetTraits):
            self.events.append(_told(run, caused, effect, self.now))
            if isinstance(effect, Emit):
                self._trials.note(run.profile_id, effect)
        elif isinstance(effect, Call):
            self.calls.append(_called(run, caused, effect, self.now))
        elif isinstance(effect, Open):
            self.tasks.append(_opened(run, caused, effect, self.now))
            self.events.append(_told(run, caused, _task_opened(run, caused, effect), self.now))
        elif isinstance(effect, Plan):
            asked = (run.journey, caused.node, effect)
            self.pieces[asked] = self.pieces.get(asked, 0) + 1
        elif isinstance(effect, Issue):
            place = _place(run, caused)
            self.coupons.append(
                Asked(effect.coupon, run.profile_id, run.run_id, caused.node, caused.visit, place)
            )

    def _queued(self, run: RunRow, caused: Caused, queue: Queue, carried: bytes) -> QueuedMessage:
        """Return the outbox row of a decided message; it holds no text."""
        template = self.known.templates.get(queue.template)
        node = f"{caused.node}#{queue.nth}" if queue.nth else caused.node
        more = b',"carried":%b' % carried if carried else b""
        return QueuedMessage(
            run.brand_id,
            message_id(run.brand_id, run.run_id, node, caused.visit, run.profile_id),
            run.profile_id,
            run.journey,
            run.version,
            run.run_id,
            caused.node,
            queue.channel or (template.face.channel if template else ""),
            queue.template,
            template.version if template else 0,
            queue.message_class or (template.face.message_class if template else "marketing"),
            self.now,
            queue.expires_at,
            self.now,
            queue.cancel_when,
            b'{"event":%b,"key":%b%b}' % (run.entry, msgspec.json.encode(run.key), more),
            _band(self.known.versions[run.journey, run.version].priority),
        )


def _band(priority: int) -> int:
    """Return how a journey's messages stand in the queue: ahead of others, as usual, or behind."""
    return 1 if priority == DEFAULT_PRIORITY else int(priority < DEFAULT_PRIORITY) * 2


def _place(run: RunRow, caused: Caused) -> Sequence[object]:
    """Return what tells an effect from all others; the first of a node's visit has no number."""
    nth = getattr(caused.effect, "nth", 0)
    return (run.run_id, caused.node, caused.visit, *((nth,) if nth else ()))


def _told(run: RunRow, caused: Caused, effect: Emit | SetTraits, at: int) -> NewEvent:
    """Return the event that an effect is; it comes once, however often the step is tried."""
    where = _place(run, caused)
    if isinstance(effect, SetTraits):
        return internal_traits(run.brand_id, run.profile_id, effect.traits, at, *where)
    return internal_event(run.brand_id, run.profile_id, effect.name, effect.properties, at, *where)


def _called(run: RunRow, caused: Caused, call: Call, at: int) -> CallRow:
    """Return the outbox row of a call."""
    body = b"" if call.method == "GET" and not call.body else msgspec.json.encode(call.body)
    within = call.within if call.is_awaited else max(call.within, _UNAWAITED)
    return CallRow(
        run.brand_id, digest("call", run.brand_id, *_place(run, caused)), run.profile_id,
        run.journey, run.run_id, caused.node, caused.visit, call.method, call.url, body, at,
        at + within, at,
    )  # fmt: skip


def _opened(run: RunRow, caused: Caused, task: Open, at: int) -> TaskRow:
    """Return a task."""
    return TaskRow(
        run.brand_id, digest("task", run.brand_id, *_place(run, caused)), run.profile_id,
        run.journey, run.run_id, caused.node, caused.visit, task.title, task.assignee,
        tuple(task.outcomes), at, task.due_at,
    )  # fmt: skip


def _task_opened(run: RunRow, caused: Caused, task: Open) -> Emit:
    """Return what the log is told of a task."""
    return Emit(
        "Task Opened",
        {
            "run": run.run_id.hex(), "node": caused.node, "visit": caused.visit,
            "task": digest("task", run.brand_id, *_place(run, caused)).hex(),
            "assignee": task.assignee,
        },
        task.nth,
    )  # fmt: skip
