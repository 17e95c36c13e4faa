"""Messages in a platform's own forms: the fields that fit, and what each kind may be used for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from huiliu.kernel.texts import Text, text
from huiliu.messages.channels import FIELD
from huiliu.messages.language import Piece
from huiliu.messages.lint_findings import BLOCK, WARN
from huiliu.messages.places import Place
from huiliu.messages.platform_fields import fault_of, longest_of
from huiliu.messages.rendering import Template
from huiliu.messages.runs import BLANK, runs

__all__ = ["WECHAT_TYPES", "look_at_fields", "look_at_wechat"]

#: What an official account sends.
WECHAT_TYPES: Final = ("template", "service", "mass", "article")
#: One of these says something.
_BODIES: Final = frozenset({"text", "title", "media", "html"})
_SHORTENED: Final = re.compile(r"\|\s*(?:truncate|slice)\b")
#: Kinds whose values are words, so that a person's may well be too long.
_WORDS: Final = re.compile(r"(?:short_)?thing\d*|name\d*|phrase\d*")
#: What a customer-service message may be as long as. Source: WeChat errcode 45002.
_LONGEST_TEXT: Final = 2_048


def look_at_fields(template: Template, place: Place) -> Iterator[tuple[str, str, Text]]:
    """Yield (severity, what is written, what is wrong) of a field's value."""
    if not place.part.startswith(FIELD):
        return
    name = place.part.removeprefix(FIELD)
    longest = longest_of(template.channel, name)
    for run in runs(place.piece, {}):
        if BLANK not in run:
            fault = fault_of(template.channel, name, run)
            if fault is not None:
                yield BLOCK, run, fault
        elif longest and len(fixed := run.replace(BLANK, "").strip()) >= longest:
            said = text("fields.too_long", field=name, longest=longest, n=len(fixed))
            yield BLOCK, fixed, said
        elif longest and _WORDS.fullmatch(name) and not _SHORTENED.search(place.source):
            yield WARN, place.source, text("lint.field_may_grow", field=name, longest=longest)


def look_at_wechat(template: Template, place: Place) -> Iterator[tuple[str, str, Text]]:
    """Yield what an official account would refuse of a message as a whole."""
    if place.part == "text":
        for run in runs(place.piece, {}):
            if len(run.encode()) > _LONGEST_TEXT:
                yield BLOCK, run, text("lint.wechat_long", n=_LONGEST_TEXT)
    if place.part != "type":
        return
    kind = place.source.strip()
    pieces = template.variants.get(place.variant, template.locales)[place.locale]
    if kind not in WECHAT_TYPES:
        yield BLOCK, kind, text("lint.wechat_type", types=", ".join(WECHAT_TYPES))
    elif kind == "template":
        yield from _form(template, kind, pieces)
    elif not _BODIES & set(pieces):
        yield BLOCK, kind, text("lint.wechat_empty")
    elif kind == "mass":
        said = sorted({name for one in pieces.values() for name in one.variables})
        personal = [name for name in said if name.partition(".")[0] != "brief"]
        if personal:
            yield BLOCK, kind, text("lint.wechat_mass_personal", names=", ".join(personal))


def _form(
    template: Template, kind: str, pieces: Mapping[str, Piece]
) -> Iterator[tuple[str, str, Text]]:
    """Yield what is wrong with a template message."""
    if template.message_class == "marketing":
        yield BLOCK, kind, text("lint.wechat_no_marketing")
    if "template_id" not in pieces:
        yield BLOCK, kind, text("lint.wechat_no_template")
    if not any(part.startswith(FIELD) for part in pieces):
        yield BLOCK, kind, text("lint.wechat_no_fields")
