"""A template document: one message in several languages, checked before anyone gets it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.kernel.documents import Loaded, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.recommend import Recommend, read_recommend
from huiliu.kernel.texts import text
from huiliu.messages.language import ROOTS, Piece, PieceFailed, parse_piece

__all__ = [
    "CLASSES",
    "PARTS",
    "RenderFailed",
    "Rendered",
    "Template",
    "choose_locale",
    "parse_template",
    "render",
]

CLASSES: Final = ("marketing", "service")

#: channel -> the parts that a rendering may have; those that it must have.
PARTS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "email": (("subject", "text", "html"), ("subject",)),
    "sms": (("text",), ("text",)),
}

_FIELDS: Final = frozenset(
    {
        "huiliu", "kind", "slug", "name", "note", "channel", "class", "strict", "recommend",
        "locale", "locales",
    }
)  # fmt: skip
# BCP 47, as far as a tag's shape goes.
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_MAX_SUBJECT: Final = 900
_BLOCKS = re.compile(r"(?i)<(?:br|/p|/div|/h[1-6]|/li|/tr)\b[^>]*>")
_INVISIBLE = re.compile(r"(?is)<(script|style|head|title)\b.*?</\1\s*>|<!--.*?-->")
_LINK = re.compile(r"(?is)<a\b[^>]*\bhref\s*=\s*[\"']([^\"']*)[\"'][^>]*>(.*?)</a\s*>")
_MARK = re.compile(r"(?s)<[^>]*>")


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
    #: locale -> part -> parsed text.
    locales: Mapping[str, Mapping[str, Piece]]
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


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one person gets."""

    locale: str
    #: part -> text.
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RenderFailed:
    """Why nobody should get it like this."""

    locale: str
    part: str
    details: str


@dataclass(slots=True)
class _Reading:
    """A document being read; collects every problem."""

    loaded: Loaded
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, key: str, **arguments: object) -> None:
        """Note a problem at a path."""
        self.problems.append(self.loaded.problem(path, text(key, **arguments)))

    def choice(self, path: str, choices: Sequence[str]) -> str:
        """Return a field that must be one of several words, or ""."""
        found = self.loaded.tree.get(path)
        if isinstance(found, str) and found in choices:
            return found
        self.wrong(path, "templates.choice", choices=", ".join(choices))
        return ""


def parse_template(source: str | bytes) -> Template:
    """Return the template of a YAML document; raise BadInput with every problem and its line."""
    loaded = load(source)
    reading = _Reading(loaded, list(loaded.problems))
    if reading.problems:
        raise BadInput(tuple(reading.problems))
    tree = loaded.tree
    header, faults = read_header(loaded, "template")
    reading.problems.extend(faults)
    for name in tree:
        if name not in _FIELDS:
            reading.wrong(str(name), "templates.unknown_field", name=name)
    channel = reading.choice("channel", tuple(PARTS))
    message_class = reading.choice("class", CLASSES)
    strict = tree.get("strict", False)
    if not isinstance(strict, bool):
        reading.wrong("strict", "templates.strict")
    locales = _read_locales(reading, channel, strict is True)
    recommend = _read_recommend(reading, locales)
    locale = tree.get("locale", next(iter(locales), ""))
    if locales and (not isinstance(locale, str) or locale not in locales):
        reading.wrong("locale", "templates.default_locale")
    if channel == "email" and message_class == "marketing":
        _check_unsubscribe(reading, locales)
    if reading.problems or header is None:
        raise BadInput(tuple(reading.problems))
    return Template(
        slug=header.slug,
        name=header.name,
        channel=channel,
        message_class=message_class,
        locale=str(locale),
        locales=locales,
        source=dump(tree),
        traits=_names(locales, "person"),
        properties=_names(locales, "event"),
        recommend=recommend,
        shows_product=bool(_names(locales, "product")),
    )


def _read_recommend(
    reading: _Reading, locales: Mapping[str, Mapping[str, Piece]]
) -> Recommend | None:
    """Return which products a template shows, after noting what is wrong with that."""
    if "recommend" not in reading.loaded.tree:
        if _names(locales, "recommended"):
            reading.wrong("recommend", "templates.no_recommend")
        return None
    found, problems = read_recommend(reading.loaded.tree["recommend"])
    for path, said in problems:
        where = f"recommend.{path}" if path else "recommend"
        reading.problems.append(reading.loaded.problem(where, said))
    return found


def _names(locales: Mapping[str, Mapping[str, Piece]], root: str) -> frozenset[str]:
    """Return the second words of the variables that begin with a root; "*" = all of them."""
    found = set()
    for pieces in locales.values():
        for piece in pieces.values():
            for variable in piece.variables:
                first, _, second = variable.partition(".")
                if first == root:
                    found.add(second or "*")
    return frozenset(found)


