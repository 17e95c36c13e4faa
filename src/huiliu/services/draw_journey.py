"""A journey as a picture: its nodes and ways, with what became of the runs at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.conditions import Filters
from huiliu.journeys import Exit, Journey, Matcher, parsed
from huiliu.journeys.nodes import Node
from huiliu.journeys.nodes.branch import Branch, BranchWay
from huiliu.journeys.nodes.exit import COMPLETED
from huiliu.kernel.texts import Text, text
from huiliu.ports import Document, NodeCount, Tx, World

__all__ = [
    "ENTRY",
    "Drawing",
    "DrawnNode",
    "DrawnWay",
    "JourneyRow",
    "draw_journey",
    "list_journeys",
]

_KIND: Final = "journey"
#: The picture's own node for the event that begins a run; no node of a document is called so.
ENTRY: Final = "$entry"


@dataclass(frozen=True, slots=True)
class JourneyRow:
    """One journey of the list."""

    document: Document
    name: Mapping[str, str]
    #: State of a run -> how many.
    runs: Mapping[str, int]

    @property
    def n_entered(self) -> int:
        """Return how many runs ever began."""
        return sum(self.runs.values())


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """One node of the picture."""

    name: str
    #: entry, or the document's word: wait, branch, send, exit ...
    type: str
    title: Text
    words: Text | str
    note: str
    n_entered: int
    n_waiting: int
    n_passed: int
    n_left: int


@dataclass(frozen=True, slots=True)
class DrawnWay:
    """One way of the picture."""

    begin: str
    end: str
    #: Which way out of `begin`, 0-based, and how it is called.
    nth: int
    label: Text | str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A journey's version with the counts of all its versions."""

    document: Document
    journey: Journey
    nodes: Sequence[DrawnNode]
    ways: Sequence[DrawnWay]
    #: What ends a run early, in words.
    exits: Sequence[Text | str]
    goal: Text | str | None
    #: State of a run -> how many.
    runs: Mapping[str, int]
    #: All versions, newest first.
    versions: Sequence[Document]


def list_journeys(world: World, brand_id: int) -> list[JourneyRow]:
    """Return every journey by slug, with how its runs stand."""
    with world.store.transaction(brand_id) as tx:
        documents = tx.documents.all(brand_id, _KIND)
        runs = tx.console.run_counts(brand_id)
    return [
        JourneyRow(document, parsed(document.source).header.name, runs.get(document.slug, {}))
        for document in documents
    ]


def draw_journey(world: World, brand_id: int, slug: str, version: int | None = None) -> Drawing:
    """Return the newest version of a journey, or the one asked for, as a picture.

    Raises:
        NotFound: there is no such journey or version.
    """
    with world.store.transaction(brand_id) as tx:
        newest = tx.documents.latest(brand_id, _KIND, slug)
        document = (
            newest if version is None else tx.documents.version(brand_id, _KIND, slug, version)
        )
        versions = _versions(tx, brand_id, newest)
        counts = {count.node: count for count in tx.console.node_counts(brand_id, slug)}
        runs = tx.console.run_counts(brand_id).get(slug, {})
    journey = parsed(document.source)
    begins = _event(journey.entry.event, journey.entry.where)
    entry = DrawnNode(
        ENTRY, "entry", text("console.node.entry"), begins, "", sum(runs.values()), 0, 0, 0
    )
    arrived = _arrived(journey, counts, sum(runs.values()))
    nodes = [_node(name, node, journey, counts, arrived) for name, node in journey.nodes.items()]
    ways = [
        DrawnWay(name, way.to, nth, _label(node, nth))
        for name, node in journey.nodes.items()
        for nth, way in enumerate(node.ways)
    ]
    return Drawing(
        document=document,
        journey=journey,
        nodes=[entry, *nodes],
        ways=[DrawnWay(ENTRY, journey.start, 0, ""), *ways],
        exits=[_exit(exit_) for exit_ in journey.exits],
        goal=_matcher(journey.goal.matcher) if journey.goal else None,
        runs=runs,
        versions=versions,
    )


def _versions(tx: Tx, brand_id: int, newest: Document) -> list[Document]:
    """Return all versions of a document, newest first."""
    older = [
        tx.documents.version(brand_id, newest.kind, newest.slug, number)
        for number in range(newest.version - 1, 0, -1)
    ]
    return [newest, *older]


def _arrived(journey: Journey, counts: Mapping[str, NodeCount], n_begun: int) -> Mapping[str, int]:
    """Return how many runs reached each node, from what passed the nodes before it.

    What takes a run out is an event, whose trace names no node; so those who left at a node are
    those who reached it and neither passed it nor wait there.
    """
    arrived = dict.fromkeys(journey.nodes, 0)
    arrived[journey.start] = n_begun
    for name, node in journey.nodes.items():
        count = counts.get(name, NodeCount(name, 0, 0))
        if len(node.ways) == 1:
            arrived[node.ways[0].to] += count.n_passed
        for to, n in count.ways.items():
            # An older version may have led to a node that this one does not have.
            if to in arrived:
                arrived[to] += n
    return arrived


def _node(
    name: str,
    node: Node,
    journey: Journey,
    counts: Mapping[str, NodeCount],
    arrived: Mapping[str, int],
) -> DrawnNode:
    """Return a node with what became of the runs at it."""
    count = counts.get(name, NodeCount(name, 0, 0))
    n_entered = max(arrived[name], count.n_passed + count.n_waiting)
    return DrawnNode(
        name=name,
        type=node.type,
        title=text(f"console.node.{node.type}"),
        words=_words(node),
        note=journey.notes.get(name, ""),
        n_entered=n_entered,
        n_waiting=count.n_waiting,
        n_passed=count.n_passed,
        n_left=n_entered - count.n_passed - count.n_waiting,
    )


def _words(node: Node) -> Text | str:
    """Return what a node does, short."""
    tree = node.tree()
    if node.type == "wait":
        return str(tree["for"])
    if node.type == "send":
        return str(tree["template"])
    if node.type == "branch":
        return text("console.node.ways", n=len(node.ways))
    if node.type == "exit":
        reason = str(tree.get("reason", COMPLETED))
        return text("console.node.completed") if reason == COMPLETED else reason
    # A node that is newer than this picture still says what is written of it.
    return ", ".join(f"{name}: {value}" for name, value in tree.items() if name != "next")


def _label(node: Node, nth: int) -> Text | str:
    """Return how a way out is called; a node's only way needs no name."""
    if not isinstance(node, Branch):
        return ""
    if nth == len(node.branches):
        return text("console.node.else")
    return _asked(node.branches[nth])


def _asked(way: BranchWay) -> Text | str:
    """Return in words what a way asks for."""
    if way.when is not None:
        return way.when.sentence()
    return way.where.sentence() if way.where is not None else ""


def _exit(exit_: Exit) -> Text | str:
    """Return in words what ends a run early."""
    if exit_.condition is not None:
        return exit_.condition.sentence()
    return _matcher(exit_.matcher) if exit_.matcher is not None else ""


def _matcher(matcher: Matcher) -> Text | str:
    """Return in words which events count."""
    return _event(matcher.event, matcher.where)


def _event(event: str, where: Filters | None) -> Text | str:
    """Return an event's name with its filters."""
    if where is None or not where.each:
        return event
    return text("console.node.event_where", event=event, filters=where.sentence())
