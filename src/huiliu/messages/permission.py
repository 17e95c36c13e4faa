"""The document `kind: permission`: how a brand asks, what people may choose, and how it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.kernel.documents import HEADER, Loaded, dump, load, read_header
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import DAY, as_duration, show_duration
from huiliu.messages.channels import CHANNELS
from huiliu.messages.jurisdictions import SOFT_OPT_IN_CHANNELS, law_of
from huiliu.messages.keywords import MEANINGS, NO_KEYWORDS, Keywords

__all__ = ["DEFAULT", "FREQUENCIES", "KIND", "SLUG", "Permission", "Topic", "parse_permission"]

KIND: Final = "permission"
#: There is one such document of a brand.
SLUG: Final = "default"
#: How often a person may want to hear: word -> (marketing messages, in this time).
FREQUENCIES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType({
    "daily": (1, DAY), "weekly": (1, 7 * DAY), "monthly": (1, 30 * DAY),
})  # fmt: skip
_KNOWN: Final = frozenset({
    *HEADER, "brand", "contact", "topics", "frequencies", "double_opt_in", "confirm_within",
    "expires", "keywords", "replies",
})  # fmt: skip
_CONFIRM_WITHIN: Final = 7 * DAY
_COUNTRY: Final = re.compile(r"[A-Z]{2}|\*")
_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_LONGEST_REPLY: Final = 670
_LONGEST_WORD: Final = 40
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that people can choose to hear of or not."""

    slug: str
    name: Names
    about: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Permission:
    """How one brand asks for permission."""

    #: Language -> what people call the brand; shown on public pages.
    brand: Names = field(default_factory=dict)
    #: Where people can turn to.
    contact: str = ""
    topics: tuple[Topic, ...] = ()
    #: Offered besides "whenever there is news".
    frequencies: tuple[str, ...] = tuple(FREQUENCIES)
    #: Channel -> countries in which a yes is to be confirmed, besides those whose law asks for
    #: it; "*" = all.
    double_opt_in: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: A link to confirm is good for so long.
    confirm_within: int = _CONFIRM_WITHIN
    #: Country -> how long a yes counts; "*" = everywhere else.
    expires: Mapping[str, int] = field(default_factory=dict)
    #: Account -> its own words.
    keywords: Mapping[str, Keywords] = field(default_factory=dict)
    #: Meaning -> locale -> what is answered; a meaning that is missing gets the shipped answer.
    replies: Mapping[str, Names] = field(default_factory=dict)
    #: Meanings that are not answered at all.
    silent: frozenset[str] = frozenset()
    #: Canonical YAML.
    source: str = ""
    slug: str = SLUG

    def must_confirm(self, channel: str, country: str) -> bool:
        """Say whether a yes counts only when it comes from the address itself."""
        wanted = self.double_opt_in.get(channel, frozenset())
        return "*" in wanted or country in wanted or channel in law_of(country).double_opt_in

    def ends_at(self, country: str, basis: str, at: int) -> int:
        """Return when a yes that was given at an instant ends by itself; 0 = it does not."""
        if basis == "soft_opt_in":
            return at + law_of(country).soft_opt_in
        length = self.expires.get(country, self.expires.get("*", law_of(country).expires))
        return at + length if length else 0

    def words_of(self, account: str) -> Keywords:
        """Return the words that an account's number knows besides everybody's."""
        return self.keywords.get(account, NO_KEYWORDS)


#: What holds where a brand wrote no such document.
DEFAULT: Final = Permission()


@dataclass(slots=True)
class _Reading:
    """A document being read; collects every problem."""

    loaded: Loaded
    problems: list[Problem]

    def wrong(self, path: str, key: str, **arguments: object) -> None:
        """Note a problem at a path."""
        self.problems.append(self.loaded.problem(path, text(key, **arguments)))

    def given(self, name: str, form: type) -> Value:
        """Return a field of a form, empty where it is missing or wrong."""
        found = self.loaded.tree.get(name)
        if found is not None and not isinstance(found, form):
            self.wrong(name, "permission.want_map" if form is dict else "permission.want_list")
        return found if isinstance(found, form) else form()

    def names(self, path: str, given: Value, most: int = _LONGEST_REPLY) -> Names:
        """Return texts by language."""
        good = isinstance(given, dict) and bool(given)
        for locale, said in given.items() if isinstance(given, dict) else ():
            fits = isinstance(said, str) and 0 < len(said.strip()) <= most
            good = good and fits and _TAG.fullmatch(str(locale)) is not None
        if not good:
            self.wrong(path, "permission.want_names", most=most, example=", ".join(LOCALES))
            return _NOTHING
        assert isinstance(given, dict)
        return MappingProxyType({str(locale): str(said).strip() for locale, said in given.items()})


def parse_permission(source: str | bytes) -> Permission | tuple[Problem, ...]:
    """Return how a brand asks, as a YAML source says, or every problem with its line."""
    loaded = load(source)
    if loaded.problems:
        return loaded.problems
    header, problems = read_header(loaded, KIND)
    reading = _Reading(loaded, problems)
    tree = loaded.tree
    for name in tree:
        if name not in _KNOWN:
            known = ", ".join(sorted(_KNOWN))
            reading.wrong(str(name), "permission.unknown", name=name, known=known)
    if header is not None and header.slug != SLUG:
        reading.wrong("slug", "permission.one", slug=SLUG)
    contact = tree.get("contact", "")
    if not isinstance(contact, str) or len(contact) > 200:
        reading.wrong("contact", "permission.contact")
    replies, silent = _replies(reading)
    found = Permission(
        brand=reading.names("brand", tree["brand"], 80) if "brand" in tree else _NOTHING,
        contact=str(contact).strip(),
        topics=_topics(reading),
        frequencies=_frequencies(reading),
        double_opt_in=_confirmed(reading),
        confirm_within=_length(reading, "confirm_within", tree.get("confirm_within"))
        or _CONFIRM_WITHIN,
        expires=_expiries(reading),
        keywords=_keywords(reading),
        replies=replies,
        silent=silent,
        source=dump(tree),
    )
    return tuple(reading.problems) if reading.problems else found


