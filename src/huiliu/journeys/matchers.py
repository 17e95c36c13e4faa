"""Event matchers: which events end a run, reach its goal or cancel its messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from huiliu.conditions import Filters, parse_filters
from huiliu.journeys.reading import Fields
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import EventFact, Facts, Value

__all__ = [
    "Cancel",
    "Matcher",
    "Scope",
    "cancel_names",
    "find_match",
    "is_cancelled",
    "key_text",
    "read_matcher",
]


class Scope(msgspec.Struct, frozen=True, gc=False):
    """Which events belong to one run: those of its key, or those since its entry."""

    #: The journey's key property, or "" where it has none.
    property: str
    #: The run's value of it.
    key: str
    #: When the entry event occurred.
    since: int
    #: Whether the key's thing lives once: then what happened to it earlier counts as well.
    once: bool = True
    #: Canonical name of the entry event, which is itself nothing that happened since the entry.
    event: str = ""

    def covers(self, occurred_at: int, properties: Mapping[str, Value], *, later: bool) -> bool:
        """Say whether an event belongs to the run.

        In a journey with one run a key, an event says something about the key's thing (an order
        was shipped), so it counts even when it happened, or arrived, before the entry, unless
        `later` asks for events since the entry. In all others only those count.
        """
        if self.property:
            if key_text(properties.get(self.property)) != self.key:
                return False
            return (self.once and not later) or occurred_at >= self.since
        return occurred_at >= self.since


@dataclass(frozen=True, slots=True)
class Matcher:
    """Which events count: a name, and filters on the properties."""

    #: Canonical.
    event: str
    where: Filters | None = None
    #: Only events since the entry count, in a keyed journey too.
    after_entry: bool = False

    def matches(
        self, scope: Scope, name: str, occurred_at: int, properties: Mapping[str, Value]
    ) -> bool:
        """Say whether an event is one of these and belongs to the run."""
        return (
            name == self.event
            and (name != scope.event or occurred_at != scope.since)
            and scope.covers(occurred_at, properties, later=self.after_entry)
            and (self.where is None or self.where.hold(properties))
        )

    def tree(self) -> dict[str, object]:
        """Return the matcher as it is written."""
        tree: dict[str, object] = {"event": self.event}
        if self.where is not None:
            tree["where"] = self.where.tree()
        if self.after_entry:
            tree["after_entry"] = True
        return tree


def read_matcher(fields: Fields) -> Matcher:
    """Return the matcher of a map."""
    return Matcher(
        canonical_name(fields.word("event")), fields.filters("where"), fields.flag("after_entry")
    )


def find_match(
    matchers: Sequence[Matcher], scope: Scope, facts: Facts, before: int | None = None
) -> EventFact | None:
    """Return the first known event, of those before a position, that one of the matchers takes."""
    for matcher in matchers:
        for fact in facts.events.get(matcher.event, ()):
            if (before is None or fact.position < before) and matcher.matches(
                scope, fact.name, fact.occurred_at, fact.properties
            ):
                return fact
    return None


def key_text(value: Value) -> str | None:
    """Return the value of a key property as text, so that 17 and "17" are one key; None = no key.

    Lists, maps, truth values and empty texts are no key.
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value) if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class Cancel:
    """What cancels the messages of a node, ready to be stored with each of them."""

    matchers: tuple[Matcher, ...]
    #: The matchers as JSON, written once a journey and not once a message.
    written: str

    @classmethod
    def of(cls, matchers: Sequence[Matcher]) -> Cancel:
        """Return the canceller of matchers; without any, nothing cancels."""
        trees = [matcher.tree() for matcher in matchers]
        return cls(tuple(matchers), msgspec.json.encode(trees).decode())

    def stored(self, scope: Scope) -> bytes:
        """Return the bytes that a queued message carries; b"" = nothing cancels it."""
        if not self.matchers:
            return b""
        once = "true" if scope.once else "false"
        keyed = msgspec.json.encode([scope.property, scope.key, scope.event]).decode()
        return (
            f'{{"any":{self.written},"key":{keyed},"since":{scope.since},"once":{once}}}'.encode()
        )


class _Stored(msgspec.Struct, frozen=True):
    """The stored form of a cancel_when."""

    any: list[msgspec.Raw]
    #: The key property, its value, and the entry event's name.
    key: tuple[str, str, str]
    since: int
    once: bool


_DECODER = msgspec.json.Decoder(_Stored)


def cancel_names(cancel_when: bytes) -> frozenset[str]:
    """Return the canonical names of the events that would cancel a queued message."""
    if not cancel_when:
        return frozenset()
    return frozenset(_restored(bytes(raw)).event for raw in _DECODER.decode(cancel_when).any)


def is_cancelled(cancel_when: bytes, facts: Facts) -> bool:
    """Say whether what is known of a person cancels a queued message."""
    if not cancel_when:
        return False
    stored = _DECODER.decode(cancel_when)
    name, key, event = stored.key
    scope = Scope(name, key, stored.since, stored.once, event)
    matchers = [_restored(bytes(raw)) for raw in stored.any]
    return find_match(matchers, scope, facts) is not None


@lru_cache(maxsize=1024)
def _restored(raw: bytes) -> Matcher:
    """Return the matcher that `Cancel` wrote; it was parsed before, so it has no faults."""
    item: dict[str, Value] = msgspec.json.decode(raw)
    where = parse_filters(item["where"], "where") if "where" in item else None
    assert not isinstance(where, tuple)
    return Matcher(str(item["event"]), where, bool(item.get("after_entry")))
