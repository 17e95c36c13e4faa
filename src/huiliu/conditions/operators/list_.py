"""`list`: the profile stands on an imported list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.last_word import last_word, last_word_among
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import Text, text

__all__ = ["LIST", "OnList"]

_ENTERED, _LEFT = "List Entered", "List Left"
_EVENTS = (_ENTERED, _LEFT)
_MENTIONS = Mentions(events=frozenset(_EVENTS), ever=True)


@dataclass(frozen=True, slots=True)
class OnList:
    """Holds when the last word about the profile and the list is that it entered."""

    slug: str

    @property
    def mentions(self) -> Mentions:
        """Return the events of lists, of all time."""
        return _MENTIONS

    def holds(self, facts: Facts, now: int) -> bool:  # noqa: ARG002 - time changes no list
        """Say whether the profile entered and has not left since."""
        return last_word(facts, _EVENTS, self._is_meant) == _ENTERED

    def among(self, tables: Tables, now: int) -> ibis.Value:  # noqa: ARG002 - as in holds
        """Return the expression of `holds`."""
        events = tables.events
        rows = events.filter(
            events.name.isin(_EVENTS),
            tables.cell(events.properties, ("list",)).is_text([self.slug]),
        )
        last = last_word_among(rows)
        return tables.people.profile_id.isin(last.filter(last.name == _ENTERED).profile_id)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds; time changes no list."""
        return self.holds(facts, now), None

    def next_change(self, facts: Facts, now: int) -> int | None:  # noqa: ARG002 - as in holds
        """Return None: only a new event changes the answer."""
        return None

    def sentence(self) -> Text:
        """Return the operator in words."""
        return text("conditions.list", list=self.slug)

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        return {"list": self.slug}

    def _is_meant(self, row: EventFact) -> bool:
        """Say whether an event is about this list."""
        return row.properties.get("list") == self.slug


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{list: vip-2026}`."""
    reading.refuse_unknown(raw, frozenset({"list"}), path)
    slug = raw["list"]
    if not isinstance(slug, str) or not is_slug(slug):
        reading.fault(f"{path}.list", "want_list_name")
        return None
    return OnList(slug)


LIST = Operator("list", _parse, form=(Field("list", "list", needed=True),))
