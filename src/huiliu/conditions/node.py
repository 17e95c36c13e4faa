"""What every node of a condition's tree can do; the nodes themselves are in `operators/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import ibis

from huiliu.conditions.population import Tables
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text

__all__ = ["Condition", "Mentions"]


@dataclass(frozen=True, slots=True)
class Mentions:
    """Which facts a condition asks for: what indexes, loaders and incremental tracking need."""

    #: Canonical event names.
    events: frozenset[str] = frozenset()
    #: Names of traits, the first key of each path.
    traits: frozenset[str] = frozenset()
    #: (canonical event name, length in microseconds) of rolling windows.
    rolling: frozenset[tuple[str, int]] = frozenset()
    #: First instants of fixed windows.
    since: frozenset[int] = frozenset()
    #: True when some part asks for events of all time.
    ever: bool = False

    def __or__(self, other: Mentions) -> Mentions:
        """Return what either asks for."""
        return Mentions(
            self.events | other.events,
            self.traits | other.traits,
            self.rolling | other.rolling,
            self.since | other.since,
            self.ever or other.ever,
        )

    def oldest(self, now: int) -> int:
        """Return the instant before which no event can matter at `now`; 0 where all may."""
        if self.ever:
            return 0
        starts = [*self.since, *(now - length for _, length in self.rolling)]
        return max(0, min(starts, default=now))


class Condition(Protocol):
    """A node: a frozen value with two readers that agree for every profile at every instant."""

    @property
    def mentions(self) -> Mentions:
        """Which events and traits the answer depends on."""
        ...

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether one profile's facts meet the condition at `now`: the Python reader."""
        ...

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the boolean over `tables.people` that says the same: the Ibis reader."""
        ...

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return `holds` and `next_change` at the price of one."""
        ...

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return an instant after `now` before which time alone cannot change the answer.

        None when only new facts can. At that instant the answer may still be the same.
        """
        ...

    def sentence(self) -> Text:
        """Return the condition in words."""
        ...

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree, which parses to an equal condition."""
        ...
