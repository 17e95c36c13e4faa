"""`ad_audience`: the person is put into an audience at an ad platform, or taken out of it.

Putting in is asking: nothing is shared of who did not agree to it, then or later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.base import Emit, Go, Name, Node, Outcome, Passage, Quiet, Way
from huiliu.journeys.reading import Fields

__all__ = ["TYPE", "AdAudienceNode"]

_ACTIONS: Final = ("add", "remove")


@dataclass(frozen=True, slots=True)
class AdAudienceNode(Quiet):
    """Moves the person into an audience or out of it."""

    audience: str
    #: add or remove.
    action: str
    next: str

    type = "ad_audience"

    @property
    def names(self) -> Sequence[Name]:  # type: ignore[override] # of most nodes it is a constant
        """The audience."""
        return (Name("ad_audience", "audience", self.audience),)

    @property
    def ways(self) -> Sequence[Way]:
        """The one way out."""
        return (Way("next", self.next),)

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the event by which audiences are kept, and the way on."""
        adds = self.action == "add"
        told = Emit(
            "Ad Audience Joined" if adds else "Ad Audience Left", {"audience": self.audience}
        )
        details = msgspec.json.encode({"audience": self.audience})
        return Go(self.next, "ad_joined" if adds else "ad_left", details, (told,))

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"audience": self.audience}
        if self.action != "add":
            tree["action"] = self.action
        return tree | {"next": self.next}


class _AdAudienceType:
    """Reads `ad_audience` nodes."""

    name = "ad_audience"
    group = "data"
    fields = ("audience", "action", "next")
    form = (
        Field("audience", "text", needed=True),
        Field("action", "choice", options=_ACTIONS),
        Field("next", "way", needed=True),
    )

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        action = fields.word("action", default="add")
        if action not in _ACTIONS:
            fields.wrong("action", "journeys.want_ad_action")
        return AdAudienceNode(fields.slug("audience"), action, fields.word("next"))


TYPE = _AdAudienceType()
