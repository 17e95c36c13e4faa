"""The document `kind: tiers`: who stands how high, what that gives, and what feeds it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Final

from huiliu.conditions import Filters, parse_filters
from huiliu.kernel.documents import HEADER, dump, join_path, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import Value
from huiliu.kernel.fields import Fields
from huiliu.kernel.ids import is_slug
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, as_duration

__all__ = [
    "KIND",
    "PAID",
    "Benefit",
    "Feed",
    "Level",
    "Measure",
    "Occasion",
    "Tiers",
    "parse_tiers",
    "parsed_tiers",
]

KIND: Final = "tiers"
#: What counts by itself.
PAID: Final = "Order Paid"
_FIELDS: Final = frozenset({
    *HEADER, "measure", "currency", "window", "period", "levels", "feeds", "tag",
})  # fmt: skip
_LEVEL: Final = frozenset({"id", "name", "from", "multiplier", "benefits"})
_BENEFIT: Final = frozenset({"on", "points", "coupon", "says"})
_FEED: Final = frozenset({
    "id", "name", "event", "where", "counts", "points", "coupon", "most", "in", "fresh",
})  # fmt: skip
_MOST_LEVELS: Final = 12
_MOST_FEEDS: Final = 30
_MOST: Final = 1e9
_LONGEST: Final = 5 * 366 * DAY
_LANGUAGES: Final = frozenset({"zh-CN", "en"})
_NAME: Final = re.compile(r"\S(?:.{0,118}\S)?")
#: Where the person's level is kept as a tag, unless the document names another.
_TAG: Final = "member-tier"


class Measure(StrEnum):
    """What a person rises by."""

    SPEND = "spend"
    POINTS = "points"
    ORDERS = "orders"


class Occasion(StrEnum):
    """When a benefit is given."""

    #: The first time that a person reaches the level.
    ENTRY = "entry"
    #: Each time that the level is reached, or kept for another period.
    RENEWAL = "renewal"
    #: Always: words that are shown, nothing that is given.
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Benefit:
    """One thing that a level gives."""

    on: Occasion
    #: 0 = none.
    points: Decimal = Decimal(0)
    #: The pool that a code comes from; "" = none.
    coupon: str = ""
    #: What readers are told, by language; empty = what is given says it.
    says: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the ladder."""

    id: str
    name: Mapping[str, str]
    #: What has to be reached: minor units, or hundredths of points or orders.
    floor: int
    #: Points earned on this level are multiplied by it.
    multiplier: Decimal = Decimal(1)
    benefits: tuple[Benefit, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A rule by which what happens elsewhere feeds membership: a group-buy order, say."""

    id: str
    name: Mapping[str, str]
    #: Canonical.
    event: str
    where: Filters | None
    #: How much of the event's amount counts towards the level; 1 = all. Payments count without a
    #: rule, other events only by one.
    counts: Decimal
    #: What each such event gives at once; 0 and "" = nothing.
    points: Decimal
    coupon: str
    #: How often within `within` a person is given something; 0 = always.
    most: int
    within: int
    #: Older events give nothing any more: they only count.
    fresh: int

    def takes(self, name: str, properties: Mapping[str, Value]) -> bool:
        """Say whether an event is one of these."""
        return name == self.event and (self.where is None or self.where.hold(properties))

    @property
    def gives(self) -> bool:
        """Say whether it gives something at once."""
        return bool(self.points or self.coupon)


@dataclass(frozen=True, slots=True)
class Tiers:
    """One ladder as it is live; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    note: str
    measure: Measure
    #: "" where it is not money that counts.
    currency: str
    #: What counts is not older than this, microseconds.
    window: int
    #: A level that was reached stays at least so long.
    period: int
    #: From the lowest up.
    levels: tuple[Level, ...]
    feeds: tuple[Feed, ...]
    tag: str
    #: Canonical YAML.
    source: str

    def rank(self, measured: int) -> int:
        """Return the highest level that a measure reaches; -1 = none."""
        return max((nth for nth, level in enumerate(self.levels) if level.floor <= measured),
                   default=-1)  # fmt: skip

    def rank_of(self, level: str) -> int:
        """Return where a level stands now; -1 = there is none of that name any more."""
        return next((nth for nth, one in enumerate(self.levels) if one.id == level), -1)

    def next_level(self, rank: int) -> Level | None:
        """Return the level above; None = there is none."""
        return self.levels[rank + 1] if rank + 1 < len(self.levels) else None


def parse_tiers(source: str | bytes) -> Tiers | tuple[Problem, ...]:
    """Return the ladder of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    measure = Measure(fields.choice("measure", tuple(Measure)))
    currency = fields.currency(is_needed=measure is Measure.SPEND)
    window, period = _time(fields, "window", 365 * DAY), _time(fields, "period", 365 * DAY)
    levels = _levels(fields, measure, currency)
    feeds = tuple(_feed(one) for one in fields.parts("feeds", _MOST_FEEDS) or ())
    _only_once(fields, "feeds", [one.id for one in feeds])
    tag = fields.slug("tag") or _TAG
    if fields.problems or header is None:
        return tuple(fields.problems)
    return Tiers(
        header.slug, header.name, header.note, measure, currency, window, period, levels, feeds,
        tag, dump(loaded.tree),
    )  # fmt: skip


@lru_cache(maxsize=64)
def parsed_tiers(source: str) -> Tiers:
    """Return the ladder of a stored source; raise BadInput where it is understood no more."""
    found = parse_tiers(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _levels(fields: Fields, measure: Measure, currency: str) -> tuple[Level, ...]:
    """Return the steps, which rise."""
    parts = fields.parts("levels", _MOST_LEVELS)
    if not parts:
        if parts is None:
            fields.wrong("levels", "tiers.no_levels")
        return ()
    levels = tuple(_level(one, measure, currency) for one in parts)
    floors = [one.floor for one in levels]
    if any(low >= high for low, high in pairwise(floors)):
        fields.wrong("levels", "tiers.must_rise")
    _only_once(fields, "levels", [one.id for one in levels])
    return levels


def _level(part: Fields, measure: Measure, currency: str) -> Level:
    """Return one step."""
    part.only(_LEVEL)
    floor = part.number("from", 0, _MOST)
    if "from" not in part.tree:
        part.wrong("from", "tiers.no_floor")
    factor = part.number("multiplier", 1, 10)
    benefits = tuple(_benefit(one) for one in part.parts("benefits", 20) or ())
    return Level(
        _id(part), _names(part), _floor(floor or 0, measure, currency),
        Decimal(1) if factor is None else Decimal(str(factor)), benefits,
    )  # fmt: skip


def _floor(written: float, measure: Measure, currency: str) -> int:
    """Return a floor in the unit in which it is measured."""
    if measure is Measure.SPEND:
        money = Money.parse(written, currency or "CNY")
        return money.minor if money else 0
    return round(written * 100)


def _benefit(part: Fields) -> Benefit:
    """Return one benefit."""
    part.only(_BENEFIT)
    points, coupon = _points(part), part.slug("coupon")
    says = _names(part, "says") if "says" in part.tree else None
    occasion = Occasion(part.choice("on", tuple(Occasion), Occasion.ALWAYS))
    if not points and not coupon and says is None:
        part.wrong("", "tiers.gives_nothing")
    if (points or coupon) and occasion is Occasion.ALWAYS:
        part.wrong("on", "tiers.no_occasion")
    return Benefit(occasion, points, coupon, says)


def _feed(part: Fields) -> Feed:
    """Return one rule."""
    part.only(_FEED)
    where = None
    if "where" in part.tree:
        found = parse_filters(part.tree["where"], join_path(part.path, "where"))
        if isinstance(found, Filters):
            where = found
        else:
            part.problems += [part.loaded.problem(one.path, one.text) for one in found]
    counts = part.number("counts", 0, 10)
    event = canonical_name(part.word("event", is_needed=True))
    usual = Decimal(1) if event == PAID else Decimal(0)
    return Feed(
        _id(part), _names(part), event, where,
        usual if counts is None else Decimal(str(counts)), _points(part), part.slug("coupon"),
        part.whole("most", 1, 1_000) or 0, _time(part, "in", 30 * DAY),
        _time(part, "fresh", 30 * DAY),
    )  # fmt: skip


def _points(part: Fields) -> Decimal:
    """Return an amount of points with at most two digits after the point; 0 = none."""
    found = part.number("points", 0.01, _MOST)
    if found is None:
        return Decimal(0)
    exact = Decimal(str(found))
    if exact != exact.quantize(Decimal("0.01")):
        part.wrong("points", "tiers.two_digits")
    return exact


def _id(part: Fields) -> str:
    """Return the name for ever of a part."""
    found = part.slug("id")
    if "id" not in part.tree or not is_slug(str(part.tree["id"])):
        if "id" not in part.tree:
            part.wrong("id", "plans.want_slug")
        return "-"
    return found


def _names(part: Fields, name: str = "name") -> Mapping[str, str]:
    """Return a name in both languages, or in one."""
    found = part.tree.get(name)
    good = (
        isinstance(found, dict) and found and set(found) <= _LANGUAGES
        and all(isinstance(one, str) and _NAME.fullmatch(one) for one in found.values())
    )  # fmt: skip
    if not good:
        part.wrong(name, "tiers.want_names")
        return {}
    assert isinstance(found, dict)
    return {str(language): str(one) for language, one in found.items()}


def _time(part: Fields, name: str, default: int) -> int:
    """Return a length of time of at least a day."""
    found = part.tree.get(name)
    if found is None:
        return default
    length = as_duration(found) if isinstance(found, str) else None
    if length is None or not DAY <= length <= _LONGEST:
        part.wrong(name, "tiers.want_time")
        return default
    return length


def _only_once(fields: Fields, name: str, ids: Sequence[str]) -> None:
    """Note ids that are there twice."""
    for one in sorted({one for one in ids if ids.count(one) > 1 and one != "-"}):
        fields.wrong(name, "tiers.twice", id=one)
