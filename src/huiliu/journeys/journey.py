"""A journey: who enters, the nodes they pass, and what ends it; parsed once, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, reduce
from operator import or_
from typing import Final

from huiliu.conditions import Condition, Mentions
from huiliu.journeys.entries import AFTER_END, DEFAULT_MAX_AGE, ENTRIES, NEVER, Entry
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes import Node
from huiliu.kernel.documents import Header, dump
from huiliu.kernel.shares import show_percent
from huiliu.kernel.times import show_duration

__all__ = [
    "AFTER_END",
    "DEFAULT_MAX_AGE",
    "DEFAULT_PRIORITY",
    "NEVER",
    "Entry",
    "Exit",
    "Goal",
    "Journey",
]

#: Of 1 to 100; more comes first where journeys compete.
DEFAULT_PRIORITY: Final = 50


@dataclass(frozen=True, slots=True)
class Exit:
    """What ends a run early: an event, or a condition on the person."""

    matcher: Matcher | None
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """What the journey is for: reaching it ends the run."""

    matcher: Matcher
    #: Counts only so long after the entry, in microseconds; 0 = as long as the run lasts.
    within: int


@dataclass(frozen=True)
class Journey:
    """A journey that has no faults."""

    header: Header
    entry: Entry
    exits: tuple[Exit, ...]
    goal: Goal | None
    #: An event that arrives later than this after it happened starts nothing; microseconds.
    max_event_age: int
    start: str
    nodes: Mapping[str, Node]
    #: node -> its `note:`.
    notes: Mapping[str, str] = field(default_factory=dict)
    #: Of 1 to 100; more comes first where journeys compete.
    priority: int = DEFAULT_PRIORITY
    #: What it is about, in the brand's own word; "" = nothing said.
    category: str = ""
    #: The core form of a campaign, in the brand's own word: discount, lottery ...; "" = none said.
    form: str = ""
    #: The share of people, 0 to below 1, in whom the journey only watches for its goal.
    holdout: Fraction = Fraction(0)

    @cached_property
    def slug(self) -> str:
        """The journey's name for ever."""
        return self.header.slug

    @cached_property
    def end_matchers(self) -> tuple[Matcher, ...]:
        """The matchers that end a run: the goal first, then the exits."""
        goal = () if self.goal is None else (self.goal.matcher,)
        return (*goal, *(exit_.matcher for exit_ in self.exits if exit_.matcher is not None))

    @cached_property
    def exit_conditions(self) -> tuple[tuple[int, Condition], ...]:
        """The conditions that end a run, each with its place in `exit_when`."""
        return tuple(
            (nth, exit_.condition)
            for nth, exit_ in enumerate(self.exits)
            if exit_.condition is not None
        )

    @cached_property
    def end_events(self) -> frozenset[str]:
        """Canonical names of the events that may end a run."""
        return frozenset(matcher.event for matcher in self.end_matchers)

    @cached_property
    def wake_events(self) -> frozenset[str]:
        """Canonical names of the events after which an exit condition is asked again."""
        found = [condition.mentions.events for _, condition in self.exit_conditions]
        return frozenset().union(*found, *(node.wakes for node in self.nodes.values()))

    def listens(self, node: str) -> frozenset[str]:
        """Return the canonical names of the events after which a run that rests here is stepped."""
        standing = self.nodes.get(node)
        return self._exit_wakes | standing.wakes if standing is not None else self._exit_wakes

    @cached_property
    def _exit_wakes(self) -> frozenset[str]:
        """Canonical names of the events after which exit conditions are asked again."""
        found = [condition.mentions.events for _, condition in self.exit_conditions]
        return frozenset().union(*found)

    @cached_property
    def wakes_on_traits(self) -> bool:
        """Say whether a changed trait may meet an exit condition."""
        return any(condition.mentions.traits for _, condition in self.exit_conditions)

    @cached_property
    def mentions(self) -> Mentions:
        """Return which facts the conditions ask for when a run moves."""
        found = [condition.mentions for _, condition in self.exit_conditions]
        found.extend(node.mentions for node in self.nodes.values())
        return reduce(or_, found, Mentions())

    @cached_property
    def asks(self) -> bool:
        """Say whether a run needs facts to move."""
        return bool(self.exit_conditions) or any(node.asks for node in self.nodes.values())

    @cached_property
    def _told(self) -> dict[str, Mentions | None]:
        """Node -> what was found out about it, as it is asked for."""
        return {}

    def told(self, node: str) -> Mentions | None:
        """Return which facts a step from a node may ask for; None = it needs none at all.

        A step ends where a run rests on its arrival: what nodes behind that ask for is read when
        it is stepped from there.
        """
        known = self._told
        if node not in known:
            known[node] = self._ask(node)
        return known[node]

    def _ask(self, node: str) -> Mentions | None:
        """Find out what a step from a node may ask for."""
        asks, mentions = bool(self.exit_conditions), self._exit_mentions
        waiting, seen = [node], {node}
        while waiting:
            name = waiting.pop()
            found = self.nodes.get(name)
            if found is None:
                continue
            asks, mentions = asks or found.asks, mentions | found.mentions
            if name == node or not found.takes_time:
                fresh = {way.to for way in found.ways} - seen
                seen |= fresh
                waiting += sorted(fresh)
        return mentions if asks else None

    @cached_property
    def _exit_mentions(self) -> Mentions:
        """Return what the exit conditions ask for."""
        return reduce(or_, (one.mentions for _, one in self.exit_conditions), Mentions())

    @cached_property
    def starts_blind(self) -> bool:
        """Say whether a new run rests at once, whatever is known of the person."""
        start = self.nodes[self.start]
        return not self.exit_conditions and start.takes_time and not start.asks

    @cached_property
    def fact_events(self) -> frozenset[str]:
        """Canonical names of all events that must be kept for this journey."""
        cancels = [
            frozenset(matcher.event for matcher in cancel.matchers)
            for node in self.nodes.values()
            if (cancel := getattr(node, "cancel", None)) is not None
        ]
        woken = [node.wakes for node in self.nodes.values()]
        return (self.mentions.events | self.end_events).union(*cancels, *woken)

    @cached_property
    def backward(self) -> frozenset[tuple[str, str]]:
        """The edges that lead back: taking one begins another round of visits."""
        found: set[tuple[str, str]] = set()
        done: set[str] = set()
        path: list[tuple[str, list[str]]] = [(self.start, self._next(self.start))]
        on_path = {self.start}
        while path:
            name, rest = path[-1]
            if not rest:
                path.pop()
                on_path.discard(name)
                done.add(name)
                continue
            to = rest.pop()
            if to in on_path:
                found.add((name, to))
            elif to not in done:
                on_path.add(to)
                path.append((to, self._next(to)))
        return frozenset(found)

    def _next(self, name: str) -> list[str]:
        """Return where a node leads, last way first."""
        return [way.to for way in reversed(self.nodes[name].ways)]

    def tree(self) -> dict[str, object]:
        """Return the document as a plain tree, in canonical order."""
        header = self.header
        tree: dict[str, object] = {
            "huiliu": 1, "kind": "journey", "slug": header.slug, "name": dict(header.name),
        }  # fmt: skip
        if header.note:
            tree["note"] = header.note
        if self.category:
            tree["category"] = self.category
        if self.form:
            tree["form"] = self.form
        if self.priority != DEFAULT_PRIORITY:
            tree["priority"] = self.priority
        if self.holdout:
            tree["holdout"] = show_percent(self.holdout)
        tree["entry"] = self.entry.tree()
        if self.exits:
            tree["exit_when"] = [
                exit_.matcher.tree()
                if exit_.matcher is not None
                else {"condition": exit_.condition.tree() if exit_.condition else {}}
                for exit_ in self.exits
            ]
        if self.goal is not None:
            within = {"within": show_duration(self.goal.within)} if self.goal.within else {}
            tree["goal"] = self.goal.matcher.tree() | within
        if self.max_event_age != ENTRIES[self.entry.kind].max_age:
            tree["max_event_age"] = show_duration(self.max_event_age)
        tree["start"] = self.start
        tree["nodes"] = {name: self._node_tree(name) for name in self.nodes}
        return tree

    def _node_tree(self, name: str) -> dict[str, object]:
        """Return a node as it is written."""
        node = self.nodes[name]
        note: dict[str, object] = {"note": self.notes[name]} if self.notes.get(name) else {}
        return {"type": node.type} | note | node.tree()

    def source(self) -> str:
        """Return the canonical YAML."""
        return dump(self.tree())
