"""Whom a change would reach and what it may cost at the most, before it goes live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from huiliu.advertising.audience import AdAudience
from huiliu.conditions import Condition, parse
from huiliu.governance.risk import Reach
from huiliu.journeys import Journey
from huiliu.kernel.errors import EngineFailed, Unavailable
from huiliu.kernel.money import Money
from huiliu.messages.template import Template
from huiliu.ports.world import World
from huiliu.rewards.coupon import Coupon
from huiliu.rewards.promotion import Promotion
from huiliu.segments import Segment
from huiliu.services.audience import count
from huiliu.services.costs import message_prices
from huiliu.services.live import live
from huiliu.services.read_offers import Proposal
from huiliu.services.used_by import used_by
from huiliu.tags import Tag

__all__ = ["NOBODYS", "Forecast", "Forecasting"]

#: Over which days entries by an event are counted.
DAYS: Final = 30
#: Kinds that change nothing for anybody by themselves.
NOBODYS: Final = frozenset({
    "brief", "channel_card", "costs", "desk", "funnel", "list", "report_schedule", "rollout",
    "target", "test",
})  # fmt: skip
#: Kinds that hold for all people alike and cost nothing by themselves.
_RULES: Final = frozenset({"approvals", "guard", "holdout", "menu", "pack", "permission", "policy"})
#: Kinds that hold for all people alike, and whose price shows only later.
_GIVES: Final = frozenset({"points", "posts", "referral", "reward_catalogue", "tiers"})
_TALKS: Final = frozenset({"send", "best_channel"})
_COUPON: Final = "issue_coupon"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a change would reach and cost, as far as it can be told."""

    reach: Reach
    #: At the most.
    people: int = 0
    #: Messages at the most; None = it sends none by itself.
    messages: int | None = None
    #: At the most, in major units of the bounds' currency; None = it cannot be told.
    cost: float | None = 0.0


_UNKNOWN: Final = Forecast(Reach.UNKNOWN, cost=None)
_NOBODY: Final = Forecast(Reach.NOBODY)


