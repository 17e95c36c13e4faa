"""Steps of what people do one after the other: what `sequence` and `then_not` are made of.

Events of one person stand in the order of their own time, and those of one instant in the order of
the log, whatever came in first. A later step is another event that stands after the earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain
from operator import and_, attrgetter
from typing import Final, TypeAlias

import ibis

from huiliu.conditions.filters import NO_FILTERS, Filters, read_filters, written_path
from huiliu.conditions.form import Field
from huiliu.conditions.node import Mentions
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading, keys_of, length_of
from huiliu.conditions.values import as_number, as_text, dig
from huiliu.conditions.window import length_text
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_duration

__all__ = ["ANYTHING", "STEP_FORM", "Same", "Step", "in_order", "read_same", "read_step"]

_ORDER = attrgetter("occurred_at", "position")
#: What two values have in common: the same text, or the same number.
_Key: TypeAlias = "str | float | None"

#: How a builder asks for the event of a step.
STEP_FORM: Final = (
    Field("did", "event", needed=True),
    Field("within", "duration"),
    Field("where", "filters"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: an event, filters that it passes, and how soon it must come."""

    #: As the author wrote it; synonyms are understood when it is read.
    event: str
    where: Filters = NO_FILTERS
    #: At most so many microseconds after the step before; 0 = whenever.
    gap: int = 0
    #: The canonical name of the event.
    name: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Understand the name."""
        object.__setattr__(self, "name", canonical_name(self.event))

    def is_met_by(self, row: EventFact) -> bool:
        """Say whether an event is this step, whenever it came."""
        return row.name == self.name and (not self.where.each or self.where.hold(row.properties))

    def among(self, rows: ibis.Table, tables: Tables) -> ibis.Value:
        """Return the expression of `is_met_by` over rows of events; never null."""
        return reduce(and_, self.where.among(rows.properties, tables.cell), rows.name == self.name)

    def is_soon_enough(self, before: int, after: int) -> bool:
        """Say whether an event of one instant follows another's closely enough."""
        return not self.gap or after - before <= self.gap

    def soon_enough_among(self, before: ibis.Value, after: ibis.Value) -> ibis.Value:
        """Return the expression of `is_soon_enough` over timestamps."""
        if not self.gap:
            return ibis.literal(True)
        return after <= before + ibis.interval(microseconds=self.gap)

    def heard(self, *, raises: bool) -> Mentions:
        """Return the event, of which each more can only make the answer yes, or only no."""
        names = frozenset({self.name})
        return Mentions(
            events=names,
            raises=names if raises else frozenset(),
            lowers=frozenset() if raises else names,
            filtered=frozenset({(self.name, self.where)} if self.where.each else ()),
        )

    def sentence(self) -> Text:
        """Return the event in words, with its filters."""
        if not self.where.each:
            return text("conditions.step", event=self.event)
        return text("conditions.step_where", event=self.event, where=self.where.sentence())

    def length(self) -> Text:
        """Return in words how soon it must come."""
        return length_text(self.gap)

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tree: dict[str, object] = {"did": self.event}
        if self.gap:
            tree["within"] = show_duration(self.gap)
        if self.where.each:
            tree["where"] = self.where.tree()
        return tree


@dataclass(frozen=True, slots=True)
class Same:
    """A property that all steps must have in common, as the number of one order; or nothing.

    An event without the property, or with something that is neither text nor number, belongs to
    no step. A text and a number are never the same.
    """

    property: tuple[str, ...] = ()

    def groups(self, rows: Iterable[EventFact]) -> Iterable[Sequence[EventFact]]:
        """Return the rows parted by what they have in common, each part in its order."""
        if not self.property:
            return [list(rows)]
        found: dict[tuple[bool, _Key], list[EventFact]] = {}
        for row in rows:
            value = dig(row.properties, self.property)
            written = as_text(value)
            key: _Key = as_number(value) if written is None else written
            if key is not None:
                found.setdefault((written is None, key), []).append(row)
        return found.values()

    def among(self, rows: ibis.Table, tables: Tables) -> tuple[ibis.Table, tuple[str, ...]]:
        """Return the rows that have it, and the columns by which to part them beside the person."""
        if not self.property:
            return rows, ()
        cell = tables.cell(rows.properties, self.property)
        # Minus zero is zero: engines may part them, Python does not.
        found = rows.mutate(same_text=cell.text(), same_number=cell.number() + 0.0)
        known = found.same_text.notnull() | found.same_number.notnull()
        return found.filter(known), ("same_text", "same_number")

    def sentence(self, inner: Text) -> Text:
        """Return a sentence with what its steps have in common."""
        if not self.property:
            return inner
        return text("conditions.same", inner=inner, property=".".join(self.property))

    def tree(self) -> dict[str, object]:
        """Return the canonical key."""
        return {"same": written_path(self.property)} if self.property else {}


#: Steps need nothing in common.
ANYTHING: Final = Same()


def in_order(facts: Facts, names: Iterable[str]) -> list[EventFact]:
    """Return the person's events of these names, in their order."""
    each: list[Sequence[EventFact]] = [
        rows for name in set(names) if (rows := facts.events.get(name))
    ]
    if len(each) == 1:
        return list(each[0])
    return sorted(chain.from_iterable(each), key=_ORDER)


def read_step(
    raw: object, path: str, reading: Reading, *, gap: bool, needs_gap: bool = False
) -> Step | None:
    """Return a step of a document, or None after noting why not.

    Args:
        raw: a map with `did`, and perhaps `where` and `within`; or the event's name alone.
        path: where it stands.
        reading: takes the problems.
        gap: whether it may say how soon it must come.
        needs_gap: whether it must.
    """
    given = {"did": raw} if isinstance(raw, str) else raw
    if not isinstance(given, Mapping):
        reading.fault(path, "want_step")
        return None
    known = {"did", "where", "within"} if gap else {"did", "where"}
    reading.refuse_unknown(given, frozenset(known), path)
    event = given.get("did")
    if not isinstance(event, str) or not event:
        reading.fault(f"{path}.did", "want_event")
        event = ""
    length = 0
    if gap and (needs_gap or "within" in given):
        length = length_of(given.get("within"), f"{path}.within", reading)
    where = read_filters(given.get("where"), f"{path}.where", reading)
    return Step(event, where, length)


def read_same(raw: Mapping[str, object], path: str, reading: Reading) -> Same:
    """Return what the steps of an operator have in common."""
    if "same" not in raw:
        return ANYTHING
    return Same(keys_of(raw["same"], f"{path}.same", reading) or ())
