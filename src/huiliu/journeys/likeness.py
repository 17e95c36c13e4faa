"""Which node of a later version is which node of an earlier one: by name, else by likeness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.journeys.journey import Journey
from huiliu.kernel.changes import leaves

__all__ = ["bare", "renamed"]

#: From this likeness on, of at most 1, a node counts as renamed.
_ALIKE: Final = 0.6
#: More new and old names than that are no renaming: it would take long and say nothing.
_MOST: Final = 60


@dataclass(frozen=True, slots=True)
class _Look:
    """What a node is like."""

    type: str
    #: Its fields without its ways, by path.
    fields: Mapping[str, str]
    #: Where its ways lead, by their field.
    ways: Mapping[str, str]
    #: Which nodes lead to it.
    comes_from: frozenset[str]


def renamed(before: Journey, after: Journey) -> dict[str, str]:
    """Return old name -> new name of the nodes that are the same thing under another name.

    Two nodes are, if they are of one type and alike in their fields and neighbours. The likest are
    paired first; a neighbour that was paired makes its neighbours liker.
    """
    old, new = _looks(before), _looks(after)
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    if not gone or not come or len(gone) > _MOST or len(come) > _MOST:
        return {}
    same = {name: name for name in old if name in new}
    found: dict[str, str] = {}
    while True:
        best = max(
            ((_likeness(old[one], new[other], same), one, other) for one in gone for other in come),
            default=(0.0, "", ""),
            key=lambda each: each[0],
        )
        score, one, other = best
        if score < _ALIKE:
            return found
        gone.remove(one)
        come.remove(other)
        found[one] = same[one] = other


def bare(journey: Journey, name: str) -> dict[str, object]:
    """Return a node's fields as they are written, the targets of its ways left empty."""
    node = journey.nodes[name]
    targets = {way.field for way in node.ways}
    return {
        key: _without(value, key, targets)
        for key, value in node.tree().items()
        if key not in targets
    }


def _without(value: object, path: str, targets: set[str]) -> object:
    """Return a value without the targets in it."""
    if isinstance(value, dict):
        return {
            key: _without(inner, f"{path}.{key}", targets)
            for key, inner in value.items()
            if f"{path}.{key}" not in targets
        }
    if isinstance(value, list | tuple):
        return [_without(inner, f"{path}[{nth}]", targets) for nth, inner in enumerate(value)]
    return value


def _looks(journey: Journey) -> dict[str, _Look]:
    """Return what each node is like."""
    leads = {name: {way.field: way.to for way in node.ways} for name, node in journey.nodes.items()}
    begins: dict[str, set[str]] = {name: set() for name in leads}
    begins[journey.start].add("")
    for name, ways in leads.items():
        for to in ways.values():
            begins[to].add(name)
    return {
        name: _Look(node.type, leaves(bare(journey, name)), leads[name], frozenset(begins[name]))
        for name, node in journey.nodes.items()
    }


def _likeness(old: _Look, new: _Look, same: Mapping[str, str]) -> float:
    """Return how alike two nodes are, of 1; `same` says which names are known to be one."""
    if old.type != new.type:
        return 0.0
    # A field that is there with another value is half alike.
    same_fields = _share(set(old.fields), set(new.fields))
    fields = (same_fields + _share(set(old.fields.items()), set(new.fields.items()))) / 2
    ways = _share(
        {(field, same.get(to, to)) for field, to in old.ways.items()}, set(new.ways.items())
    )
    begins = _share({same.get(name, name) for name in old.comes_from}, set(new.comes_from))
    return 0.5 * fields + 0.25 * ways + 0.25 * begins


def _share(one: set[object], other: set[object]) -> float:
    """Return which share of all is in both; 1 where there is nothing."""
    both = one | other
    return len(one & other) / len(both) if both else 1.0
