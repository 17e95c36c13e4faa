"""Moves the runs that are due: claim, read facts, step, write; one transaction a batch.

The token's row lock is the claim, so a crash before the commit leaves everything as it was, and
workers beside each other never take the same run. Time ends where the projector stands: a timer
never overtakes an event that has been accepted, so no one is asked to pay after paying.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

import msgspec

from huiliu.conditions import Mentions
from huiliu.journeys import (
    Caused,
    Emit,
    Finish,
    Journey,
    Moment,
    Queue,
    SetTraits,
    Stepped,
    Token,
    Trace,
    read_entry,
    scope_of,
    step,
)
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import NO_FACTS, Facts
from huiliu.kernel.ids import message_id
from huiliu.ports.log import PROJECTOR
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.runs import RunRow, StepRow, TokenRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import Live, live
from huiliu.services.message_events import internal_event, internal_traits
from huiliu.services.track import retrack

__all__ = ["advance", "horizon"]

_BATCH = 2_000


def advance(world: World, limit: int = _BATCH) -> int:
    """Move up to `limit` due runs as far as they go now and return how many; 0 = none is due."""
    with world.store.system() as tx:
        # Whoever makes a segment live that asks for journeys waits for this transaction's end.
        tx.runs.move_along()
        if _is_asked_for(tx, world):
            # Segments are looked at with every step, so the projector waits, as with `expire`.
            tx.log.cursor(PROJECTOR)
        now, position = horizon(tx, world), tx.log.peek_cursor(PROJECTOR)
        claimed = tx.runs.claim_due(now, limit)
        by_brand: dict[int, list[tuple[RunRow, TokenRow]]] = defaultdict(list)
        for run, token in claimed:
            by_brand[run.brand_id].append((run, token))
        produced: list[NewEvent] = []
        for brand_id, of_brand in by_brand.items():
            produced += _Moves(tx, world, brand_id, now, position=position).run(of_brand)
        tx.log.append(produced)
        return len(claimed)


def _is_asked_for(tx: Tx, world: World) -> bool:
    """Say whether a live segment of any brand asks who is in a journey."""
    return any(live(tx, world, brand).listening.journeys for brand in tx.documents.brands())


def horizon(tx: Tx, world: World) -> int:
    """Return how far timers may go: the present, or just before the first event not projected."""
    now = world.clock.now()
    waiting = tx.log.read(0, tx.log.peek_cursor(PROJECTOR), 1)
    return min(now, waiting[0].received_at - 1) if waiting else now


@dataclass(slots=True)
class _Moves:
    """The due runs of one brand, and what is to be written about them."""

    tx: Tx
    world: World
    brand_id: int
    now: int
    tokens: list[TokenRow] = field(default_factory=list)
    ends: list[tuple[bytes, str, str, int]] = field(default_factory=list)
    steps: list[StepRow] = field(default_factory=list)
    messages: list[QueuedMessage] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)
    #: Every event that has taken effect stands before this position.
    position: int = 0

    def run(self, claimed: Sequence[tuple[RunRow, TokenRow]]) -> list[NewEvent]:
        """Step every run and write all of it; return the events that follow."""
        known = live(self.tx, self.world, self.brand_id)
        journeys = self._journeys(known, {(run.journey, run.version) for run, _ in claimed})
        facts = self._facts(journeys, claimed)
        for run, token in claimed:
            journey = journeys[run.journey, run.version]
            self._note(run, self._step(journey, run, token, facts), known)
        self.tx.runs.move(self.tokens)
        self.tx.runs.finish(self.brand_id, self.ends)
        self.tx.runs.record_steps(self.steps)
        self.tx.messages.queue(self.messages)
        return [*self.events, *self._retrack(known, claimed)]

    def _retrack(self, known: Live, claimed: Sequence[tuple[RunRow, TokenRow]]) -> list[NewEvent]:
        """Look at segments that ask for the journeys of the runs that moved."""
        asked = known.listening.journeys
        moved = {run.profile_id for run, _ in claimed if run.journey in asked}
        if not moved:
            return []
        mentions = Mentions(journeys=frozenset(run.journey for run, _ in claimed))
        now = self.world.clock.now()
        return retrack(self.tx, self.world, self.brand_id, moved, mentions, now)

    def _journeys(
        self, known: Live, wanted: Iterable[tuple[str, int]]
    ) -> dict[tuple[str, int], Journey]:
        """Return the journeys that the runs are pinned to."""
        return {pinned: known.versions[pinned] for pinned in wanted}

    def _facts(
        self,
        journeys: Mapping[tuple[str, int], Journey],
        claimed: Sequence[tuple[RunRow, TokenRow]],
    ) -> dict[int, Facts]:
        """Read once what the journeys' conditions may ask about their people."""
        asking = {pinned: each for pinned, each in journeys.items() if each.asks}
        if not asking:
            return {}
        people = {run.profile_id for run, _ in claimed if (run.journey, run.version) in asking}
        asked = reduce(or_, (journey.mentions for journey in asking.values()))
        if asked.traits or asked.further:
            return self.tx.people.facts_of(self.brand_id, sorted(people), asked, self.now)
        oldest = asked.oldest(self.now)
        found = self.tx.people.event_facts(
            self.brand_id, sorted(people), sorted(asked.events), oldest
        )
        return {profile: Facts(profile, events=events) for profile, events in found.items()}

    def _step(
        self, journey: Journey, run: RunRow, token: TokenRow, facts: Mapping[int, Facts]
    ) -> Stepped:
        """Return how far a run goes; one that cannot be stepped ends with the reason `error`."""
        at = Token(token.node, token.visit, token.due_at, token.memory, token.carried)
        moment = Moment(self.now, self.position, run.brand_id, run.run_id)
        try:
            entry = read_entry(run.entry)
            scope = scope_of(journey, run.key, entry.occurred_at)
            return step(journey, scope, entry, at, facts.get(run.profile_id, NO_FACTS), moment)
        except Exception as fault:  # noqa: BLE001 - one run's fault must not stop all others
            details = msgspec.json.encode({"reason": "error", "cause": type(fault).__name__})
            trace = Trace(token.node, token.visit, "ended", details)
            return Stepped(None, Finish("ended", "error"), (), (trace,))

    def _note(self, run: RunRow, stepped: Stepped, known: Live) -> None:
        """Note what a step leads to."""
        new = stepped.token
        if new is not None:
            self.tokens.append(
                TokenRow(
                    run.brand_id, run.run_id, new.node, new.visit, new.due_at, new.memory,
                    new.carried,
                )
            )  # fmt: skip
        if stepped.finish is not None:
            finish = stepped.finish
            self.ends.append((run.run_id, finish.state, finish.reason, self.now))
        for trace in stepped.trace:
            self.steps.append(
                StepRow(
                    run.brand_id, run.run_id, run.journey, run.version, run.profile_id,
                    trace.node, trace.visit, self.now, trace.what, trace.details,
                )
            )  # fmt: skip
        for caused in stepped.effects:
            self._cause(run, caused, known)

    def _cause(self, run: RunRow, caused: Caused, known: Live) -> None:
        """Note one effect."""
        effect = caused.effect
        if isinstance(effect, Queue):
            self.messages.append(self._queued(run, caused, effect, known))
        elif isinstance(effect, Emit | SetTraits):
            self.events.append(_told(run, caused, effect, self.now))
        else:
            raise NotImplementedError(type(effect).__name__)

    def _queued(self, run: RunRow, caused: Caused, queue: Queue, known: Live) -> QueuedMessage:
        """Return the outbox row of a decided message; it holds no text."""
        template = known.templates.get(queue.template)
        return QueuedMessage(
            brand_id=run.brand_id,
            message_id=message_id(
                run.brand_id, run.run_id, caused.node, caused.visit, run.profile_id
            ),
            profile_id=run.profile_id,
            journey=run.journey,
            version=run.version,
            run_id=run.run_id,
            node=caused.node,
            channel=queue.channel or (template.face.channel if template else ""),
            template=queue.template,
            template_version=template.version if template else 0,
            message_class=queue.message_class
            or (template.face.message_class if template else "marketing"),
            queued_at=self.now,
            expires_at=queue.expires_at,
            not_before=self.now,
            cancel_when=queue.cancel_when,
            inputs=b'{"event":%b,"key":%b}' % (run.entry, msgspec.json.encode(run.key)),
        )


def _told(run: RunRow, caused: Caused, effect: Emit | SetTraits, at: int) -> NewEvent:
    """Return the event that an effect is; it comes once, however often the step is tried."""
    where = (run.run_id, caused.node, caused.visit)
    if isinstance(effect, SetTraits):
        return internal_traits(run.brand_id, run.profile_id, effect.traits, at, *where)
    return internal_event(run.brand_id, run.profile_id, effect.name, effect.properties, at, *where)
