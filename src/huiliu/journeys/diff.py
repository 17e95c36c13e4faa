"""What a later version of a journey does differently, in words: nodes, ways and fields, no lines.

The order of nodes in the document is no meaning, so a node that only moved is no change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from huiliu.conditions import parse as parse_condition
from huiliu.conditions import parse_filters
from huiliu.journeys.journey import Journey
from huiliu.journeys.likeness import bare, renamed
from huiliu.kernel.changes import ABSENT, Difference, compare
from huiliu.kernel.documents import join_path
from huiliu.kernel.texts import Text, catalogue, text

__all__ = ["JourneyChange", "What", "differences"]

What: TypeAlias = Literal["added", "removed", "changed", "renamed"]

_LONGEST: Final = 200
#: Keys of the document that are told by their own words, or that tell nothing.
_APART: Final = frozenset({"huiliu", "kind", "slug", "nodes"})


@dataclass(frozen=True, slots=True)
class JourneyChange:
    """One thing that is different."""

    #: Where in the later document; in the earlier one for what was removed.
    path: str
    what: What
    said: Text
    #: The node that it is about, by its later name; "" = the journey as a whole.
    node: str = ""

    def sentence(self) -> Text:
        """Return the change in words."""
        return self.said


def differences(before: Journey, after: Journey) -> tuple[JourneyChange, ...]:
    """Return what a later version does differently: the journey first, then node by node."""
    names = renamed(before, after)
    return (*_whole(before, after, names), *_nodes(before, after, names))


def _whole(before: Journey, after: Journey, names: Mapping[str, str]) -> Iterator[JourneyChange]:
    """Yield what differs outside the nodes."""
    old, new = (
        {key: value for key, value in one.tree().items() if key not in _APART}
        for one in (before, after)
    )
    old["start"] = names.get(before.start, before.start)
    for found in compare(old, new):
        yield _told(found, "", _label("", found.path))


def _nodes(before: Journey, after: Journey, names: Mapping[str, str]) -> Iterator[JourneyChange]:
    """Yield what differs node by node, in the order of the later version."""
    earlier = {new: old for old, new in names.items()}
    for name, node in after.nodes.items():
        was = earlier.get(name, name)
        path = join_path("nodes", name)
        if was not in before.nodes:
            said = text("journeys.change.node_added", node=name, type=_type(node.type))
            yield JourneyChange(path, "added", said, name)
            continue
        if was != name:
            said = text("journeys.change.node_renamed", before=was, after=name)
            yield JourneyChange(path, "renamed", said, name)
        yield from _node(before, was, after, name, names)
    kept = {*after.nodes, *names}
    for name, node in before.nodes.items():
        if name not in kept:
            said = text("journeys.change.node_removed", node=name, type=_type(node.type))
            yield JourneyChange(join_path("nodes", name), "removed", said, name)


def _node(
    before: Journey, was: str, after: Journey, name: str, names: Mapping[str, str]
) -> Iterator[JourneyChange]:
    """Yield what differs in one node."""
    old, new = before.nodes[was], after.nodes[name]
    path = join_path("nodes", name)
    if old.type != new.type:
        said = text(
            "journeys.change.node_type", node=name, before=_type(old.type), after=_type(new.type)
        )
        yield JourneyChange(path, "changed", said, name)
        return
    for found in compare(bare(before, was), bare(after, name), depth=1):
        told = _told(found, name, _label(new.type, found.path))
        yield JourneyChange(join_path(path, found.path), told.what, told.said, name)
    notes = before.notes.get(was, ""), after.notes.get(name, "")
    for found in compare({"note": notes[0] or None}, {"note": notes[1] or None}):
        told = _told(_unsaid(found), name, _label(new.type, "note"))
        yield JourneyChange(join_path(path, "note"), told.what, told.said, name)
    yield from _ways(before, was, after, name, names)


def _ways(
    before: Journey, was: str, after: Journey, name: str, names: Mapping[str, str]
) -> Iterator[JourneyChange]:
    """Yield which ways of a node lead elsewhere; ways are known by what they ask, else by place."""
    led, leads = _led(before, was), _led(after, name)
    old = {key: names.get(to, to) for key, (_, to) in led.items()}
    # A way that asks for something else now is the one that stood in its place.
    placed = {field: names.get(to, to) for key, (field, to) in led.items() if key not in leads}
    for key, (field, to) in leads.items():
        old.setdefault(key, placed.get(field, to))
        if old[key] != to:
            said = text(
                "journeys.change.way", node=name, way=_way(after, name, field), before=old[key],
                after=to,
            )  # fmt: skip
            path = join_path(join_path("nodes", name), field)
            yield JourneyChange(path, "changed", said, name)


def _led(journey: Journey, name: str) -> dict[str, tuple[str, str]]:
    """Return what a way is known by -> its field and where it leads."""
    fields = bare(journey, name)
    found: dict[str, tuple[str, str]] = {}
    for way in journey.nodes[name].ways:
        item = _item(fields, way.field)
        key = way.field if item is None else json.dumps(item, sort_keys=True, default=list)
        found.setdefault(key, (way.field, way.to))
    return found


def _item(fields: Mapping[str, object], field: str) -> object:
    """Return the item of a list that a way's field stands in, or None where it is in none."""
    head, bracket, rest = field.partition("[")
    listed = fields.get(head)
    if not bracket or not isinstance(listed, list | tuple):
        return None
    nth = rest.partition("]")[0]
    return listed[int(nth)] if nth.isdigit() and int(nth) < len(listed) else None