class Forecasting:
    """Looks at one change after the other; what an engine cannot tell is unknown."""

    def __init__(
        self, world: World, brand_id: int, currency: str, beside: Mapping[tuple[str, str], Proposal]
    ) -> None:
        """Look at documents that go live together, by kind and slug."""
        self._world = world
        self._brand_id = brand_id
        self._currency = currency
        self._beside = beside
        with world.store.transaction(brand_id) as tx:
            #: How many people the brand has.
            self.everybody = tx.console.n_people(brand_id)
            self._members = tx.segments.counts(brand_id)
            self._prices = message_prices(tx, brand_id, currency)
        with world.store.system() as tx:
            self._live = live(tx, world, brand_id)

    def of(self, one: Proposal) -> Forecast:
        """Return the forecast of one document."""
        if one.kind in NOBODYS:
            return _NOBODY
        if one.kind in _RULES:
            return Forecast(Reach.EVERYBODY)
        if one.kind in _GIVES:
            return Forecast(Reach.EVERYBODY, cost=None)
        try:
            for kind, look in _LOOKS.items():
                if isinstance(one.parsed, kind):
                    return look(self, one)
        except (EngineFailed, Unavailable):
            return _UNKNOWN
        # A form, a list, a live session ...: whoever comes by.
        return Forecast(Reach.UNKNOWN)

    def journey(self, one: Proposal) -> Forecast:
        """Return whom a journey lets in, and what its messages and coupons may cost."""
        assert isinstance(one.parsed, Journey)
        journey = one.parsed
        people = self._entering(journey)
        if people is None:
            return _UNKNOWN
        reached = ceil(people * (1 - journey.holdout))
        sends = [node for node in journey.nodes.values() if node.type in _TALKS]
        # A run that goes every way would get every message: no run gets more.
        cost: float | None = 0.0
        for node in sends:
            prices = [self._price(name.name) for name in node.names if name.kind == "template"]
            known = [price for price in prices if price is not None]
            is_known = cost is not None and prices and len(known) == len(prices)
            cost = cost + reached * max(known) if is_known and cost is not None else None
        for node in journey.nodes.values():
            if node.type == _COUPON:
                given = [self._budget(name.name) for name in node.names if name.kind == "coupon"]
                known = [one for one in given if one is not None]
                is_known = cost is not None and len(known) == len(given)
                cost = cost + sum(known) if is_known and cost is not None else None
        return Forecast(Reach.COUNTED, reached, reached * len(sends), cost)

    def template(self, one: Proposal) -> Forecast:
        """Return whom the journeys in use reach that send a template."""
        users = [
            running.journey
            for running in self._live.journeys.values()
            if running.state in {"live", "paused", "draining"}
            and any(
                (name.kind, name.name) == ("template", one.slug)
                for node in running.journey.nodes.values()
                for name in node.names
            )
        ]
        if not users:
            return _NOBODY
        found = [self._entering(journey) for journey in users]
        known = [people for people in found if people is not None]
        if len(known) < len(found):
            return Forecast(Reach.UNKNOWN)
        return Forecast(Reach.COUNTED, min(sum(known), self.everybody))

    def segment(self, one: Proposal) -> Forecast:
        """Return how many people would be in a segment that something in use asks for."""
        assert isinstance(one.parsed, Segment)
        if not used_by(self._world, self._brand_id, "segment", one.slug):
            return _NOBODY
        people = self._count(one.parsed.condition)
        return Forecast(Reach.COUNTED, people, cost=None)

    def tag(self, one: Proposal) -> Forecast:
        """Return whether anything in use asks for a tag."""
        is_used = used_by(self._world, self._brand_id, "tag", one.slug)
        return Forecast(Reach.UNKNOWN, cost=None) if is_used else _NOBODY

    def audience(self, one: Proposal) -> Forecast:
        """Return whose data an audience at an ad platform would share."""
        assert isinstance(one.parsed, AdAudience)
        if not one.parsed.segment:
            return _UNKNOWN
        return Forecast(Reach.COUNTED, self._members.get(one.parsed.segment, 0), cost=None)

    def promotion(self, one: Proposal) -> Forecast:
        """Return for whom a promotion is, and what it may give away."""
        assert isinstance(one.parsed, Promotion)
        cost = self._money(one.parsed)
        if one.parsed.is_by_code:
            # Only who has a code: the coupon says how many.
            return Forecast(Reach.UNKNOWN, cost=cost)
        if one.parsed.who is None:
            return Forecast(Reach.EVERYBODY, cost=cost)
        return Forecast(Reach.COUNTED, self._count(one.parsed.who), cost=cost)

    def coupon(self, one: Proposal) -> Forecast:
        """Return how many codes a pool may issue, and what they unlock may give away."""
        assert isinstance(one.parsed, Coupon)
        cost = self._budget(one.slug)
        most = [n for n in (one.parsed.issue_total, one.parsed.limits.total) if n is not None]
        if not most:
            return Forecast(Reach.UNKNOWN, cost=cost)
        return Forecast(Reach.COUNTED, min(most), cost=cost)

    def _entering(self, journey: Journey) -> int | None:
        """Return how many people enter: of an audience, or by events in so many days."""
        entry = journey.entry
        named = [slug for kind, slug in entry.names if kind == "segment"]
        if named:
            beside = self._beside.get(("segment", named[0]))
            if beside is not None and beside.is_new and isinstance(beside.parsed, Segment):
                return self._count(beside.parsed.condition)
            if named[0] in self._members:
                return self._members[named[0]]
        if entry.among is not None:
            return self._count(entry.among)
        if entry.schedule is not None:
            return self.everybody
        if entry.kind != "event":
            return None
        did = parse({"did": entry.event, "within": f"{DAYS}d"}, "")
        return None if isinstance(did, tuple) else self._count(did)

    def _count(self, condition: Condition) -> int:
        """Return how many people meet a condition now."""
        return count(self._world, self._brand_id, condition)

    def _price(self, template: str) -> float | None:
        """Return what one message of a template costs; None = nobody said."""
        beside = self._beside.get(("template", template))
        if beside is not None and isinstance(beside.parsed, Template):
            return self._prices.get(beside.parsed.channel)
        known = self._live.templates.get(template)
        return self._prices.get(known.face.channel) if known is not None else None

    def _budget(self, coupon: str) -> float | None:
        """Return what the promotion behind a pool may give away; None = without a bound."""
        beside = self._beside.get(("coupon", coupon))
        shelf = self._live.shelf
        pool = beside.parsed if beside is not None else shelf.coupons.get(coupon)
        if not isinstance(pool, Coupon):
            return None
        other = self._beside.get(("promotion", pool.promotion))
        promotion = other.parsed if other else shelf.index.promotions.get(pool.promotion)
        return self._money(promotion) if isinstance(promotion, Promotion) else None

    def _money(self, promotion: Promotion) -> float | None:
        """Return a promotion's budget in major units; None = without a bound, or other money."""
        if promotion.budget is None or promotion.currency != self._currency:
            return None
        return float(Money(promotion.budget, promotion.currency).major)


_LOOKS: Final[Mapping[type, Callable[[Forecasting, Proposal], Forecast]]] = {
    Journey: Forecasting.journey,
    Template: Forecasting.template,
    Segment: Forecasting.segment,
    Tag: Forecasting.tag,
    AdAudience: Forecasting.audience,
    Promotion: Forecasting.promotion,
    Coupon: Forecasting.coupon,
}
