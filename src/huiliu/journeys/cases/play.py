"""Plays a case in virtual time: nobody is written to, nothing is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from huiliu.journeys.cases.case import CHANNELS, Case, Given, Step
from huiliu.journeys.cases.steps import REACTIONS
from huiliu.journeys.entering import Happening, is_held_out
from huiliu.journeys.journey import Journey
from huiliu.journeys.known import Face
from huiliu.journeys.nodes import Call, Open
from huiliu.journeys.step import Caused
from huiliu.journeys.virtual import (
    NULL_ANSWER,
    Brand,
    Made,
    Person,
    Run,
    Setting,
    Story,
    Telling,
)
from huiliu.kernel.facts import TagFact, Value
from huiliu.kernel.ids import show_id
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import SECOND
from huiliu.segments import Segment

__all__ = ["PINNED", "Played", "Stage", "play"]

#: A segment whose members a case names is a list of this name to its conditions.
PINNED: Final = "pinned-segment-"
_BRAND: Final = 1
_LISTED: Final = {"entered": "List Entered", "left": "List Left", "exited": "List Left"}


@dataclass(frozen=True, slots=True)
class Stage:
    """What lives while a case is played."""

    #: The journey that is tried; its nodes may be watched.
    journey: Journey
    beside: Sequence[Journey]
    segments: Sequence[Segment]
    faces: Mapping[str, Face]


@dataclass(slots=True)
class Played:
    """What happened."""

    telling: _Telling
    person: Person
    #: Steps that could not be taken: (path, why).
    problems: list[tuple[str, Text]] = field(default_factory=list)

    def stories(self, slug: str) -> list[Story]:
        """Return the runs of a journey, in the order of entry."""
        return [story for story in self.telling.stories if story.run.journey.slug == slug]


@dataclass(slots=True)
class _Telling(Telling):
    """Keeps Huiliu's own events too."""

    #: (instant, name, properties) of everything that was heard of Huiliu itself.
    heard: list[tuple[int, str, Mapping[str, Value]]] = field(default_factory=list)

    def happened(self, person: Person, name: str, properties: Mapping[str, Value], at: int) -> None:  # noqa: ARG002 - there is one person
        """Keep an event."""
        self.heard.append((at, name, properties))


class _Script:
    """Answers at once, as nobody says otherwise; nodes that a case answers for wait for it."""

    def __init__(self, steps: Sequence[Step]) -> None:
        """Note for which nodes the case answers."""
        self._scripted = {step.name for step in steps if step.deed == "answer"}
        #: Node -> the questions that were asked there and not answered, oldest first.
        self.open: dict[str, list[tuple[Run, Caused]]] = {}

    def called(self, run: Run, caused: Caused) -> tuple[int, Mapping[str, Value]] | None:
        """Return the null answer, or nothing yet."""
        if caused.node not in self._scripted:
            return 0, NULL_ANSWER
        self.open.setdefault(caused.node, []).append((run, caused))
        return None

    def opened(self, run: Run, caused: Caused) -> tuple[int, str] | None:
        """Let the task wait for the case."""
        self.open.setdefault(caused.node, []).append((run, caused))
        return None


def play(case: Case, stage: Stage) -> Played:
    """Return what happens in a case."""
    given = case.given
    script = _Script(case.steps)
    telling = _Telling()
    setting = Setting(
        _BRAND, (stage.journey, *stage.beside), stage.segments, stage.faces,
        rules=given.rules, zone=given.zone, addresses=CHANNELS,
        answers=script,
    )  # fmt: skip
    last = case.steps[-1].at if case.steps else given.at
    brand = Brand(setting, given.at, last + 1, telling)
    who = next(n for n in count(1) if is_held_out(stage.journey, n) == given.held_out)
    person = brand.person(who)
    played = Played(telling, person)
    _Play(brand, person, script, played).run(case, stage.journey.slug)
    return played


