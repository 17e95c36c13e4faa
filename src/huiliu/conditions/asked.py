"""What is asked of a person's events beyond their number: a measure, and its comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons import Test
from huiliu.conditions.filters import is_zoned, join, read_tests, relative_of, written_path
from huiliu.conditions.measures import MEASURES, Measure
from huiliu.conditions.population import Cell, Tables
from huiliu.conditions.reading import Reading, keys_of
from huiliu.conditions.zones import with_day
from huiliu.kernel.facts import EventFact
from huiliu.kernel.texts import Text, text

__all__ = ["Asked", "read_asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A measure and the tests that its value must pass, all of them."""

    measure: Measure
    path: tuple[str, ...]
    tests: tuple[Test, ...]
    #: The tests that compare with the present.
    relative: tuple[Test, ...] = field(init=False, repr=False, compare=False)
    #: Whether one of them asks which day it is where a person lives.
    zoned: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find what compares with the present."""
        relative = relative_of(self.tests)
        object.__setattr__(self, "relative", relative)
        object.__setattr__(self, "zoned", any(is_zoned(test) for test in relative))

    def holds(self, rows: Sequence[EventFact], when: When) -> bool:
        """Say whether the value of the events passes every test."""
        value = self.measure.of(rows, self.path) if rows else self.measure.nothing
        return all(test.holds(value, when) for test in self.tests)

    def change(self, rows: Sequence[EventFact], when: When) -> int | None:
        """Return when time may first change the answer about these events; None = never."""
        if not self.relative or not rows:
            return None
        value = self.measure.of(rows, self.path)
        found = [test.change(value, when) for test in self.relative]
        return min((at for at in found if at is not None), default=None)

    def takes_nothing(self) -> bool:
        """Say whether a person without any event passes."""
        return all(test.holds(self.measure.nothing) for test in self.tests)

    def among(self, rows: ibis.Table, tables: Tables, scene: Scene) -> ibis.Value:
        """Return the expression of `holds` over `tables.people`."""
        measured, cell, scene = self._measured(rows, tables, scene)
        passes = reduce(and_, (test.among(cell, scene) for test in self.tests))
        people = tables.people.profile_id
        if self.takes_nothing():
            return ~people.isin(measured.filter(~passes).profile_id)
        return people.isin(measured.filter(passes).profile_id)

    def dues(self, rows: ibis.Table, tables: Tables, scene: Scene) -> list[ibis.Table]:
        """Return `profile_id` and `due` of each test that compares with the present."""
        measured, cell, scene = self._measured(rows, tables, scene)
        return [
            measured.select("profile_id", due=one.among(cell, test.constant, scene))
            for test in self.relative
            if (one := test.comparison.relative) is not None
        ]

    def sentence(self) -> Text:
        """Return the tests in words."""
        shown = ".".join(self.path)
        what = text(f"conditions.measure.{self.measure.name}", property=shown)
        return join("conditions.and", [test.sentence(what) for test in self.tests])

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree of what stands under the measure's key."""
        tests = {test.comparison.name: test.written() for test in self.tests}
        return ({"property": written_path(self.path)} if self.path else {}) | tests

    def _measured(
        self, rows: ibis.Table, tables: Tables, scene: Scene
    ) -> tuple[ibis.Table, Cell, Scene]:
        """Return one row a person, its value, and the person's present."""
        measured, cell = self.measure.among(rows, self.path, tables)
        if not self.zoned:
            return measured, cell(measured), scene
        placed = with_day(measured, tables, scene.now, scene.zone)
        return placed, cell(placed), Scene(scene.now, placed.local_day, scene.zone)


def read_asked(raw: Mapping[str, object], path: str, reading: Reading) -> tuple[Asked, ...]:
    """Return what an operator's mapping asks for, in the table's order, noting every problem."""
    found = [
        _one(measure, raw[name], f"{path}.{name}", reading)
        for name, measure in MEASURES.items()
        if name in raw
    ]
    return tuple(one for one in found if one is not None)


def _one(measure: Measure, raw: object, path: str, reading: Reading) -> Asked | None:
    """Return what is asked of one measure, or None after noting why not."""
    if not isinstance(raw, Mapping) or ("property" in raw) != measure.has_property:
        fault = "want_measure" if measure.has_property else "want_time"
        reading.fault(path, fault, name=measure.name)
        return None
    keys: tuple[str, ...] | None = ()
    if measure.has_property:
        keys = keys_of(raw["property"], f"{path}.property", reading)
    rest = {name: value for name, value in raw.items() if name != "property"}
    if measure.takes is not None:
        reading.refuse_unknown(rest, measure.takes, path)
        rest = {name: value for name, value in rest.items() if name in measure.takes}
        if not rest:
            reading.fault(path, "want_comparison", known=", ".join(sorted(measure.takes)))
            return None
    tests = read_tests(keys or ("",), rest, path, reading, clocked=True)
    return Asked(measure, keys, tests) if keys is not None and tests else None
