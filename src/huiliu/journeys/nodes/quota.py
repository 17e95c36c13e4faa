"""`quota`: only so many runs, or so much money, a day or in all; others go elsewhere or wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import msgspec

from huiliu.conditions import Mentions
from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.base import Go, Node, Outcome, Passage, Quota, Rest, Way
from huiliu.journeys.reading import BRAND, PERSON, Fields
from huiliu.kernel.calendar import local_day, midnight
from huiliu.kernel.texts import Text

__all__ = ["TYPE", "Gate"]

_PERIODS: Final = ("day", "total")
#: Money is counted in these parts of its unit, so that a message of 0.045 is a whole number.
_PARTS: Final = 10_000
_MOST: Final = 10**12


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets a run through if something is left."""

    #: day or total.
    per: str
    #: Whose days: brand or an IANA zone.
    written_zone: str
    zone: str
    #: How many runs; or, with `cost`, how much money in parts.
    limit: int
    #: What one run costs, in parts; 0 = runs are counted.
    cost: int
    next: str
    #: Where a run goes for which nothing is left; "" = it waits for the next day.
    otherwise: str

    type = "quota"
    takes_time = False
    asks = False
    names = ()

    @property
    def mentions(self) -> Mentions:
        """Return nothing: no facts are asked for."""
        return Mentions()

    @property
    def wakes(self) -> frozenset[str]:
        """Nothing but the next day."""
        return frozenset()

    @property
    def quota(self) -> Quota | None:
        """Return what is given out."""
        return Quota(self.limit, self.zone if self.per == "day" else "")

    @property
    def ways(self) -> Sequence[Way]:
        """The way through, and that of those for whom nothing is left."""
        ways = (Way("next", self.next),)
        return (*ways, Way("else", self.otherwise)) if self.otherwise else ways

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Return the way through with a claim, the other way, or a rest until the next day."""
        takes = self.cost or 1
        if passage.room >= takes:
            details = {"to": self.next, "left": self._shown(passage.room - takes)}
            return Go(self.next, "let_through", msgspec.json.encode(details), claim=takes)
        if self.otherwise:
            details = {"to": self.otherwise}
            return Go(self.otherwise, "held_back", msgspec.json.encode(details))
        following = _next_day(passage.now, self.zone)
        what = "" if memory else "held_back"
        return Rest(following, what=what, details=b'{"to":""}')

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:  # noqa: ARG002 - the protocol's signature
        """Return nothing of its own: the sentence of the word will do."""
        return None

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"per": self.per}
        if self.written_zone != BRAND:
            tree["zone"] = self.written_zone
        if self.cost:
            tree |= {"budget": self._shown(self.limit), "cost": self._shown(self.cost)}
        else:
            tree["limit"] = self.limit
        tree["next"] = self.next
        return tree | {"else": self.otherwise} if self.otherwise else tree

    def _shown(self, amount: int) -> int | float:
        """Return an amount as people write it."""
        if not self.cost:
            return amount
        return amount // _PARTS if not amount % _PARTS else amount / _PARTS


def _next_day(now: int, zone: str) -> int:
    """Return when the next day begins in a zone."""
    day = local_day(now, zone)
    return midnight(day.fromordinal(day.toordinal() + 1), zone)


class _QuotaType:
    """Reads `quota` nodes."""

    name = "quota"
    group = "flow"
    fields = ("per", "zone", "limit", "budget", "cost", "next", "else")
    form = (
        Field("per", "choice", needed=True, start="day", options=_PERIODS),
        Field("zone", "zone"),
        Field("limit", "whole", start=1000, instead_of=("budget", "cost")),
        Field("budget", "number", instead_of=("limit",)),
        Field("cost", "number", instead_of=("limit",)),
        Field("next", "way", needed=True),
        Field("else", "way"),
    )

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        per = fields.choice("per", _PERIODS, default="")
        if not per:
            fields.wrong("per", "journeys.want_choice", name="per", choices=", ".join(_PERIODS))
        zone = fields.zone("zone", default=BRAND)
        if zone == PERSON:
            fields.wrong("zone", "journeys.quota_of_person")
        limit = cost = 0
        if fields.one_of(("limit", "budget")) == "budget":
            limit, cost = _parts(fields, "budget"), _parts(fields, "cost")
        elif fields.has("limit"):
            limit = fields.whole("limit", (1, _MOST))
            if fields.has("cost"):
                fields.wrong("cost", "journeys.cost_without_budget")
        otherwise = fields.word("else", default="")
        if per == "total" and not otherwise:
            fields.wrong("else", "journeys.total_without_else")
        of = fields.reading.around.zone if zone in {BRAND, PERSON} else zone
        return Gate(per, zone, of, limit, cost, fields.word("next"), otherwise)


def _parts(fields: Fields, name: str) -> int:
    """Return an amount of money in whole parts."""
    found = fields.values.get(name)
    good = isinstance(found, int | float) and not isinstance(found, bool)
    parts = Decimal(str(found)) * _PARTS if good else Decimal(0)
    if parts < 1 or parts != int(parts) or parts > _MOST:
        fields.wrong(name, "journeys.want_amount", name=name)
        return 1
    return int(parts)


TYPE = _QuotaType()
