"""The document `kind: points`: what earns points, when they can be spent, when they end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from huiliu.conditions.filters import NO_FILTERS, Filters, parse_filters
from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import Value
from huiliu.kernel.fields import Fields, Price
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, as_duration
from huiliu.rewards.ledger import Terms
from huiliu.rewards.points import NOTHING, points

__all__ = [
    "KIND",
    "SLUG",
    "EarnRule",
    "Earned",
    "Limit",
    "Multiplier",
    "Per",
    "Programme",
    "amounts_of",
    "parse_programme",
    "parsed_programme",
]

KIND: Final = "points"
#: There is one such document of a brand.
SLUG: Final = "default"
_FIELDS: Final = frozenset({
    *HEADER, "value", "pending", "expires", "debt", "transfers", "earn", "multipliers",
})  # fmt: skip
_RULE: Final = frozenset({
    "id", "name", "on", "channels", "where", "per", "points", "pending", "expires", "limit",
})  # fmt: skip
_MULTIPLIER: Final = frozenset({"id", "factor", "from", "until", "channels", "rules"})
_OWN: Final = "Points "
_EVERY: Final = ("day", "week", "month", "ever")
_MOST_RULES: Final = 200
_MOST_POINTS: Final = 1e9
_MOST_MONEY: Final = Decimal(10) ** 12
_LONGEST: Final = 20 * 366 * DAY


@dataclass(frozen=True, slots=True)
class Per:
    """So many points for each such amount of money."""

    #: In major units.
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Limit:
    """How often a rule gives points to one person."""

    times: int
    #: day, week, month, in the brand's zone; or ever.
    every: str


@dataclass(frozen=True, slots=True)
class EarnRule:
    """One thing that earns points."""

    id: str
    #: Canonical name of the event.
    event: str
    #: () = all.
    channels: tuple[str, ...]
    where: Filters
    #: What is given: for the event, or for each `per` of its money.
    points: Decimal
    per: Per | None
    #: How long they are pending; 0 = they can be spent at once.
    pending: int
    #: How long they live from then; 0 = for ever.
    expires: int
    limit: Limit | None = None

    def fits(self, event: str, channel: str, properties: Mapping[str, Value]) -> bool:
        """Say whether an event is one of those that this rule gives points for."""
        return (
            event == self.event
            and (not self.channels or channel in self.channels)
            and self.where.hold(properties)
        )

    def gives(self, amounts: Sequence[Decimal], currency: str, factor: Decimal) -> Decimal:
        """Return the points for an event, rounded line by line, half even.

        Args:
            amounts: of its lines, in major units.
            currency: of the amounts.
            factor: how many times as much.
        """
        if self.per is None:
            return points(self.points * factor)
        if currency != self.per.currency:
            return NOTHING
        return sum(
            (points(one / self.per.amount * self.points * factor) for one in amounts), NOTHING
        )


@dataclass(frozen=True, slots=True)
class Multiplier:
    """Days on which points are given several times over."""

    id: str
    factor: Decimal
    #: Both included, in the brand's zone; None = open.
    first: dt.date | None
    last: dt.date | None
    channels: tuple[str, ...]
    #: () = all.
    rules: tuple[str, ...]

    def fits(self, rule: str, channel: str, day: dt.date) -> bool:
        """Say whether it holds for a rule in a channel on a day."""
        return (
            (self.first is None or day >= self.first)
            and (self.last is None or day <= self.last)
            and (not self.channels or channel in self.channels)
            and (not self.rules or rule in self.rules)
        )


@dataclass(frozen=True, slots=True)
class Earned:
    """What one rule gives for one event."""

    rule: EarnRule
    points: Decimal
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Programme:
    """How a brand's points work; without a document nothing earns any."""

    slug: str = SLUG
    name: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: What one point is worth.
    value: Price | None = None
    terms: Terms = field(default_factory=Terms)
    rules: tuple[EarnRule, ...] = ()
    multipliers: tuple[Multiplier, ...] = ()
    #: Canonical YAML.
    source: str = ""

    @property
    def events(self) -> frozenset[str]:
        """Return the canonical names of the events that earn points."""
        return frozenset(rule.event for rule in self.rules)

    def earned(
        self,
        event: str,
        channel: str,
        properties: Mapping[str, Value],
        day: dt.date,
        tier: Decimal = Decimal(1),
    ) -> list[Earned]:
        """Return what an event earns, a rule each.

        The highest multiplier of the day counts, times what the person's tier is worth.

        Args:
            event: its canonical name.
            channel: where it happened.
            properties: what it says.
            day: when, in the brand's zone.
            tier: how many times as much the person's tier earns.
        """
        found: list[Earned] = []
        for rule in self.rules:
            if not rule.fits(event, channel, properties):
                continue
            several = [one.factor for one in self.multipliers if one.fits(rule.id, channel, day)]
            factor = max(several, default=Decimal(1)) * tier
            currency = properties.get("currency")
            given = rule.gives(
                amounts_of(properties), currency if isinstance(currency, str) else "", factor
            )
            if rule.per is not None and not isinstance(currency, str):
                given = rule.gives(amounts_of(properties), rule.per.currency, factor)
            if given > 0:
                found.append(Earned(rule, given, factor))
        return found


