"""`add_to_list` and `remove_from_list`: the person enters or leaves an imported list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.base import Emit, Go, Name, Node, Outcome, Passage, Quiet, Way
from huiliu.journeys.reading import Fields

__all__ = ["ADD", "REMOVE", "Listing"]


@dataclass(frozen=True, slots=True)
class Listing(Quiet):
    """Moves the person onto a list or off it."""

    #: add_to_list or remove_from_list.
    type: str
    list: str
    next: str

    @property
    def names(self) -> Sequence[Name]:  # type: ignore[override] # of most nodes it is a constant
        """The list."""
        return (Name("list", "list", self.list),)

    @property
    def ways(self) -> Sequence[Way]:
        """The one way out."""
        return (Way("next", self.next),)

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the event by which lists are kept, and the way on."""
        enters = self.type == ADD.name
        told = Emit("List Entered" if enters else "List Left", {"list": self.list})
        details = msgspec.json.encode({"list": self.list})
        return Go(self.next, "listed" if enters else "unlisted", details, (told,))

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        return {"list": self.list, "next": self.next}


@dataclass(frozen=True, slots=True)
class _ListingType:
    """Reads the nodes of one name."""

    name: str

    group = "data"
    fields = ("list", "next")
    form = (Field("list", "list", needed=True), Field("next", "way", needed=True))

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        return Listing(self.name, fields.slug("list"), fields.word("next"))


ADD = _ListingType("add_to_list")
REMOVE = _ListingType("remove_from_list")
