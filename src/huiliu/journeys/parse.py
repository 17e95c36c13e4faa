"""Reads a journey document into a Journey, or says everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.conditions import NOWHERE, Surroundings
from huiliu.journeys.entries import ENTRIES, NEVER, Entry
from huiliu.journeys.journey import DEFAULT_PRIORITY, Exit, Goal, Journey
from huiliu.journeys.matchers import Matcher, read_matcher
from huiliu.journeys.nodes import NODES, Node
from huiliu.journeys.reading import Fields, Reading
from huiliu.journeys.shape import check_shape
from huiliu.kernel.documents import join_path, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug

__all__ = ["parse", "parsed"]

_FIELDS = (
    "huiliu", "kind", "slug", "name", "note", "category", "form", "priority", "holdout", "entry",
    "exit_when", "goal", "max_event_age", "start", "nodes",
)  # fmt: skip
_MATCHER = ("event", "where", "after_entry")


def parse(
    source: str | bytes, around: Surroundings = NOWHERE
) -> tuple[Journey | None, tuple[Problem, ...]]:
    """Return the journey of a YAML document, or None and every problem with its line."""
    loaded = load(source)
    if loaded.problems:
        return None, loaded.problems
    header, problems = read_header(loaded, "journey")
    reading = Reading(loaded, around, problems)
    fields = reading.fields(loaded.tree, "", _FIELDS)
    entry = _read_entry(fields)
    exits = _read_exits(fields)
    goal = _read_goal(fields)
    age = fields.duration("max_event_age", default=ENTRIES[entry.kind].max_age)
    category = fields.word("category", default="")
    form = fields.slug("form", default="")
    priority = fields.whole("priority", (1, 100), default=DEFAULT_PRIORITY)
    holdout = fields.share("holdout")
    if holdout >= 1:
        fields.wrong("holdout", "journeys.holds_all_out")
    ends = [exit_.matcher for exit_ in exits if exit_.matcher is not None]
    nodes, notes = _read_nodes(fields, [goal.matcher, *ends] if goal else ends)
    start = fields.word("start", default=next(iter(nodes), ""))
    check_shape(reading, start, nodes)
    if reading.problems or header is None:
        return None, _in_order(reading.problems)
    return Journey(
        header, entry, exits, goal, age, start, nodes, notes, priority, category, form, holdout
    ), ()


def parsed(source: str | bytes, around: Surroundings = NOWHERE) -> Journey:
    """Return the journey of a YAML document; raise BadInput with every problem."""
    journey, problems = parse(source, around)
    if journey is None:
        raise BadInput(problems)
    return journey


def _in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return the problems by line, each once."""
    each = {(found.path, found.text.key): found for found in problems}
    return tuple(sorted(each.values(), key=lambda problem: problem.line))


def _read_entry(fields: Fields) -> Entry:
    """Return who enters, by the one kind of the table whose field is written."""
    written = fields.values.get("entry")
    if not isinstance(written, dict):
        fields.wrong("entry", "journeys.no_entry")
        return Entry("", None, "", NEVER)
    found = [name for name in ENTRIES if name in written]
    if len(found) > 1:
        fields.wrong("entry", "journeys.two_entries", found=", ".join(found))
    kind = ENTRIES[found[0]] if found else ENTRIES["event"]
    # Who writes none of the words is told all of them.
    known = kind.fields if found else (*kind.fields, *ENTRIES)
    return kind.read(fields.reading.fields(written, "entry", known))


def _read_exits(fields: Fields) -> tuple[Exit, ...]:
    """Return what ends a run early."""
    exits = []
    for path, item in fields.items("exit_when"):
        if isinstance(item, dict) and "condition" in item:
            found = fields.reading.fields(item, path, ("condition",))
            exits.append(Exit(None, found.condition("condition")))
        else:
            exits.append(Exit(_read_matcher(fields, item, path)))
    return tuple(exits)


def _read_matcher(fields: Fields, item: Value, path: str) -> Matcher:
    """Return the matcher of a map."""
    return read_matcher(fields.reading.fields(item, path, _MATCHER))


def _read_goal(fields: Fields) -> Goal | None:
    """Return what the journey is for, if it says so."""
    if not fields.has("goal"):
        return None
    goal = fields.reading.fields(fields.values["goal"], "goal", (*_MATCHER, "within"))
    return Goal(read_matcher(goal), goal.duration("within", default=0))


def _read_nodes(fields: Fields, ends: Sequence[Matcher]) -> tuple[dict[str, Node], dict[str, str]]:
    """Return the nodes by name, and their notes."""
    nodes: dict[str, Node] = {}
    notes: dict[str, str] = {}
    found = fields.values.get("nodes")
    if not isinstance(found, dict) or not found:
        fields.wrong("nodes", "journeys.no_nodes")
        return nodes, notes
    for name, value in found.items():
        path = join_path("nodes", name)
        if not is_slug(name):
            fields.reading.wrong(path, "journeys.node_name", name=name)
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in NODES:
            at = join_path(path, "type") if isinstance(value, dict) else path
            known = ", ".join(NODES)
            fields.reading.wrong(at, "journeys.unknown_node", type=kind or "-", known=known)
            continue
        node_type = NODES[kind]
        node_fields = fields.reading.fields(value, path, ("type", "note", *node_type.fields))
        nodes[name] = node_type.read(node_fields, ends)
        if note := node_fields.word("note", default=""):
            notes[name] = note
    return nodes, notes
