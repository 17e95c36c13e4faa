"""`exit`: the run ends, with a reason that reports can count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.base import End, Node, Outcome, Passage, Quiet, Way
from huiliu.journeys.reading import Fields

__all__ = ["COMPLETED", "TYPE", "Exit"]

#: The reason of an exit that names none.
COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Exit(Quiet):
    """Ends the run."""

    reason: str

    type = "exit"

    @property
    def ways(self) -> Sequence[Way]:
        """There is no way out."""
        return ()

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the end."""
        return End(self.reason)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        return {} if self.reason == COMPLETED else {"reason": self.reason}


class _ExitType:
    """Reads `exit` nodes."""

    name = "exit"
    group = "flow"
    fields = ("reason",)
    form = (Field("reason", "text"),)

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the exit of a document's map."""
        return Exit(fields.word("reason", default=COMPLETED))


TYPE = _ExitType()
