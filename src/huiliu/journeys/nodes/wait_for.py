"""`wait_for`: the run rests until one of several things happens, or a time-out comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from huiliu.conditions import Filters, Mentions, parse_filters
from huiliu.conditions.form import Field
from huiliu.journeys.entries.segment import SEGMENT_EVENTS
from huiliu.journeys.matchers import Matcher, Scope, key_text
from huiliu.journeys.nodes.base import Go, Node, Outcome, Passage, Quota, Rest, Way
from huiliu.journeys.reading import Fields
from huiliu.kernel.documents import join_path
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import EventFact
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY, show_duration

__all__ = ["TYPE", "Awaited", "WaitFor"]

#: How late after it happened an event may arrive and still be waited for.
_LATE: Final = 7 * DAY
#: Without a time-out a run looks up this often at least.
_FOREVER: Final = 3_650 * DAY
#: An instant that does not come.
_NEVER: Final = 30_000 * DAY


@dataclass(frozen=True, slots=True)
class Awaited:
    """One thing that is waited for, and where a run goes then."""

    #: Canonical.
    event: str
    #: What the author asks of the event; None = nothing.
    where: Filters | None
    #: (entered or exited, slug), where it is a segment that is waited for.
    segment: tuple[str, str] | None
    #: Any such event of the person, not only those of the run's own key.
    any_key: bool
    next: str
    #: The filter that the segment asks for.
    _is_segment: Filters | None = None

    def takes(self, fact: EventFact, scope: Scope) -> bool:
        """Say whether an event is what is waited for."""
        is_keyed = bool(scope.property) and not self.any_key and self.segment is None
        if is_keyed and key_text(fact.properties.get(scope.property)) != scope.key:
            return False
        if self._is_segment is not None and not self._is_segment.hold(fact.properties):
            return False
        return self.where is None or self.where.hold(fact.properties)

    def tree(self) -> dict[str, object]:
        """Return the way as it is written."""
        tree: dict[str, object] = {}
        if self.segment is not None:
            tree["segment"] = {self.segment[0]: self.segment[1]}
        else:
            tree["event"] = self.event
        if self.where is not None:
            tree["where"] = self.where.tree()
        if self.any_key:
            tree["any_key"] = True
        return tree | {"next": self.next}


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Rests until something happens."""

    awaited: tuple[Awaited, ...]
    #: In microseconds; 0 = none.
    timeout: int
    #: Where a run goes after the time-out; "" = there is none.
    otherwise: str
    #: What happened since the entry counts too, not only since the arrival.
    since_entry: bool
    mentions: Mentions = field(init=False, repr=False, compare=False)
    wakes: frozenset[str] = field(init=False, repr=False, compare=False)

    type = "wait_for"
    asks = True
    names = ()

    def __post_init__(self) -> None:
        """Note what is asked for."""
        names = frozenset(one.event for one in self.awaited)
        if self.timeout and not self.since_entry:
            mentions = Mentions(events=names, reach=self.timeout + _LATE)
        else:
            mentions = Mentions(events=names, ever=True)
        object.__setattr__(self, "mentions", mentions)
        object.__setattr__(self, "wakes", names)

    @property
    def takes_time(self) -> bool:
        """Say whether a run always rests: it does not if what it waits for may have happened."""
        return not self.since_entry

    @property
    def quota(self) -> Quota | None:
        """Nothing is given out."""
        return None

    @property
    def ways(self) -> Sequence[Way]:
        """The way of each thing that is waited for, and that of the time-out."""
        ways = [
            Way(f"{join_path('ways', nth)}.next", one.next) for nth, one in enumerate(self.awaited)
        ]
        return (*ways, Way("else", self.otherwise)) if self.otherwise else tuple(ways)

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Return the way of the first thing that happened, a rest, or the way of the time-out.

        Of several things that happened at once, the first way that is written wins.
        """
        since, until = self._begun(passage, memory)
        for nth, one in enumerate(self.awaited):
            fact = self._found(one, passage, since)
            if fact is not None:
                details = {"way": nth, "to": one.next, "event": fact.name}
                return Go(one.next, "happened", msgspec.json.encode(details))
        if self.otherwise and passage.now >= until:
            details = {"way": "else", "to": self.otherwise}
            return Go(self.otherwise, "timed_out", msgspec.json.encode(details))
        return Rest(until, msgspec.json.encode([since, until]))

    def begun(self, position: int, until: int) -> bytes:
        """Return the memory of a run that is put here and takes its time-out along.

        Args:
            position: events from this position of the log on count.
            until: when the time-out comes; 0 = never by itself, as where the node has none.
        """
        if not self.timeout or not until:
            until = _NEVER
        return msgspec.json.encode([0 if self.since_entry else position, until])

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:
        """Return what happened, or how long it did not."""
        if what == "timed_out":
            length, to = show_duration(self.timeout), details.get("to", "")
            return text("journeys.did.timed_out", length=length, to=to)
        nth = details.get("way")
        if not isinstance(nth, int) or nth >= len(self.awaited):
            return None
        one = self.awaited[nth]
        said: object = one.event
        if one.segment is not None:
            way = text(f"journeys.entering.way.{one.segment[0]}")
            said = text("journeys.did.segment", way=way, segment=one.segment[1])
        return text("journeys.did.happened", event=said, to=one.next)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"ways": [one.tree() for one in self.awaited]}
        if self.since_entry:
            tree["since"] = "entry"
        if self.timeout:
            tree["timeout"] = show_duration(self.timeout)
        return tree | {"else": self.otherwise} if self.otherwise else tree

    def _begun(self, passage: Passage, memory: bytes) -> tuple[int, int]:
        """Return from which position of the log events count, and until when is waited."""
        if memory:
            since, until = msgspec.json.decode(memory, type=tuple[int, int])
            return since, until
        length = self.timeout or _FOREVER
        return 0 if self.since_entry else passage.position, passage.now + length

    def _found(self, one: Awaited, passage: Passage, since: int) -> EventFact | None:
        """Return the first event that is what is waited for."""
        scope = passage.scope
        for fact in passage.facts.events.get(one.event, ()):
            counts = fact.position >= since
            if self.since_entry:
                counts = fact.occurred_at >= scope.since
            if counts and one.takes(fact, scope):
                return fact
        return None


class _WaitForType:
    """Reads `wait_for` nodes."""

    name = "wait_for"
    group = "time"
    fields = ("ways", "since", "timeout", "else")
    form = (
        Field(
            "ways", "rows", needed=True,
            fields=(
                Field("event", "event", instead_of=("segment",)),
                Field(
                    "segment", "map", instead_of=("event", "any_key"),
                    fields=(
                        Field("entered", "segment", instead_of=("exited",)),
                        Field("exited", "segment", instead_of=("entered",)),
                    ),
                ),
                Field("where", "filters"),
                Field("any_key", "true", start=True),
                Field("next", "way", needed=True),
            ),
        ),
        Field("since", "choice", options=("arrival", "entry")),
        Field("timeout", "duration", start="1d"),
        Field("else", "way"),
    )  # fmt: skip

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the wait of a document's map."""
        known = ("event", "segment", "where", "any_key", "next")
        awaited = [
            _read_awaited(fields.reading.fields(item, path, known))
            for path, item in fields.items("ways")
        ]
        if not awaited:
            fields.wrong("ways", "journeys.no_ways")
        timeout = fields.duration("timeout", default=0)
        otherwise = fields.word("else", default="")
        if bool(timeout) != bool(otherwise):
            fields.wrong("timeout" if otherwise else "else", "journeys.timeout_and_else")
        since = fields.choice("since", ("arrival", "entry"), default="arrival")
        return WaitFor(tuple(awaited), timeout, otherwise, since == "entry")


def _read_awaited(fields: Fields) -> Awaited:
    """Return one way of a document's list."""
    word = fields.one_of(("event", "segment"))
    where, any_key, to = fields.filters("where"), fields.flag("any_key"), fields.word("next")
    if word != "segment":
        event = canonical_name(fields.word("event")) if word else ""
        return Awaited(event, where, None, any_key, to)
    inner = fields.inner("segment", tuple(SEGMENT_EVENTS))
    way = inner.one_of(tuple(SEGMENT_EVENTS))
    slug = inner.segment(way) if way else ""
    is_segment = parse_filters([{"property": "segment", "is": slug}], "")
    assert not isinstance(is_segment, tuple), "a slug is a constant like any other"
    return Awaited(SEGMENT_EVENTS.get(way, ""), where, (way, slug), any_key, to, is_segment)


TYPE = _WaitForType()
