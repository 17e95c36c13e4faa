"""`split`: chance decides, anew for every run and visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.base import Go, Node, Outcome, Passage, Quiet, Way
from huiliu.journeys.nodes.weights import MOST, pick
from huiliu.journeys.reading import Fields
from huiliu.kernel.documents import join_path

__all__ = ["TYPE", "Split"]


@dataclass(frozen=True, slots=True)
class Share:
    """One way and how much of the whole goes there."""

    weight: int
    next: str

    def tree(self) -> dict[str, object]:
        """Return the way as it is written."""
        return {"weight": self.weight, "next": self.next}


@dataclass(frozen=True, slots=True)
class Split(Quiet):
    """Draws a way by weight."""

    shares: tuple[Share, ...]

    type = "split"

    @property
    def ways(self) -> Sequence[Way]:
        """Every way."""
        return [
            Way(f"{join_path('ways', nth)}.next", one.next) for nth, one in enumerate(self.shares)
        ]

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the way that is drawn: the same for the same run and visit, for ever."""
        salt = f"split {passage.node} {passage.visit}"
        nth, _ = pick(salt, passage.run_id, [one.weight for one in self.shares])
        to = self.shares[nth].next
        return Go(to, "split", msgspec.json.encode({"way": nth, "to": to}))

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        return {"ways": [one.tree() for one in self.shares]}


class _SplitType:
    """Reads `split` nodes."""

    name = "split"
    group = "choose"
    fields = ("ways",)
    form = (
        Field(
            "ways", "rows", needed=True,
            fields=(
                Field("weight", "whole", needed=True, start=50),
                Field("next", "way", needed=True),
            ),
        ),
    )  # fmt: skip

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the split of a document's map."""
        shares = []
        for path, item in fields.items("ways"):
            inner = fields.reading.fields(item, path, ("weight", "next"))
            shares.append(Share(inner.whole("weight", (1, MOST)), inner.word("next")))
        if len(shares) < 2:  # one way alone splits nothing
            fields.wrong("ways", "journeys.want_two_ways")
        return Split(tuple(shares))


TYPE = _SplitType()
