"""`all`: all of the conditions hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import and_

import ibis

from huiliu.conditions.filters import join
from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator, read_children
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text, text

__all__ = ["ALL", "All"]


@dataclass(frozen=True, slots=True)
class All:
    """Holds when all of the conditions hold."""

    conditions: tuple[Condition, ...]

    #: What any of the conditions asks for; made once, as tracking asks with every event.
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what is mentioned."""
        asked = reduce(Mentions.__or__, (one.mentions for one in self.conditions), Mentions())
        object.__setattr__(self, "mentions", asked)

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether all of the conditions hold."""
        return all(one.holds(facts, now) for one in self.conditions)

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`."""
        if not self.conditions:
            return ibis.literal(True)
        return reduce(and_, (one.among(tables, now) for one in self.conditions))

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether all hold, and when the first that decides may change.

        While one does not hold, the others cannot make the answer yes.
        """
        first: int | None = None
        for one in self.conditions:
            held, change = one.look(facts, now)
            if not held:
                return False, change
            if change is not None and (first is None or change < first):
                first = change
        return True, first

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when time may change the answer."""
        return self.look(facts, now)[1]

    def sentence(self) -> Text:
        """Return the conditions in words, joined."""
        joined = join("conditions.and", [one.sentence() for one in self.conditions])
        return joined if len(self.conditions) <= 1 else text("conditions.group", inner=joined)

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        return {"all": [one.tree() for one in self.conditions]}


def _parse(
    raw: Mapping[str, object], path: str, reading: Reading, child: Child
) -> Condition | None:
    """Return the condition of `{all: [...]}`."""
    found = read_children(raw, "all", path, reading, child)
    return None if found is None else All(found)


ALL = Operator("all", _parse, form=(Field("all", "conditions", needed=True),))
