"""The document `kind: referral`: people bring people, and both may get something for it.

Three ways: `unlock` (friends help until something is unlocked), `group` (a group fills up and then
everybody in it gets the group's price), `referral` (whoever brings a customer is thanked). Whoever
brings somebody is rewarded for those whom they brought themselves and for nobody further down:
there is no field for a second level, and there must not be one. Why: docs/adr/0067.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.money import Money
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import DAY, HOUR, Instant

__all__ = [
    "FRIENDS",
    "KIND",
    "MECHANICS",
    "Gift",
    "Limits",
    "Referral",
    "parse_referral",
    "parsed_referral",
]

KIND: Final = "referral"
MECHANICS: Final = ("unlock", "group", "referral")
FRIENDS: Final = ("anyone", "new")
_FIELDS: Final = frozenset({
    *HEADER, "mechanic", "title", "text", "target", "from", "until", "needs", "hours", "friends",
    "rewards", "limits", "review_from", "hold_days",
})  # fmt: skip
#: What would be a second level under any name.
_LEVELS: Final = ("levels", "level", "tiers", "depth", "second_level", "team")
_LIMITS: Final = frozenset({"invites", "rewards", "per_device", "per_address"})
_LONGEST: Final = 1_000
_MOST_NEEDED: Final = 100
_MOST_HOURS: Final = 24 * 90
_MOST_POINTS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Gift:
    """What somebody gets: a coupon, or points."""

    #: Slug of the `kind: coupon` that a code is taken from; "" = points.
    coupon: str = ""
    points: Decimal = Decimal(0)
    #: What it costs the brand, as the brand reckons; None = it was not said.
    worth: Money | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken from one person, one device, one network address."""

    #: How many invites one person may open.
    invites: int
    #: How often the one who invites is rewarded.
    rewards: int
    #: Friends from one device.
    per_device: int
    #: Friends from one network address: a household or an office sits behind one.
    per_address: int