def amounts_of(properties: Mapping[str, Value]) -> list[Decimal]:
    """Return the amounts of an order's lines, or its total where they do not add up to it."""
    total = next(
        (found for key in ("total", "revenue", "value")
         if (found := _decimal(properties.get(key))) is not None),
        None,
    )  # fmt: skip
    products = properties.get("products")
    lines = [_line(one) for one in products] if isinstance(products, list) else []
    amounts = [one for one in lines if one is not None]
    if amounts and len(amounts) == len(lines) and total in {None, sum(amounts)}:
        return amounts
    return [] if total is None else [total]


def _line(product: Value) -> Decimal | None:
    """Return what one line of an order costs."""
    if not isinstance(product, dict):
        return None
    price = _decimal(product.get("price"))
    quantity = _decimal(product.get("quantity", 1))
    return None if price is None or quantity is None else _bounded(price * quantity)


def _decimal(value: Value) -> Decimal | None:
    """Return a number of an event exactly as it was written."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _bounded(Decimal(str(value)))


def _bounded(amount: Decimal) -> Decimal | None:
    """Return an amount of money that can be one; None for any other."""
    return amount if amount.is_finite() and 0 <= amount <= _MOST_MONEY else None


def parse_programme(source: str | bytes) -> Programme | tuple[Problem, ...]:
    """Return the programme of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    if header is not None and header.slug != SLUG:
        fields.wrong("slug", "points.one_programme", slug=SLUG)
    value = fields.price("value")
    pending, expires = _time(fields, "pending"), _time(fields, "expires")
    terms = Terms(_flag(fields, "debt"), _flag(fields, "transfers"), expires)
    rules = [
        _rule(one, pending, expires) for one in fields.parts("earn", _MOST_RULES) or ()
    ]  # fmt: skip
    named = {one.id for one in rules}
    if len(named) < len(rules):
        fields.wrong("earn", "points.same_id")
    several = [_multiplier(one, named) for one in fields.parts("multipliers", _MOST_RULES) or ()]
    if fields.problems or header is None:
        return tuple(fields.problems)
    return Programme(
        header.slug, header.name, value, terms, tuple(rules), tuple(several), dump(loaded.tree)
    )


