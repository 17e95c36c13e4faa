"""`journey`: the profile is, was, or has ever been in a journey; where it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.kernel.facts import Facts
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import Text, text

__all__ = ["JOURNEY", "InJourney"]

_KNOWN = frozenset({"journey", "state", "node"})
_STATES: Final = ("active", "ended", "ever")


@dataclass(frozen=True, slots=True)
class InJourney:
    """Holds when one run of the journey is in the state, at the node if one is named."""

    slug: str
    #: active, ended or ever.
    state: str = "active"
    #: Where an active run stands; "" = wherever it does.
    node: str = ""

    @property
    def mentions(self) -> Mentions:
        """Return the journey."""
        return Mentions(journeys=frozenset({self.slug}))

    def holds(self, facts: Facts, now: int) -> bool:  # noqa: ARG002 - a run moves, time does not
        """Say whether one run of the journey is as it is asked for."""
        for run in facts.runs:
            if run.journey != self.slug or (self.node and run.node != self.node):
                continue
            if self.state == "ever" or (run.ended_at is not None) == (self.state == "ended"):
                return True
        return False

    def among(self, tables: Tables, now: int) -> ibis.Value:  # noqa: ARG002 - as in holds
        """Return the expression of `holds`."""
        runs = tables.runs(self.slug)
        if self.state == "active":
            runs = runs.filter(runs.ended_at.isnull())
        elif self.state == "ended":
            runs = runs.filter(runs.ended_at.notnull())
        if self.node:
            runs = runs.filter(runs.node == self.node)
        return tables.people.profile_id.isin(runs.profile_id)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds; time alone moves nobody."""
        return self.holds(facts, now), None

    def next_change(self, facts: Facts, now: int) -> int | None:  # noqa: ARG002 - as in holds
        """Return None: only a step of a run changes the answer."""
        return None

    def sentence(self) -> Text:
        """Return the operator in words."""
        key = "node" if self.node else self.state
        return text(f"conditions.journey.{key}", journey=self.slug, node=self.node)

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tree: dict[str, object] = {"journey": self.slug, "state": self.state}
        return tree | ({"node": self.node} if self.node else {})


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{journey: order-care, state: active, node: patience}`."""
    reading.refuse_unknown(raw, _KNOWN, path)
    slug, state, node = raw["journey"], raw.get("state", "active"), raw.get("node", "")
    if not isinstance(slug, str) or not is_slug(slug):
        reading.fault(f"{path}.journey", "want_journey")
    if state not in _STATES:
        reading.fault(f"{path}.state", "want_journey_state", known=", ".join(_STATES))
    if not isinstance(node, str) or ("node" in raw and not node):
        reading.fault(f"{path}.node", "want_node")
    elif node and state != "active":
        reading.fault(f"{path}.node", "node_of_active")
    return InJourney(str(slug), str(state), str(node))


JOURNEY = Operator(
    "journey",
    _parse,
    form=(
        Field("journey", "journey", needed=True),
        Field("state", "choice", needed=True, start="active", options=_STATES),
        Field("node", "node"),
    ),
)
