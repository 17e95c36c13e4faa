"""The shape of a journey's graph: everything leads somewhere, everyone gets out, no loop spins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from huiliu.journeys.nodes import Node
from huiliu.journeys.reading import Reading
from huiliu.kernel.documents import join_path

__all__ = ["check_shape"]


def check_shape(reading: Reading, start: str, nodes: Mapping[str, Node]) -> None:
    """Note what is wrong with the graph: ways to nowhere, unreachable nodes, loops, dead ends."""
    tree = reading.loaded.tree.get("nodes")
    written = set(tree) if isinstance(tree, dict) else set()
    if start and start not in written:
        reading.wrong("start", "journeys.dangling", name=start)
    whole = True
    for name, node in nodes.items():
        for way in node.ways:
            if way.to and way.to not in written:
                path = join_path(join_path("nodes", name), way.field)
                reading.wrong(path, "journeys.dangling", name=way.to)
                whole = False
    # Nodes that could not be read have no ways, so nothing can be said about the rest.
    if not whole or set(nodes) != written or start not in nodes:
        return
    leads = {name: {way.to for way in node.ways} for name, node in nodes.items()}
    if any("" in ways for ways in leads.values()):
        return
    reached = _closure([start], leads)
    for name in nodes:
        if name not in reached:
            reading.wrong(join_path("nodes", name), "journeys.unreachable", name=name)
    _check_ways_out(reading, nodes, leads)
    _check_loops(reading, nodes, leads)


def _closure(begin: Iterable[str], leads: Mapping[str, Iterable[str]]) -> set[str]:
    """Return every node that can be reached."""
    found = set(begin)
    rest = list(found)
    while rest:
        for to in leads[rest.pop()]:
            if to not in found:
                found.add(to)
                rest.append(to)
    return found


def _check_ways_out(
    reading: Reading, nodes: Mapping[str, Node], leads: Mapping[str, set[str]]
) -> None:
    """Note the nodes from which no run can ever end by itself."""
    back: dict[str, set[str]] = {name: set() for name in nodes}
    for name, ways in leads.items():
        for to in ways:
            back[to].add(name)
    ending = _closure([name for name, ways in leads.items() if not ways], back)
    for name in nodes:
        if name not in ending:
            reading.wrong(join_path("nodes", name), "journeys.no_way_out", name=name)


def _check_loops(
    reading: Reading, nodes: Mapping[str, Node], leads: Mapping[str, set[str]]
) -> None:
    """Note the nodes of loops in which no time passes: a run would spin there for ever."""
    quick = {
        name: {to for to in ways if not nodes[to].takes_time}
        for name, ways in leads.items()
        if not nodes[name].takes_time
    }
    for name, ways in quick.items():
        if name in _closure(ways, quick):
            reading.wrong(join_path("nodes", name), "journeys.loop", name=name)