@lru_cache(maxsize=64)
def parsed_programme(source: str) -> Programme:
    """Return the programme of a stored source; raise BadInput where it is understood no more."""
    found = parse_programme(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _rule(fields: Fields, pending: int, expires: int) -> EarnRule:
    """Return one rule; what it does not say is as the programme says."""
    fields.only(_RULE)
    event = fields.word("on", is_needed=True)
    if event.startswith(_OWN):
        # What earns points because points were earned would never end.
        fields.wrong("on", "points.earns_itself")
    per, given = _per(fields)
    where: Filters = NO_FILTERS
    if "where" in fields.tree:
        found = parse_filters(fields.tree["where"], "where")
        if isinstance(found, tuple):
            for one in found:
                path = f"{fields.path}.{one.path}"
                fields.problems.append(fields.loaded.problem(path, one.text))
        else:
            where = found
    limit = fields.below("limit")
    is_order = canonical_name(event) == "Order Paid"
    return EarnRule(
        _id(fields), canonical_name(event), fields.channels("channels"), where, given, per,
        _time(fields, "pending") if "pending" in fields.tree else pending if is_order else 0,
        _time(fields, "expires") if "expires" in fields.tree else expires,
        None if limit is None else _limit(limit),
    )  # fmt: skip


def _per(fields: Fields) -> tuple[Per | None, Decimal]:
    """Return what is given, and for how much money."""
    given = _points(fields, "points")
    inner = fields.below("per")
    if inner is None:
        return None, given
    inner.only({"amount", "currency"})
    currency = inner.currency(is_needed=True)
    amount = inner.number("amount", 0.01, 1e9)
    if amount is None:
        if "amount" not in inner.tree:
            inner.wrong("amount", "plans.want_number", least="0.01", most="1e+09")
        return None, given
    return Per(Decimal(str(inner.tree["amount"])), currency), given


def _points(fields: Fields, name: str) -> Decimal:
    """Return a needed amount of points with two digits at most."""
    found = fields.number(name, 0.01, _MOST_POINTS)
    if found is None:
        if name not in fields.tree:
            fields.wrong(name, "points.no_points")
        return NOTHING
    exact = Decimal(str(fields.tree[name]))
    if exact != points(exact):
        fields.wrong(name, "points.too_fine")
    return points(exact)


def _limit(fields: Fields) -> Limit:
    """Return how often a rule gives points."""
    fields.only({"times", "every"})
    times = fields.whole("times", 1, 1_000_000)
    return Limit(times or 1, fields.choice("every", _EVERY, "day"))


def _multiplier(fields: Fields, rules: set[str]) -> Multiplier:
    """Return one multiplier."""
    fields.only(_MULTIPLIER)
    factor = fields.number("factor", 0.01, 100)
    if factor is None and "factor" not in fields.tree:
        fields.wrong("factor", "plans.want_number", least="0.01", most="100")
    first, last = fields.day("from"), fields.day("until")
    if first is not None and last is not None and last < first:
        fields.wrong("until", "plans.ends_before")
    of = fields.slugs("rules")
    for one in of:
        if one not in rules:
            fields.wrong("rules", "points.no_rule", rule=one)
    written = Decimal(str(fields.tree.get("factor", 1))) if factor is not None else Decimal(1)
    return Multiplier(_id(fields), written, first, last, fields.channels("channels"), of)


def _id(fields: Fields) -> str:
    """Return the name of a rule: entries carry it for ever."""
    found = fields.tree.get("id")
    if not isinstance(found, str) or not is_slug(found):
        fields.wrong("id", "plans.want_slug")
        return ""
    return found


def _time(fields: Fields, name: str) -> int:
    """Return a length of time such as `7d`; 0 where there is none."""
    found = fields.tree.get(name)
    if found is None or found == 0:
        return 0
    length = as_duration(found) if isinstance(found, str) else None
    if length is None or length > _LONGEST:
        fields.wrong(name, "points.want_time")
        return 0
    return int(length)


def _flag(fields: Fields, name: str) -> bool:
    """Return yes or no; yes where nothing is said."""
    found = fields.tree.get(name, True)
    if not isinstance(found, bool):
        fields.wrong(name, "points.want_flag")
        return True
    return found
