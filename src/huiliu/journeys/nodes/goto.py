"""`goto`: back to another node, but only so many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.base import Go, Node, Outcome, Passage, Quiet, Way
from huiliu.journeys.reading import Fields
from huiliu.kernel.facts import Value

__all__ = ["ROUNDS", "TYPE", "Goto"]

#: Under this name the rounds of each goto are carried.
ROUNDS: Final = "$rounds"
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Goto(Quiet):
    """Leads back until the run has been here too often."""

    to: str
    #: How many times a run is led there.
    most: int
    next: str

    type = "goto"
    #: Not that time passes: but no run goes round for ever.
    takes_time = True

    @property
    def ways(self) -> Sequence[Way]:
        """The way back and the way on."""
        return (Way("to", self.to), Way("next", self.next))

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the way back, or the way on once that was taken often enough."""
        kept = passage.carried.get(ROUNDS)
        rounds: dict[str, Value] = dict(kept) if isinstance(kept, dict) else {}
        so_far = rounds.get(passage.node)
        taken = so_far if isinstance(so_far, int) else 0
        if taken >= self.most:
            details = {"to": self.next, "rounds": taken}
            return Go(self.next, "went_on", msgspec.json.encode(details))
        rounds[passage.node] = taken + 1
        details = {"to": self.to, "rounds": taken + 1, "most": self.most}
        return Go(self.to, "went_back", msgspec.json.encode(details), carried={ROUNDS: rounds})

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        return {"to": self.to, "most": self.most, "next": self.next}


class _GotoType:
    """Reads `goto` nodes."""

    name = "goto"
    group = "flow"
    fields = ("to", "most", "next")
    form = (
        Field("to", "way", needed=True),
        Field("most", "whole", needed=True, start=3),
        Field("next", "way", needed=True),
    )

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        return Goto(fields.word("to"), fields.whole("most", (1, _MOST)), fields.word("next"))


TYPE = _GotoType()
