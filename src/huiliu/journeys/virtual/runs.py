"""Runs in virtual time: begun, woken, stepped and ended by the functions that live calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from huiliu.journeys.entering import (
    ALREADY,
    Happening,
    Refusal,
    admit,
    ended_by,
    first_token,
    identify,
    is_held_out,
    scope_of,
)
from huiliu.journeys.journey import AFTER_END, NEVER, Journey
from huiliu.journeys.matchers import key_text
from huiliu.journeys.step import EntryEvent, Finish, Moment, Stepped, Token, Trace, step
from huiliu.journeys.virtual.agenda import RUNS, Agenda, Coming
from huiliu.journeys.virtual.effects import Effects
from huiliu.journeys.virtual.people import Person, Run
from huiliu.journeys.virtual.quotas import Quotas
from huiliu.journeys.virtual.setting import Setting
from huiliu.journeys.virtual.watcher import Watcher
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id

__all__ = ["Runs"]

_NOTHING: Final[Mapping[str, Value]] = {}
_CALLED: Final = "Journey Called"
_ENDED: Final = "Journey Ended"
#: Events that one run alone waits for: they carry its id, and wake no other.
_ANSWERS: Final = frozenset({"Webhook Answered", "Task Done", "Coupon Answered", _ENDED})


class Runs:
    """All runs of a virtual brand."""

    def __init__(
        self,
        setting: Setting,
        period: tuple[int, int],
        agenda: Agenda,
        effects: Effects,
        watcher: Watcher,
    ) -> None:
        """Let runs begin in [start, end)."""
        self._setting = setting
        self._start, self._end = period
        self._agenda = agenda
        self._effects = effects
        self._watcher = watcher
        self._quotas = Quotas(setting.journeys)
        self._entries: dict[str, list[Journey]] = defaultdict(list)
        for journey in setting.journeys:
            self._entries[journey.entry.event].append(journey)
        #: Journeys whose key's thing may be settled before a run of it begins.
        self._keyed = tuple(
            journey
            for journey in setting.journeys
            if journey.entry.key and journey.entry.again == NEVER
        )
        #: Canonical names of the events that may end or wake a run.
        self._concerning = frozenset[str]().union(
            *(journey.end_events | journey.wake_events for journey in setting.journeys)
        )
        self._asked = setting.asked.journeys
        #: People whose runs began, moved or ended, and the journeys, where segments ask for that.
        self.moved: dict[int, set[str]] = defaultdict(set)

    def react(self, person: Person, event: Happening, *, has_traits: bool) -> None:
        """End, wake and begin runs, as live does with each event."""
        name = event.name
        if person.active and (has_traits or name in self._concerning):
            for run in list(person.active.values()):
                self._end_or_wake(run, event, has_traits=has_traits)
        if self._start <= event.met_at < self._end:
            n_begun = 0
            for journey in self._entries.get(name, ()):
                n_begun += self._admit(person, journey, event)
            if name == _CALLED and not n_begun:
                called = str(event.properties.get("journey", ""))
                told = Finish("refused", "not_entered")
                self._tell_caller(person, called, event.properties, told, event.met_at)
        for journey in self._keyed:
            if name in journey.end_events:
                self._settle(person, journey, event)

    def begin(self, person: Person, journey: Journey, key: str, event: Happening) -> bool:
        """Begin a run, or say why not."""
        slug = journey.slug
        last = person.last_entry.get((slug, key))
        if last is not None and not _may_again(person, journey, key, event.met_at - last):
            self._watcher.not_entered(slug, "again", event.met_at, person.profile_id)
            return False
        person.last_entry[slug, key] = event.met_at
        properties = event.properties
        # Nobody writes into what an event carried, so runs may share it.
        kept = properties if isinstance(properties, dict) else dict(properties)
        entry = EntryEvent(event.name, event.occurred_at, kept)
        brand_id = self._setting.brand_id
        run = Run(
            journey, person, key,
            identify(journey, brand_id, person.profile_id, key, event.met_at),
            scope_of(journey, key, event.occurred_at), entry, event.met_at,
            held_out=is_held_out(journey, person.profile_id),
        )  # fmt: skip
        if slug in self._asked:
            self._note_move(run)
        self._watcher.entered(run, event.name, event.met_at)
        settled = person.settled.get((slug, key))
        if settled is not None:
            self._finish(run, Finish("exited", ALREADY), event.met_at, {"event": settled})
            return True
        person.active[slug, key] = run
        run.since = event.position + 1 if event.position else 0
        self._place(run, first_token(journey, event.met_at, held_out=run.held_out))
        return True

    def step(self, run: Run, token: Token, now: int, position: int) -> None:
        """Move a run as far as it goes; it has seen what stands before the position."""
        journey, setting = run.journey, self._setting
        # Who was woken takes up where the event stood: what came after it may wake it again.
        woken, run.since = run.since, 0
        room = self._quotas.room(journey, now)
        person = run.person
        at = woken or position
        moment = Moment(now, at, setting.brand_id, run.run_id, room, person.profile_id)
        try:
            stepped = step(journey, run.scope, run.entry, token, person.facts, moment)
        except Exception as fault:  # noqa: BLE001 - as live: one run's fault ends that run alone
            details = msgspec.json.encode({"reason": "error", "cause": type(fault).__name__})
            trace = Trace(token.node, token.visit, "ended", details)
            stepped = Stepped(None, Finish("ended", "error"), (), (trace,))
        if stepped.claims:
            self._quotas.claim(journey, stepped.claims, now)
        finish = stepped.finish
        for trace in stepped.trace if finish is None else stepped.trace[:-1]:
            self._watcher.moved(run, trace, now)
        for caused in stepped.effects:
            self._effects.take(run, caused, now)
        run.carried = stepped.carried
        if journey.slug in self._asked:
            self._note_move(run)
        new = stepped.token
        if finish is not None:
            last = stepped.trace[-1]
            self._finish(run, finish, now, msgspec.json.decode(last.details), node=last.node)
        elif new is not None:
            if woken and woken < position and journey.listens(new.node):
                new = msgspec.structs.replace(new, due_at=now)
            self._place(run, new)
            self._watcher.rests(run, now)

    def _end_or_wake(self, run: Run, event: Happening, *, has_traits: bool) -> None:
        """End a run for an event, or let it look again if it rests where that is waited for."""
        journey = run.journey
        if event.name in journey.end_events:
            finish = ended_by(journey, run.scope, event)
            if finish is not None:
                self._finish(run, finish, event.met_at, {"event": event.name})
                return
        token = run.token
        if token is None:
            return
        if event.name in _ANSWERS and event.properties.get("run") != show_id(run.run_id):
            return
        listens = event.name in journey.listens(token.node)
        if not listens and not (has_traits and journey.wakes_on_traits):
            return
        if token.due_at > event.met_at:
            run.since = event.position + 1
            self._place(run, msgspec.structs.replace(token, due_at=event.met_at))

    def _admit(self, person: Person, journey: Journey, event: Happening) -> bool:
        """Let an event begin a run, or say why not."""
        key = admit(journey, event, any_age=True)
        if isinstance(key, Refusal):
            self._watcher.not_entered(journey.slug, key.reason, event.met_at, person.profile_id)
            return False
        return self.begin(person, journey, key, event)

    def _settle(self, person: Person, journey: Journey, event: Happening) -> None:
        """Remember what settles a key's thing, for a run of it that may begin later."""
        key = key_text(event.properties.get(journey.entry.key))
        if key is None or (journey.slug, key) in person.last_entry:
            return
        scope = scope_of(journey, key, event.occurred_at)
        for matcher in journey.end_matchers:
            if not matcher.after_entry and matcher.matches(
                scope, event.name, event.occurred_at, event.properties
            ):
                person.settled.setdefault((journey.slug, key), event.name)

    def _place(self, run: Run, token: Token) -> None:
        """Put a run's token down and set its timer."""
        run.token = token
        run.timer = self._agenda.wake(token.due_at, RUNS, run)

    def _finish(
        self, run: Run, finish: Finish, at: int, told: Mapping[str, object], node: str = ""
    ) -> None:
        """End a run, and tell the one that called it."""
        person, slug = run.person, run.journey.slug
        node = node or (run.token.node if run.token else run.journey.start)
        run.token = None
        run.state, run.reason, run.ended_at = finish.state, finish.reason, at
        self._watcher.ended(run, finish, node, {**told, "reason": finish.reason})
        entry, run.entry = run.entry, _FORGOTTEN
        if person.active.get((slug, run.key)) is run:
            del person.active[slug, run.key]
        self._note_move(run)
        if entry.name == _CALLED:
            self._tell_caller(person, slug, entry.properties, finish, at)

    def _tell_caller(
        self, person: Person, journey: str, called: Mapping[str, Value], finish: Finish, at: int
    ) -> None:
        """Let the run that called a journey hear what became of its call, if a run called."""
        run, node, visit = called.get("run"), called.get("node"), called.get("visit")
        if not isinstance(run, str) or not isinstance(node, str) or not isinstance(visit, int):
            return
        told: dict[str, Value] = {
            "run": run, "node": node, "visit": visit, "journey": journey,
            "state": finish.state, "reason": finish.reason,
        }  # fmt: skip
        self._agenda.tell(at, Coming(person, _ENDED, told, _NOTHING))

    def _note_move(self, run: Run) -> None:
        """Note that a run began, moved or ended, where somebody asks for that."""
        if run.journey.slug in self._asked:
            run.person.stand(run)
            self.moved[run.profile_id].add(run.journey.slug)

    def people_moved(self) -> Sequence[tuple[int, set[str]]]:
        """Return whose runs moved since this was asked last, and in which journeys."""
        if not self.moved:
            return ()
        moved, self.moved = list(self.moved.items()), defaultdict(set)
        return moved


def _may_again(person: Person, journey: Journey, key: str, since_last: int) -> bool:
    """Say whether a person who entered before may enter again."""
    entry = journey.entry
    if entry.again == NEVER or (journey.slug, key) in person.active:
        return False
    return entry.again == AFTER_END or since_last >= entry.again_after


#: A run that is over needs its entry event no more.
_FORGOTTEN = EntryEvent("", 0, {})
