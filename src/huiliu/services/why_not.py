"""Why an event of a person began no run of a journey: worked out from the log and the runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from huiliu.journeys import AFTER_END, NEVER, Happening, Journey, Refusal, admit, parsed
from huiliu.journeys.explain import explain_refusal
from huiliu.kernel.bodies import read_body
from huiliu.kernel.events import Flag, canonical_name
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_duration, show_instant
from huiliu.ports.publications import Publication
from huiliu.ports.runs import RunRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import surroundings
from huiliu.services.past_stages import PastStages

__all__ = ["NotEntered", "not_entered"]

_OFFSET_BITS: Final = 48
#: Events of a person that are looked through, newest first.
_MOST_EVENTS: Final = 5_000
#: Publications of a journey that are looked through.
_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class NotEntered:
    """An event of the entry's name that began no run, and why."""

    journey: str
    #: The version that was newest then; 0 = the journey was not there yet.
    version: int
    event: str
    at: int
    position: int
    #: where, no_key, too_old, historical, again, active, not_live, paused ...
    reason: str
    said: Text
    #: What would have let the person in.
    nearest: Text | None


def not_entered(
    tx: Tx,
    world: World,
    brand_id: int,
    ids: Collection[int],
    journeys: Sequence[str],
    period: tuple[int, int],
) -> list[NotEntered]:
    """Return the events of a period that began no run, newest first.

    Args:
        tx: reads what is stored.
        world: the instance.
        brand_id: whose journeys.
        ids: every id that the person has had.
        journeys: slugs.
        period: first and last instant of receipt.
    """
    first, last = period
    events = [
        event
        for event in tx.people.events(brand_id, sorted(ids), None, _MOST_EVENTS)
        if first <= event.received_at <= last
    ]
    runs = tx.runs.history(brand_id, sorted(ids), _MOST_EVENTS)
    found = [
        one
        for slug in journeys
        for one in _Journeys(tx, world, brand_id, slug, runs, ids).refusals(events)
    ]
    return sorted(found, key=lambda one: -one.position)


class _Journeys:
    """One journey as it was at any time, and who was in it."""

    def __init__(
        self,
        tx: Tx,
        world: World,
        brand_id: int,
        slug: str,
        runs: Sequence[RunRow],
        ids: Collection[int],
    ) -> None:
        """Read when which version went live."""
        self._slug = slug
        self._ids = ids
        self._reach = PastStages(tx, brand_id)
        self._runs = [run for run in runs if run.journey == slug]
        around = surroundings(tx, world, brand_id)
        documents = tx.documents.versions(brand_id, "journey", slug)
        self._versions: list[tuple[int, int, Journey]] = [
            (one.created_at, one.version, parsed(one.source, around)) for one in documents
        ]
        self._state = documents[0].state
        self._publications: Sequence[Publication] = tx.publications.of(
            brand_id, "journey", slug, _MOST
        )

    def refusals(self, events: Sequence[Any]) -> Iterator[NotEntered]:
        """Yield the events of the entry's name that began no run."""
        for event in events:
            name = canonical_name(event.name)
            version, journey = self._newest(event.received_at)
            if journey is None or journey.entry.event != name:
                first = self._versions[-1][2]
                if journey is None and first.entry.event == name:
                    yield self._told(event, 0, "not_live", None)
                continue
            properties = read_body(event.body).properties
            found = self._why(event, journey, properties)
            if found is not None:
                yield self._told(event, version, *found)

    def _newest(self, at: int) -> tuple[int, Journey | None]:
        """Return the version that was newest at an instant."""
        for created_at, version, journey in self._versions:
            if created_at <= at:
                return version, journey
        return 0, None

    def _why(
        self, event: Any, journey: Journey, properties: Mapping[str, Value]
    ) -> tuple[str, Text | None] | None:
        """Return the reason and what would have changed it; None = a run began."""
        name = canonical_name(event.name)
        position = event.partition << _OFFSET_BITS | event.offset
        happening = Happening(name, event.occurred_at, event.received_at, position, properties)
        if event.flags & int(Flag.HISTORICAL):
            return "historical", text("nearest.not_historical")
        key = admit(journey, happening)
        if isinstance(key, Refusal):
            return key.reason, _nearest(journey, happening, key.reason)
        mine = [run for run in self._runs if run.key == key]
        if any(run.entered_at == event.received_at for run in mine):
            return None
        earlier = [run for run in mine if run.entered_at <= event.received_at]
        active = [run for run in earlier if not run.ended_at or run.ended_at > event.received_at]
        if active:
            return "active", text("nearest.no_active")
        entry = journey.entry
        if earlier and entry.again == NEVER:
            return "again", text("nearest.again_allowed")
        latest = max((run.entered_at for run in earlier), default=0)
        if entry.again not in {NEVER, AFTER_END} and event.received_at - latest < entry.again_after:
            free = show_instant(latest + entry.again_after)
            return "again", text("nearest.entered_later", at=free)
        return self._otherwise(event.received_at), None

    def _otherwise(self, at: int) -> str:
        """Return the reason where nothing of the event or the person speaks against it."""
        if self._was_draining(at):
            return "draining"
        if not self._reach.had(self._slug, self._ids, at):
            return "not_rolled_out"
        return self._state if self._state in {"paused", "stopped", "archived"} else "not_triggered"

    def _was_draining(self, at: int) -> bool:
        """Say whether an older version was running empty at an instant."""
        return any(
            one.in_flight == "drain" and one.at <= at and one.state == "draining"
            for one in self._publications
        )

    def _told(self, event: Any, version: int, reason: str, near: Text | None) -> NotEntered:
        """Return what is told of one event."""
        position = event.partition << _OFFSET_BITS | event.offset
        return NotEntered(
            self._slug, version, event.name, event.received_at, position, reason,
            explain_refusal(reason), near,
        )  # fmt: skip


def _nearest(journey: Journey, event: Happening, reason: str) -> Text | None:
    """Return the smallest change of the event that would have let it in, tried by asking again."""
    if reason == "too_old":
        length = show_duration(journey.max_event_age)
        return text("nearest.sooner", length=length)
    if reason == "no_key":
        return text("nearest.with_key", name=journey.entry.key)
    where = journey.entry.where
    if where is None:
        return None
    for one in where.each:
        for test, written in one.tree().items():
            if test == "property":
                continue
            for value in _values(test, written):
                properties = _put(event.properties, list(one.property), value)
                changed = msgspec.structs.replace(event, properties=properties)
                if not isinstance(admit(journey, changed), Refusal):
                    name = ".".join(one.property)
                    return text("nearest.entry_with", name=name, value=str(value))
    return None


def _values(test: str, written: object) -> list[Value]:
    """Return values that might pass a test."""
    found: list[Value] = list(written) if isinstance(written, list) else [written]  # type: ignore[list-item] # a plain tree
    if isinstance(written, int | float) and not isinstance(written, bool):
        found = [written + {"above": 1, "below": -1}.get(test, 0)]
    return found


def _put(values: Mapping[str, Value], keys: list[str], new: Value) -> dict[str, Value]:
    """Return values with another one at a path of keys."""
    key, rest = keys[0], keys[1:]
    if not rest:
        return {**values, key: new}
    inner = values.get(key)
    return {**values, key: _put(inner if isinstance(inner, dict) else {}, rest, new)}
