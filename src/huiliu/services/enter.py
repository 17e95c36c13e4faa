"""Lets journeys react to events: runs begin, end and wake, in the projector's transaction.

Everything is decided on values read once a batch and written in a few statements. Whether a run
may begin again is decided by the database's keys, so no two workers can disagree about it.

The tokens of all runs that a batch concerns are locked before any is woken. Whoever moves one of
them just now is waited for, and has not seen these events: then its new place is what counts. Who
moves it later sees them among the facts. So no run rests past an event that it waits for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import structs

from huiliu.journeys import (
    ALREADY,
    Finish,
    Happening,
    Journey,
    Moment,
    Refusal,
    Scope,
    Token,
    admit,
    ended_by,
    first_token,
    identify,
    is_again_bounded,
    kept_entry,
    read_entry,
    scope_of,
    settled_before,
    step,
    wakes,
)
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import NO_FACTS, Facts, Projected
from huiliu.ports.runs import RunRow, StepRow, TokenRow
from huiliu.ports.store import Tx
from huiliu.services.hold_out import HoldOuts
from huiliu.services.journey_events import ANSWERS, CALLED, ended_event, refused_event
from huiliu.services.live import Live, Running
from huiliu.services.stages import open_stages

__all__ = ["enter"]

_OFFSET_BITS = 48


@dataclass(slots=True)
class _Standing:
    """A run of a person in this batch: read from the store, or begun by this batch."""

    row: RunRow
    journey: Journey
    #: Read when it is first asked for: most runs of a batch are never asked.
    known_scope: Scope | None = None
    #: Where it stands, for a run that this batch begins.
    token: Token | None = None
    #: The position after the event that began it.
    since: int = 0
    is_new: bool = False

    @property
    def scope(self) -> Scope:
        """Return which events belong to the run."""
        if self.known_scope is None:
            since = read_entry(self.row.entry).occurred_at
            self.known_scope = scope_of(self.journey, self.row.key, since)
        return self.known_scope


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A run that an event may begin."""

    running: Running
    event: Happening
    profile_id: int
    key: str


@dataclass(frozen=True, slots=True)
class _Stir:
    """An event that may wake a run, if it rests where this event is waited for."""

    standing: _Standing
    event: Happening
    traits_changed: bool


@dataclass(slots=True)
class _Written:
    """What the batch is going to write."""

    begun: list[_Standing] = field(default_factory=list)
    steps: list[StepRow] = field(default_factory=list)
    ends: list[tuple[bytes, str, str, int]] = field(default_factory=list)
    #: Run -> what may wake it, in log order.
    stirs: dict[bytes, list[_Stir]] = field(default_factory=lambda: defaultdict(list))
    events: list[NewEvent] = field(default_factory=list)


def enter(
    tx: Tx, brand_id: int, known: Live, projected: Sequence[Projected]
) -> tuple[dict[str, set[int]], list[NewEvent]]:
    """Begin, end and wake the runs that a batch of one brand's events asks for.

    Returns journey -> whose runs began or ended, and the events that follow.
    """
    heard = [
        one
        for one in projected
        # A call that nobody hears is answered, too.
        if one.name in known.heard or one.name == CALLED or (known.hears_traits and one.traits)
    ]
    if not heard:
        return {}, []
    batch = _Batch(tx, brand_id, known, heard[-1].event.received_at)
    batch.run(heard)
    return batch.moved, batch.written.events


