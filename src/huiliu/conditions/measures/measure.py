"""What a measure is: one value of all of a person's events that count, by both readers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell, Tables
from huiliu.kernel.facts import EventFact, Value

__all__ = ["AMOUNTS", "MOMENTS", "Measure", "Measured"]

#: Path of keys of a property; empty where the measure is about the events themselves.
_Path: TypeAlias = tuple[str, ...]
#: One row a person with `profile_id`, and how to read the measure's value from rows like these.
Measured: TypeAlias = tuple[ibis.Table, Callable[[ibis.Table], Cell]]

#: Comparisons of a computed number.
AMOUNTS = frozenset({
    "is", "is_not", "in", "not_in", "above", "at_least", "below", "at_most", "between",
})  # fmt: skip
#: Comparisons of a computed instant, which is never still to come.
MOMENTS = frozenset({
    "before", "after", "between", "above", "at_least", "below", "at_most", "within_last",
    "older_than",
})  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Measure:
    """One row of the table of measures."""

    #: The key of the YAML form; its sentence is the text `conditions.measure.<name>`.
    name: str
    #: Whether it is about a property of the events.
    has_property: bool
    #: Returns the value of a person's events, oldest first; None where there is none.
    of: Callable[[Sequence[EventFact], _Path], Value]
    #: Returns the expression of `of` over rows of events; who has no value may have no row.
    among: Callable[[ibis.Table, _Path, Tables], Measured]
    #: Names of the comparisons that it takes; None = all.
    takes: frozenset[str] | None
    #: How a builder asks for it.
    form: Field
    #: The value of no events.
    nothing: Value = None
