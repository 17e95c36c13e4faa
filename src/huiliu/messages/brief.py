"""A brief: the facts of one campaign, told alike on every channel and in every language.

Price, dates, codes and claims stand here once; renderings refer to them as `{{ brief.price }}`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from huiliu.kernel.documents import Loaded, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.messages.channels import CHANNELS
from huiliu.messages.writing import write_day, write_money, write_number, write_time

__all__ = [
    "FIELD_TYPES",
    "Brief",
    "Code",
    "Day",
    "Fact",
    "Percent",
    "Price",
    "Words",
    "brief_values",
    "parse_brief",
]

_FIELDS: Final = frozenset(
    {"huiliu", "kind", "slug", "name", "note", "facts", "channels", "locales"}
)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_MOMENT: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}))?")
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,39}")
_MOST_FACTS: Final = 60
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Price:
    """What something costs, or how much one saves."""

    money: Money


@dataclass(frozen=True, slots=True)
class Percent:
    """A share, or how much cheaper something is."""

    #: 20 for 20 %.
    number: Decimal
    #: It is a discount: 20 % off is 8 折.
    is_off: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or a time of it, as calendars and clocks of the campaign's place show it."""

    day: dt.date
    #: None = the whole day.
    time: dt.time | None


@dataclass(frozen=True, slots=True)
class Code:
    """What people type or show to get something."""

    code: str


@dataclass(frozen=True, slots=True)
class Words:
    """A claim that must be told like this, or a text that may be used."""

    #: Language tag -> words.
    by_locale: Mapping[str, str]
    is_claim: bool
    #: Language tag -> words that would say the opposite of a claim.
    never: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))

    def in_locale(self, locale: str) -> str:
        """Return the words in a language, or in the nearest that is written."""
        return nearest(self.by_locale, locale)


Fact: TypeAlias = Price | Percent | Day | Code | Words


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Brief:
    """The facts of one campaign; read once, never changed."""

    slug: str
    #: By console language.
    name: Mapping[str, str]
    facts: Mapping[str, Fact]
    #: The channels and languages in which it is to be told; () = nobody said.
    channels: tuple[str, ...]
    locales: tuple[str, ...]
    #: Canonical YAML.
    source: str


def nearest(by_locale: Mapping[str, str], locale: str) -> str:
    """Return what is written for a language, for one of its family, or for the first."""
    wish = locale.lower()
    lowered = {key.lower(): words for key, words in by_locale.items()}
    tags = wish.split("-")
    for length in range(len(tags), 0, -1):
        if (found := lowered.get("-".join(tags[:length]))) is not None:
            return found
    family = (words for key, words in lowered.items() if key.split("-")[0] == tags[0])
    return next(family, next(iter(by_locale.values()), ""))


@lru_cache(maxsize=4_096)
def brief_values(brief: Brief, locale: str) -> Mapping[str, str]:
    """Return what `{{ brief.… }}` writes in a language.

    Besides `price` there are `price_amount` and `price_currency`, besides a date `ends`
    `ends_iso`, besides a percentage `off` `off_number` and, where it is a discount, `off_zhe`.
    """
    found: dict[str, str] = {}
    for name, fact in brief.facts.items():
        if isinstance(fact, Price):
            found[name] = write_money(fact.money, locale)
            found[f"{name}_amount"] = write_number(fact.money.major, locale)
            found[f"{name}_currency"] = fact.money.currency
        elif isinstance(fact, Percent):
            found[name] = f"{write_number(fact.number, locale)}%"
            found[f"{name}_number"] = write_number(fact.number, locale)
            if fact.is_off:
                found[f"{name}_zhe"] = f"{write_number((100 - fact.number) / 10, 'zh')}折"
        elif isinstance(fact, Day):
            when = write_day(fact.day, locale)
            found[name] = when if fact.time is None else f"{when} {write_time(fact.time, locale)}"
            iso = fact.day.isoformat()
            found[f"{name}_iso"] = iso if fact.time is None else f"{iso}T{fact.time:%H:%M}"
        elif isinstance(fact, Code):
            found[name] = fact.code
        else:
            found[name] = fact.in_locale(locale)
    return found


@dataclass(slots=True)
class _Reading:
    """A document being read; collects every problem."""

    loaded: Loaded
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, key: str, **arguments: object) -> None:
        """Note a problem at a path."""
        self.problems.append(self.loaded.problem(path, text(key, **arguments)))


def parse_brief(source: str | bytes) -> Brief:
    """Return the brief of a YAML document; raise BadInput with every problem and its line."""
    loaded = load(source)
    reading = _Reading(loaded, list(loaded.problems))
    if reading.problems:
        raise BadInput(tuple(reading.problems))
    header, faults = read_header(loaded, "brief")
    reading.problems.extend(faults)
    tree = loaded.tree
    for name in tree:
        if name not in _FIELDS:
            reading.wrong(str(name), "briefs.unknown_field", name=name)
    facts = _read_facts(reading, tree.get("facts"))
    channels = _read_names(reading, "channels", lambda word: word in CHANNELS)
    locales = _read_names(reading, "locales", lambda word: _TAG.fullmatch(word) is not None)
    if reading.problems or header is None:
        raise BadInput(tuple(reading.problems))
    return Brief(header.slug, header.name, facts, channels, locales, dump(tree))


