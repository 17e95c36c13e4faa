"""The document `kind: promotion`: who gets what on which products, when, and how much of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.conditions import NOWHERE, Condition, Surroundings, everyone, parse
from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import as_instant, local_datetime
from huiliu.rewards.amounts import read_amount
from huiliu.rewards.effects import EFFECTS, Effect
from huiliu.rewards.limits import NO_LIMITS, Limits, read_limits
from huiliu.rewards.selection import EVERYTHING, Selection, read_selection

__all__ = [
    "KIND", "STAGES", "Hours", "Promotion", "Stacking", "parse_promotion", "read_moment",
    "read_zone", "stored_promotion",
]  # fmt: skip

KIND: Final = "promotion"
#: In which order effects come: single lines, the order as a whole, what comes with it.
STAGES: Final = ("line", "order", "extra")
_FIELDS: Final = frozenset({
    *HEADER, "owner", "text", "from", "until", "zone", "hours", "channels", "stores", "products",
    "who", "needs", "currency", "effect", "by", "stage", "priority", "stacking", "limits", "budget",
})  # fmt: skip
_BY: Final = ("everyone", "code")
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EXTRAS: Final = frozenset({"gift", "free_shipping"})
_OF_LINES: Final = frozenset({"nth", "bundle"})
_MOST_UNITS: Final = 1_000_000
_MOST_NAMES: Final = 1_000
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Hours:
    """Some hours of some days of the week; an end before its beginning lies on the next day."""

    #: 0 = Monday; () = every day.
    days: tuple[int, ...]
    starts: dt.time
    ends: dt.time

    def hold(self, wall: dt.datetime) -> bool:
        """Say whether a local time lies in them."""
        time, day = wall.time(), wall.weekday()
        if self.starts < self.ends:
            return self._is_day(day) and self.starts <= time < self.ends
        return (self._is_day(day) and time >= self.starts) or (
            self._is_day((day - 1) % 7) and time < self.ends
        )

    def _is_day(self, day: int) -> bool:
        """Say whether a day of the week is meant."""
        return not self.days or day in self.days


@dataclass(frozen=True, slots=True)
class Stacking:
    """What a promotion may stand beside."""

    #: It stands beside nothing.
    alone: bool = False
    #: Of a group's promotions only the best one counts.
    group: str = ""
    #: Slugs of those beside which it never stands.
    not_with: frozenset[str] = frozenset()


BESIDE_ALL: Final = Stacking()


@dataclass(frozen=True, slots=True)
class Promotion:
    """One promotion as it is live; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    note: str
    effect: Effect
    #: The word of its kind of effect.
    effect_kind: str
    #: Canonical YAML.
    source: str
    #: What people read in paying and on the receipt; {} = the name.
    text: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    owner: str = ""
    products: Selection = EVERYTHING
    #: Which people; None = everybody, known or not.
    who: Condition | None = None
    #: Minor units and units of the products that it is about.
    needs_spend: int = 0
    needs_quantity: int = 0
    #: "" = of whichever basket: it names no amount.
    currency: str = ""
    #: Instants; 0 = ever, for ever.
    starts_at: int = 0
    ends_at: int = 0
    #: IANA; "" = the brand's.
    zone: str = ""
    hours: tuple[Hours, ...] = ()
    channels: tuple[str, ...] = ()
    stores: frozenset[str] = frozenset()
    #: Only by a code of a coupon.
    is_by_code: bool = False
    stage: str = "order"
    #: Of one stage the highest comes first.
    priority: int = 0
    stacking: Stacking = BESIDE_ALL
    limits: Limits = NO_LIMITS
    #: Minor units that it may give away; None = without a bound.
    budget: int | None = None
    #: Of the document; 0 = it is a draft.
    version: int = 0

    @property
    def told(self) -> Mapping[str, str]:
        """Return what people read."""
        return self.text or self.name

    @property
    def is_limited(self) -> bool:
        """Say whether there is an end of it."""
        limits = self.limits
        return self.budget is not None or any(
            one is not None
            for one in (limits.total, limits.per_person, limits.per_day, limits.per_person_day)
        )

    def day(self, now: int, zone: str) -> str:
        """Return the day of an instant in its own zone, or in the brand's."""
        return local_datetime(now, self.zone or zone).date().isoformat()


