"""A rule pack: what a law or a platform forbids and asks for, each rule with its source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

__all__ = [
    "ADS",
    "BLOCK",
    "SEVERITIES",
    "WARN",
    "Content",
    "Finding",
    "Needle",
    "Override",
    "Pack",
    "Rule",
    "Scope",
    "Source",
]

BLOCK: Final = "block"
WARN: Final = "warn"
SEVERITIES: Final = (BLOCK, WARN)
#: The channel of a text that an advertising platform shows.
ADS: Final = "ads"

_NOWHERE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Content:
    """A text that somebody would see, and how they would come to see it."""

    #: Part -> words: subject, text, html as plain words ...
    parts: Mapping[str, str]
    #: email, sms, ads ...; "" = not known, so whatever holds for any channel.
    channel: str = ""
    #: marketing or service; "" = not known.
    message_class: str = ""
    locale: str = ""
    #: Where the reader is, in two capital letters; "" = told by the locale.
    country: str = ""
    #: Of an advertisement: douyin, meta ...
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which texts something holds for; an empty set asks for nothing."""

    channels: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    #: In the locale's first part: zh, de ...
    languages: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()

    def covers(self, content: Content) -> bool:
        """Say whether it holds for a text."""
        if self.platforms and content.platform not in self.platforms:
            return False
        return self.suits(content) and self.is_about(content)

    def suits(self, content: Content) -> bool:
        """Say whether the way in which a text is sent is one of those meant."""
        return not (
            (self.channels and content.channel not in {"", *self.channels})
            or (self.classes and content.message_class not in {"", *self.classes})
        )

    def is_about(self, content: Content) -> bool:
        """Say whether the reader is one of those meant."""
        if not self.countries and not self.languages:
            return True
        language, _, rest = content.locale.partition("-")
        region = rest.rpartition("-")[2].upper()
        country = content.country or (region if len(region) == 2 else "")
        if country and self.countries:
            return country in self.countries
        return language.lower() in self.languages


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from."""

    title: str
    url: str = ""
    #: read = somebody read the text, recalled = from memory: to be checked.
    grade: str = "recalled"


@dataclass(frozen=True, slots=True)
class Needle:
    """What to look for, in the syntax of RE2; "" = nothing."""

    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is forbidden, or asked for."""

    name: str
    severity: str
    #: Language -> what is wrong and how to mend it.
    says: Mapping[str, str]
    source: str
    #: Article, section.
    at: str = ""
    #: What must not stand in a text ...
    find: Needle = Needle()
    #: ... except inside one of these ...
    unless: Needle = Needle()
    #: ... or in a text that also has this;
    without: Needle = Needle()
    #: looked for only in texts that have this.
    when: Needle = Needle()
    #: What must stand in a text; then `find` is empty.
    must: Needle = Needle()
    #: True = `find` reads the text as it was typed, capitals and all.
    is_cased: bool = False
    #: Only in these parts; empty = in any.
    parts: frozenset[str] = frozenset()
    scope: Scope = Scope()
    #: Which proof would allow it, by language; {} = none would.
    proof: Mapping[str, str] = field(default_factory=lambda: _NOWHERE)
    #: Pictures of it that must be found, and that must not: checked when the pack is read.
    bad: Sequence[str] = ()
    good: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules that are kept together, with who keeps them and until when they are trusted."""

    slug: str
    name: Mapping[str, str]
    #: Who keeps it: a team or a person in the brand's own words.
    owner: str
    reviewed: dt.date
    review_due: dt.date
    sources: Mapping[str, Source]
    scope: Scope
    #: Other packs that whoever keeps this one keeps as well.
    includes: frozenset[str]
    rules: Sequence[Rule]
    #: How a text is taken that does not say how it is sent.
    channel: str
    message_class: str
    #: False = it is kept, but holds for nothing.
    is_on: bool
    #: Canonical YAML.
    source: str

    def is_overdue(self, today: dt.date) -> bool:
        """Say whether somebody should have looked at it again."""
        return today > self.review_due


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in a text that a rule objects to."""

    pack: str
    rule: Rule
    part: str
    #: Where it stands in the part; both 0 = something is missing.
    start: int
    end: int
    quote: str
    #: The number of the override that lets it pass; 0 = none does.
    allowed_by: int = 0

    @property
    def blocks(self) -> bool:
        """Say whether the text must not go out like this."""
        return self.rule.severity == BLOCK and not self.allowed_by


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody answers for it, with a proof: what a rule objects to is allowed."""

    override_id: int
    pack: str
    rule: str
    #: The words that are allowed; "" = whatever the rule objects to.
    phrase: str = ""
    #: `template some-slug`; "" = in any text.
    subject: str = ""
    #: Until when, in microseconds; 0 = without an end.
    until: int = 0
