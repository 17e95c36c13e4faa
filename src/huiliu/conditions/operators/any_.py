"""`any`: at least one of the conditions holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

import ibis

from huiliu.conditions.filters import join
from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator, read_children
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text, text

__all__ = ["ANY", "Any"]


@dataclass(frozen=True, slots=True)
class Any:
    """Holds when at least one of the conditions holds."""

    conditions: tuple[Condition, ...]

    #: What any of the conditions asks for; made once, as tracking asks with every event.
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what is mentioned."""
        asked = reduce(Mentions.__or__, (one.mentions for one in self.conditions), Mentions())
        object.__setattr__(self, "mentions", asked)

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether at least one of the conditions holds."""
        return any(one.holds(facts, now) for one in self.conditions)

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`."""
        if not self.conditions:
            return ibis.literal(False)
        return reduce(or_, (one.among(tables, now) for one in self.conditions))

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether one holds, and when the first that decides may change.

        While one holds, the others cannot make the answer no.
        """
        first: int | None = None
        for one in self.conditions:
            held, change = one.look(facts, now)
            if held:
                return True, change
            if change is not None and (first is None or change < first):
                first = change
        return False, first

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when time may change the answer."""
        return self.look(facts, now)[1]

    def sentence(self) -> Text:
        """Return the conditions in words, joined."""
        joined = join("conditions.or", [one.sentence() for one in self.conditions])
        return joined if len(self.conditions) <= 1 else text("conditions.group", inner=joined)

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        return {"any": [one.tree() for one in self.conditions]}


def _parse(
    raw: Mapping[str, object], path: str, reading: Reading, child: Child
) -> Condition | None:
    """Return the condition of `{any: [...]}`."""
    found = read_children(raw, "any", path, reading, child)
    return None if found is None else Any(found)


ANY = Operator("any", _parse, form=(Field("any", "conditions", needed=True),))
