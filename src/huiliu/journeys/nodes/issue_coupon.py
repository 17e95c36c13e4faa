"""`issue_coupon`: the person gets a coupon; its code is carried on to later nodes and templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from huiliu.conditions import Mentions
from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.answers import answer_to, asked_of
from huiliu.journeys.nodes.base import Go, Issue, Name, Node, Outcome, Passage, Quota, Rest, Way
from huiliu.journeys.reading import Fields
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import HOUR

__all__ = ["TYPE", "IssueCoupon"]

_ANSWERED: Final = "Coupon Answered"
#: The answer is written with the question, so only a log that is far behind keeps a run waiting.
_PATIENCE: Final = HOUR
#: Under which name the coupon is carried unless the author says another.
_NAME: Final = "coupon"
#: What of the answer is carried.
_CARRIED: Final = ("ok", "coupon", "code", "expires_at", "reason")


@dataclass(frozen=True, slots=True)
class IssueCoupon:
    """Asks for a coupon, rests until the answer is there, and goes on by how it went."""

    coupon: str
    #: Under which name the coupon is carried.
    name: str
    next: str
    #: Where a run goes when there is no coupon for the person; "" = the same way.
    otherwise: str
    mentions: Mentions = field(init=False, repr=False, compare=False)

    type = "issue_coupon"
    takes_time = False
    asks = True

    def __post_init__(self) -> None:
        """Note what is asked for."""
        object.__setattr__(self, "mentions", asked_of(_ANSWERED, _PATIENCE))

    @property
    def wakes(self) -> frozenset[str]:
        """The answer."""
        return frozenset({_ANSWERED})

    @property
    def quota(self) -> Quota | None:
        """None of the journey's: how many there are, the pool itself says."""
        return None

    @property
    def names(self) -> Sequence[Name]:
        """The pool."""
        return (Name("coupon", "coupon", self.coupon),)

    @property
    def ways(self) -> Sequence[Way]:
        """The way on, and that of people for whom there is none."""
        ways = (Way("next", self.next),)
        return (*ways, Way("else", self.otherwise)) if self.otherwise else ways

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Return the question on arrival, later the way of its answer."""
        if not memory:
            until = passage.now + _PATIENCE
            return Rest(until, b"%d" % until, (Issue(self.coupon),))
        answer = answer_to(passage, _ANSWERED)
        if answer is None:
            until = int(memory)
            if passage.now < until:
                return Rest(until, memory)
            answer = {"ok": False, "coupon": self.coupon, "reason": "no_answer"}
        return self._go(answer)

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:
        """Return why there was no coupon, where there was none."""
        if what != "coupon_withheld":
            return None
        why = text(f"rewards.reason.{details.get('reason') or 'no_answer'}")
        return text("journeys.did.coupon_withheld", coupon=details.get("coupon", ""), why=why)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"coupon": self.coupon}
        if self.name != _NAME:
            tree["as"] = self.name
        tree["next"] = self.next
        return tree | {"else": self.otherwise} if self.otherwise else tree

    def _go(self, answer: Mapping[str, Value]) -> Go:
        """Return the way of an answer, with what of it is carried."""
        kept: dict[str, Value] = {name: answer.get(name) for name in _CARRIED}
        is_given = answer.get("ok") is True
        to = self.next if is_given else self.otherwise or self.next
        told = {"coupon": self.coupon, "to": to}
        if not is_given:
            told["reason"] = str(answer.get("reason") or "")
        what = "coupon_issued" if is_given else "coupon_withheld"
        return Go(to, what, msgspec.json.encode(told), carried={self.name: kept})


class _IssueCouponType:
    """Reads `issue_coupon` nodes."""

    name = "issue_coupon"
    group = "data"
    fields = ("coupon", "as", "next", "else")
    form = (
        Field("coupon", "text", needed=True),
        Field("as", "text"),
        Field("next", "way", needed=True),
        Field("else", "way"),
    )

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        return IssueCoupon(
            fields.slug("coupon"), fields.word("as", default=_NAME), fields.word("next"),
            fields.word("else", default=""),
        )  # fmt: skip


TYPE = _IssueCouponType()
