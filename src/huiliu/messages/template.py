"""A template document: one message in several languages, checked before anyone gets it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.kernel.documents import Loaded, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug
from huiliu.kernel.recommend import Recommend, read_recommend
from huiliu.kernel.texts import text
from huiliu.messages.channels import CHANNELS, FIELD, Channel
from huiliu.messages.language import ROOTS, Piece, PieceFailed, parse_piece
from huiliu.messages.markup import MarkupFailed, html_from_mjml, inlined
from huiliu.messages.rendering import (
    NEUTRAL,
    Locales,
    Rendered,
    RenderFailed,
    Template,
    choose_locale,
    choose_variant,
    render,
)

__all__ = [
    "CLASSES",
    "NEUTRAL",
    "NEUTRAL_TRAITS",
    "RenderFailed",
    "Rendered",
    "Template",
    "choose_locale",
    "choose_variant",
    "parse_template",
    "render",
]

CLASSES: Final = ("marketing", "service")

_FIELDS: Final = frozenset(
    {
        "huiliu", "kind", "slug", "name", "note", "channel", "class", "strict", "recommend",
        "locale", "locales", "brief", "variants", "neutral", "dark", "topic",
    }
)  # fmt: skip
# BCP 47, as far as a tag's shape goes.
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
#: What a platform calls a field of an approved form: `thing1`, `amount2`.
_NAME: Final = re.compile(r"[^\W\d]\w{0,63}")
#: Markup that becomes the part `html`.
_MJML: Final = "mjml"
#: What a neutral variant may tell of a person: how they are called, nothing found out about them.
NEUTRAL_TRAITS: Final = frozenset({"name", "first_name", "last_name"})


@dataclass(slots=True)
class _Reading:
    """A document being read; collects every problem."""

    loaded: Loaded
    channel: str = ""
    strict: bool = False
    #: None = as suits the markup.
    dark: bool | None = None
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

    def flag(self, path: str) -> bool | None:
        """Return a field that is true or false; None = it is not written."""
        found = self.loaded.tree.get(path)
        if found is not None and not isinstance(found, bool):
            self.wrong(path, "templates.flag", name=path)
            return None
        return found


def parse_template(source: str | bytes) -> Template:
    """Return the template of a YAML document; raise BadInput with every problem and its line."""
    loaded = load(source)
    reading = _Reading(loaded, problems=list(loaded.problems))
    if reading.problems:
        raise BadInput(tuple(reading.problems))
    tree = loaded.tree
    header, faults = read_header(loaded, "template")
    reading.problems.extend(faults)
    for name in tree:
        if name not in _FIELDS:
            reading.wrong(str(name), "templates.unknown_field", name=name)
    reading.channel = channel = reading.choice("channel", tuple(CHANNELS))
    message_class = reading.choice("class", CLASSES)
    reading.strict = reading.flag("strict") is True
    reading.dark = reading.flag("dark")
    locales = _read_locales(reading, "locales", tree.get("locales"))
    variants = _read_variants(reading) if channel else {}
    every = [locales, *variants.values()]
    brief = _read_brief(reading, every)
    topic = tree.get("topic", "")
    if not isinstance(topic, str) or ("topic" in tree and not is_slug(topic)):
        reading.wrong("topic", "templates.topic")
    recommend = _read_recommend(reading, every)
    locale = tree.get("locale", next(iter(locales), ""))
    if locales and (not isinstance(locale, str) or locale not in locales):
        reading.wrong("locale", "templates.default_locale")
    if channel == "email" and message_class == "marketing":
        _check_unsubscribe(reading, locales, variants)
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
        traits=_names(every, "person"),
        properties=_names(every, "event"),
        recommend=recommend,
        shows_product=bool(_names(every, "product")),
        brief=brief,
        topic=str(topic),
        facts=_names(every, "brief"),
        variables=_variables(every),
        variants=MappingProxyType(variants),
    )


def _read_recommend(reading: _Reading, every: Sequence[Locales]) -> Recommend | None:
    """Return which products a template shows, after noting what is wrong with that."""
    if "recommend" not in reading.loaded.tree:
        if _names(every, "recommended"):
            reading.wrong("recommend", "templates.no_recommend")
        return None
    found, problems = read_recommend(reading.loaded.tree["recommend"])
    for path, said in problems:
        where = f"recommend.{path}" if path else "recommend"
        reading.problems.append(reading.loaded.problem(where, said))
    return found


def _read_brief(reading: _Reading, every: Sequence[Locales]) -> str:
    """Return the brief that a template names, after noting what is wrong with that."""
    found = reading.loaded.tree.get("brief")
    if found is None:
        if _names(every, "brief"):
            reading.wrong("brief", "templates.no_brief")
        return ""
    if not isinstance(found, str) or not is_slug(found):
        reading.wrong("brief", "templates.brief")
        return ""
    return found


def _names(every: Iterable[Locales], root: str) -> frozenset[str]:
    """Return the second words of the variables that begin with a root; "*" = all of them."""
    found = set()
    for variable in _variables(every):
        first, _, second = variable.partition(".")
        if first == root:
            found.add(second or "*")
    return frozenset(found)


def _variables(every: Iterable[Locales]) -> frozenset[str]:
    """Return every variable of some texts."""
    return frozenset(
        variable
        for locales in every
        for pieces in locales.values()
        for piece in pieces.values()
        for variable in piece.variables
    )


def _read_variants(reading: _Reading) -> dict[str, Locales]:
    """Return segment -> what its people get instead, and what those get who object."""
    found: dict[str, Locales] = {}
    written = reading.loaded.tree.get("variants", [])
    if not isinstance(written, list):
        reading.wrong("variants", "templates.variants")
        written = []
    for nth, one in enumerate(written):
        path = f"variants[{nth}]"
        slug = one.get("segment") if isinstance(one, dict) else None
        if not isinstance(one, dict) or set(one) - {"segment", "locales", "note"}:
            reading.wrong(path, "templates.variants")
        elif not isinstance(slug, str) or not is_slug(slug) or slug == NEUTRAL:
            reading.wrong(f"{path}.segment", "templates.variant_segment")
        elif slug in found:
            reading.wrong(f"{path}.segment", "templates.variant_twice", segment=slug)
        else:
            found[slug] = _read_locales(reading, f"{path}.locales", one.get("locales"))
            _check_static(reading, f"{path}.locales", found[slug])
    neutral = reading.loaded.tree.get("neutral")
    if neutral is not None:
        inner = neutral.get("locales") if isinstance(neutral, dict) else None
        if not isinstance(neutral, dict) or set(neutral) - {"locales", "note"}:
            reading.wrong("neutral", "templates.neutral")
        else:
            found[NEUTRAL] = _read_locales(reading, "neutral.locales", inner)
            _check_neutral(reading, found[NEUTRAL])
    return found


def _check_static(reading: _Reading, path: str, locales: Locales) -> None:
    """Note what an SMS for a segment fills in: carriers approve it word by word."""
    if reading.channel != "sms":
        return
    for locale, pieces in locales.items():
        found = {name for piece in pieces.values() for name in piece.variables}
        personal = sorted(name for name in found if name.partition(".")[0] != "brief")
        if personal:
            names = ", ".join(personal)
            reading.wrong(f"{path}.{locale}.text", "templates.variant_static", names=names)


def _check_neutral(reading: _Reading, locales: Locales) -> None:
    """Note what a neutral variant tells that was found out about a person."""
    found = sorted(
        name
        for name in _variables([locales])
        if name == "recommended"
        or (name.partition(".")[0] == "person" and name.partition(".")[2] not in NEUTRAL_TRAITS)
    )
    if found:
        reading.wrong("neutral.locales", "templates.neutral_personal", names=", ".join(found))


def _read_locales(
    reading: _Reading, above: str, written: Value
) -> dict[str, Mapping[str, Piece]]:  # fmt: skip
    """Return locale -> part -> parsed text."""
    if not isinstance(written, dict) or not written:
        reading.wrong(above, "templates.locales")
        return {}
    found: dict[str, Mapping[str, Piece]] = {}
    for locale, parts in written.items():
        path = f"{above}.{locale}"
        if not _TAG.fullmatch(str(locale)):
            reading.wrong(path, "templates.locale", locale=locale)
        elif not isinstance(parts, dict):
            reading.wrong(path, "templates.parts", parts=_listed(reading.channel))
        elif reading.channel:
            found[str(locale)] = _read_parts(reading, path, parts)
    return found


def _read_parts(
    reading: _Reading, path: str, parts: Mapping[str, Value]
) -> Mapping[str, Piece]:  # fmt: skip
    """Return part -> parsed text of one locale."""
    channel = CHANNELS[reading.channel]
    known = {*channel.parts, *([_MJML] if "html" in channel.parts else [])}
    pieces: dict[str, Piece] = {}
    for part, source in _flat(reading, channel, path, parts).items():
        here = f"{path}.{part}"
        if part not in known and not (channel.has_fields and part.startswith(FIELD)):
            listed = _listed(reading.channel)
            reading.wrong(here, "templates.unknown_part", part=part, parts=listed)
        elif not isinstance(source, str) or not source.strip():
            reading.wrong(here, "templates.empty_part")
        elif part == _MJML and "html" in parts:
            reading.wrong(here, "templates.mjml_and_html")
        else:
            piece = _read_piece(reading, here, source, part)
            if piece is not None:
                pieces["html" if part == _MJML else part] = piece
    for part in channel.needed:
        if part not in parts:
            reading.wrong(f"{path}.{part}", "templates.missing_part", part=part)
    if reading.channel == "email" and not {"text", "html", _MJML} & set(parts):
        reading.wrong(path, "templates.no_body")
    return MappingProxyType(pieces)


def _flat(
    reading: _Reading, channel: Channel, path: str, parts: Mapping[str, Value]
) -> dict[str, Value]:
    """Return the parts with those of `fields` beside the others, as `fields.<name>`."""
    found = dict(parts)
    if not channel.has_fields or "fields" not in found:
        return found
    fields = found.pop("fields")
    if not isinstance(fields, dict) or not all(_NAME.fullmatch(str(name)) for name in fields):
        reading.wrong(f"{path}.fields", "templates.fields")
        return found
    return found | {f"{FIELD}{name}": written for name, written in fields.items()}


def _read_piece(reading: _Reading, path: str, source: str, part: str) -> Piece | None:
    """Return one parsed text, or None after noting what is wrong with it."""
    escapes = part in {"html", _MJML}
    line = reading.loaded.line_of(path)
    # A block text begins on the line below its key.
    is_block = "\n" in source
    try:
        # Its author's own text first, so that a fault of Liquid is told with the right line.
        piece = parse_piece(source, escapes=escapes, strict=reading.strict)
        if part == _MJML:
            made = html_from_mjml(source, dark=reading.dark is not False)
        else:
            made = inlined(source, dark=reading.dark is True) if escapes else source
        if made != source:
            piece = parse_piece(made, escapes=True, strict=reading.strict)
    except (PieceFailed, MarkupFailed) as fault:
        inner = fault.line if is_block else 0
        key = "templates.liquid" if isinstance(fault, PieceFailed) else "templates.markup"
        said = text(key, details=fault.details)
        reading.problems.append(Problem(path, said, line + inner if line else 0))
        return None
    unknown = sorted({name.partition(".")[0] for name in piece.variables} - ROOTS)
    if unknown:
        reading.wrong(
            path, "templates.unknown_variable",
            names=", ".join(unknown), roots=", ".join(sorted(ROOTS)),
        )  # fmt: skip
    return piece


def _check_unsubscribe(
    reading: _Reading, locales: Locales, variants: Mapping[str, Locales]
) -> None:  # fmt: skip
    """Note each marketing e-mail that offers no way out in what people see."""
    places = {"locales": locales}
    for nth, (slug, inner) in enumerate(variants.items()):
        places["neutral.locales" if slug == NEUTRAL else f"variants[{nth}].locales"] = inner
    for above, written in places.items():
        for locale, pieces in written.items():
            bodies = [pieces[part] for part in ("text", "html") if part in pieces]
            if bodies and not all("unsubscribe_url" in piece.variables for piece in bodies):
                reading.wrong(f"{above}.{locale}", "templates.no_unsubscribe")


def _listed(channel: str) -> str:
    """Return the parts of a channel as a list for people."""
    if channel not in CHANNELS:
        return "subject, text, html, mjml"
    parts = CHANNELS[channel].parts
    return ", ".join([*parts, *([_MJML] if "html" in parts else [])])
