"""How many runs stand at, passed and left each node of a journey, and who they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from huiliu.journeys import HELD_OUT, Journey, parsed
from huiliu.ports.console import NodeCount, PersonAt
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["Counted", "Counts", "PeopleAt", "arrivals", "count_journey", "people_at_node"]

_KIND = "journey"
_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the runs at one node."""

    n_entered: int
    n_waiting: int
    n_passed: int
    n_left: int
    #: Where the node led them: node -> how many.
    ways: Mapping[str, int]
    #: Status -> how many of its messages; {} where it sends none.
    messages: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one version, or of all."""

    #: State of a run -> how many.
    runs: Mapping[str, int]
    nodes: Mapping[str, Counted]

    @property
    def n_entered(self) -> int:
        """Return how many runs ever began."""
        return sum(self.runs.values())


@dataclass(frozen=True, slots=True)
class PeopleAt:
    """One page of people at a node, by run."""

    rows: Sequence[PersonAt]
    next: bytes | None


def count_journey(world: World, brand_id: int, slug: str, version: int = 0) -> Counts:
    """Return what became of the runs at each node; version 0 counts all versions together.

    Raises:
        NotFound: there is no such journey or version.
    """
    with world.store.transaction(brand_id) as tx:
        if version:
            document = tx.documents.version(brand_id, _KIND, slug, version)
        else:
            document = tx.documents.latest(brand_id, _KIND, slug)
        return counts_of(tx, brand_id, parsed(document.source), version)


def counts_of(tx: Tx, brand_id: int, journey: Journey, version: int = 0) -> Counts:
    """Return the same inside a transaction, by the nodes of a journey."""
    slug = journey.slug
    by_version = tx.console.version_runs(brand_id, slug)
    runs: dict[str, int] = {}
    for number, states in by_version.items():
        if version in {0, number}:
            for state, n in states.items():
                runs[state] = runs.get(state, 0) + n
    found = {one.node: one for one in tx.console.node_counts(brand_id, slug, version)}
    messages: dict[str, dict[str, int]] = {}
    for node, status, n in tx.console.message_counts_at(brand_id, slug, version):
        messages.setdefault(node, {})[status] = n
    arrived = arrivals(journey, found, sum(runs.values()))
    return Counts(
        runs,
        {
            name: _counted(found.get(name), arrived[name], messages.get(name, {}))
            for name in journey.nodes
        },
    )


def arrivals(journey: Journey, counts: Mapping[str, NodeCount], n_begun: int) -> Mapping[str, int]:
    """Return how many runs reached each node, from what passed the nodes before it.

    What takes a run out is an event, whose trace names no node; so those who left at a node are
    those who reached it and neither passed it nor wait there.
    """
    arrived = dict.fromkeys(journey.nodes, 0)
    # Those who are held out begin and end where no node is.
    arrived[journey.start] = n_begun - _n_of(counts.get(HELD_OUT))
    for name, node in journey.nodes.items():
        count = counts.get(name, NodeCount(name, 0, 0))
        if len(node.ways) == 1 and not count.ways:
            arrived[node.ways[0].to] += count.n_passed
        for to, n in count.ways.items():
            # An older version may have led to a node that this one does not have.
            if to in arrived:
                arrived[to] += n
    return arrived


def _n_of(held: NodeCount | None) -> int:
    """Return how many runs only watch, or watched."""
    return 0 if held is None else held.n_waiting + held.n_passed


def people_at_node(
    world: World, brand_id: int, slug: str, node: str, after: bytes = b""
) -> PeopleAt:
    """Return who waits at a node now, a page at a time.

    Raises:
        NotFound: there is no such journey.
    """
    with world.store.transaction(brand_id) as tx:
        tx.documents.latest(brand_id, _KIND, slug)
        rows = tx.console.people_at(brand_id, slug, node, _PER_PAGE + 1, after)
    shown = rows[:_PER_PAGE]
    return PeopleAt(shown, shown[-1].run_id if len(rows) > _PER_PAGE else None)


def _counted(count: NodeCount | None, arrived: int, messages: Mapping[str, int]) -> Counted:
    """Return the counts of one node."""
    found = count or NodeCount("", 0, 0)
    n_entered = max(arrived, found.n_passed + found.n_waiting)
    return Counted(
        n_entered=n_entered,
        n_waiting=found.n_waiting,
        n_passed=found.n_passed,
        n_left=n_entered - found.n_passed - found.n_waiting,
        ways=found.ways,
        messages=messages,
    )
