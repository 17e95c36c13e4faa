"""`branch`: the first way whose conditions hold is taken, else the `else` way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Final

import msgspec

from huiliu.conditions import Condition, Filters, Mentions
from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher, Scope, key_text
from huiliu.journeys.nodes.base import Go, Node, Outcome, Passage, Quiet, Way
from huiliu.journeys.reading import Fields
from huiliu.kernel.documents import join_path
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.texts import Text, text

__all__ = ["TYPE", "Branch", "BranchWay"]

_WAY: Final = ("where", "carried", "when", "same_key", "next")


@dataclass(frozen=True, slots=True)
class BranchWay:
    """One way of a branch: taken when all that it asks for holds."""

    #: What is asked about the person; None = nothing.
    when: Condition | None
    #: True: `when` sees only events with the run's own key.
    same_key: bool
    #: What is asked about the event that began the run; None = nothing.
    where: Filters | None
    next: str
    #: What is asked about what earlier nodes left; None = nothing.
    carried: Filters | None = None

    def is_open(self, passage: Passage) -> bool:
        """Say whether a run takes this way now."""
        if self.where is not None and not self.where.hold(passage.entry):
            return False
        if self.carried is not None and not self.carried.hold(passage.carried):
            return False
        if self.when is None:
            return True
        facts = _of_key(passage.facts, passage.scope) if self.same_key else passage.facts
        return self.when.holds(facts, passage.now)

    def tree(self) -> dict[str, object]:
        """Return the way as it is written."""
        tree: dict[str, object] = {}
        if self.where is not None:
            tree["where"] = self.where.tree()
        if self.carried is not None:
            tree["carried"] = self.carried.tree()
        if self.when is not None:
            tree["when"] = self.when.tree()
        if self.same_key:
            tree["same_key"] = True
        return tree | {"next": self.next}


def _of_key(facts: Facts, scope: Scope) -> Facts:
    """Return the facts with only those events that carry the run's key."""
    events: dict[str, Sequence[EventFact]] = {
        name: [fact for fact in found if key_text(fact.properties.get(scope.property)) == scope.key]
        for name, found in facts.events.items()
    }
    return replace(facts, events=events)


@dataclass(frozen=True, slots=True)
class Branch(Quiet):
    """Takes the first open way."""

    branches: tuple[BranchWay, ...]
    otherwise: str
    #: The trace's details of each way and, last, of `else`.
    details: tuple[bytes, ...]
    #: Whether any way asks about the person.
    asks: bool
    mentions: Mentions

    type = "branch"

    @property
    def ways(self) -> Sequence[Way]:
        """Every way and `else`."""
        named = [
            Way(f"{join_path('ways', nth)}.next", way.next) for nth, way in enumerate(self.branches)
        ]
        return (*named, Way("else", self.otherwise))

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the first way that is open."""
        for nth, way in enumerate(self.branches):
            if way.is_open(passage):
                return Go(way.next, "branched", self.details[nth])
        return Go(self.otherwise, "branched", self.details[-1])

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:  # noqa: ARG002 - the protocol's signature
        """Return which way was taken and what it asks."""
        way, to = details.get("way"), details.get("to", "")
        if not isinstance(way, int) or way >= len(self.branches):
            return text("journeys.did.branched_else", to=to)
        taken = self.branches[way]
        parts = (taken.where, taken.carried, taken.when)
        asked = [part.sentence() for part in parts if part is not None]
        both = reduce(lambda one, other: text("journeys.both", first=one, second=other), asked)
        return text("journeys.did.branched", to=to, condition=both)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        return {"ways": [way.tree() for way in self.branches], "else": self.otherwise}


class _BranchType:
    """Reads `branch` nodes."""

    name = "branch"
    group = "choose"
    fields = ("ways", "else")
    form = (
        Field(
            "ways", "rows", needed=True,
            fields=(
                Field("when", "condition"), Field("where", "filters"),
                Field("carried", "filters"), Field("same_key", "flag"),
                Field("next", "way", needed=True),
            ),
        ),
        Field("else", "way", needed=True),
    )  # fmt: skip

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the branch of a document's map."""
        ways = [
            _read_way(fields.reading.fields(item, path, _WAY))
            for path, item in fields.items("ways")
        ]
        if not ways:
            fields.wrong("ways", "journeys.no_ways")
        otherwise = fields.word("else")
        details = [_details(nth, way.next) for nth, way in enumerate(ways)]
        asked = [way.when.mentions for way in ways if way.when is not None]
        return Branch(
            tuple(ways),
            otherwise,
            (*details, _details("else", otherwise)),
            bool(asked),
            reduce(or_, asked, Mentions()),
        )


def _read_way(fields: Fields) -> BranchWay:
    """Return one way of a document's list."""
    if not any(fields.has(name) for name in ("when", "where", "carried")):
        fields.wrong("when", "journeys.way_asks_nothing")
    return BranchWay(
        when=fields.condition("when"),
        same_key=fields.flag("same_key"),
        where=fields.filters("where"),
        next=fields.word("next"),
        carried=fields.filters("carried"),
    )


def _details(way: int | str, to: str) -> bytes:
    """Return the trace's details of a way."""
    details: Mapping[str, object] = {"way": way, "to": to}
    return msgspec.json.encode(details)


TYPE = _BranchType()
