"""Tests of one set of named values: the `where` of events, the comparisons of a trait."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

import ibis

from huiliu.conditions.comparisons import COMPARISONS, Constant, Scalar, Test
from huiliu.conditions.population import Cell
from huiliu.conditions.reading import Reading, Sealing, keys_of
from huiliu.conditions.values import dig
from huiliu.kernel.documents import join_path
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = [
    "NO_FILTERS",
    "Filter",
    "Filters",
    "join",
    "parse_filters",
    "read_filters",
    "read_tests",
    "written_path",
]


_TOKEN = re.compile("vlt_[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Filter:
    """One property and the tests that its value must pass, all of them."""

    property: tuple[str, ...]
    tests: tuple[Test, ...]

    def holds(self, properties: Mapping[str, Value]) -> bool:
        """Say whether the property's value passes every test."""
        value = dig(properties, self.property)
        for test in self.tests:  # noqa: SIM110 - runs for every event of every look
            if not test.comparison.holds(value, test.constant):
                return False
        return True

    def among(self, cell: Cell) -> ibis.Value:
        """Return the expression that says the same of the property's cell; never null."""
        return reduce(and_, (test.among(cell) for test in self.tests))

    def sentence(self) -> Text:
        """Return the tests in words."""
        shown = ".".join(self.property)
        return join("conditions.and", [test.sentence(shown) for test in self.tests])

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tests = {test.comparison.name: test.written() for test in self.tests}
        return {"property": written_path(self.property), **tests}


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters that the properties of one event must pass together; none lets every event pass."""

    each: tuple[Filter, ...] = ()

    def hold(self, properties: Mapping[str, Value]) -> bool:
        """Say whether the properties pass every filter."""
        for one in self.each:  # noqa: SIM110 - same
            if not one.holds(properties):
                return False
        return True

    def among(
        self, properties: ibis.Value, cell: Callable[[ibis.Value, tuple[str, ...]], Cell]
    ) -> list[ibis.Value]:
        """Return the expressions that say the same of a column of properties, one each."""
        return [one.among(cell(properties, one.property)) for one in self.each]

    def sentence(self) -> Text:
        """Return the filters in words."""
        return join("conditions.and", [one.sentence() for one in self.each])

    def tree(self) -> list[dict[str, object]]:
        """Return the canonical plain tree."""
        return [one.tree() for one in self.each]


#: Every event passes.
NO_FILTERS = Filters()


def join(key: str, sentences: Sequence[Text]) -> Text:
    """Return sentences joined two by two with a text that takes `left` and `right`."""
    if not sentences:
        return text("conditions.always")
    joined = sentences[0]
    for sentence in sentences[1:]:
        joined = text(key, left=joined, right=sentence)
    return joined


def parse_filters(
    raw: object, path: str, sealing: Sealing | None = None
) -> Filters | tuple[Problem, ...]:
    """Return the filters of a document's `where`, or every problem in it."""
    reading = Reading(sealing) if sealing else Reading()
    found = read_filters(raw, path, reading)
    return tuple(reading.problems) if reading.problems else found


def read_filters(raw: object, path: str, reading: Reading) -> Filters:
    """Return the filters of a `where`, noting every problem; nothing given filters nothing."""
    if raw is None:
        return NO_FILTERS
    if not isinstance(raw, list | tuple) or not raw:
        reading.fault(path, "want_filters")
        return NO_FILTERS
    found = [_filter(one, join_path(path, at), reading) for at, one in enumerate(raw)]
    return Filters(tuple(one for one in found if one is not None))


def _filter(raw: object, path: str, reading: Reading) -> Filter | None:
    """Return one filter, or None after noting why not."""
    if not isinstance(raw, Mapping) or "property" not in raw:
        reading.fault(path, "want_filter")
        return None
    keys = keys_of(raw["property"], f"{path}.property", reading)
    rest = {name: value for name, value in raw.items() if name != "property"}
    tests = read_tests(keys or ("",), rest, path, reading)
    return Filter(keys, tests) if keys and tests else None


def read_tests(
    keys: tuple[str, ...], raw: Mapping[str, object], path: str, reading: Reading
) -> tuple[Test, ...]:
    """Return the comparisons of one trait or property, in the table's order."""
    reading.refuse_unknown(raw, frozenset(COMPARISONS), path)
    if not any(name in COMPARISONS for name in raw):
        reading.fault(path, "want_comparison", known=", ".join(COMPARISONS))
    tests = []
    for name, comparison in COMPARISONS.items():
        if name not in raw:
            continue
        constant = comparison.parse(raw[name], f"{path}.{name}", reading)
        if constant is None:
            continue
        if comparison.by_equality:
            constant = _sealed(keys, constant, reading)
        elif comparison.by_content and reading.sealing(".".join(keys), str(constant)):
            reading.fault(f"{path}.{name}", "personal_content", name=".".join(keys))
        tests.append(Test(comparison, constant))
    return tuple(tests)


def _sealed(keys: tuple[str, ...], constant: Constant, reading: Reading) -> Constant:
    """Return the constant with vault tokens in place of personal values."""
    if isinstance(constant, tuple):
        return tuple(_token(keys, one, reading) for one in constant)
    return _token(keys, constant, reading)


def _token(keys: tuple[str, ...], constant: Scalar, reading: Reading) -> Scalar:
    """Return the vault token of a personal text; a token stays, so stored documents read alike."""
    if not isinstance(constant, str) or _TOKEN.fullmatch(constant):
        return constant
    return reading.sealing(".".join(keys), constant) or constant


def written_path(keys: tuple[str, ...]) -> object:
    """Return a path as a document writes it: joined by dots, or as a list where a key has one."""
    return list(keys) if any("." in key for key in keys) else ".".join(keys)
