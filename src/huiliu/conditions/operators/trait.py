"""`trait`: the latest value of a trait passes every comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import and_

import ibis

from huiliu.conditions.comparisons import Test
from huiliu.conditions.filters import join, read_tests, written_path
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading, keys_of
from huiliu.conditions.values import dig
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text

__all__ = ["TRAIT", "Trait"]


@dataclass(frozen=True, slots=True)
class Trait:
    """Holds when the trait's latest value by event time passes all tests."""

    path: tuple[str, ...]
    tests: tuple[Test, ...]
    #: The trait; made once, as tracking asks for it with every event.
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what is mentioned."""
        object.__setattr__(self, "mentions", Mentions(traits=frozenset({self.path[0]})))

    def holds(self, facts: Facts, now: int) -> bool:  # noqa: ARG002 - time changes no trait
        """Say whether the value passes every test; a missing trait has the value None."""
        value = dig(facts.traits, self.path)
        for test in self.tests:  # noqa: SIM110 - runs in every look
            if not test.holds(value):
                return False
        return True

    def among(self, tables: Tables, now: int) -> ibis.Value:  # noqa: ARG002 - as in holds
        """Return the expression of `holds`.

        Only profiles that have the trait have a row. So where a missing value would pass, those
        are taken whose row does not fail; else those whose row passes.
        """
        rows = tables.trait(self.path[0])
        cell = tables.cell(rows.value, self.path[1:])
        passes = reduce(and_, (test.among(cell) for test in self.tests))
        if all(test.holds(None) for test in self.tests):
            return ~tables.people.profile_id.isin(rows.filter(~passes).profile_id)
        return tables.people.profile_id.isin(rows.filter(passes).profile_id)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds; time changes no trait."""
        return self.holds(facts, now), None

    def next_change(self, facts: Facts, now: int) -> int | None:  # noqa: ARG002 - as in holds
        """Return None: only a new value changes the answer."""
        return None

    def sentence(self) -> Text:
        """Return the tests in words."""
        shown = ".".join(self.path)
        return join("conditions.and", [test.sentence(shown) for test in self.tests])

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tests = {test.comparison.name: test.written() for test in self.tests}
        return {"trait": written_path(self.path), **tests}


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{trait: city, is: 上海}`."""
    keys = keys_of(raw["trait"], f"{path}.trait", reading)
    rest = {name: value for name, value in raw.items() if name != "trait"}
    tests = read_tests(keys or ("",), rest, path, reading)
    return Trait(keys, tests) if keys and tests else None


TRAIT = Operator("trait", _parse)
