"""`did_not`: the profile has no event of a name, in a window, that passes the filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis

from huiliu.conditions.filters import NO_FILTERS, Filters
from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.did import Did, read_event
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.conditions.window import ALL_TIME, WINDOW_FORM, WINDOW_KEYS, Window
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text, text

__all__ = ["DID_NOT", "DidNot"]

_KNOWN = frozenset({"did_not", "where"}) | WINDOW_KEYS


@dataclass(frozen=True, slots=True)
class DidNot:
    """Holds when there is no matching event."""

    #: As the author wrote it.
    event: str
    window: Window = ALL_TIME
    where: Filters = NO_FILTERS
    #: The brand's zone, for people who have none of their own.
    zone: str = "UTC"
    #: The same as a count of exactly none.
    _never: Did = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the count."""
        never = Did(self.event, 0, 0, self.window, self.where, zone=self.zone)
        object.__setattr__(self, "_never", never)

    @property
    def mentions(self) -> Mentions:
        """Return the event and how far back it matters."""
        return self._never.mentions

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether there is no matching event."""
        return self._never.holds(facts, now)

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`."""
        return self._never.among(tables, now)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether there is none, and when the last leaves the window."""
        return self._never.look(facts, now)

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when the last matching event leaves the window."""
        return self._never.next_change(facts, now)

    def sentence(self) -> Text:
        """Return the operator in words."""
        said = text("conditions.did_not", event=self.event, window=self.window.sentence())
        if not self.where.each:
            return said
        return text("conditions.where", inner=said, where=self.where.sentence())

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tree: dict[str, object] = {"did_not": self.event, **self.window.tree()}
        if self.where.each:
            tree["where"] = self.where.tree()
        return tree


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{did_not: Product Viewed, within: 7d}`."""
    reading.refuse_unknown(raw, _KNOWN, path)
    return DidNot(*read_event(raw, "did_not", path, reading), reading.zone)


DID_NOT = Operator(
    "did_not",
    _parse,
    form=(
        Field("did_not", "event", needed=True),
        *WINDOW_FORM,
        Field("where", "filters"),
    ),
)