class _Batch:
    """The events of one brand in one transaction."""

    def __init__(self, tx: Tx, brand_id: int, known: Live, now: int) -> None:
        """Hold what every step needs."""
        self.tx = tx
        self.brand_id = brand_id
        self.known = known
        self.stages = open_stages(tx, brand_id, known.rollouts, 0)
        self.written = _Written()
        self.holdouts = HoldOuts(tx, brand_id, known.holdouts, known.around.zone, now)
        #: profile -> its active runs.
        self.active: dict[int, list[_Standing]] = defaultdict(list)
        #: Journey -> whose runs began or ended.
        self.moved: dict[str, set[int]] = defaultdict(set)

    def run(self, heard: Sequence[Projected]) -> None:
        """Decide event by event in log order, then write."""
        candidates = {id(one): self._candidates(one) for one in heard}
        self._read_active({one.profile_id for one in heard})
        flat = [each for found in candidates.values() for each in found]
        facts = self._read_facts(flat)
        self.holdouts.read_entries((each.running.journey, each.profile_id) for each in flat)
        barred = self._read_barred(flat)
        seen: set[bytes] = set()
        for one in heard:
            event = _happening(one)
            self._end_or_wake(one, event)
            n_begun = len(self.written.begun)
            for candidate in candidates[id(one)]:
                if (candidate.running.journey.slug, candidate.profile_id, candidate.key) in barred:
                    continue
                self._begin(candidate, facts.get(candidate.profile_id, NO_FACTS), seen)
            if one.name == CALLED and len(self.written.begun) == n_begun:
                self._tell(
                    refused_event(self.brand_id, one.profile_id, event.properties, event.met_at)
                )
        self._write()

    def _candidates(self, one: Projected) -> list[_Candidate]:
        """Return the runs that an event would begin, by its own content."""
        if not one.triggers or one.name not in self.known.entries:
            return []
        event = _happening(one)
        found = []
        for running in self.known.entries[one.name]:
            key = admit(running.journey, event)
            if not isinstance(key, Refusal) and self._is_reached(running, one.profile_id):
                found.append(_Candidate(running, event, one.profile_id, key))
        return found

    def _is_reached(self, running: Running, profile_id: int) -> bool:
        """Say whether the journey's roll-outs have reached a person."""
        return not self.stages or self.stages.lets_in(running.journey.slug, profile_id)

    def _read_active(self, profiles: Iterable[int]) -> None:
        """Read the active runs of everyone whom the batch speaks of."""
        for row in self.tx.runs.active(self.brand_id, sorted(profiles)):
            journey = self.known.pinned(self.tx, self.brand_id, row.journey, row.version)
            self.active[row.profile_id].append(_Standing(row, journey))

    def _read_facts(self, candidates: Sequence[_Candidate]) -> dict[int, Facts]:
        """Read the earlier life of the things whose keyed runs are about to begin."""
        keyed = [each for each in candidates if each.running.journey.entry.key]
        names = frozenset().union(*(each.running.journey.end_events for each in keyed))
        if not names:
            return {}
        people = sorted({each.profile_id for each in keyed})
        found = self.tx.people.event_facts(self.brand_id, people, sorted(names), 0)
        return {profile: Facts(profile, events=events) for profile, events in found.items()}

    def _read_barred(self, candidates: Sequence[_Candidate]) -> set[tuple[str, int, str]]:
        """Return (journey, profile, key) that entered too lately to enter again."""
        asked: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
        for each in candidates:
            journey = each.running.journey
            if is_again_bounded(journey):
                since = each.event.met_at - journey.entry.again_after + 1
                asked[journey.slug].append((each.profile_id, each.key, since))
        return {
            (slug, profile, key)
            for slug, rows in asked.items()
            for profile, key in self.tx.runs.entered_since(self.brand_id, slug, rows)
        }

    def _end_or_wake(self, one: Projected, event: Happening) -> None:
        """End or wake the person's runs that an event concerns."""
        standing = self.active[one.profile_id]
        for each in list(standing):
            ends = event.name in each.journey.end_events
            finish = ended_by(each.journey, each.scope, event) if ends else None
            if finish is not None:
                standing.remove(each)
                self._end(each, finish, event)
            elif wakes(each.journey, event, traits_changed=bool(one.traits)):
                self._wake(each, _Stir(each, event, bool(one.traits)))

    def _end(self, standing: _Standing, finish: Finish, event: Happening) -> None:
        """End a run for an event."""
        row = standing.row
        self.moved[row.journey].add(row.profile_id)
        node = standing.token.node if standing.token else ""
        details = {"reason": finish.reason, "event": event.name, "position": event.position}
        self._step(row, node, finish.state, event.met_at, details)
        self._tell(ended_event(row, finish.state, finish.reason, event.met_at))
        if standing.is_new:
            standing.token = None
            standing.row = structs.replace(
                row, state=finish.state, reason=finish.reason, ended_at=event.met_at
            )
        else:
            self.written.ends.append((row.run_id, finish.state, finish.reason, event.met_at))

    def _wake(self, standing: _Standing, stir: _Stir) -> None:
        """Let a run that rests look again: at once if it is new, else under its token's lock."""
        event = stir.event
        if event.name in ANSWERS and event.properties.get("run") != standing.row.run_id.hex():
            return
        token = standing.token
        if token is None:
            self.written.stirs[standing.row.run_id].append(stir)
        elif _is_stirred(stir, token.node):
            standing.token = structs.replace(token, due_at=min(token.due_at, event.met_at))
            standing.since = standing.since or event.position + 1

    def _tell(self, event: NewEvent | None) -> None:
        """Note an event that follows, if one does."""
        if event is not None:
            self.written.events.append(event)

    def _begin(self, candidate: _Candidate, facts: Facts, seen: set[bytes]) -> None:
        """Begin a run, unless one is active or this batch began it before."""
        journey, event, key = candidate.running.journey, candidate.event, candidate.key
        standing = self.active[candidate.profile_id]
        run_id = identify(journey, self.brand_id, candidate.profile_id, key, event.met_at)
        if run_id in seen or any(
            each.row.journey == journey.slug and each.row.key == key for each in standing
        ):
            return
        seen.add(run_id)
        row = RunRow(
            self.brand_id, run_id, journey.slug, candidate.running.version, candidate.profile_id,
            key, event.met_at, "active", "", kept_entry(event),
        )  # fmt: skip
        begun = _Standing(row, journey, scope_of(journey, key, event.occurred_at))
        begun.is_new = True
        self.moved[journey.slug].add(candidate.profile_id)
        self.written.begun.append(begun)
        held_out = self.holdouts.keeps_out(journey, candidate.profile_id, event.met_at)
        details: dict[str, object] = {"event": event.name, "key": key}
        if journey.holdout:
            details["held_out"] = held_out
        self._step(row, journey.start, "entered", event.met_at, details)
        settled = settled_before(journey, begun.scope, facts, event.position)
        if settled is not None:
            earlier = structs.replace(event, name=settled.event)
            self._end(begun, Finish("exited", ALREADY), earlier)
            return
        begun.token = self._placed(begun, event.position + 1, held_out=held_out)
        # Who rests already has seen the entry; all others begin behind it.
        begun.since = 0 if begun.token.memory else event.position + 1
        standing.append(begun)

    def _placed(self, begun: _Standing, position: int, *, held_out: bool) -> Token:
        """Return where a new run stands: past its first wait's beginning where nothing is asked."""
        journey, row = begun.journey, begun.row
        token = first_token(journey, row.entered_at, held_out=held_out)
        if held_out or not journey.starts_blind:
            return token
        moment = Moment(
            row.entered_at, position, row.brand_id, row.run_id, profile_id=row.profile_id
        )
        stepped = step(journey, begun.scope, read_entry(row.entry), token, NO_FACTS, moment)
        rests = stepped.token
        # A wait that is over at once leads on: that is for those who advance.
        is_blind = rests is not None and rests.node == token.node and not stepped.effects
        return rests if rests is not None and is_blind else token

    def _step(self, row: RunRow, node: str, what: str, at: int, details: dict[str, object]) -> None:
        """Note one thing that a run did."""
        self.written.steps.append(
            StepRow(
                self.brand_id, row.run_id, row.journey, row.version, row.profile_id, node, 1, at,
                what, msgspec.json.encode(details),
            )
        )  # fmt: skip

    def _write(self) -> None:
        """Write the batch; what the database's keys refuse leaves no trace."""
        runs, written = self.tx.runs, self.written
        begun = [each.row for each in written.begun]
        tokens = [
            _token_row(each.row, each.token, each.since)
            for each in written.begun
            if each.token is not None
        ]
        inserted = set(runs.start(begun, tokens))
        refused = {row.run_id for row in begun} - inserted
        for row in begun:
            if row.run_id in refused and (entry := read_entry(row.entry)).name == CALLED:
                # They were here before and may not begin again: whoever called waits for a word.
                self._tell(
                    refused_event(self.brand_id, row.profile_id, entry.properties, row.entered_at)
                )
        ending = {end[0] for end in written.ends}
        standing = runs.lock(self.brand_id, ending | written.stirs.keys())
        ended = runs.finish(self.brand_id, written.ends)
        # A timer may have ended a run between our reading it and our taking its token's lock.
        refused |= ending - ended
        runs.wake(self.brand_id, list(_woken(written.stirs, standing, ending)))
        runs.record_steps([row for row in written.steps if row.run_id not in refused])
        written.events += self.holdouts.write()


