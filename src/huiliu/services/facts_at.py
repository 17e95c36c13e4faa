"""One person's facts out of the warehouse, now or as of any moment of the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import ibis
import msgspec

from huiliu.conditions import Mentions, Tables
from huiliu.kernel.facts import NO_TOUCH, EventFact, Facts, RunFact, TagFact, Touch, Value
from huiliu.kernel.times import from_datetime
from huiliu.ports.world import World
from huiliu.services.population import population

__all__ = ["facts_at"]

#: A row of an answer: what stands in it, its columns know.
_Row = dict[str, Any]


def facts_at(
    world: World, brand_id: int, profile_id: int, asked: Mentions, at: int | None
) -> Facts | None:
    """Return what a condition may ask about a present person; None = there is no such person.

    It reads the very tables that the Ibis reader asks, so what is explained is what was counted.
    """
    reading = _Reading(world, population(world, brand_id, asked, at), profile_id)
    if not reading.rows(reading.tables.people):
        return None
    identifiers = reading.identifiers() if asked.identifiers else {}
    return Facts(
        profile_id,
        {name: value for name in sorted(asked.traits) for value in reading.trait(name)},
        reading.events(asked.events),
        identifiers=identifiers,
        suppressed=reading.suppressed(identifiers),
        touch=reading.touch() if asked.touch else NO_TOUCH,
        tags={slug: value for slug in sorted(asked.tags) for value in reading.tag(slug)},
        runs=[run for slug in sorted(asked.journeys) for run in reading.runs(slug)],
        cuts=reading.tables.cuts,
    )


class _Reading:
    """Asks for the rows of one person."""

    def __init__(self, world: World, tables: Tables, profile_id: int) -> None:
        """Hold whom to ask about."""
        self._world = world
        self.tables = tables
        self._profile_id = profile_id

    def rows(self, table: ibis.Table) -> list[_Row]:
        """Return the person's rows of a table."""
        own = table.filter(table.profile_id == self._profile_id)
        found: list[_Row] = self._world.warehouse.run(own).to_pylist()
        return found

    def trait(self, name: str) -> list[Value]:
        """Return the value of a trait, if it has one."""
        found = [_json(row["value"]) for row in self.rows(self.tables.trait(name))]
        return [value for value in found if value is not None]

    def events(self, names: frozenset[str]) -> dict[str, list[EventFact]]:
        """Return events by name, oldest first."""
        found: dict[str, list[EventFact]] = {}
        if not names:
            return found
        events = self.tables.events
        kept = events.filter(events.name.isin(sorted(names))).select(
            "profile_id", "name", "occurred_at", "position", "properties"
        )
        for row in sorted(self.rows(kept), key=lambda one: (one["occurred_at"], one["position"])):
            fact = EventFact(
                row["name"], _instant(row["occurred_at"]), row["position"],
                _object(row["properties"]),
            )  # fmt: skip
            found.setdefault(fact.name, []).append(fact)
        return found

    def identifiers(self) -> dict[str, frozenset[str]]:
        """Return the keyed hashes by the word of their type."""
        found: dict[str, set[str]] = {}
        for row in self.rows(self.tables.identifiers):
            found.setdefault(row["type"], set()).add(row["identifier"])
        return {word: frozenset(hashes) for word, hashes in found.items()}

    def suppressed(self, identifiers: dict[str, frozenset[str]]) -> frozenset[str]:
        """Return which of the hashes must never be written to."""
        held = sorted(set().union(*identifiers.values()))
        if not held:
            return frozenset()
        table = self.tables.suppressions
        rows = self._world.warehouse.run(table.filter(table.identifier.isin(held)))
        return frozenset(rows["identifier"].to_pylist())

    def touch(self) -> Touch:
        """Return where the person came from."""
        for row in self.rows(self.tables.touches):
            return Touch(row["first_channel"], row["last_channel"], _object(row["device"]))
        return NO_TOUCH

    def tag(self, slug: str) -> list[TagFact]:
        """Return the value that a tag stands at, if it has one."""
        return [
            TagFact(_json(row["value"]), _instant(row["set_at"]), _later(row["expires_at"]))
            for row in self.rows(self.tables.tag(slug))
        ]

    def runs(self, journey: str) -> list[RunFact]:
        """Return the passages through a journey."""
        return [
            RunFact(journey, _instant(row["entered_at"]), _later(row["ended_at"]), row["node"])
            for row in self.rows(self.tables.runs(journey))
        ]


def _json(written: str | None) -> Value:
    """Return a JSON value."""
    found: Value = None if written is None else msgspec.json.decode(written)
    return found


def _object(written: str | None) -> dict[str, Value]:
    """Return a JSON object; nothing is an empty one."""
    found = _json(written)
    return found if isinstance(found, dict) else {}


def _instant(moment: datetime) -> int:
    """Return a timestamp, which is in UTC, as an instant."""
    return from_datetime(moment.replace(tzinfo=UTC))


def _later(moment: datetime | None) -> int | None:
    """Return a timestamp that may be missing."""
    return None if moment is None else _instant(moment)
