"""The document `kind: reward_catalogue`: what points buy, and in which channel at which price."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import CHANNEL, Fields
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant

__all__ = [
    "KIND",
    "Gives",
    "Item",
    "RewardCatalogue",
    "parse_catalogue",
    "parsed_catalogue",
]

KIND: Final = "reward_catalogue"
_FIELDS: Final = frozenset({*HEADER, "items"})
_ITEM: Final = frozenset({
    "id", "name", "says", "points", "channels", "gives", "stock", "per_person", "levels", "from",
    "until",
})  # fmt: skip
_MOST_ITEMS: Final = 200
_MOST: Final = 1e9
_LANGUAGES: Final = frozenset({"zh-CN", "en"})
_NAME: Final = re.compile(r"\S(?:.{0,298}\S)?")
_CENT: Final = Decimal("0.01")
_SUBJECT: Final = re.compile(r"\S{1,200}")


class Gives(StrEnum):
    """What an item is."""

    #: A code of a pool.
    COUPON = "coupon"
    #: Something that is sent.
    GIFT = "gift"
    #: A product of the shop, sent as well.
    PRODUCT = "product"

    @property
    def is_sent(self) -> bool:
        """Say whether somebody has to send it."""
        return self is not Gives.COUPON


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that points buy."""

    id: str
    name: Mapping[str, str]
    says: Mapping[str, str]
    #: What it costs where no channel says otherwise.
    points: Decimal
    #: Channel -> what it costs there; empty = everywhere at `points`. Elsewhere it is not offered.
    channels: Mapping[str, Decimal]
    gives: Gives
    #: The pool, the gift's or the product's number.
    subject: str
    #: 0 = without end.
    stock: int
    per_person: int
    #: Levels of members who may have it; () = all.
    levels: tuple[str, ...]
    #: 0 = always; instants.
    starts_at: int
    ends_at: int

    def price(self, channel: str) -> Decimal | None:
        """Return what it costs in a channel; None where it is not offered there."""
        return self.channels.get(channel) if self.channels else self.points

    def is_open(self, now: int) -> bool:
        """Say whether it can be had now."""
        return self.starts_at <= now and (not self.ends_at or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class RewardCatalogue:
    """One catalogue as it is live; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    note: str
    items: tuple[Item, ...]
    #: Canonical YAML.
    source: str

    def item(self, id_: str) -> Item | None:
        """Return an item; None = there is none of that name."""
        return next((one for one in self.items if one.id == id_), None)


def parse_catalogue(source: str | bytes) -> RewardCatalogue | tuple[Problem, ...]:
    """Return the catalogue of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    parts = fields.parts("items", _MOST_ITEMS)
    if parts is None:
        fields.wrong("items", "catalogues.no_items")
    items = tuple(_item(one) for one in parts or ())
    ids = [one.id for one in items]
    for twice in sorted({one for one in ids if ids.count(one) > 1 and one != "-"}):
        fields.wrong("items", "tiers.twice", id=twice)
    if fields.problems or header is None:
        return tuple(fields.problems)
    return RewardCatalogue(header.slug, header.name, header.note, items, dump(loaded.tree))


@lru_cache(maxsize=64)
def parsed_catalogue(source: str) -> RewardCatalogue:
    """Return the catalogue of a stored source; raise BadInput where it is understood no more."""
    found = parse_catalogue(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _item(part: Fields) -> Item:
    """Return one item."""
    part.only(_ITEM)
    id_ = part.slug("id")
    if "id" not in part.tree:
        part.wrong("id", "plans.want_slug")
    channels = _channels(part)
    price = _price(part, "points", part.tree.get("points"), is_needed=not channels)
    gives, subject = _gives(part)
    levels = part.tree.get("levels")
    known = () if levels is None else part.slugs("levels", is_needed=True)
    starts, ends = _moment(part, "from"), _moment(part, "until")
    if starts and ends and ends <= starts:
        part.wrong("until", "plans.ends_before")
    return Item(
        id_ or "-", _names(part, "name"), _names(part, "says") if "says" in part.tree else {},
        price, {name: price if one is None else one for name, one in channels.items()},
        gives, subject, part.whole("stock", 1, 10**9) or 0, part.whole("per_person", 1, 10**6) or 0,
        known, starts, ends,
    )  # fmt: skip


def _channels(part: Fields) -> dict[str, Decimal | None]:
    """Return `channels: [app]`, or `channels: {app: 100, mini_program: 120}`."""
    found = part.tree.get("channels")
    if found is None:
        return {}
    if isinstance(found, list):
        return dict.fromkeys(part.channels("channels"))
    if not isinstance(found, dict) or not found or not all(
        CHANNEL.fullmatch(str(name)) for name in found
    ):  # fmt: skip
        part.wrong("channels", "plans.want_channels")
        return {}
    inner = part.part("channels", found)
    return {str(name): _price(inner, str(name), price) for name, price in found.items()}


def _price(part: Fields, name: str, found: object, *, is_needed: bool = True) -> Decimal:
    """Return a price in points, with at most two digits after the point."""
    if found is None and not is_needed:
        return Decimal(0)
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    price = Decimal(str(found)) if is_number else Decimal(0)
    if not 0 < price <= Decimal(_MOST) or price != price.quantize(_CENT):
        part.wrong(name, "catalogues.want_price")
        return Decimal(0)
    return price.quantize(_CENT)


def _gives(part: Fields) -> tuple[Gives, str]:
    """Return `gives: {coupon: pool}`, `{gift: mug}` or `{product: sku}`."""
    found = part.tree.get("gives")
    if not isinstance(found, dict) or len(found) != 1 or not set(found) <= set(Gives):
        part.wrong("gives", "catalogues.want_gives", choices=", ".join(Gives))
        return Gives.GIFT, ""
    word, subject = next(iter(found.items()))
    gives, written = Gives(word), str(subject)
    good = is_slug(written) if gives is Gives.COUPON else _SUBJECT.fullmatch(written) is not None
    if not isinstance(subject, str | int) or isinstance(subject, bool) or not good:
        part.wrong("gives", "catalogues.want_subject", kind=gives.value)
    return gives, written


def _moment(part: Fields, name: str) -> int:
    """Return an instant with its zone; 0 where there is none."""
    found = part.tree.get(name)
    if found is None:
        return 0
    at = as_instant(found) if isinstance(found, str) else None
    if at is None:
        part.wrong(name, "catalogues.want_moment")
        return 0
    return at


def _names(part: Fields, name: str) -> Mapping[str, str]:
    """Return words in both languages, or in one."""
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