def _way(journey: Journey, name: str, field: str) -> Text | str:
    """Return what a way is called: what it asks for, else its field."""
    item = _item(bare(journey, name), field)
    if item is not None:
        return _shown(item)
    return _label(journey.nodes[name].type, field)


def _unsaid(found: Difference) -> Difference:
    """Return a difference in which null means that nothing is written."""
    before, after = (ABSENT if one is None else one for one in (found.before, found.after))
    return Difference(found.path, before, after)


def _told(found: Difference, node: str, label: Text | str) -> JourneyChange:
    """Return a difference as a change."""
    what: What = (
        "added" if found.before is ABSENT else "removed" if found.after is ABSENT else "changed"
    )
    said = text(
        f"journeys.change.{'field' if node else 'part'}_{what}", node=node, field=label,
        before=_shown(found.before), after=_shown(found.after),
    )  # fmt: skip
    return JourneyChange(found.path, what, said, node)


def _type(name: str) -> Text | str:
    """Return what a type of node is called."""
    key = f"journeys.node.{name}"
    return text(key) if key in catalogue("en") else name


def _label(type_: str, path: str) -> Text | str:
    """Return what a field is called: its label in a builder, else the path itself."""
    head, bracket, rest = path.partition("[")
    for key in (f"journeys.field.{type_}.{head}", f"journeys.field.{head}"):
        if key in catalogue("en"):
            nth = rest.partition("]")[0]
            named = text(key)
            return text("journeys.change.nth", field=named, n=int(nth) + 1) if bracket else named
    return path


def _shown(value: object) -> Text | str:
    """Return a value as a person reads it: conditions and filters in words."""
    if value is ABSENT:
        return ""
    if isinstance(value, Mapping):
        return _in_words(value) or _json(value)
    if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
        filters = parse_filters(list(value), "")
        return _json(value) if isinstance(filters, tuple) else filters.sentence()
    return value if isinstance(value, str) else _json(value)


def _in_words(value: Mapping[str, object]) -> Text | None:
    """Return what a map asks for, if it is a condition or holds one."""
    condition = parse_condition(dict(value), "")
    if not isinstance(condition, tuple):
        return condition.sentence()
    for key in ("when", "condition"):
        inner = value.get(key)
        if isinstance(inner, Mapping) and not isinstance(parse_condition(dict(inner), ""), tuple):
            return _in_words(inner)
    where = value.get("where")
    filters = None if where is None else parse_filters(where, "")
    if isinstance(filters, tuple) or (filters is None and "event" not in value):
        return None
    if "event" not in value or filters is None:
        said = None if filters is None else filters.sentence()
        return said or text("journeys.change.event", event=value["event"])
    return text("journeys.change.event_where", event=value["event"], where=filters.sentence())


def _json(value: object) -> str:
    """Return a value in few characters."""
    written = json.dumps(value, ensure_ascii=False, default=list)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"