class _Play:
    """One case while it is played."""

    def __init__(self, brand: Brand, person: Person, script: _Script, played: Played) -> None:
        """Hold what every step needs."""
        self._brand = brand
        self._person = person
        self._script = script
        self._played = played

    def run(self, case: Case, slug: str) -> None:
        """Set the stage, take every step, and let time end."""
        self._set(case.given)
        for step in case.steps:
            self._take(step, slug)
        self._brand.finish()

    def _set(self, given: Given) -> None:
        """Let all that is given be true before time begins."""
        first = min([given.at, *(event.at for event in given.events)]) - SECOND
        traits = {CHANNELS[channel]: f"held-{channel}" for channel in given.reach}
        self._traits({**traits, "zone": given.zone, **given.traits}, first)
        for word, held in traits.items():
            self._brand.name(self._person.profile_id, word, held, first)
        for (channel, purpose), state in given.consents.items():
            if state != "unknown":
                self._consent(channel, purpose, state, first)
        for slug in given.lists:
            self._happen("List Entered", {"list": slug}, first)
        for slug in given.segments:
            self._happen("List Entered", {"list": PINNED + slug}, first)
        for slug, value in given.tags.items():
            self._brand.tag(self._person.profile_id, slug, TagFact(value, first), first)
        for event in sorted(given.events, key=lambda each: each.at):
            # At the very instant at which time begins it would trigger.
            at = min(event.at, given.at - 1)
            self._happen(event.event, event.properties, at)

    def _take(self, step: Step, slug: str) -> None:
        """Let one step happen."""
        at = step.at
        match step.deed:
            case "event":
                self._happen(step.name, step.properties, at, step.late)
            case "traits":
                self._traits(step.properties, at)
            case "consent":
                self._consent(step.name, str(step.value), step.word, at)
            case "list":
                self._happen(_LISTED[step.word], {"list": step.name}, at)
            case "segment":
                self._happen(_LISTED[step.word], {"list": PINNED + step.name}, at)
                self._happen(f"Segment {step.word.capitalize()}", {"segment": step.name}, at)
            case "tag":
                fact = None if step.value is None else TagFact(step.value, at)
                self._brand.tag(self._person.profile_id, step.name, fact, at)
            case "message":
                self._react(step)
            case "answer" | "task":
                self._answer(step)
            case "call":
                self._happen("Journey Called", {"journey": slug, **step.properties}, at)
            case _:
                self._brand.pass_by(at)

    def _happen(self, name: str, properties: Mapping[str, Value], at: int, late: int = 0) -> None:
        """Let an event arrive."""
        event = Happening(name, at - late, at, 0, properties)
        self._brand.meet(self._person.profile_id, event)

    def _traits(self, traits: Mapping[str, Value], at: int) -> None:
        """Let traits be set."""
        event = Happening("$identify", at, at, 0, {})
        self._brand.meet(self._person.profile_id, event, traits)

    def _consent(self, channel: str, purpose: str, state: str, at: int) -> None:
        """Let the person say yes or no."""
        name = "Consent Granted" if state == "granted" else "Consent Withdrawn"
        self._happen(name, {"channel": channel, "purpose": purpose}, at)

    def _react(self, step: Step) -> None:
        """Let something become of the last message that was sent, or of the last of a node."""
        self._brand.pass_by(step.at)
        sent: list[Made] = [
            made
            for story in self._played.telling.stories
            for made in story.messages
            if made.sent_at and step.word in {"", made.message.node}
        ]
        if not sent:
            said = text("cases.nothing_sent", node=step.word or "-")
            self._played.problems.append((step.path, said))
            return
        last = max(sent, key=lambda made: made.sent_at)
        self._brand.react(last.message, REACTIONS[step.name], step.at, step.properties)

    def _answer(self, step: Step) -> None:
        """Let a webhook answer, or the staff do a task, that a node waits for."""
        self._brand.pass_by(step.at)
        kind = Call if step.deed == "answer" else Open
        asked = [
            (run, caused)
            for run, caused in self._script.open.get(step.name, ())
            if isinstance(caused.effect, kind)
        ]
        if not asked:
            said = text("cases.nothing_asked", node=step.name)
            self._played.problems.append((step.path, said))
            return
        run, caused = asked[0]
        self._script.open[step.name].remove(asked[0])
        told: dict[str, Value] = {
            "run": show_id(run.run_id), "node": caused.node, "visit": caused.visit,
        }  # fmt: skip
        if step.deed == "task":
            name = "Task Done"
            told |= {"outcome": step.word}
        else:
            name, status = "Webhook Answered", step.value
            is_ok = step.word == "answered" and isinstance(status, int) and 200 <= status < 300
            told |= {"ok": is_ok, "status": status, "body": dict(step.properties), "reason": ""}
        self._brand.answer(run.person, name, told, step.at)
