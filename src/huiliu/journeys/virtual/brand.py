"""A virtual brand: many journeys at once, on a clock that only events and timers move.

Nothing here knows what time it is: events come in replay order, and timers fire between them.
Entries, steps, memberships and the policy are the very functions that live calls. What a journey
causes is heard again by all of them, as live. An event at the very instant at which a wait ends
comes first, so an order that was shipped just then gets no apology.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from huiliu.conditions import Mentions
from huiliu.journeys.entering import Happening
from huiliu.journeys.virtual.agenda import EVENT, LOOKS, MESSAGES, RUNS, Agenda, Coming
from huiliu.journeys.virtual.effects import Effects
from huiliu.journeys.virtual.members import Members
from huiliu.journeys.virtual.occasions import Occasions
from huiliu.journeys.virtual.outbox import Outbox
from huiliu.journeys.virtual.people import Person, Posted, Run
from huiliu.journeys.virtual.runs import Runs
from huiliu.journeys.virtual.setting import Setting
from huiliu.journeys.virtual.watcher import Watcher
from huiliu.kernel.consents import CONSENT_EVENTS
from huiliu.kernel.facts import EventFact, TagFact, Value
from huiliu.kernel.ids import show_id
from huiliu.kernel.times import as_instant

__all__ = ["Brand"]

_NOTHING: Final[Mapping[str, Value]] = {}
#: What becomes of a message after it was sent, as its own events tell.
_REACTIONS: Final = frozenset({
    "Message Delivered", "Message Failed", "Message Unknown", "Message Opened", "Message Clicked",
    "Message Replied",
})  # fmt: skip


#: Events that say more than that they happened.
_TELLING: Final = frozenset({*CONSENT_EVENTS, "Message Sent", "Tag Set"})
#: What the policy did with a message: in virtual time it is asked itself.
_RESULTS: Final = frozenset({"Message Sent", "Message Not Sent"})
#: Answers that one run waits for: of no meaning to runs that are not as they were.
_ANSWERS: Final = frozenset({
    "Webhook Answered", "Task Done", "Coupon Answered", "Journey Ended",
})  # fmt: skip
_ABOUT_RUNS: Final = _REACTIONS | _RESULTS | _ANSWERS


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
        effects = Effects(setting, self._agenda, self._outbox, self.watcher)
        self._runs = Runs(setting, (start, end), self._agenda, effects, self.watcher)
        self._occasions = Occasions(setting, self._agenda, self._runs, self._people)
        self._has_begun = False
        self._position = 0
        self._heard = setting.heard
        self._fact_events = setting.fact_events
        self._asked: Mentions = setting.asked
        self._oldest = not setting.asked.ever and not any(
            journey.end_matchers for journey in setting.journeys
        )
        self._hears_traits = any(journey.wakes_on_traits for journey in setting.journeys)
        self._own = frozenset(journey.slug for journey in setting.journeys)

    def person(self, profile_id: int) -> Person:
        """Return what is known of a person; nothing, at first."""
        found = self._people.get(profile_id)
        if found is None:
            setting = self.setting
            keeps_runs = bool(self._asked.journeys)
            found = Person(profile_id, setting.suppressed, setting.cuts, keeps_runs=keeps_runs)
            self._people[profile_id] = found
        return found

    @property
    def people(self) -> Collection[Person]:
        """Everybody of whom anything is known."""
        return self._people.values()

    # What happens, in replay order.

    def meet(
        self,
        profile_id: int,
        event: Happening,
        traits: Mapping[str, Value] = _NOTHING,
        context: Mapping[str, Value] = _NOTHING,
    ) -> None:
        """Let virtual time come to an event: what is before it takes effect, then it does."""
        self.hear(
            profile_id, event.name, event.occurred_at, event.met_at, event.properties, traits,
            context,
        )  # fmt: skip

    def hear(  # noqa: PLR0913, PLR0917 - an event in its parts: there are millions
        self,
        profile_id: int,
        name: str,
        occurred_at: int,
        met_at: int,
        properties: Mapping[str, Value],
        traits: Mapping[str, Value] = _NOTHING,
        context: Mapping[str, Value] = _NOTHING,
    ) -> None:
        """Let virtual time come to an event that is told in its parts."""
        is_about_runs = name in _ABOUT_RUNS
        # What came of a step came after it, though a still clock may show one instant for both.
        self._come_to(met_at + is_about_runs)
        person = self._people.get(profile_id) or self.person(profile_id)
        if is_about_runs:
            if not self._is_true(person, name, properties):
                return
            if name in _REACTIONS:
                self.watcher.reacted(person, name, properties, met_at)
        self._hear(person, name, occurred_at, met_at, properties, traits, context)

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

    def react(
        self, message: Posted, name: str, at: int, properties: Mapping[str, Value] = _NOTHING
    ) -> None:
        """Let something become of a message at an instant, after all that is due by then."""
        self.pass_by(at)
        self._outbox.react(message, name, at, properties)

    def answer(self, person: Person, name: str, properties: Mapping[str, Value], at: int) -> None:
        """Let an answer come back at an instant, after all that is due by then."""
        self.pass_by(at)
        self._agenda.tell(at, Coming(person, name, properties, _NOTHING))

    def pass_by(self, at: int) -> None:
        """Let virtual time pass an instant: all that is due by then, it included, has happened."""
        self._come_to(at + 1)

    def finish(self) -> None:
        """Let virtual time come to the end: every timer before it fires."""
        self._come_to(self.end)

    def forget(self) -> None:
        """Let go of everybody: people and their runs hold each other, and none would be freed."""
        self._agenda.forget()
        for person in self._people.values():
            person.active.clear()
        self._people.clear()

    # Time.

    def _come_to(self, instant: int) -> None:
        """Let all that is due before an instant take effect."""
        if not self._has_begun:
            if instant < self.start:
                return
            self._begin_time()
        agenda, until = self._agenda, min(instant, self.end)
        while due := agenda.next(until):
            if due == EVENT:
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
        if self._occasions.exist:
            self._occasions.begin(self.start)

    def _fire(self) -> None:
        """Let the timers of one instant and one kind fire."""
        now, kind, timers = self._agenda.timers()
        for number, due in timers:
            if kind == RUNS:
                assert isinstance(due, Run)
                # A timer that was moved or whose run ended since is stale.
                if due.timer == number and due.token is not None:
                    self._runs.step(due, due.token, now, self._position + 1)
            elif kind == LOOKS:
                assert isinstance(due, Person)
                self._members.look_again(due, now)
            elif kind == MESSAGES:
                assert isinstance(due, Posted)
                self._outbox.decide(due, now)
            else:
                assert callable(due)
                due(now)
        if self._runs.moved:
            self._look_at_moved(now)

    # Events.

    def _hear_own(self, coming: Coming, at: int) -> None:
        """Let one of Huiliu's own events take effect."""
        if coming.name in _REACTIONS:
            self.watcher.reacted(coming.person, coming.name, coming.properties, at)
        self.watcher.happened(coming.person, coming.name, coming.properties, at)
        self._hear(coming.person, coming.name, at, at, coming.properties, coming.traits, _NOTHING)

    def _hear(  # noqa: C901, PLR0913, PLR0917 - an event in its parts: there are millions
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
        if name in _TELLING:
            self._let_in(person, name, occurred_at, position, properties)
        if traits:
            person.tell(traits, occurred_at, position)
            if self._occasions.exist and "zone" in traits:
                self._occasions.live_in(traits["zone"], met_at)
        is_touch = (
            bool(context) and self._asked.touch and person.touch(context, occurred_at, position)
        )
        if name in self._heard or (traits and self._hears_traits):
            event = Happening(name, occurred_at, met_at, position, properties)
            self._runs.react(person, event, has_traits=bool(traits))
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
        if self._runs.moved:
            self._look_at_moved(met_at)

    def _let_in(
        self, person: Person, name: str, at: int, position: int, properties: Mapping[str, Value]
    ) -> None:
        """Let in what an event says beside being a fact: a consent, a message, a tag."""
        if name in CONSENT_EVENTS:
            person.consent(name, properties, self.setting.addresses, at, position)
        elif name == "Tag Set":
            self._set_tag(person, properties, at)
        else:
            self._outbox.count(person, at, properties)

    def _set_tag(self, person: Person, properties: Mapping[str, Value], at: int) -> None:
        """Let a tag take the value that a journey gave it."""
        slug, value, until = (properties.get(name) for name in ("tag", "value", "expires_at"))
        if not isinstance(slug, str):
            return
        if value is None:
            person.tags.pop(slug, None)
        else:
            expires = as_instant(until) if isinstance(until, str) else None
            person.tags[slug] = TagFact(value, at, expires)
        if self._has_begun:
            self._members.look_for_tag(person, slug, at)

    def _know(self, person: Person, at: int) -> None:
        """Let a person be known from now on."""
        if person.is_known:
            return
        person.is_known = True
        if self._has_begun and self._members.exist:
            self._members.meet(person, at)

    def _look_at_moved(self, now: int) -> None:
        """Look at segments that ask for the journeys of the runs that moved."""
        for profile_id, slugs in self._runs.people_moved():
            person = self._people[profile_id]
            if self._members.exist and person.is_known:
                self._members.look_for_runs(person, sorted(slugs), now)

    def _is_true(self, person: Person, name: str, properties: Mapping[str, Value]) -> bool:
        """Say whether what the log tells of runs and messages is true in virtual time as well."""
        if name in _ANSWERS:
            if name == "Journey Ended" and properties.get("journey") in self._own:
                return False
            run = properties.get("run")
            return any(show_id(each.run_id) == run for each in person.active.values())
        if properties.get("journey") not in self._own or "message_id" not in properties:
            return True
        if name in _RESULTS:
            return False
        return properties["message_id"] in person.known_sent