def _read_names(reading: _Reading, path: str, is_good: Callable[[str], bool]) -> tuple[str, ...]:
    """Return a list of channels or languages."""
    written = reading.loaded.tree.get(path, [])
    if not isinstance(written, list):
        reading.wrong(path, f"briefs.{path}")
        return ()
    for nth, one in enumerate(written):
        if not isinstance(one, str) or not is_good(one):
            reading.wrong(f"{path}[{nth}]", f"briefs.{path}")
    return tuple(dict.fromkeys(str(one) for one in written))


def _read_facts(reading: _Reading, written: Value) -> Mapping[str, Fact]:
    """Return the facts by name."""
    if not isinstance(written, dict) or not written or len(written) > _MOST_FACTS:
        reading.wrong("facts", "briefs.facts", most=_MOST_FACTS)
        return {}
    found: dict[str, Fact] = {}
    for name, one in written.items():
        path = f"facts.{name}"
        if not _NAME.fullmatch(str(name)):
            reading.wrong(path, "briefs.name")
        elif not isinstance(one, dict):
            reading.wrong(path, "briefs.fact", types=", ".join(FIELD_TYPES))
        else:
            kinds = [kind for kind in FIELD_TYPES if kind in one]
            if len(kinds) != 1:
                reading.wrong(path, "briefs.fact", types=", ".join(FIELD_TYPES))
                continue
            more = sorted(set(one) - {kinds[0], "note", *_BESIDE.get(kinds[0], ())})
            if more:
                reading.wrong(path, "briefs.unknown_field", name=", ".join(more))
            fact = FIELD_TYPES[kinds[0]](reading, f"{path}.{kinds[0]}", one)
            if fact is not None:
                found[str(name)] = fact
    return MappingProxyType(found)


def _price(reading: _Reading, path: str, one: Mapping[str, Value]) -> Fact | None:
    """Read `price: 99, currency: CNY`."""
    amount, currency = one.get("price"), one.get("currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        reading.wrong(path, "briefs.currency")
        return None
    is_number = isinstance(amount, int | float | str) and not isinstance(amount, bool)
    money = Money.parse(amount, currency) if is_number else None  # type: ignore[arg-type] # is_number says so
    if money is None or money.minor < 0 or money.major != Decimal(str(amount)):
        reading.wrong(path, "briefs.price")
        return None
    return Price(money)


def _percent(reading: _Reading, path: str, one: Mapping[str, Value]) -> Fact | None:
    """Read `percent: 5`, or `off: 20`."""
    is_off = "off" in one
    number = one["off" if is_off else "percent"]
    if isinstance(number, bool) or not isinstance(number, int | float):
        reading.wrong(path, "briefs.percent")
        return None
    if not 0 <= number <= (100 if is_off else 10_000):
        reading.wrong(path, "briefs.percent")
        return None
    return Percent(Decimal(str(number)), is_off)


def _day(reading: _Reading, path: str, one: Mapping[str, Value]) -> Fact | None:
    """Read `date: 2026-03-08`, or `date: 2026-03-08 20:00`."""
    found = _MOMENT.fullmatch(str(one["date"]))
    try:
        if found is not None:
            time = dt.time.fromisoformat(found.group(2)) if found.group(2) else None
            return Day(dt.date.fromisoformat(found.group(1)), time)
    except ValueError:
        pass
    reading.wrong(path, "briefs.date")
    return None


def _code(reading: _Reading, path: str, one: Mapping[str, Value]) -> Fact | None:
    """Read `code: SPRING26`."""
    written = one["code"]
    code = str(written) if isinstance(written, int) and not isinstance(written, bool) else written
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        reading.wrong(path, "briefs.code")
        return None
    return Code(code)


def _words(reading: _Reading, path: str, one: Mapping[str, Value]) -> Fact | None:
    """Read `claim: {zh-CN: …, en: …}, never: {en: [...]}`, or `text: …`."""
    is_claim = "claim" in one
    written = one["claim" if is_claim else "text"]
    is_map = isinstance(written, dict) and bool(written)
    if not is_map or not all(_is_words(tag, words) for tag, words in written.items()):  # type: ignore[union-attr] # is_map says so
        reading.wrong(path, "briefs.words")
        return None
    assert isinstance(written, dict)
    never = _never(one.get("never", {}))
    if never is None:
        reading.wrong(path.rpartition(".")[0] + ".never", "briefs.bad_never")
        return None
    return Words(
        MappingProxyType({str(tag): str(words).strip() for tag, words in written.items()}),
        is_claim,
        never,
    )


def _never(written: Value) -> Mapping[str, Sequence[str]] | None:
    """Return language -> words that would say the opposite; None where it is not written so."""
    if not isinstance(written, dict):
        return None
    found: dict[str, Sequence[str]] = {}
    for tag, some in written.items():
        if not isinstance(some, list) or not all(_is_words(tag, one) for one in some):
            return None
        found[tag] = tuple(str(one) for one in some)
    return MappingProxyType(found)


def _is_words(tag: object, words: object) -> bool:
    """Say whether an entry is a language tag and something to say."""
    is_tag = isinstance(tag, str) and _TAG.fullmatch(tag) is not None
    return is_tag and isinstance(words, str) and 0 < len(words.strip()) <= _LONGEST


#: The word that says what a fact is -> how it is read.
FIELD_TYPES: Final[
    Mapping[str, Callable[[_Reading, str, Mapping[str, Value]], Fact | None]]
] = MappingProxyType({
    "price": _price, "percent": _percent, "off": _percent, "date": _day, "code": _code,
    "claim": _words, "text": _words,
})  # fmt: skip
#: What may stand beside it.
_BESIDE: Final[Mapping[str, tuple[str, ...]]] = {"price": ("currency",), "claim": ("never",)}