def _read_locales(reading: _Reading, channel: str, strict: bool) -> dict[str, Mapping[str, Piece]]:
    """Return locale -> part -> parsed text."""
    written = reading.loaded.tree.get("locales")
    if not isinstance(written, dict) or not written:
        reading.wrong("locales", "templates.locales")
        return {}
    found: dict[str, Mapping[str, Piece]] = {}
    for locale, parts in written.items():
        path = f"locales.{locale}"
        if not _TAG.fullmatch(str(locale)):
            reading.wrong(path, "templates.locale", locale=locale)
        elif not isinstance(parts, dict):
            reading.wrong(path, "templates.parts", parts=_listed(channel))
        elif channel:
            found[str(locale)] = _read_parts(reading, path, channel, parts, strict)
    return found


def _read_parts(
    reading: _Reading, path: str, channel: str, parts: Mapping[str, Value], strict: bool
) -> Mapping[str, Piece]:
    """Return part -> parsed text of one locale."""
    known, needed = PARTS[channel]
    pieces: dict[str, Piece] = {}
    for part, source in parts.items():
        here = f"{path}.{part}"
        if part not in known:
            reading.wrong(here, "templates.unknown_part", part=part, parts=_listed(channel))
        elif not isinstance(source, str) or not source.strip():
            reading.wrong(here, "templates.empty_part")
        else:
            piece = _read_piece(reading, here, source, part == "html", strict)
            if piece is not None:
                pieces[part] = piece
    for part in needed:
        if part not in parts:
            reading.wrong(f"{path}.{part}", "templates.missing_part", part=part)
    if channel == "email" and "text" not in parts and "html" not in parts:
        reading.wrong(path, "templates.no_body")
    return MappingProxyType(pieces)


def _read_piece(
    reading: _Reading, path: str, source: str, escapes: bool, strict: bool
) -> Piece | None:
    """Return one parsed text, or None after noting what is wrong with it."""
    try:
        piece = parse_piece(source, escapes=escapes, strict=strict)
    except PieceFailed as fault:
        line = reading.loaded.line_of(path)
        # A block text begins on the line below its key.
        inner = fault.line if "\n" in source else 0
        said = text("templates.liquid", details=fault.details)
        reading.problems.append(Problem(path, said, line + inner if line else 0))
        return None
    unknown = sorted({name.partition(".")[0] for name in piece.variables} - ROOTS)
    if unknown:
        reading.wrong(
            path, "templates.unknown_variable",
            names=", ".join(unknown), roots=", ".join(sorted(ROOTS)),
        )  # fmt: skip
    return piece


def _check_unsubscribe(reading: _Reading, locales: Mapping[str, Mapping[str, Piece]]) -> None:
    """Note each marketing e-mail that offers no way out in what people see."""
    for locale, pieces in locales.items():
        bodies = [pieces[part] for part in ("text", "html") if part in pieces]
        if bodies and not all("unsubscribe_url" in piece.variables for piece in bodies):
            reading.wrong(f"locales.{locale}", "templates.no_unsubscribe")


def _listed(channel: str) -> str:
    """Return the parts of a channel as a list for people."""
    return ", ".join(PARTS[channel][0]) if channel in PARTS else "subject, text, html"


def choose_locale(template: Template, wanted: Sequence[str]) -> str:
    """Return the written locale that suits best: each wish shortened tag by tag, then the default.

    `zh-Hant-TW` finds zh-Hant-TW, zh-Hant, then zh; a wish for `zh` finds `zh-CN`.
    """
    by_lower = {locale.lower(): locale for locale in template.locales}
    for wish in wanted:
        tags = wish.replace("_", "-").lower().split("-")
        for length in range(len(tags), 0, -1):
            start = "-".join(tags[:length])
            if start in by_lower:
                return by_lower[start]
        for lower, locale in by_lower.items():
            if lower.split("-")[0] == tags[0]:
                return locale
    return template.locale


def render(
    template: Template, wanted: Sequence[str], values: Mapping[str, object]
) -> Rendered | RenderFailed:
    """Return the parts that one person gets, in the locale that suits best.

    Args:
        template: what to say.
        wanted: the person's locales, the best first.
        values: by the names of `language.ROOTS`.
    """
    locale = choose_locale(template, wanted)
    parts: dict[str, str] = {}
    for part, piece in template.locales[locale].items():
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
    if not parts.get("text", "").strip():
        return RenderFailed(locale, "text", "empty")
    return Rendered(locale, parts)


def plain_from_html(markup: str) -> str:
    """Return an HTML body as readable plain text, links beside their words."""
    bare = _INVISIBLE.sub("", markup)
    bare = _LINK.sub(r"\2 (\1)", bare)
    bare = _BLOCKS.sub("\n", bare)
    bare = html.unescape(_MARK.sub("", bare))
    lines = (" ".join(line.split()) for line in bare.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