def _is_stirred(stir: _Stir, node: str) -> bool:
    """Say whether an event is waited for at a node, or by the journey's exit conditions."""
    journey = stir.standing.journey
    if stir.event.name in journey.listens(node):
        return True
    return stir.traits_changed and journey.wakes_on_traits


def _woken(
    stirs: Mapping[bytes, Sequence[_Stir]], standing: Mapping[bytes, str], ending: set[bytes]
) -> Iterable[tuple[bytes, int, int]]:
    """Yield the runs to wake, when, and after which position, by where they really stand."""
    for run_id, found in stirs.items():
        node = standing.get(run_id)
        if node is None or run_id in ending:
            continue
        stirring = [each.event for each in found if _is_stirred(each, node)]
        if stirring:
            at = min(event.met_at for event in stirring)
            yield run_id, at, stirring[0].position + 1


def _happening(one: Projected) -> Happening:
    """Return an event as journeys see it."""
    event = one.event
    position = event.partition << _OFFSET_BITS | event.offset
    return Happening(one.name, event.occurred_at, event.received_at, position, one.properties)


def _token_row(row: RunRow, token: Token, since: int) -> TokenRow:
    """Return a token as it is stored."""
    return TokenRow(
        row.brand_id, row.run_id, token.node, token.visit, token.due_at, token.memory,
        token.carried, since,
    )  # fmt: skip
