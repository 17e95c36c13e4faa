"""A virtual brand: many journeys at once, on a clock that only events and timers move.

Nothing here knows what time it is: events come in replay order, and timers fire between them.
Entries, steps, memberships and the policy are the very functions that live calls. What a journey
causes is heard again by all of them, as live. An event at the very instant at which a wait ends
comes first, so an order that was shipped just then gets no apology.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import msgspec

from huiliu.conditions import Mentions
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
    wakes,
)
from huiliu.journeys.journey import AFTER_END, NEVER, Journey
from huiliu.journeys.matchers import key_text
from huiliu.journeys.nodes import Call, Emit, Open, Queue, SetTraits
from huiliu.journeys.step import Caused, EntryEvent, Finish, Moment, Stepped, Token, Trace, step
from huiliu.journeys.virtual.agenda import LOOKS, MESSAGES, RUNS, Agenda, Coming
from huiliu.journeys.virtual.members import Members
from huiliu.journeys.virtual.outbox import Outbox
from huiliu.journeys.virtual.people import Person, Posted, Run
from huiliu.journeys.virtual.quotas import Quotas
from huiliu.journeys.virtual.setting import Setting
from huiliu.journeys.virtual.watcher import Watcher
from huiliu.kernel.consents import CONSENT_EVENTS
from huiliu.kernel.facts import EventFact, TagFact, Value
from huiliu.kernel.ids import show_id

__all__ = ["Brand"]

_NOTHING: Final[Mapping[str, Value]] = {}
#: What becomes of a message after it was sent, as its own events tell.
_REACTIONS: Final = frozenset({
    "Message Delivered", "Message Failed", "Message Unknown", "Message Opened", "Message Clicked",
    "Message Replied",
})  # fmt: skip


#: What the policy did with a message: in virtual time it is asked itself.
_RESULTS: Final = frozenset({"Message Sent", "Message Not Sent"})


class Brand:
    """A brand in virtual time; feed it what happens in replay order, then finish it."""

    def __init__(
        self, setting: Setting, start: int, end: int, watcher: Watcher | None = None
    ) -> None:
        """Let journeys live in [start, end); what comes earlier are facts only."""
        self.setting = setting
        self.start = start
        self.end = end
        self.watcher = watcher or Watcher()
        self._people: dict[int, Person] = {}
        self._agenda = Agenda()
        self._members = Members(setting, self._agenda)
        self._outbox = Outbox(setting, self._agenda, self.watcher)
        self._quotas = Quotas(setting.journeys)
        self._has_begun = False
        self._position = 0
        self._heard = setting.heard
        self._fact_events = setting.fact_events
        self._asked: Mentions = setting.asked
        self._oldest = not setting.asked.ever and not any(
            journey.end_matchers for journey in setting.journeys
        )
        self._hears_traits = any(journey.wakes_on_traits for journey in setting.journeys)
        self._entries: dict[str, list[Journey]] = defaultdict(list)
        for journey in setting.journeys:
            self._entries[journey.entry.event].append(journey)
        self._own = frozenset(journey.slug for journey in setting.journeys)
        #: People whose runs began, moved or ended at this instant, where segments ask for that.
        self._moved: dict[int, set[str]] = defaultdict(set)

    def person(self, profile_id: int) -> Person:
        """Return what is known of a person; nothing, at first."""
        found = self._people.get(profile_id)
        if found is None:
            setting = self.setting
            keeps_runs = bool(self._asked.journeys)
            found = Person(profile_id, setting.suppressed, setting.cuts, keeps_runs=keeps_runs)
            self._people[profile_id] = found
        return found

    # What happens, in replay order.

    def meet(
        self,
        profile_id: int,
        event: Happening,
        traits: Mapping[str, Value] = _NOTHING,
        context: Mapping[str, Value] = _NOTHING,
    ) -> None:
        """Let virtual time come to an event: what is before it takes effect, then it does."""
        self._come_to(event.met_at)
        person = self.person(profile_id)
        if event.name.startswith("Message ") and not self._is_true(person, event):
            return
        self._hear(person, event.name, event.occurred_at, event.met_at, event.properties, traits,
                   context)  # fmt: skip

    def see(self, profile_id: int, at: int) -> None:
        """Let virtual time come to a person who is seen for the first time."""
        self._come_to(at)
        self._know(self.person(profile_id), at)

    def tag(self, profile_id: int, slug: str, found: TagFact | None, at: int) -> None:
        """Let virtual time come to a value of a tag; None = it stands no more."""
        self._come_to(at)
        person = self.person(profile_id)
        if found is None:
            person.tags.pop(slug, None)
        else:
            person.tags[slug] = found
        if self._has_begun:
            self._members.look_for_tag(person, slug, at)

    def name(self, profile_id: int, word: str, identifier: str, at: int) -> None:
        """Let virtual time come to an identifier that a person is known to hold."""
        self._come_to(at)
        person = self.person(profile_id)
        person.identifiers.setdefault(word, set()).add(identifier)
        if self._has_begun:
            self._members.look_for_identifiers(person, at)

    def finish(self) -> None:
        """Let virtual time come to the end: every timer before it fires."""
        self._come_to(self.end)

    # Time.

    def _come_to(self, instant: int) -> None:
        """Let all that is due before an instant take effect."""
        if not self._has_begun:
            if instant < self.start:
                return
            self._begin_time()
        agenda, until = self._agenda, min(instant, self.end)
        while True:
            event_at, timer_at = agenda.next_event, agenda.next_timer
            if event_at >= until and timer_at >= until:
                return
            if event_at <= timer_at:
                at, coming = agenda.event()
                self._hear_own(coming, at)
            else:
                self._fire()

    def _begin_time(self) -> None:
        """Look at everyone once: journeys begin with the memberships that stand."""
        self._has_begun = True
        if self._members.exist:
            for person in self._people.values():
                if person.is_known:
                    self._members.first(person, self.start)

    def _fire(self) -> None:
        """Let the timers of one instant and one kind fire."""
        now, kind, timers = self._agenda.timers()
        for number, due in timers:
            if kind == LOOKS:
                assert isinstance(due, Person)
                self._members.look_again(due, now)
            elif kind == RUNS:
                assert isinstance(due, Run)
                # A timer that was moved or whose run ended since is stale.
                if due.timer == number and due.token is not None:
                    self._step(due, due.token, now)
            elif kind == MESSAGES:
                assert isinstance(due, Posted)
                self._outbox.decide(due, now)
            else:
                assert callable(due)
                due(now)
        self._look_at_moved(now)

    # Events.

    def _hear_own(self, coming: Coming, at: int) -> None:
        """Let one of Huiliu's own events take effect."""
        if coming.name in _REACTIONS:
            self.watcher.reacted(coming.person, coming.name, coming.properties, at)
        self.watcher.happened(coming.person, coming.name, coming.properties, at)
        self._hear(coming.person, coming.name, at, at, coming.properties, coming.traits, _NOTHING)

    def _hear(  # noqa: PLR0913, PLR0917 - an event in its parts: there are millions
        self,
        person: Person,
        name: str,
        occurred_at: int,
        met_at: int,
        properties: Mapping[str, Value],
        traits: Mapping[str, Value],
        context: Mapping[str, Value],
    ) -> None:
        """Let an event take effect: facts first, then runs, then segments."""
        self._position += 1
        position = self._position
        if name in self._fact_events:
            oldest = self._asked.oldest(met_at) if self._oldest else 0
            person.learn(EventFact(name, occurred_at, position, properties), oldest)
        if name in CONSENT_EVENTS:
            person.consent(name, properties, self.setting.addresses, occurred_at, position)
        if traits:
            person.tell(traits, occurred_at, position)
        is_touch = (
            bool(context) and self._asked.touch and person.touch(context, occurred_at, position)
        )
        if name in self._heard or (traits and self._hears_traits):
            event = Happening(name, occurred_at, met_at, position, properties)
            self._react(person, event, has_traits=bool(traits))
        if not self._has_begun:
            person.is_known = True
            return
        if self._members.exist:
            if not person.is_known:
                self._know(person, met_at)
            else:
                self._members.hear(person, name, properties, traits, met_at)
            if is_touch:
                self._members.look_for_touch(person, met_at)
        self._look_at_moved(met_at)

    def _know(self, person: Person, at: int) -> None:
        """Let a person be known from now on."""
        if person.is_known:
            return
        person.is_known = True
        if self._has_begun and self._members.exist:
            self._members.meet(person, at)

    def _is_true(self, person: Person, event: Happening) -> bool:
        """Say whether what the log tells of a message is true in virtual time as well."""
        if (
            event.properties.get("journey") not in self._own
            or event.properties.get("message_id") is None
        ):
            return True
        if event.name in _RESULTS:
            return False
        return event.properties["message_id"] in person.known_sent

    def _react(self, person: Person, event: Happening, *, has_traits: bool) -> None:
        """End, wake and begin runs, as live does with each event."""
        for run in list(person.active.values()):
            journey = run.journey
            finish = None
            if event.name in journey.end_events:
                finish = ended_by(journey, run.scope, event)
            if finish is not None:
                self._end(run, finish, event.met_at, {"event": event.name})
            elif run.token is not None and wakes(journey, event, traits_changed=has_traits):
                self._place(run, msgspec.structs.replace(
                    run.token, due_at=min(run.token.due_at, event.met_at)
                ))  # fmt: skip
        entered = self._entries.get(event.name, ())
        if entered and self.start <= event.met_at < self.end:
            for journey in entered:
                self._enter(person, journey, event)
        for journey in self.setting.journeys:
            if journey.entry.key and event.name in journey.end_events:
                self._settle(person, journey, event)

    # Runs.

    def _enter(self, person: Person, journey: Journey, event: Happening) -> None:
        """Begin a run, or say why not."""
        key = admit(journey, event, any_age=True)
        slug = journey.slug
        if isinstance(key, Refusal):
            self.watcher.not_entered(slug, key.reason, event.met_at, person.profile_id)
            return
        last = person.last_entry.get((slug, key))
        if last is not None and not self._may_again(person, journey, key, event.met_at - last):
            self.watcher.not_entered(slug, "again", event.met_at, person.profile_id)
            return
        person.last_entry[slug, key] = event.met_at
        entry = EntryEvent(event.name, event.occurred_at, dict(event.properties))
        run_id = identify(journey, self.setting.brand_id, person.profile_id, key, event.met_at)
        run = Run(
            journey, person, key, run_id, scope_of(journey, key, event.occurred_at), entry,
            event.met_at, held_out=is_held_out(journey, person.profile_id),
        )  # fmt: skip
        self._note_move(run)
        self.watcher.entered(run, event.name, event.met_at)
        settled = person.settled.get((slug, key))
        if settled is not None:
            self._end(run, Finish("exited", ALREADY), event.met_at, {"event": settled})
            return
        person.active[slug, key] = run
        self._place(run, first_token(journey, event.met_at, held_out=run.held_out))

    def _may_again(self, person: Person, journey: Journey, key: str, since_last: int) -> bool:
        """Say whether a person who entered before may enter again."""
        entry = journey.entry
        if entry.again == NEVER or (journey.slug, key) in person.active:
            return False
        return entry.again == AFTER_END or since_last >= entry.again_after

    def _settle(self, person: Person, journey: Journey, event: Happening) -> None:
        """Remember what settles a key's thing, for a run of it that may begin later."""
        if journey.entry.again != NEVER:
            return
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

    def _step(self, run: Run, token: Token, now: int) -> None:
        """Move a run as far as it goes."""
        journey, setting = run.journey, self.setting
        room = self._quotas.room(journey, now)
        moment = Moment(now, self._position + 1, setting.brand_id, run.run_id, room)
        try:
            stepped = step(journey, run.scope, run.entry, token, run.person.facts, moment)
        except Exception as fault:  # noqa: BLE001 - as live: one run's fault ends that run alone
            details = msgspec.json.encode({"reason": "error", "cause": type(fault).__name__})
            trace = Trace(token.node, token.visit, "ended", details)
            stepped = Stepped(None, Finish("ended", "error"), (), (trace,))
        self._quotas.claim(journey, stepped.claims, now)
        finish = stepped.finish
        told = stepped.trace if finish is None else stepped.trace[:-1]
        for trace in told:
            self.watcher.moved(run, trace, now)
        for caused in stepped.effects:
            self._cause(run, caused, now)
        self._note_move(run)
        if finish is not None:
            last = stepped.trace[-1]
            self._end(run, finish, now, msgspec.json.decode(last.details), node=last.node)
        elif stepped.token is not None:
            self._place(run, stepped.token)
            self.watcher.rests(run, now)

    def _cause(self, run: Run, caused: Caused, now: int) -> None:
        """Let an effect take place, or be heard."""
        effect, node, visit = caused.effect, caused.node, caused.visit
        self.watcher.caused(run, caused, now)
        if isinstance(effect, Queue):
            self._outbox.post(run, node, visit, effect, now)
        elif isinstance(effect, Emit):
            self._agenda.tell(now, Coming(run.person, effect.name, effect.properties, _NOTHING))
        elif isinstance(effect, SetTraits):
            self._agenda.tell(now, Coming(run.person, "$identify", _NOTHING, effect.traits))
        elif isinstance(effect, Call):
            answer = self.setting.answers.called(run, caused)
            if answer is not None:
                self._answer(run, caused, "Webhook Answered", now + answer[0], answer[1])
        elif isinstance(effect, Open):
            done = self.setting.answers.opened(run, caused)
            if done is not None:
                self._answer(run, caused, "Task Done", now + done[0], {"outcome": done[1]})

    def _answer(
        self, run: Run, caused: Caused, name: str, at: int, properties: Mapping[str, Value]
    ) -> None:
        """Let an answer to a run's node be heard."""
        whose: dict[str, Value] = {
            "run_id": show_id(run.run_id), "journey": run.journey.slug, "node": caused.node,
            "visit": caused.visit,
        }  # fmt: skip
        self._agenda.tell(at, Coming(run.person, name, whose | dict(properties), _NOTHING))

    def _end(
        self, run: Run, finish: Finish, at: int, told: Mapping[str, object], node: str = ""
    ) -> None:
        """End a run."""
        person, slug = run.person, run.journey.slug
        node = node or (run.token.node if run.token else run.journey.start)
        run.token = None
        run.state, run.reason, run.ended_at = finish.state, finish.reason, at
        self.watcher.ended(run, finish, node, {**told, "reason": finish.reason})
        run.entry = _FORGOTTEN
        if person.active.get((slug, run.key)) is run:
            del person.active[slug, run.key]
        self._note_move(run)

    def _note_move(self, run: Run) -> None:
        """Note that a run began, moved or ended, where somebody asks for that."""
        if run.journey.slug in self._asked.journeys:
            run.person.stand(run)
            self._moved[run.profile_id].add(run.journey.slug)

    def _look_at_moved(self, now: int) -> None:
        """Look at segments that ask for the journeys of the runs that moved."""
        if not self._moved:
            return
        moved, self._moved = self._moved, defaultdict(set)
        for profile_id, slugs in moved.items():
            person = self._people[profile_id]
            if self._members.exist and person.is_known:
                self._members.look_for_runs(person, sorted(slugs), now)


#: A run that is over needs its entry event no more.
_FORGOTTEN = EntryEvent("", 0, {})