def _topics(reading: _Reading) -> tuple[Topic, ...]:
    """Return what people can choose."""
    found = []
    given = reading.given("topics", dict)
    assert isinstance(given, dict)
    for slug, below in given.items():
        path = f"topics.{slug}"
        if not is_slug(str(slug)):
            reading.wrong(path, "permission.topic_slug", slug=slug)
        if not isinstance(below, dict) or not set(below) <= {"name", "about"}:
            reading.wrong(path, "permission.topic")
            continue
        about = reading.names(f"{path}.about", below["about"]) if "about" in below else _NOTHING
        found.append(Topic(str(slug), reading.names(f"{path}.name", below.get("name"), 80), about))
    return tuple(found)


def _frequencies(reading: _Reading) -> tuple[str, ...]:
    """Return how often people may choose to hear."""
    if "frequencies" not in reading.loaded.tree:
        return tuple(FREQUENCIES)
    given = reading.given("frequencies", list)
    assert isinstance(given, list)
    if any(one not in FREQUENCIES for one in given if isinstance(one, str)) or any(
        not isinstance(one, str) for one in given
    ):
        reading.wrong("frequencies", "permission.frequencies", known=", ".join(FREQUENCIES))
        return ()
    return tuple(name for name in FREQUENCIES if name in given)


def _confirmed(reading: _Reading) -> Mapping[str, frozenset[str]]:
    """Return where a yes is to be confirmed."""
    given = reading.given("double_opt_in", dict)
    assert isinstance(given, dict)
    found = {}
    for channel, countries in given.items():
        path = f"double_opt_in.{channel}"
        if channel not in SOFT_OPT_IN_CHANNELS:
            known = ", ".join(SOFT_OPT_IN_CHANNELS)
            reading.wrong(path, "permission.confirm_channel", known=known)
        found[str(channel)] = frozenset(_countries(reading, path, countries))
    return MappingProxyType(found)


def _countries(reading: _Reading, path: str, given: Value) -> Sequence[str]:
    """Return a list of countries."""
    if not isinstance(given, list) or any(
        not isinstance(one, str) or not _COUNTRY.fullmatch(one) for one in given
    ):
        reading.wrong(path, "permission.countries")
        return ()
    return [str(one) for one in given]


def _expiries(reading: _Reading) -> Mapping[str, int]:
    """Return how long a yes counts, by country."""
    given = reading.given("expires", dict)
    assert isinstance(given, dict)
    found = {}
    for country, length in given.items():
        if not _COUNTRY.fullmatch(str(country)):
            reading.wrong(f"expires.{country}", "permission.countries")
        found[str(country)] = _length(reading, f"expires.{country}", length)
    return MappingProxyType(found)


def _length(reading: _Reading, path: str, given: Value) -> int:
    """Return a length of time, 0 where it is missing or wrong."""
    if given is None:
        return 0
    found = as_duration(given) if isinstance(given, str) else None
    if not found:
        reading.wrong(path, "permission.want_length", example=show_duration(_CONFIRM_WITHIN))
    return found or 0


def _keywords(reading: _Reading) -> Mapping[str, Keywords]:
    """Return the words of numbers that have their own."""
    given = reading.given("keywords", dict)
    assert isinstance(given, dict)
    found = {}
    for account, below in given.items():
        path = f"keywords.{account}"
        if not isinstance(below, dict) or not set(below) <= set(MEANINGS):
            reading.wrong(path, "permission.keywords", known=", ".join(MEANINGS))
            continue
        words = {}
        for meaning, listed in below.items():
            good = isinstance(listed, list) and all(
                isinstance(one, str) and 0 < len(one.strip()) <= _LONGEST_WORD for one in listed
            )
            if not good:
                reading.wrong(f"{path}.{meaning}", "permission.words", most=_LONGEST_WORD)
                continue
            assert isinstance(listed, list)
            words[str(meaning)] = [str(one) for one in listed]
        made = Keywords.of(words)
        for word in sorted(made.doubled):
            reading.wrong(path, "permission.word_twice", word=word)
        found[str(account)] = made
    return MappingProxyType(found)


def _replies(reading: _Reading) -> tuple[Mapping[str, Names], frozenset[str]]:
    """Return what is answered to keywords, and what is not answered."""
    given = reading.given("replies", dict)
    assert isinstance(given, dict)
    found: dict[str, Names] = {}
    silent = set()
    for meaning, texts in given.items():
        path = f"replies.{meaning}"
        if meaning not in MEANINGS:
            reading.wrong(path, "permission.reply", known=", ".join(MEANINGS))
        elif texts is False:
            silent.add(str(meaning))
        else:
            found[str(meaning)] = reading.names(path, texts)
    return MappingProxyType(found), frozenset(silent)


assert set(SOFT_OPT_IN_CHANNELS) <= set(CHANNELS)
