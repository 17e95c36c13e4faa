"""What a virtual brand is made of: documents, rules, and who answers in the world's place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from types import MappingProxyType
from typing import Final, Protocol

from huiliu.conditions import Mentions
from huiliu.journeys.journey import Journey
from huiliu.journeys.known import Face
from huiliu.journeys.step import Caused
from huiliu.journeys.virtual.people import Posted, Run
from huiliu.kernel.facts import Cut, Value
from huiliu.messages.odds import NO_ODDS, Odds
from huiliu.messages.rules import Rules
from huiliu.segments import Listening, Segment

__all__ = [
    "ADDRESSES",
    "NULL_ANSWER",
    "Answers",
    "Echo",
    "Echoes",
    "NullAnswers",
    "Setting",
    "Silent",
]

#: Channel -> the trait that holds its address, as the shipped channels have it.
ADDRESSES: Final[Mapping[str, str]] = MappingProxyType({"email": "email", "sms": "phone"})

#: What a webhook answers where nobody says what it would answer.
NULL_ANSWER: Final[Mapping[str, Value]] = MappingProxyType({
    "ok": True, "status": 200, "body": {}, "reason": "",
})  # fmt: skip

#: (name of the event, after how long, its own properties).
Echo = tuple[str, int, Mapping[str, Value]]


class Echoes(Protocol):
    """What comes back after a message was sent: deliveries, openings, clicks, replies, failures."""

    def of(self, message: Posted, at: int) -> Iterable[Echo]:
        """Return what comes of a message that was sent."""
        ...


class Answers(Protocol):
    """What webhooks answer and what the staff does."""

    def called(self, run: Run, caused: Caused) -> tuple[int, Mapping[str, Value]] | None:
        """Return after how long a webhook answers what; None = never."""
        ...

    def opened(self, run: Run, caused: Caused) -> tuple[int, str] | None:
        """Return after how long a task is done with which outcome; None = never."""
        ...


class Silent:
    """Nobody reacts to any message."""

    def of(self, message: Posted, at: int) -> Iterable[Echo]:  # noqa: ARG002 - the protocol's
        """Return nothing."""
        return ()


class NullAnswers:
    """Every webhook answers at once that all is well, with nothing in it; no task is ever done."""

    def called(self, run: Run, caused: Caused) -> tuple[int, Mapping[str, Value]] | None:  # noqa: ARG002 - the protocol's
        """Return the null answer."""
        return 0, NULL_ANSWER

    def opened(self, run: Run, caused: Caused) -> tuple[int, str] | None:  # noqa: ARG002 - the protocol's
        """Return None: a person would have to do it."""
        return None


_SILENT: Final = Silent()
_NULL_ANSWERS: Final = NullAnswers()


@dataclass(frozen=True)
class Setting:
    """A virtual brand before time begins."""

    brand_id: int
    journeys: Sequence[Journey]
    #: Those whose entries and exits somebody listens to.
    segments: Sequence[Segment] = ()
    #: Template -> its channel and class.
    faces: Mapping[str, Face] = field(default_factory=dict)
    #: None: every message is sent at once, whatever consents and caps say.
    rules: Rules | None = None
    #: What messages are worth, where the rules ask for it.
    odds: Odds = NO_ODDS
    #: Whether everybody is taken to have every address and to have said yes, unless they said no.
    assumes_reach: bool = False
    #: Of people whose own zone is not known.
    zone: str = "UTC"
    #: Channel -> the trait that holds its address; channels that are not here have none to check.
    addresses: Mapping[str, str] = field(default_factory=lambda: ADDRESSES)
    echoes: Echoes = _SILENT
    answers: Answers = _NULL_ANSWERS
    #: Ids of messages of these journeys that the log knows of: what came of them is replayed.
    known_messages: Collection[str] = frozenset()
    #: Hashes of addresses that must never be written to; grows as time goes on.
    suppressed: set[str] = field(default_factory=set)
    #: When time begins: what audiences ask for may depend on it.
    since: int = 0
    #: (tag, N) -> the cut point of its top N.
    cuts: Mapping[tuple[str, int], Cut] = field(default_factory=dict)

    @cached_property
    def listening(self) -> Listening:
        """Which segments an event may concern."""
        return Listening(self.segments)

    @cached_property
    def asked(self) -> Mentions:
        """All that conditions may ask about a person."""
        found = [journey.mentions for journey in self.journeys]
        found += [segment.condition.mentions for segment in self.segments]
        found += [self._audience(journey) for journey in self.journeys]
        return reduce(or_, found, Mentions())

    def _audience(self, journey: Journey) -> Mentions:
        """Return what the audience of a schedule asks for."""
        plan, among = journey.entry.schedule, journey.entry.among
        found = Mentions() if among is None else among.mentions
        occasion = plan.next(self.since - 1, self.zone) if plan is not None else None
        if plan is not None and occasion is not None:
            found |= plan.audience(occasion).mentions
        if plan is not None and plan.local:
            found |= Mentions(traits=frozenset({"zone"}))
        return found

    @cached_property
    def fact_events(self) -> frozenset[str]:
        """Canonical names of the events that must be kept."""
        names = self.asked.events
        return names.union(*(journey.fact_events for journey in self.journeys))

    @cached_property
    def heard(self) -> frozenset[str]:
        """Canonical names of all events that can matter."""
        names = self.fact_events
        for journey in self.journeys:
            names |= {journey.entry.event} | journey.end_events | journey.wake_events
        return names
