"""`call_journey`: the person enters another journey; the run goes on, or waits for its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from huiliu.conditions import Mentions
from huiliu.conditions.form import Field
from huiliu.journeys.entries.api import CALLED
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.answers import answer_to, asked_of, caller
from huiliu.journeys.nodes.base import Emit, Go, Name, Node, Outcome, Passage, Quota, Rest, Way
from huiliu.journeys.nodes.givens import Givens, read_givens
from huiliu.journeys.reading import Fields
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text
from huiliu.kernel.times import DAY, show_duration

__all__ = ["TYPE", "CallJourney"]

_ENDED: Final = "Journey Ended"
_FOREVER: Final = 3_650 * DAY
#: Journeys that call one another would otherwise never end: so deep, and no call is made any more.
_DEEPEST: Final = 10


@dataclass(frozen=True, slots=True)
class CallJourney:
    """Calls a journey whose entry is `api`."""

    journey: str
    properties: Givens
    waits: bool
    #: How long the run waits, in microseconds; 0 = as long as it takes.
    timeout: int
    next: str
    #: Where a run goes after the time-out; "" = there is none.
    otherwise: str
    mentions: Mentions = field(init=False, repr=False, compare=False)

    type = "call_journey"
    takes_time = False

    def __post_init__(self) -> None:
        """Note what is asked for."""
        asked = asked_of(_ENDED, self.timeout) if self.waits else Mentions()
        object.__setattr__(self, "mentions", asked | self.properties.mentions)

    @property
    def asks(self) -> bool:
        """Say whether it waits, or a property is found at the person."""
        return self.waits or self.properties.asks

    @property
    def wakes(self) -> frozenset[str]:
        """The end of the other journey's run, if it waits for it."""
        return frozenset({_ENDED} if self.waits else ())

    @property
    def quota(self) -> Quota | None:
        """Nothing is given out."""
        return None

    @property
    def names(self) -> Sequence[Name]:
        """The other journey."""
        return (Name("journey", "journey", self.journey),)

    @property
    def ways(self) -> Sequence[Way]:
        """The way on, and that of the time-out."""
        ways = (Way("next", self.next),)
        return (*ways, Way("else", self.otherwise)) if self.otherwise else ways

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Return the call on arrival; later the way on, once the other run has ended."""
        if not memory:
            return self._call(passage)
        until = int(memory)
        answer = answer_to(passage, _ENDED)
        if answer is not None:
            reason = str(answer.get("reason") or "")
            details = {"journey": self.journey, "reason": reason, "to": self.next}
            return Go(self.next, "journey_ended", msgspec.json.encode(details))
        if self.otherwise and passage.now >= until:
            details = {"journey": self.journey, "to": self.otherwise}
            return Go(self.otherwise, "journey_late", msgspec.json.encode(details))
        return Rest(until, memory)

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:  # noqa: ARG002 - the protocol's signature
        """Return nothing of its own: the sentence of the word will do."""
        return None

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"journey": self.journey}
        if self.properties.each:
            tree["properties"] = self.properties.tree()
        if self.waits:
            tree["wait"] = True
        if self.timeout:
            tree["timeout"] = show_duration(self.timeout)
        tree["next"] = self.next
        return tree | {"else": self.otherwise} if self.otherwise else tree

    def _call(self, passage: Passage) -> Outcome:
        """Return the call, and a rest if the run waits."""
        before = passage.entry.get("depth")
        depth = before + 1 if isinstance(before, int) and not isinstance(before, bool) else 1
        if depth > _DEEPEST:
            details = msgspec.json.encode({"journey": self.journey, "to": self.next})
            return Go(self.next, "call_too_deep", details)
        told: dict[str, Value] = self.properties.of(passage)
        told |= {"journey": self.journey, "depth": depth}
        details = msgspec.json.encode({"journey": self.journey})
        if not self.waits:
            return Go(self.next, "journey_called", details, (Emit(CALLED, told),))
        until = passage.now + (self.timeout or _FOREVER)
        call = Emit(CALLED, told | caller(passage))
        return Rest(until, b"%d" % until, (call,), what="journey_called", details=details)


class _CallJourneyType:
    """Reads `call_journey` nodes."""

    name = "call_journey"
    group = "flow"
    fields = ("journey", "properties", "wait", "timeout", "next", "else")
    form = (
        Field("journey", "journey", needed=True),
        Field("properties", "givens"),
        Field("wait", "flag"),
        Field("timeout", "duration", start="7d"),
        Field("next", "way", needed=True),
        Field("else", "way"),
    )

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        journey, waits = fields.slug("journey"), fields.flag("wait")
        timeout = fields.duration("timeout", default=0)
        otherwise = fields.word("else", default="")
        if bool(timeout) != bool(otherwise):
            fields.wrong("timeout" if otherwise else "else", "journeys.timeout_and_else")
        elif otherwise and not waits:
            fields.wrong("else", "journeys.else_without_wait")
        if journey and journey == fields.reading.loaded.tree.get("slug"):
            fields.wrong("journey", "journeys.calls_itself")
        properties = read_givens(fields, "properties")
        for name in ("journey", "run", "node", "visit", "depth"):
            if name in properties.each:
                fields.wrong("properties", "journeys.own_property", name=name)
        return CallJourney(journey, properties, waits, timeout, fields.word("next"), otherwise)


TYPE = _CallJourneyType()
