"""What a template is once it was read, and what one person gets of it."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.kernel.recommend import Recommend
from huiliu.messages.channels import CHANNELS
from huiliu.messages.language import Piece, PieceFailed

__all__ = [
    "NEUTRAL",
    "Locales",
    "RenderFailed",
    "Rendered",
    "Template",
    "choose_locale",
    "choose_variant",
    "plain_from_html",
    "render",
    "renderings",
]

#: The variant for people who object to being profiled.
NEUTRAL: Final = "neutral"

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_MAX_SUBJECT: Final = 900
_BLOCKS = re.compile(r"(?i)<(?:br|/p|/div|/h[1-6]|/li|/tr)\b[^>]*>")
_INVISIBLE = re.compile(r"(?is)<(script|style|head|title)\b.*?</\1\s*>|<!--.*?-->")
_LINK = re.compile(r"(?is)<a\b[^>]*\bhref\s*=\s*[\"']([^\"']*)[\"'][^>]*>(.*?)</a\s*>")
_MARK = re.compile(r"(?s)<[^>]*>")

#: Parts that are never empty, where they are others than those that must be written.
_FILLED: Final = {"email": ("text",)}
#: locale -> part -> parsed text.
Locales = Mapping[str, Mapping[str, Piece]]
_NOTHING: Final[Mapping[str, Locales]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Template:
    """A message that can be rendered for anyone; parsed once, never changed."""

    slug: str
    #: The document's name by console language.
    name: Mapping[str, str]
    channel: str
    #: marketing or service.
    message_class: str
    #: The locale of people whose own is not written.
    locale: str
    #: What everybody gets for whom there is no variant.
    locales: Locales
    #: Canonical YAML.
    source: str

    #: The traits that any of its texts reads: only these are ever revealed for it; "*" = all.
    traits: frozenset[str]
    #: The properties of the entry event that any of its texts reads; "*" = all.
    properties: frozenset[str]
    #: Which products it shows as `recommended`; None = none.
    recommend: Recommend | None = None
    #: Whether it reads `product`, the one that the entry event is about.
    shows_product: bool = False
    #: The brief whose facts it tells; "" = none.
    brief: str = ""
    #: Which of the brand's topics it belongs to; "" = none, so nobody refuses it by one.
    topic: str = ""
    #: The fields of the brief that any of its texts reads; "*" = all.
    facts: frozenset[str] = frozenset()
    #: All that any of its texts reads, by full name.
    variables: frozenset[str] = frozenset()
    #: Segment -> what its people get instead, in the order in which they are asked; and NEUTRAL.
    variants: Mapping[str, Locales] = field(default_factory=lambda: _NOTHING)

    @property
    def segments(self) -> tuple[str, ...]:
        """Return the segments whose people get something else, the first that holds wins."""
        return tuple(name for name in self.variants if name != NEUTRAL)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one person gets."""

    locale: str
    #: part -> text.
    parts: Mapping[str, str]
    #: The segment that it is for, NEUTRAL, or "" for everybody else.
    variant: str = ""


@dataclass(frozen=True, slots=True)
class RenderFailed:
    """Why nobody should get it like this."""

    locale: str
    part: str
    details: str


def renderings(template: Template) -> Iterator[tuple[str, str, Mapping[str, Piece]]]:
    """Yield (variant, locale, parts) of everything that a template can become."""
    for variant, locales in [("", template.locales), *template.variants.items()]:
        for locale, pieces in locales.items():
            yield variant, locale, pieces


def choose_variant(
    template: Template, segments: Collection[str], *, objects: bool = False
) -> str:  # fmt: skip
    """Return which variant a person gets: that of the first of its segments that they are in.

    Args:
        template: what to say.
        segments: those that the person is in.
        objects: the person objects to being profiled: no segment counts.
    """
    if objects:
        return NEUTRAL if NEUTRAL in template.variants else ""
    return next((slug for slug in template.segments if slug in segments), "")


def choose_locale(template: Template, wanted: Sequence[str], variant: str = "") -> str:
    """Return the written locale that suits best: each wish shortened tag by tag, then the default.

    `zh-Hant-TW` finds zh-Hant-TW, zh-Hant, then zh; a wish for `zh` finds `zh-CN`.
    """
    locales = template.variants.get(variant, template.locales)
    by_lower = {locale.lower(): locale for locale in locales}
    for wish in wanted:
        tags = wish.replace("_", "-").lower().split("-")
        for length in range(len(tags), 0, -1):
            start = "-".join(tags[:length])
            if start in by_lower:
                return by_lower[start]
        for lower, locale in by_lower.items():
            if lower.split("-")[0] == tags[0]:
                return locale
    return template.locale if template.locale in locales else next(iter(locales))


def render(
    template: Template, wanted: Sequence[str], values: Mapping[str, object], variant: str = ""
) -> Rendered | RenderFailed:
    """Return the parts that one person gets, in the locale that suits best.

    Args:
        template: what to say.
        wanted: the person's locales, the best first.
        values: by the names of `language.ROOTS`.
        variant: what `choose_variant` chose.
    """
    locale = choose_locale(template, wanted, variant)
    parts: dict[str, str] = {}
    for part, piece in template.variants.get(variant, template.locales)[locale].items():
        try:
            parts[part] = piece.render(values)
        except PieceFailed as fault:
            return RenderFailed(locale, part, fault.details)
    if "subject" in parts:
        # A header is one line: what a person typed as their name must not begin another header.
        parts["subject"] = _CONTROL.sub(" ", parts["subject"]).strip()[:_MAX_SUBJECT]
    if template.channel == "sms":
        parts["text"] = parts["text"].strip()
    if template.channel == "email" and "text" not in parts:
        parts["text"] = plain_from_html(parts["html"])
    for part in _FILLED.get(template.channel, CHANNELS[template.channel].needed):
        if not parts.get(part, "").strip():
            return RenderFailed(locale, part, "empty")
    return Rendered(locale, parts, variant)


def plain_from_html(markup: str) -> str:
    """Return an HTML body as readable plain text, links beside their words."""
    bare = _INVISIBLE.sub("", markup)
    bare = _LINK.sub(r"\2 (\1)", bare)
    bare = _BLOCKS.sub("\n", bare)
    bare = html.unescape(_MARK.sub("", bare))
    lines = (" ".join(line.split()) for line in bare.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
