"""What is asked about where people come from: first and last channel, the device used last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Final

import ibis

from huiliu.conditions.comparisons import Test
from huiliu.conditions.filters import join, read_tests
from huiliu.conditions.node import Mentions
from huiliu.conditions.population import Cell, Tables, TextCell
from huiliu.conditions.reading import Reading
from huiliu.conditions.values import dig
from huiliu.kernel.facts import Facts, Value
from huiliu.kernel.texts import Text, text

__all__ = ["DEVICE_PATHS", "Touched", "read_channel_tests"]

#: What may be asked of a device -> where a context tells it.
DEVICE_PATHS: Final[Mapping[str, tuple[str, str]]] = {
    "type": ("device", "type"), "manufacturer": ("device", "manufacturer"),
    "model": ("device", "model"), "os": ("os", "name"), "os_version": ("os", "version"),
    "app": ("app", "name"), "app_version": ("app", "version"),
}  # fmt: skip
_MENTIONS = Mentions(touch=True)


@dataclass(frozen=True, slots=True)
class Touched:
    """Holds when what a person's own events told of a channel or device passes all tests."""

    #: first_channel, last_channel or device.
    operator: str
    #: Which detail of the device; "" for a channel.
    detail: str
    tests: tuple[Test, ...]

    @property
    def mentions(self) -> Mentions:
        """Return that touches are asked for."""
        return _MENTIONS

    def holds(self, facts: Facts, now: int) -> bool:  # noqa: ARG002 - time changes no touch
        """Say whether the value passes every test; one that was never told is None."""
        value = self._value(facts)
        return all(test.holds(value) for test in self.tests)

    def among(self, tables: Tables, now: int) -> ibis.Value:  # noqa: ARG002 - as in holds
        """Return the expression of `holds`; who told nothing has no row."""
        rows = tables.touches
        cell = self._cell(rows, tables)
        passes = reduce(and_, (test.among(cell) for test in self.tests))
        if all(test.holds(None) for test in self.tests):
            return ~tables.people.profile_id.isin(rows.filter(~passes).profile_id)
        return tables.people.profile_id.isin(rows.filter(passes).profile_id)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds; time changes no touch."""
        return self.holds(facts, now), None

    def next_change(self, facts: Facts, now: int) -> int | None:  # noqa: ARG002 - as in holds
        """Return None: only a new event changes the answer."""
        return None

    def sentence(self) -> Text:
        """Return the tests in words."""
        what = text(f"conditions.touch.{self.detail or self.operator}")
        return join("conditions.and", [test.sentence(what) for test in self.tests])

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tests = {test.comparison.name: test.written() for test in self.tests}
        return {"device": self.detail, **tests} if self.detail else {self.operator: tests}

    def _value(self, facts: Facts) -> Value:
        """Return what is tested; None = no event told it."""
        if self.detail:
            return dig(facts.touch.device, DEVICE_PATHS[self.detail])
        is_first = self.operator == "first_channel"
        return facts.touch.first_channel if is_first else facts.touch.last_channel

    def _cell(self, rows: ibis.Table, tables: Tables) -> Cell:
        """Return what is tested of each row."""
        if self.detail:
            return tables.cell(rows.device, DEVICE_PATHS[self.detail])
        return TextCell(rows[self.operator])


def read_channel_tests(
    raw: Mapping[str, object], name: str, path: str, reading: Reading
) -> tuple[Test, ...]:
    """Return the tests of a channel: a mapping of comparisons, one channel, or a list of them."""
    reading.refuse_unknown(raw, frozenset({name}), path)
    given = raw[name]
    if isinstance(given, str):
        given = {"is": given}
    elif isinstance(given, Sequence):
        given = {"in": list(given)}
    if not isinstance(given, Mapping):
        reading.fault(f"{path}.{name}", "want_channel_tests", name=name)
        return ()
    return read_tests((name,), given, f"{path}.{name}", reading)
