"""Memberships in virtual time: the same incremental looks and expiry timers as live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from huiliu.journeys.virtual.agenda import LOOKS, Agenda, Coming
from huiliu.journeys.virtual.people import Person
from huiliu.journeys.virtual.setting import Setting
from huiliu.kernel.facts import Value
from huiliu.segments import track

__all__ = ["Members"]

_NOTHING: Final[Mapping[str, Value]] = {}


class _Heard(msgspec.Struct, frozen=True, gc=False):
    """An event as segments hear it."""

    name: str
    properties: Mapping[str, Value]
    traits: Mapping[str, Value]


class Members:
    """Keeps who is in which segment, and says who enters and leaves."""

    def __init__(self, setting: Setting, agenda: Agenda) -> None:
        """Listen for the setting's segments."""
        self._listening = setting.listening
        self._agenda = agenda
        self.exist = bool(setting.segments)

    def first(self, person: Person, now: int) -> None:
        """Look at everything for the first time: who is in already has not entered."""
        self._look(person, self._listening.every, now, quiet=True)

    def meet(self, person: Person, now: int) -> None:
        """Look at everything, as somebody is seen for the first time."""
        self._look(person, self._listening.every, now)

    def hear(
        self, person: Person, name: str, properties: Mapping[str, Value],
        traits: Mapping[str, Value], now: int,
    ) -> None:  # fmt: skip
        """Look at what an event may change."""
        listening = self._listening
        entering, leaving = listening.of_event(_Heard(name, properties, traits))
        if not entering and not leaving:
            return
        inside = listening.named(person.inside)
        due = (entering - inside) | (leaving & inside)
        if due:
            self._look(person, due, now)

    def look_for_runs(self, person: Person, slugs: Iterable[str], now: int) -> None:
        """Look at what asks for journeys of which runs began, moved or ended."""
        numbers = frozenset[int]().union(
            *(self._listening.journeys.get(slug, frozenset()) for slug in slugs)
        )
        if numbers:
            self._look(person, numbers, now)

    def look_for_touch(self, person: Person, now: int) -> None:
        """Look at what asks for channel and device."""
        if self._listening.touch:
            self._look(person, self._listening.touch, now)

    def look_for_identifiers(self, person: Person, now: int) -> None:
        """Look at what asks for addresses and other identifiers."""
        if self._listening.identifiers:
            self._look(person, self._listening.identifiers, now)

    def look_for_tag(self, person: Person, slug: str, now: int) -> None:
        """Look at what asks for a tag."""
        numbers = self._listening.of_tags((slug,))
        if numbers:
            self._look(person, numbers, now)

    def look_again(self, person: Person, now: int) -> None:
        """Look at what time alone may change, as its timer fired."""
        if person.look_at and person.look_at <= now:
            person.look_at = 0
            self._look(person, self._listening.timed, now)

    def _look(
        self, person: Person, numbers: frozenset[int], now: int, *, quiet: bool = False
    ) -> None:
        """Look at some segments; write memberships, timers and the events that follow."""
        segments, _ = self._listening.asked(numbers)
        facts = person.facts
        who = person.profile_id
        standing = track([(segment, facts) for segment in segments], {who: person.inside}, now)
        for change in standing.changes:
            if change.enters:
                person.inside.add(change.segment)
            else:
                person.inside.discard(change.segment)
            if not quiet:
                name = "Segment Entered" if change.enters else "Segment Exited"
                told = Coming(person, name, {"segment": change.segment}, _NOTHING)
                self._agenda.tell(now, told)
        due = standing.due.get(who)
        if due is not None and (not person.look_at or due < person.look_at):
            person.look_at = due
            self._agenda.wake(due, LOOKS, person)
