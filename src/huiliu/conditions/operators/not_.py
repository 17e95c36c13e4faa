"""`not`: the condition does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text, text

__all__ = ["NOT", "Not"]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when the condition does not; there is no third answer."""

    condition: Condition

    @property
    def mentions(self) -> Mentions:
        """Return what the condition asks for."""
        return self.condition.mentions.inverted()

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether the condition does not hold."""
        return not self.condition.holds(facts, now)

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`."""
        return ~self.condition.among(tables, now)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return the other answer, and when time may change it."""
        held, change = self.condition.look(facts, now)
        return not held, change

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when time may change the condition."""
        return self.condition.next_change(facts, now)

    def sentence(self) -> Text:
        """Return the condition in words, denied."""
        return text("conditions.not", inner=self.condition.sentence())

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        return {"not": self.condition.tree()}


def _parse(
    raw: Mapping[str, object], path: str, reading: Reading, child: Child
) -> Condition | None:
    """Return the condition of `{not: {...}}`."""
    reading.refuse_unknown(raw, frozenset({"not"}), path)
    found = child(raw["not"], f"{path}.not")
    return None if found is None else Not(found)


NOT = Operator("not", _parse, form=(Field("not", "condition", needed=True),))
