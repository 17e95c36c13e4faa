"""The editor's form of a template and of a brief: a document taken apart, and put together again.

What the form has no field for, such as recommendations or words that a claim rules out, stays in
the document that the form carries along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from huiliu.kernel.documents import dump, load
from huiliu.messages.brief import FIELD_TYPES
from huiliu.messages.channels import CHANNELS
from huiliu.messages.rendering import NEUTRAL

__all__ = [
    "FactRow",
    "Rendering",
    "TemplateForm",
    "brief_facts",
    "brief_source",
    "template_form",
    "template_source",
]

#: More languages and segments than anybody writes by hand.
_MOST: Final = 60
_NAMES: Final = ("zh-CN", "en")
#: What a platform calls a field: `thing1`; Douyin writes them in Chinese.
_FIELD_NAME: Final = re.compile(r"[^\W\d]\w{0,63}")
#: Parts that stand in the form by themselves; markup shares one field.
_PLAIN_PARTS: Final = ("subject", "text")


@dataclass(frozen=True, slots=True)
class Rendering:
    """One language of one variant, as the form shows it."""

    #: Its number in the form.
    nth: int
    #: A segment's slug, NEUTRAL, or "" for everybody else.
    variant: str
    locale: str
    #: Part -> words.
    parts: Mapping[str, str]
    #: html or mjml; "" = the channel has no markup.
    markup: str
    #: The named fields of an approved form, a line each: `thing1: words`.
    fields: str = ""

    @property
    def rich(self) -> str:
        """Return the markup."""
        return self.parts.get(self.markup, "")


@dataclass(frozen=True, slots=True)
class TemplateForm:
    """A template as the form shows it."""

    #: The document that all of it came from.
    source: str
    slug: str
    names: Mapping[str, str]
    channel: str
    message_class: str
    brief: str
    locale: str
    renderings: tuple[Rendering, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the parts that the channel has and that are plain text."""
        known = CHANNELS[self.channel].parts if self.channel in CHANNELS else ("text",)
        return tuple(one for one in known if one != "html")

    @property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """Return part -> the words it may be, where they are few."""
        return CHANNELS[self.channel].choices if self.channel in CHANNELS else {}

    @property
    def has_fields(self) -> bool:
        """Say whether the channel fills in forms that its platform approved."""
        return self.channel in CHANNELS and CHANNELS[self.channel].has_fields

    @property
    def has_markup(self) -> bool:
        """Say whether the channel carries HTML."""
        return self.channel in CHANNELS and "html" in CHANNELS[self.channel].parts


def template_form(source: str) -> TemplateForm:
    """Return the form of a document, however broken it is."""
    tree: Mapping[str, Any] = load(source).tree
    found: list[tuple[str, str, Mapping[str, Any]]] = []
    for variant, locales in _variants(tree):
        if isinstance(locales, dict):
            found += [(variant, locale, parts) for locale, parts in locales.items()
                      if isinstance(parts, dict)]  # fmt: skip
    names = tree.get("name")
    channel = _word(tree.get("channel"))
    has_markup = channel in CHANNELS and "html" in CHANNELS[channel].parts
    return TemplateForm(
        source=source,
        slug=_word(tree.get("slug")),
        names={key: _word(word) for key, word in names.items()} if isinstance(names, dict) else {},
        channel=channel,
        message_class=_word(tree.get("class")),
        brief=_word(tree.get("brief")),
        locale=_word(tree.get("locale")),
        renderings=tuple(
            Rendering(
                nth, variant, str(locale), {part: _word(words) for part, words in parts.items()},
                ("mjml" if "mjml" in parts else "html") if has_markup else "",
                _field_lines(parts.get("fields")),
            )
            for nth, (variant, locale, parts) in enumerate(found[:_MOST])
        ),
    )  # fmt: skip


