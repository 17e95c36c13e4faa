"""Which nodes and ways of a journey its cases pass, and which no case ever does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

import msgspec

from huiliu.journeys.journey import Journey
from huiliu.journeys.nodes import Go, Node, Outcome, Passage, Way
from huiliu.kernel.facts import Value

__all__ = ["Coverage", "Watched"]

_NO_CHOICE: Final[Mapping[str, str]] = {}


class Coverage:
    """Counts the ways that runs took."""

    def __init__(self, journey: Journey) -> None:
        """Have seen nothing yet."""
        self._journey = journey
        self._nodes: set[str] = set()
        self._ways: set[tuple[str, str]] = set()

    def pass_(self, name: str, outcome: Outcome) -> None:
        """Note that a run stood at a node, and how it left."""
        self._nodes.add(name)
        if not isinstance(outcome, Go):
            return
        ways = [way for way in self._journey.nodes[name].ways if way.to == outcome.to]
        if len(ways) > 1:
            ways = _told(ways, outcome.details) or ways
        self._ways.update((name, way.field) for way in ways)

    def missing_nodes(self) -> list[str]:
        """Return the nodes where no run ever stood, in the document's order."""
        return [name for name in self._journey.nodes if name not in self._nodes]

    def missing_ways(self) -> list[tuple[str, Way]]:
        """Return the ways that no run ever took."""
        return [
            (name, way)
            for name, node in self._journey.nodes.items()
            for way in node.ways
            if (name, way.field) not in self._ways
        ]

    @property
    def total(self) -> int:
        """Return how many nodes and ways there are."""
        nodes = self._journey.nodes
        return len(nodes) + sum(len(node.ways) for node in nodes.values())

    @property
    def percent(self) -> float:
        """Return the share of nodes and ways that were passed, in percent."""
        missing = len(self.missing_nodes()) + len(self.missing_ways())
        return 100.0 * (self.total - missing) / self.total


def _told(ways: Sequence[Way], details: bytes) -> list[Way]:
    """Return the way that a trace names, of several that lead to the same node."""
    way = msgspec.json.decode(details).get("way")
    return [each for each in ways if f"[{way}]" in each.field or each.field == way]


class Watched:
    """A node that is watched, and whose way may be chosen for it."""

    def __init__(self, name: str, node: Node, coverage: Coverage, to: str = "") -> None:
        """Watch a node; with `to` it always leads there when it leads on."""
        self._name = name
        self._node = node
        self._coverage = coverage
        self._to = to

    @classmethod
    def all(
        cls, journey: Journey, coverage: Coverage, choose: Mapping[str, str] = _NO_CHOICE
    ) -> Journey:
        """Return a journey all of whose nodes are watched."""
        nodes = {
            name: cast("Node", cls(name, node, coverage, choose.get(name, "")))
            for name, node in journey.nodes.items()
        }
        return replace(journey, nodes=nodes)

    def __getattr__(self, name: str) -> Any:
        """Return what the node itself says: its type, its ways, what it asks for."""
        return getattr(self._node, name)

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Let the node decide, and note what it decided."""
        outcome = self._node.step(passage, memory)
        if self._to and isinstance(outcome, Go) and outcome.to != self._to:
            told: dict[str, Value] = {"to": self._to, "chosen": True}
            outcome = msgspec.structs.replace(
                outcome, to=self._to, details=msgspec.json.encode(told)
            )
        self._coverage.pass_(self._name, outcome)
        return outcome