_LIMITED: Final[Mapping[str, Limits]] = MappingProxyType({
    "unlock": Limits(1, 1, 1, 20),
    "group": Limits(5, 5, 1, 20),
    "referral": Limits(1, 20, 1, 20),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Referral:
    """One campaign as it is live; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    note: str
    mechanic: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    #: Where "to the shop" leads; "" = nowhere.
    target: str
    first: dt.date
    last: dt.date
    #: Friends until it is unlocked; people of a group with its leader; 0 = each friend counts.
    needs: int
    #: How long one invite is open.
    hours: int
    #: anyone, or new: only people whom the brand did not know before the invite.
    friends: str
    inviter: Gift | None
    friend: Gift | None
    limits: Limits
    #: From this fraud score on a friend waits for a person's decision.
    review_from: int
    #: How long an order must stand before it counts: the time in which it can be given back.
    hold_days: int
    #: Canonical YAML.
    source: str

    @property
    def n_friends(self) -> int:
        """Return how many friends complete an invite; 0 = there is no such number."""
        return self.needs - 1 if self.mechanic == "group" else self.needs

    def opens_at(self, zone: str) -> Instant:
        """Return when the campaign begins."""
        return _midnight(self.first, zone)

    def closes_at(self, zone: str) -> Instant:
        """Return when the campaign is over."""
        return _midnight(self.last + dt.timedelta(days=1), zone)

    def is_open(self, now: Instant, zone: str) -> bool:
        """Say whether invites can be opened."""
        return self.opens_at(zone) <= now < self.closes_at(zone)

    def invite_closes(self, now: Instant, zone: str) -> Instant:
        """Return until when an invite that is opened now takes friends."""
        return Instant(min(now + self.hours * HOUR, self.closes_at(zone)))

    @property
    def hold(self) -> int:
        """Return how long an order must stand, in microseconds."""
        return self.hold_days * DAY


def parse_referral(source: str | bytes) -> Referral | tuple[Problem, ...]:
    """Return the campaign of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    for name in _LEVELS:
        if name in loaded.tree:
            fields.wrong(name, "referral.one_level")
    fields.only(_FIELDS | set(_LEVELS))
    mechanic = fields.choice("mechanic", MECHANICS)
    first, last = fields.day("from", is_needed=True), fields.day("until", is_needed=True)
    if first and last and last < first:
        fields.wrong("until", "plans.ends_before")
    needs = _needs(fields, mechanic)
    hours = fields.whole("hours", 1, _MOST_HOURS) or (24 * 30 if mechanic == "referral" else 48)
    friends = fields.choice("friends", FRIENDS, "new" if mechanic == "referral" else "anyone")
    inviter, friend = _gifts(fields)
    limits = _limits(fields, mechanic)
    review_from = fields.whole("review_from", 1, 100)
    hold_days = fields.whole("hold_days", 0, 90)
    title, words = _words(fields, "title", is_needed=True), _words(fields, "text")
    target = _target(fields)
    if fields.problems or header is None or first is None or last is None:
        return tuple(fields.problems)
    return Referral(
        header.slug, header.name, header.note, mechanic, title, words, target, first, last, needs,
        hours, friends, inviter, friend, limits, 40 if review_from is None else review_from,
        7 if hold_days is None else hold_days, dump(loaded.tree),
    )  # fmt: skip


@lru_cache(maxsize=256)
def parsed_referral(source: str) -> Referral:
    """Return the campaign of a stored source; raise BadInput where it is understood no more."""
    found = parse_referral(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _midnight(day: dt.date, zone: str) -> Instant:
    """Return when a day begins."""
    begun = dt.datetime.combine(day, dt.time(), ZoneInfo(zone))
    return Instant(int(begun.timestamp()) * 1_000_000)


def _needs(fields: Fields, mechanic: str) -> int:
    """Return how many people it takes."""
    if mechanic == "referral":
        if "needs" in fields.tree:
            fields.wrong("needs", "referral.needs_none")
        return 0
    least = 2 if mechanic == "group" else 1
    found = fields.whole("needs", least, _MOST_NEEDED)
    if "needs" not in fields.tree:
        fields.wrong("needs", "plans.want_whole", least=least, most=_MOST_NEEDED)
    return found or least


def _gifts(fields: Fields) -> tuple[Gift | None, Gift | None]:
    """Return what the inviter and what a friend gets."""
    inner = fields.below("rewards")
    if inner is None:
        if "rewards" not in fields.tree:
            fields.wrong("rewards", "referral.no_rewards")
        return None, None
    inner.only({"inviter", "friend"})
    inviter, friend = _gift(inner, "inviter"), _gift(inner, "friend")
    if not inner.tree:
        fields.wrong("rewards", "referral.no_rewards")
    return inviter, friend


def _gift(fields: Fields, name: str) -> Gift | None:
    """Return one reward."""
    inner = fields.below(name)
    if inner is None:
        return None
    n_before = len(inner.problems)
    inner.only({"coupon", "points", "worth"})
    coupon, points = inner.slug("coupon"), inner.number("points", 0.01, _MOST_POINTS)
    if bool(coupon) == (points is not None) and len(inner.problems) == n_before:
        inner.wrong("", "referral.one_gift")
    price = inner.price("worth")
    worth = Money.parse(price.amount, price.currency) if price else None
    exact = Decimal(str(points or 0))
    if exact != exact.quantize(Decimal("0.01")):
        inner.wrong("points", "referral.points")
    return Gift(coupon, exact, worth)


def _limits(fields: Fields, mechanic: str) -> Limits:
    """Return the limits, the usual ones where none are said."""
    usual = _LIMITED[mechanic]
    inner = fields.below("limits")
    if inner is None:
        return usual
    inner.only(_LIMITS)
    found = {name: inner.whole(name, 1, 10_000) for name in sorted(_LIMITS)}
    return Limits(**{
        name: getattr(usual, name) if said is None else said for name, said in found.items()
    })  # fmt: skip


def _words(fields: Fields, name: str, *, is_needed: bool = False) -> Mapping[str, str]:
    """Return words in several languages; {} where there are none."""
    inner = fields.below(name)
    if inner is None:
        if is_needed and name not in fields.tree:
            fields.wrong(name, "plans.want_map")
        return {}
    n_before = len(inner.problems)
    inner.only(LOCALES)
    found = {one: inner.word(one, most=_LONGEST) for one in LOCALES}
    said = {one: word for one, word in found.items() if word}
    if is_needed and not said and len(inner.problems) == n_before:
        inner.wrong("", "plans.want_word", most=_LONGEST)
    return said


def _target(fields: Fields) -> str:
    """Return the shop's address."""
    found = fields.word("target", most=500)
    if found and not found.startswith(("https://", "http://")):
        fields.wrong("target", "referral.target")
        return ""
    return found