def _variants(tree: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return (variant, locales) of a document."""
    found: list[tuple[str, object]] = [("", tree.get("locales"))]
    variants = tree.get("variants")
    found += [
        (_word(one.get("segment")), one.get("locales"))
        for one in (variants if isinstance(variants, list) else ())
        if isinstance(one, dict)
    ]
    neutral = tree.get("neutral")
    if isinstance(neutral, dict):
        found.append((NEUTRAL, neutral.get("locales")))
    return found


def template_source(form: Mapping[str, str]) -> str:
    """Return the document of what was filled in; a form in YAML says it itself."""
    if form.get("mode") == "yaml":
        return form.get("yaml", "")
    tree: dict[str, Any] = dict(load(form.get("base", "")).tree)
    tree |= {"huiliu": 1, "kind": "template", "slug": form.get("slug", "").strip()}
    tree["name"] = _names(form)
    tree["channel"] = form.get("channel", "")
    tree["class"] = form.get("class", "")
    _put(tree, "brief", form.get("brief", "").strip())
    before = dict(_variants(tree))
    by_variant: dict[str, dict[str, Any]] = {"": {}}
    for nth in range(_MOST):
        locale = form.get(f"locale.{nth}", "").strip()
        if not locale or form.get("drop") == str(nth):
            continue
        variant = form.get(f"variant.{nth}", "").strip()
        held = before.get(variant)
        old = held.get(locale) if isinstance(held, dict) else None
        by_variant.setdefault(variant, {})[locale] = _parts(form, nth, old, tree["channel"])
    _add(form, by_variant)
    tree["locales"] = by_variant.pop("")
    wanted = form.get("default", "").strip()
    _put(tree, "locale", wanted if wanted in tree["locales"] else "")
    neutral = by_variant.pop(NEUTRAL, None)
    variants = [{"segment": slug, "locales": locales} for slug, locales in by_variant.items()]
    _put(tree, "variants", variants)
    _put(tree, "neutral", {"locales": neutral} if neutral else None)
    return dump(tree)


def _add(form: Mapping[str, str], by_variant: dict[str, dict[str, Any]]) -> None:
    """Add the language or the variant that was asked for, with empty parts."""
    locale, variant = form.get("add-locale", "").strip(), form.get("add-variant", "").strip()
    if variant and variant not in by_variant:
        first = next(iter(by_variant[""]), "zh-CN")
        by_variant[variant] = {first: {"text": ""}}
    elif locale:
        by_variant[""].setdefault(locale, {"text": ""})


def _parts(form: Mapping[str, str], nth: int, old: object, channel: str) -> dict[str, Any]:
    """Return the parts of one language."""
    parts: dict[str, Any] = {}
    known = CHANNELS[channel].parts if channel in CHANNELS else _PLAIN_PARTS
    for part in known:
        if part != "html" and (words := _lines(form.get(f"part.{nth}.{part}", ""))):
            parts[part] = words
    if "html" in known and (rich := _lines(form.get(f"rich.{nth}", ""))).strip():
        parts["mjml" if form.get(f"markup.{nth}") == "mjml" else "html"] = rich
    kept = old if isinstance(old, dict) else {}
    has_fields = channel in CHANNELS and CHANNELS[channel].has_fields
    drawn = {*known, "mjml", *(["fields"] if has_fields else [])}
    if has_fields and (fields := _fields(form.get(f"fields.{nth}", ""))):
        parts["fields"] = fields
    return parts | {key: words for key, words in kept.items() if key not in drawn}


def _field_lines(written: object) -> str:
    """Return named fields as lines."""
    found = written if isinstance(written, dict) else {}
    return "\n".join(f"{name}: {_word(words)}" for name, words in found.items())


def _fields(written: str) -> dict[str, str]:
    """Return the named fields of lines; a line without a name goes on where the last one ended."""
    found: dict[str, str] = {}
    for line in _lines(written).splitlines():
        name, colon, words = line.replace("：", ":", 1).partition(":")
        if colon and _FIELD_NAME.fullmatch(name.strip()):
            found[name.strip()] = words.strip()
        elif found and line.strip():
            last = next(reversed(found))
            found[last] = f"{found[last]}\n{line.strip()}"
    return found


def _lines(written: str) -> str:
    """Return a text of a form with the line ends of documents, as blocks want it."""
    plain = written.replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.rstrip() for line in plain.split("\n")]
    if len(lines) == 1:
        return lines[0]
    return "\n".join(lines).strip("\n") + "\n"


def _names(form: Mapping[str, str]) -> dict[str, str]:
    """Return the names by language."""
    return {one: word for one in _NAMES if (word := form.get(f"name-{one}", "").strip())}


def _put(tree: dict[str, Any], key: str, value: object) -> None:
    """Set a field, or take it out where there is nothing to say."""
    if value:
        tree[key] = value
    else:
        tree.pop(key, None)


def _word(value: object) -> str:
    """Return a value of a document as the form shows it."""
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact of a brief, as the form shows it."""

    name: str
    #: One of FIELD_TYPES.
    kind: str
    #: Of all but words.
    value: str = ""
    currency: str = ""
    #: Language -> words.
    words: Mapping[str, str] | None = None


def brief_facts(source: str) -> list[FactRow]:
    """Return the facts of a brief as rows of a form."""
    facts = load(source).tree.get("facts")
    rows = []
    for name, one in facts.items() if isinstance(facts, dict) else ():
        if not isinstance(one, dict):
            continue
        kind = next((kind for kind in FIELD_TYPES if kind in one), "text")
        value = one.get(kind)
        is_words = isinstance(value, dict)
        rows.append(
            FactRow(
                str(name), kind, "" if is_words else _word(value), _word(one.get("currency")),
                {str(tag): _word(words) for tag, words in value.items()}
                if isinstance(value, dict) else {},
            )
        )  # fmt: skip
    return rows


def brief_source(form: Mapping[str, str]) -> str:
    """Return the document of what was filled in; a form in YAML says it itself."""
    if form.get("mode") == "yaml":
        return form.get("yaml", "")
    tree: dict[str, Any] = dict(load(form.get("base", "")).tree)
    tree |= {"huiliu": 1, "kind": "brief", "slug": form.get("slug", "").strip()}
    tree["name"] = _names(form)
    for key in ("channels", "locales"):
        listed = [one.strip() for one in form.get(key, "").replace("，", ",").split(",")]
        _put(tree, key, [one for one in listed if one])
    held = tree.get("facts")
    before: Mapping[str, Any] = held if isinstance(held, dict) else {}
    facts: dict[str, Any] = {}
    for nth in range(_MOST):
        name = form.get(f"fact.{nth}.name", "").strip()
        if name and form.get("drop") != str(nth):
            facts[name] = _fact(form, nth, before.get(name))
    tree["facts"] = facts
    return dump(tree)


def _fact(form: Mapping[str, str], nth: int, before: object) -> dict[str, Any]:
    """Return one fact of a form."""
    kind = form.get(f"fact.{nth}.kind", "")
    kept = dict(before) if isinstance(before, dict) and kind in before else {}
    value = form.get(f"fact.{nth}.value", "").strip()
    if kind in {"claim", "text"}:
        held = kept.get(kind)
        words = dict(held) if isinstance(held, dict) else {}
        for locale in _NAMES:
            _put(words, locale, form.get(f"fact.{nth}.{locale}", "").strip())
        return kept | {kind: words}
    if kind == "price":
        currency = form.get(f"fact.{nth}.currency", "").strip().upper()
        return kept | {kind: _number(value), "currency": currency}
    return kept | {kind: _number(value) if kind in {"percent", "off"} else value}


def _number(written: str) -> object:
    """Return a number as documents hold it; what is none stays as it was typed."""
    found = load(f"x: {written or chr(34) * 2}").tree.get("x")
    return found if isinstance(found, int | float) and not isinstance(found, bool) else written
