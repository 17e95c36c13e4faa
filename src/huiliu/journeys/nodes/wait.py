"""`wait`: the run rests for a duration, then goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.base import Go, Node, Outcome, Passage, Quiet, Rest, Way
from huiliu.journeys.reading import Fields
from huiliu.kernel.times import show_duration

__all__ = ["TYPE", "Wait"]


@dataclass(frozen=True, slots=True)
class Wait(Quiet):
    """Rests for a duration of elapsed time."""

    #: In microseconds.
    length: int
    next: str
    #: The trace's details, the same for every run.
    details: bytes = b"{}"

    type = "wait"
    takes_time = True

    @property
    def ways(self) -> Sequence[Way]:
        """The one way out."""
        return (Way("next", self.next),)

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Return a rest until the time is over; being woken earlier changes nothing."""
        until = int(memory) if memory else passage.now + self.length
        return Go(self.next, "waited", self.details) if until <= passage.now else Rest(until)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        return {"for": show_duration(self.length), "next": self.next}


class _WaitType:
    """Reads `wait` nodes."""

    name = "wait"
    fields = ("for", "next")
    form = (
        Field("for", "duration", needed=True, start="1d"), Field("next", "way", needed=True),
    )  # fmt: skip

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the wait of a document's map."""
        length = fields.duration("for")
        if length <= 0:
            fields.wrong("for", "journeys.no_time")
        to = fields.word("next")
        return Wait(length, to, msgspec.json.encode({"to": to}))


TYPE = _WaitType()