def parse_promotion(
    source: str | bytes, around: Surroundings = NOWHERE
) -> Promotion | tuple[Problem, ...]:
    """Return the promotion of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    currency = fields.currency()
    kind, effect = _effect(fields, currency)
    zone = read_zone(fields)
    starts_at = read_moment(fields, "from", zone or around.zone)
    ends_at = read_moment(fields, "until", zone or around.zone)
    if starts_at and ends_at and ends_at <= starts_at:
        fields.wrong("until", "plans.ends_before")
    products = read_selection(fields.below("products"))
    who = _who(fields, around)
    needs_spend, needs_quantity = _needs(fields, currency)
    budget = read_amount(fields, "budget", currency)
    if "budget" in fields.tree and not currency:
        fields.wrong("budget", "rewards.needs_currency")
    is_named = not products.is_all
    usual = "extra" if kind in _EXTRAS else "line" if kind in _OF_LINES or is_named else "order"
    stage = fields.choice("stage", STAGES, usual)
    found = {
        "text": _words(fields, "text"), "owner": fields.word("owner"), "products": products,
        "who": who, "needs_spend": needs_spend, "needs_quantity": needs_quantity,
        "currency": currency, "starts_at": starts_at, "ends_at": ends_at, "zone": zone,
        "hours": _hours(fields), "channels": fields.channels("channels"),
        "stores": _names(fields, "stores"),
        "is_by_code": fields.choice("by", _BY, "everyone") == "code", "stage": stage,
        "priority": fields.whole("priority", -1_000_000, 1_000_000) or 0,
        "stacking": _stacking(fields),
        "limits": read_limits(fields.below("limits"), of_coupon=False),
        "budget": budget,
    }  # fmt: skip
    if fields.problems or header is None or effect is None:
        return tuple(fields.problems)
    tree = dict(loaded.tree) | ({"who": who.tree()} if who is not None else {})
    return Promotion(
        header.slug, header.name, header.note, effect, kind, dump(tree),
        **found,  # type: ignore[arg-type] # each is what its field asks for
    )  # fmt: skip


def stored_promotion(source: str, around: Surroundings) -> Promotion:
    """Return the promotion of a stored source; raise BadInput where it is understood no more."""
    found = parse_promotion(source, around)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def read_zone(fields: Fields) -> str:
    """Return the IANA zone of `zone:`; "" where there is none."""
    zone = fields.word("zone")
    if zone:
        try:
            local_datetime(0, zone)
        except (ValueError, KeyError, OSError):
            fields.wrong("zone", "rewards.want_zone")
            return ""
    return zone


def read_moment(fields: Fields, name: str, zone: str) -> int:
    """Return the instant of a date or time, in `zone` where it names none; 0 = there is none."""
    written = fields.tree.get(name)
    if written is None:
        return 0
    found = as_instant(written, zone) if isinstance(written, str) else None
    if found is None or found <= 0:
        fields.wrong(name, "rewards.want_moment")
        return 0
    return found


def _effect(fields: Fields, currency: str) -> tuple[str, Effect | None]:
    """Return the word and the effect of `effect:`."""
    inner = fields.below("effect")
    if inner is None:
        if "effect" not in fields.tree:
            fields.wrong("effect", "rewards.want_effect", known=", ".join(EFFECTS))
        return "", None
    kind = inner.choice("kind", tuple(EFFECTS))
    if inner.tree.get("kind") != kind:
        return "", None
    if EFFECTS[kind].needs_currency and not currency:
        fields.wrong("currency", "rewards.needs_currency")
    return kind, EFFECTS[kind].read(inner, currency)


def _who(fields: Fields, around: Surroundings) -> Condition | None:
    """Return the condition of `who:`; None where there is none."""
    tree = fields.tree.get("who")
    if tree is None:
        return None
    found = parse(tree, "who", around)
    if isinstance(found, tuple):
        fields.problems += [fields.loaded.problem(one.path, one.text) for one in found]
        return None
    return None if found == everyone() else found


def _needs(fields: Fields, currency: str) -> tuple[int, int]:
    """Return minor units and units of `needs: {spend: 300, quantity: 2}`."""
    inner = fields.below("needs")
    if inner is None:
        return 0, 0
    inner.only({"spend", "quantity"})
    if "spend" in inner.tree and not currency:
        fields.wrong("currency", "rewards.needs_currency")
    spend = read_amount(inner, "spend", currency)
    return spend or 0, inner.whole("quantity", 1, _MOST_UNITS) or 0


def _hours(fields: Fields) -> tuple[Hours, ...]:
    """Return the hours of `hours: [{days: [sat, sun], from: "10:00", until: "22:00"}]`."""
    found = []
    for part in fields.parts("hours", 50) or ():
        part.only({"days", "from", "until"})
        days = part.choices("days", _DAYS)
        times = []
        for name, usual in (("from", "00:00"), ("until", "24:00")):
            written = part.tree.get(name, usual)
            try:
                times.append(dt.time.fromisoformat("00:00" if written == "24:00" else str(written)))
            except ValueError:
                part.wrong(name, "rewards.want_time")
        if len(times) == 2:
            found.append(Hours(tuple(map(_DAYS.index, days)), *times))
    return tuple(found)


def _stacking(fields: Fields) -> Stacking:
    """Return `stacking: {alone: true}` or `{group: weekend, not_with: [staff-price]}`."""
    inner = fields.below("stacking")
    if inner is None:
        return BESIDE_ALL
    inner.only({"alone", "group", "not_with"})
    alone = inner.tree.get("alone", False)
    if not isinstance(alone, bool):
        inner.wrong("alone", "rewards.want_yes_no")
    return Stacking(alone is True, inner.slug("group"), frozenset(inner.slugs("not_with")))


def _names(fields: Fields, name: str) -> frozenset[str]:
    """Return a list of the shop's own names."""
    found = fields.tree.get(name)
    if found is None:
        return frozenset()
    words = (
        [str(one) if type(one) is int else one for one in found] if isinstance(found, list) else []
    )
    if (
        not words
        or len(words) > _MOST_NAMES
        or not all(isinstance(one, str) and one for one in words)
    ):
        fields.wrong(name, "rewards.want_names", most=_MOST_NAMES)
        return frozenset()
    return frozenset(map(str, words))


def _words(fields: Fields, name: str) -> Mapping[str, str]:
    """Return a sentence by language."""
    inner = fields.below(name)
    if inner is None:
        return {}
    inner.only(LOCALES)
    return {locale: inner.word(locale) for locale in LOCALES if locale in inner.tree}
