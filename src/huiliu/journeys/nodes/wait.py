"""`wait`: the run rests for a duration, until a date, or until a local time, then goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from huiliu.conditions import Mentions
from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.base import Go, Node, Outcome, Passage, Quiet, Quota, Rest, Way
from huiliu.journeys.nodes.givens import Given, read_given
from huiliu.journeys.nodes.moments import FORM as UNTIL_FORM
from huiliu.journeys.nodes.moments import Moment, read_moment
from huiliu.journeys.nodes.windows import FORM as WINDOW_FORM
from huiliu.journeys.nodes.windows import Window, read_window
from huiliu.journeys.reading import Fields
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY, show_duration, show_instant

__all__ = ["TYPE", "Length", "Wait"]

#: The longest that a value may make a run wait, in days.
_MOST_DAYS: Final = 3_650


class Till(Protocol):
    """Until when a run rests."""

    @property
    def takes_time(self) -> bool:
        """Say whether a run always rests."""
        ...

    @property
    def mentions(self) -> Mentions:
        """Which facts it asks for."""
        ...

    @property
    def asks(self) -> bool:
        """Say whether it asks for facts."""
        ...

    def end(self, passage: Passage) -> int | None:
        """Return until when a run that arrives now rests; None = there is no such time any more."""
        ...

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        ...


@dataclass(frozen=True, slots=True)
class Length(Quiet):
    """So much elapsed time."""

    #: In microseconds.
    length: int

    takes_time = True

    def end(self, passage: Passage) -> int | None:
        """Return the arrival and the length."""
        return passage.now + self.length

    def tree(self) -> dict[str, object]:
        """Return the field as it is written."""
        return {"for": show_duration(self.length)}


@dataclass(frozen=True, slots=True)
class Days:
    """As many days as a value says: a tag such as the person's own repurchase cycle."""

    days: Given

    @property
    def takes_time(self) -> bool:
        """Say that a run whose value says nothing does not rest."""
        return False

    @property
    def asks(self) -> bool:
        """Say whether the value is found at the person."""
        return self.days.asks

    @property
    def mentions(self) -> Mentions:
        """Return which facts the value asks for."""
        return self.days.mentions

    def end(self, passage: Passage) -> int | None:
        """Return the arrival and the days; None where the value is no number above nothing."""
        found = self.days.of(passage)
        if isinstance(found, bool) or not isinstance(found, int | float) or not found > 0:
            return None
        return passage.now + int(min(found, _MOST_DAYS) * DAY)

    def tree(self) -> dict[str, object]:
        """Return the field as it is written."""
        return {"days": self.days.tree()}


@dataclass(frozen=True, slots=True)
class Wait:
    """Rests until a time comes."""

    till: Length | Days | Moment | Window
    next: str
    #: Where a run goes for which there is no such time any more; "" = the same way.
    otherwise: str = ""
    #: The trace's details where they are the same for every run.
    details: bytes = field(init=False, repr=False, compare=False, default=b"{}")

    type = "wait"
    names = ()

    def __post_init__(self) -> None:
        """Write the details once and not at every step."""
        object.__setattr__(self, "details", msgspec.json.encode({"to": self.next}))

    @property
    def wakes(self) -> frozenset[str]:
        """Nothing but time wakes a run here."""
        return frozenset()

    @property
    def quota(self) -> Quota | None:
        """Nothing is given out."""
        return None

    @property
    def takes_time(self) -> bool:
        """Say whether a run always rests here."""
        return self.till.takes_time

    @property
    def asks(self) -> bool:
        """Say whether it needs facts to decide."""
        return self.till.asks

    @property
    def mentions(self) -> Mentions:
        """Return which facts it asks for."""
        return self.till.mentions

    @property
    def ways(self) -> Sequence[Way]:
        """The way on and, where it is written, that of those who come too late."""
        ways = (Way("next", self.next),)
        return (*ways, Way("else", self.otherwise)) if self.otherwise else ways

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Return a rest until the time comes; being woken earlier changes nothing."""
        until = int(memory) if memory else self.till.end(passage)
        if until is None:
            to = self.otherwise or self.next
            return Go(to, "not_waited", msgspec.json.encode({"to": to}))
        if until > passage.now:
            return Rest(until)
        if memory and isinstance(self.till, Window):
            # Whoever is late, after an outage, does not go on in the middle of the night.
            again = self.till.end(passage)
            if again is not None and again > passage.now:
                return Rest(again)
        if isinstance(self.till, Length):
            return Go(self.next, "waited", self.details)
        details = {"to": self.next, "until": show_instant(until)}
        return Go(self.next, "waited", msgspec.json.encode(details))

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:
        """Return how long it waited, and until when."""
        if what == "waited" and isinstance(self.till, Length):
            return text("journeys.did.waited", length=show_duration(self.till.length))
        if what == "waited":
            return text("journeys.did.waited_until", until=details.get("until", ""))
        return text("journeys.did.not_waited", to=details.get("to", ""))

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree = self.till.tree() | {"next": self.next}
        return tree | {"else": self.otherwise} if self.otherwise else tree


_KINDS: Final = ("for", "days", "until", "window")


class _WaitType:
    """Reads `wait` nodes."""

    name = "wait"
    group = "time"
    fields = (*_KINDS, "next", "else")
    form = (
        Field("for", "duration", start="1d", instead_of=("days", "until", "window")),
        Field(
            "days", "given", options=("entry", "trait", "tag", "carried"),
            start={"tag": "repurchase-cycle"}, instead_of=("for", "until", "window"),
        ),
        Field("until", "map", fields=UNTIL_FORM, instead_of=("for", "days", "window")),
        Field("window", "map", fields=WINDOW_FORM, instead_of=("for", "days", "until")),
        Field("next", "way", needed=True),
        Field("else", "way"),
    )  # fmt: skip

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the wait of a document's map."""
        written = [name for name in _KINDS if fields.has(name)]
        till: Length | Days | Moment | Window
        if len(written) > 1:
            fields.reading.wrong(fields.path, "journeys.want_one_of", known=", ".join(_KINDS))
        if written[:1] == ["until"]:
            till = read_moment(fields)
        elif written[:1] == ["days"]:
            till = Days(read_given(fields, "days", ("entry", "trait", "tag", "carried")))
        elif written[:1] == ["window"]:
            till = read_window(fields)
        else:
            till = Length(fields.duration("for"))
            if till.length <= 0:
                fields.wrong("for", "journeys.no_time")
        otherwise = fields.word("else", default="")
        if otherwise and not isinstance(till, Moment | Days):
            fields.wrong("else", "journeys.else_without_date")
        return Wait(till, fields.word("next"), otherwise)


TYPE = _WaitType()
