"""`trait`: the latest value of a trait passes every comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import and_

import ibis

from huiliu.conditions.clock import TIMELESS, Scene, When, when_of
from huiliu.conditions.comparisons import Test
from huiliu.conditions.filters import is_zoned, join, read_tests, relative_of, written_path
from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading, keys_of
from huiliu.conditions.values import dig
from huiliu.conditions.zones import with_day
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text

__all__ = ["TRAIT", "Trait"]


@dataclass(frozen=True, slots=True)
class Trait:
    """Holds when the trait's latest value by event time passes all tests."""

    path: tuple[str, ...]
    tests: tuple[Test, ...]
    #: The brand's zone, for people who have none of their own.
    zone: str = "UTC"
    #: The tests that compare with the present.
    relative: tuple[Test, ...] = field(init=False, repr=False, compare=False)
    #: Whether one of them asks which day it is where a person lives.
    zoned: bool = field(init=False, repr=False, compare=False)
    #: The trait; made once, as tracking asks for it with every event.
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what is mentioned."""
        relative = relative_of(self.tests)
        zoned = any(is_zoned(test) for test in relative)
        traits = {self.path[0], "zone"} if zoned else {self.path[0]}
        timed = frozenset({self}) if relative else frozenset()
        object.__setattr__(self, "relative", relative)
        object.__setattr__(self, "zoned", zoned)
        object.__setattr__(self, "mentions", Mentions(traits=frozenset(traits), timed=timed))

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether the value passes every test; a missing trait has the value None."""
        value, when = dig(facts.traits, self.path), self._when(facts, now)
        for test in self.tests:  # noqa: SIM110 - runs in every look
            if not test.comparison.holds(value, test.constant, when):
                return False
        return True

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`.

        Only profiles that have the trait have a row. So where a missing value would pass, those
        are taken whose row does not fail; else those whose row passes.
        """
        rows, scene = self._rows(tables, now)
        cell = tables.cell(rows.value, self.path[1:])
        passes = reduce(and_, (test.among(cell, scene) for test in self.tests))
        if all(test.holds(None) for test in self.tests):
            return ~tables.people.profile_id.isin(rows.filter(~passes).profile_id)
        return tables.people.profile_id.isin(rows.filter(passes).profile_id)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds, and when time may change that."""
        held = self.holds(facts, now)
        return held, self.next_change(facts, now) if self.relative else None

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when a comparison with the present changes; else only a new value can."""
        if not self.relative:
            return None
        value, when = dig(facts.traits, self.path), self._when(facts, now)
        found = [test.change(value, when) for test in self.relative]
        return min((at for at in found if at is not None), default=None)

    def dues(self, tables: Tables, now: int) -> ibis.Table:
        """Return when time may change the answer first, for everybody whose value it may."""
        rows, scene = self._rows(tables, now)
        cell = tables.cell(rows.value, self.path[1:])
        found = [
            rows.select("profile_id", due=one.among(cell, test.constant, scene))
            for test in self.relative
            if (one := test.comparison.relative) is not None
        ]
        due = ibis.union(*found) if len(found) > 1 else found[0]
        return due.filter(due.due.notnull()).group_by("profile_id").agg(due=due.due.min())

    def sentence(self) -> Text:
        """Return the tests in words."""
        shown = ".".join(self.path)
        return join("conditions.and", [test.sentence(shown) for test in self.tests])

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tests = {test.comparison.name: test.written() for test in self.tests}
        return {"trait": written_path(self.path), **tests}

    def _when(self, facts: Facts, now: int) -> When:
        """Return the person's present, as far as the tests ask for one."""
        if not self.relative:
            return TIMELESS
        return when_of(facts, now, self.zone) if self.zoned else When(now)

    def _rows(self, tables: Tables, now: int) -> tuple[ibis.Table, Scene]:
        """Return the trait's values, and the present of the people who have them."""
        rows = tables.trait(self.path[0])
        if not self.zoned:
            return rows, Scene(now)
        placed = with_day(rows, tables, now, self.zone)
        return placed, Scene(now, placed.local_day, self.zone)


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{trait: city, is: 上海}`."""
    keys = keys_of(raw["trait"], f"{path}.trait", reading)
    rest = {name: value for name, value in raw.items() if name != "trait"}
    tests = read_tests(keys or ("",), rest, path, reading, clocked=True)
    return Trait(keys, tests, reading.around.zone) if keys and tests else None


TRAIT = Operator(
    "trait",
    _parse,
    form=(Field("trait", "trait", needed=True), Field("", "tests", needed=True)),
)
