"""Tests of one set of named values: the `where` of events, the comparisons of a trait."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_

import ibis

from huiliu.conditions.clock import TIMELESS, Scene, When
from huiliu.conditions.comparisons import COMPARISONS, Constant, Scalar, Test
from huiliu.conditions.population import Cell
from huiliu.conditions.reading import NOWHERE, Reading, Surroundings, keys_of
from huiliu.conditions.values import dig
from huiliu.kernel.documents import join_path
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.geometry import Circle, Polygon
from huiliu.kernel.texts import Text, text

__all__ = [
    "NO_FILTERS",
    "Filter",
    "Filters",
    "is_zoned",
    "join",
    "parse_filters",
    "read_filters",
    "read_tests",
    "relative_of",
    "written_path",
]


_TOKEN = re.compile("vlt_[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Filter:
    """One property and the tests that its value must pass, all of them."""

    property: tuple[str, ...]
    tests: tuple[Test, ...]

    def holds(self, properties: Mapping[str, Value], when: When = TIMELESS) -> bool:
        """Say whether the property's value passes every test."""
        value = dig(properties, self.property)
        for test in self.tests:  # noqa: SIM110 - runs for every event of every look
            if not test.comparison.holds(value, test.constant, when):
                return False
        return True

    def among(self, cell: Cell, scene: Scene | None = None) -> ibis.Value:
        """Return the expression that says the same of the property's cell; never null."""
        return reduce(and_, (test.among(cell, scene) for test in self.tests))

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
    #: The tests that compare with the present, each with its property.
    timed: tuple[tuple[tuple[str, ...], Test], ...] = field(init=False, repr=False, compare=False)
    #: Whether they ask which day it is where a person lives.
    zoned: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find what compares with the present."""
        timed = tuple((one.property, test) for one in self.each for test in relative_of(one.tests))
        object.__setattr__(self, "timed", timed)
        object.__setattr__(self, "zoned", any(is_zoned(test) for _, test in timed))

    def hold(self, properties: Mapping[str, Value], when: When = TIMELESS) -> bool:
        """Say whether the properties pass every filter."""
        for one in self.each:  # noqa: SIM110 - same
            if not one.holds(properties, when):
                return False
        return True

    def change(self, properties: Mapping[str, Value], when: When) -> int | None:
        """Return when time may first change the answer; None = never."""
        found = [test.change(dig(properties, path), when) for path, test in self.timed]
        return min((at for at in found if at is not None), default=None)

    def among(
        self,
        properties: ibis.Value,
        cell: Callable[[ibis.Value, tuple[str, ...]], Cell],
        scene: Scene | None = None,
    ) -> list[ibis.Value]:
        """Return the expressions that say the same of a column of properties, one each."""
        return [one.among(cell(properties, one.property), scene) for one in self.each]

    def sentence(self) -> Text:
        """Return the filters in words."""
        return join("conditions.and", [one.sentence() for one in self.each])

    def tree(self) -> list[dict[str, object]]:
        """Return the canonical plain tree."""
        return [one.tree() for one in self.each]


#: Every event passes.
NO_FILTERS = Filters()


def relative_of(tests: Iterable[Test]) -> tuple[Test, ...]:
    """Return those of the tests that compare with the present."""
    return tuple(test for test in tests if test.comparison.relative is not None)


def is_zoned(test: Test) -> bool:
    """Say whether a test asks which day it is where a person lives."""
    return test.comparison.relative is not None and test.comparison.relative.zoned


def join(key: str, sentences: Sequence[Text]) -> Text:
    """Return sentences joined two by two with a text that takes `left` and `right`."""
    if not sentences:
        return text("conditions.always")
    joined = sentences[0]
    for sentence in sentences[1:]:
        joined = text(key, left=joined, right=sentence)
    return joined


def parse_filters(
    raw: object, path: str, around: Surroundings = NOWHERE
) -> Filters | tuple[Problem, ...]:
    """Return the filters of a document's `where`, or every problem in it."""
    reading = Reading(around)
    found = read_filters(raw, path, reading)
    return tuple(reading.problems) if reading.problems else found


def read_filters(raw: object, path: str, reading: Reading, *, clocked: bool = False) -> Filters:
    """Return the filters of a `where`, noting every problem; nothing given filters nothing.

    Args:
        raw: the list as it is written, or None.
        path: where it stands.
        reading: takes the problems.
        clocked: whether the filters may compare with the present; who allows it gives them one.
    """
    if raw is None:
        return NO_FILTERS
    if not isinstance(raw, list | tuple) or not raw:
        reading.fault(path, "want_filters")
        return NO_FILTERS
    found = [
        _filter(one, join_path(path, at), reading, clocked=clocked) for at, one in enumerate(raw)
    ]
    return Filters(tuple(one for one in found if one is not None))


def _filter(raw: object, path: str, reading: Reading, *, clocked: bool) -> Filter | None:
    """Return one filter, or None after noting why not."""
    if not isinstance(raw, Mapping) or "property" not in raw:
        reading.fault(path, "want_filter")
        return None
    keys = keys_of(raw["property"], f"{path}.property", reading)
    rest = {name: value for name, value in raw.items() if name != "property"}
    tests = read_tests(keys or ("",), rest, path, reading, clocked=clocked)
    return Filter(keys, tests) if keys and tests else None


def read_tests(
    keys: tuple[str, ...],
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    *,
    clocked: bool = False,
) -> tuple[Test, ...]:
    """Return the comparisons of one trait or property, in the table's order.

    Args:
        keys: the path of the trait or property; a personal one is kept sealed.
        raw: comparison -> constant, as they are written.
        path: where they stand.
        reading: takes the problems.
        clocked: whether they may compare with the present.
    """
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
        if comparison.relative is not None and not clocked:
            reading.fault(f"{path}.{name}", "no_clock", name=name)
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
    assert not isinstance(constant, Circle | Polygon), "places are not compared for equality"
    return _token(keys, constant, reading)


def _token(keys: tuple[str, ...], constant: Scalar, reading: Reading) -> Scalar:
    """Return the vault token of a personal text; a token stays, so stored documents read alike."""
    if not isinstance(constant, str) or _TOKEN.fullmatch(constant):
        return constant
    return reading.sealing(".".join(keys), constant) or constant


def written_path(keys: tuple[str, ...]) -> object:
    """Return a path as a document writes it: joined by dots, or as a list where a key has one."""
    return list(keys) if any("." in key for key in keys) else ".".join(keys)
