"""People in virtual time: what is known of them, their runs, and the messages of these."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from huiliu.identity.consents import consent_changes
from huiliu.identity.touches import Touched
from huiliu.identity.traits import Dated, fold
from huiliu.journeys.journey import Journey
from huiliu.journeys.matchers import Scope
from huiliu.journeys.nodes import Queue
from huiliu.journeys.step import EntryEvent, Token
from huiliu.kernel.facts import Cut, EventFact, Facts, RunFact, TagFact, Touch, Value
from huiliu.messages.caps import SentBefore

__all__ = ["Person", "Posted", "Run"]

#: Facts of one name that are let grow before those too old to matter are let go.
_SLACK: Final = 32


@dataclass(slots=True, eq=False)
class Run:
    """One run in virtual time."""

    journey: Journey
    person: Person
    key: str
    run_id: bytes
    scope: Scope
    entry: EntryEvent
    entered_at: int
    token: Token | None = None
    #: active, exited, goal, ended or aborted.
    state: str = "active"
    reason: str = ""
    ended_at: int = 0
    held_out: bool = False
    #: Which of its timers counts: those that were set before are stale.
    timer: int = 0
    #: Who was woken has seen what stands before this position; 0 = nobody woke it.
    since: int = 0
    #: What its nodes left: JSON object, or b"".
    carried: bytes = b""
    #: What watchers keep beside a run.
    kept: object = None

    @property
    def profile_id(self) -> int:
        """Return whose run it is."""
        return self.person.profile_id


class Posted(msgspec.Struct, gc=False, eq=False):
    """A message that a run decided on, until it is sent or refused."""

    run: Run
    node: str
    visit: int
    queue: Queue
    channel: str
    #: marketing or service.
    message_class: str
    message_id: bytes
    queued_at: int
    #: When it may go, and why it waited last.
    not_before: int = 0
    reason: str = ""
    #: What watchers keep beside a message.
    kept: object = None

    @property
    def person(self) -> Person:
        """Return who is to get it."""
        return self.run.person

    @property
    def journey(self) -> str:
        """Return the slug of the journey."""
        return self.run.journey.slug

    @property
    def run_id(self) -> bytes:
        """Return which run decided on it."""
        return self.run.run_id


class Person:
    """One person in virtual time: facts grow as time goes on, runs and memberships come and go."""

    __slots__ = (
        "_consents", "_dated", "_touched", "active", "events", "facts", "identifiers", "inside",
        "is_known", "known_sent", "last_entry", "look_at", "profile_id", "runs", "sent", "settled",
        "tags", "traits", "waiting",
    )  # fmt: skip

    def __init__(
        self,
        profile_id: int,
        suppressed: Collection[str],
        cuts: Mapping[tuple[str, int], Cut],
        *,
        keeps_runs: bool,
    ) -> None:
        """Know nothing of them yet."""
        self.profile_id = profile_id
        self.events: dict[str, list[EventFact]] = {}
        self.traits: dict[str, Value] = {}
        self.tags: dict[str, TagFact] = {}
        self.identifiers: dict[str, set[str]] = {}
        self.runs: list[RunFact] = []
        self.facts = Facts(
            profile_id, self.traits, self.events, identifiers=self.identifiers,
            suppressed=suppressed, tags=self.tags, runs=self.runs if keeps_runs else (),
            cuts=cuts,
        )  # fmt: skip
        #: (journey, key) -> the run under way.
        self.active: dict[tuple[str, str], Run] = {}
        self.last_entry: dict[tuple[str, str], int] = {}
        #: (journey, key) -> the event that settled the key's thing before any run of it began.
        self.settled: dict[tuple[str, str], str] = {}
        #: Slugs of the segments that hold them.
        self.inside: set[str] = set()
        #: When time may move them between segments; 0 = it cannot.
        self.look_at = 0
        self.sent: list[SentBefore] = []
        #: Marketing messages that nothing was decided about yet.
        self.waiting: list[Posted] = []
        #: Ids of messages sent here that the log knows of: their reactions stand in the log.
        self.known_sent: set[str] = set()
        #: Whether they have been seen: who was not is in no segment yet.
        self.is_known = False
        self._dated: dict[str, Dated] = {}
        self._consents: dict[tuple[str, str], Dated] = {}
        self._touched: Touched | None = None

    @property
    def consents(self) -> dict[tuple[str, str], str]:
        """Return (channel, purpose) -> granted or withdrawn, as it stands."""
        return {key: str(dated[0]) for key, dated in self._consents.items()}

    def learn(self, fact: EventFact, oldest: int) -> None:
        """Keep an event; those older than `oldest` may be let go."""
        known = self.events.get(fact.name)
        if known is None:
            self.events[fact.name] = [fact]
            return
        last = known[-1]
        if last.occurred_at >= fact.occurred_at and _order(last) > _order(fact):
            insort(known, fact, key=_order)
        else:
            known.append(fact)
        if oldest and len(known) >= _SLACK and known[0].occurred_at < oldest:
            # In place: the facts hold this very list.
            known[:] = [one for one in known if one.occurred_at >= oldest]

    def tell(self, traits: Mapping[str, Value], at: int, position: int) -> None:
        """Let traits in; the latest by event time stay."""
        fold(self._dated, traits, at, position)
        for name in traits:
            value = self._dated[name][0]
            if value is None:
                self.traits.pop(name, None)
            else:
                self.traits[name] = value

    def consent(
        self,
        name: str,
        properties: Mapping[str, Value],
        channels: Collection[str],
        at: int,
        position: int,
    ) -> None:
        """Let a consent event in, as the ledger reads it."""
        for change in consent_changes(name, properties, channels):
            fold(self._consents, {(change.channel, change.purpose): change.state}, at, position)  # type: ignore[arg-type,dict-item] # the same fold over another key

    def touch(self, context: Mapping[str, Value], at: int, position: int) -> bool:
        """Let a context in; say whether it told anything."""
        touched = self._touched or Touched()
        if not touched.see(context, at, position):
            return False
        self._touched = touched
        self.facts = replace(
            self.facts,
            touch=Touch(
                touched.first[0] if touched.first else None,
                touched.last[0] if touched.last else None,
                touched.device[0] if touched.device else {},
            ),
        )
        return True

    def stand(self, moved: Run) -> None:
        """Note where the runs stand, for conditions that ask; those that ended stay noted."""
        ended = [fact for fact in self.runs if fact.ended_at is not None]
        if moved.ended_at:
            slug = moved.journey.slug
            ended.append(RunFact(slug, moved.entered_at, moved.ended_at, ""))
        self.runs[:] = ended + [
            RunFact(slug, run.entered_at, None, run.token.node if run.token else "")
            for (slug, _), run in self.active.items()
        ]


def _order(fact: EventFact) -> tuple[int, int]:
    """Return what facts are ordered by."""
    return fact.occurred_at, fact.position
