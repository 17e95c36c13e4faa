"""The tracking plan as readers look at it: an event with its properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiliu.ports import PlanEntry, World

__all__ = ["PlannedEvent", "list_plan"]


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """One event name and every property seen with it."""

    event: PlanEntry
    properties: Sequence[PlanEntry]

    @property
    def n_violations(self) -> int:
        """Return how often any property had another type than the plan's."""
        return sum(entry.n_violations for entry in self.properties)


def list_plan(world: World, brand_id: int, asked: str = "") -> list[PlannedEvent]:
    """Return events whose name or property contains the words asked for, most seen first."""
    with world.store.transaction(brand_id) as tx:
        entries = tx.plan.entries(brand_id)
    properties: dict[str, list[PlanEntry]] = {}
    for entry in entries:
        if entry.property:
            properties.setdefault(entry.event, []).append(entry)
    found = [
        PlannedEvent(entry, properties.get(entry.event, []))
        for entry in entries
        if not entry.property
    ]
    words = asked.casefold()
    return sorted(
        (one for one in found if _mentions(one, words)), key=lambda one: -one.event.n_seen
    )


def _mentions(one: PlannedEvent, words: str) -> bool:
    """Say whether an event's name or one of its properties contains the words."""
    names = [one.event.event, *(entry.property for entry in one.properties)]
    return any(words in name.casefold() for name in names)
