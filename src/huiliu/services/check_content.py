"""Holds documents against rule packs: what in their texts must not or should not be said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from huiliu.governance.packs import Content, Finding, Pack
from huiliu.kernel.documents import Loaded, load
from huiliu.kernel.texts import Text, text
from huiliu.messages.brief import brief_values, parse_brief
from huiliu.messages.places import places
from huiliu.messages.rendering import Template, plain_from_html
from huiliu.messages.runs import runs
from huiliu.messages.template import parse_template
from huiliu.services.packs import ContentRules

__all__ = ["CHECKED", "ContentFinding", "Written", "check_source", "check_template", "told"]

#: Kinds of documents whose texts people read.
CHECKED: Final = ("template", "brief", "form")
#: Where the texts of forms and briefs are read: no rule of a channel holds for them.
_PAGE: Final = "page"


@dataclass(frozen=True, slots=True)
class Written:
    """One text of a document, and where it stands."""

    path: str
    line: int
    content: Content


@dataclass(frozen=True, slots=True)
class ContentFinding:
    """What a rule objects to in a document."""

    path: str
    line: int
    finding: Finding
    text: Text


def check_template(
    rules: ContentRules, template: Template, now: int, facts: Mapping[str, object] | None = None
) -> list[ContentFinding]:
    """Return what packs object to in a template, in every language, variant and branch.

    Args:
        rules: the packs in force.
        template: as it was read.
        now: which overrides are in force.
        facts: the values of its brief.
    """
    found: dict[tuple[str, str, str, str], ContentFinding] = {}
    loaded = load(template.source)
    for place in places(template):
        known = {"brief": facts} if facts else {}
        for run in runs(place.piece, known):
            words = plain_from_html(run) if place.part == "html" else run
            content = Content(
                {place.part: words}, template.channel, template.message_class, place.locale
            )
            for one in rules.checker.check(
                content, rules.overrides, subject=f"template {template.slug}", now=now
            ):
                line = place.line_of(loaded, one.quote)
                key = place.path, one.pack, one.rule.name, one.quote
                found.setdefault(key, _finding(rules, place.path, line, one))
    return list(found.values())


def check_source(
    rules: ContentRules, kind: str, source: str, now: int, briefs: Mapping[str, str]
) -> list[ContentFinding]:
    """Return what packs object to in a document.

    Args:
        rules: the packs in force.
        kind: one of CHECKED.
        source: its canonical YAML.
        now: which overrides are in force.
        briefs: slug -> source of the briefs that templates tell.
    """
    if kind == "template":
        template = parse_template(source)
        return check_template(rules, template, now, _facts(template, briefs))
    slug = str(load(source).tree.get("slug", ""))
    return [
        _finding(rules, written.path, written.line, one)
        for written in _page_texts(source)
        for one in rules.checker.check(
            written.content, rules.overrides, subject=f"{kind} {slug}", now=now
        )
    ]


def told(pack: Pack, finding: Finding) -> Text:
    """Return what a finding means, in both languages, as the pack itself says it."""
    key = "packs.found" if finding.quote else "packs.missing"
    return text(
        key, quote=finding.quote, rule=finding.rule.name, says=finding.rule.says, pack=pack.name
    )


def _finding(rules: ContentRules, path: str, line: int, one: Finding) -> ContentFinding:
    """Return a finding with its words."""
    pack = next(pack for pack in rules.packs if pack.slug == one.pack)
    return ContentFinding(path, line, one, told(pack, one))


def _facts(template: Template, briefs: Mapping[str, str]) -> dict[str, object]:
    """Return what a template's brief says in its own language; {} = it tells none."""
    source = briefs.get(template.brief)
    if source is None:
        return {}
    return dict(brief_values(parse_brief(source), template.locale))


def _page_texts(source: str) -> Iterator[Written]:
    """Yield every text that a document says by language."""
    loaded = load(source)
    yield from _within(loaded, "", {name: one for name, one in loaded.tree.items()
                                    if name not in {"name", "note"}})  # fmt: skip


def _within(loaded: Loaded, path: str, value: Any) -> Iterator[Written]:  # whatever stands in YAML
    """Yield the texts by language at a path and below it."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _within(loaded, f"{path}[{number}]", one)
        return
    if not isinstance(value, dict):
        return
    for name, one in value.items():
        here = f"{path}.{name}" if path else str(name)
        if isinstance(one, str) and _is_locale(str(name)) and one.strip():
            content = Content({"text": one}, _PAGE, "marketing", str(name))
            yield Written(here, loaded.line_of(here), content)
        else:
            yield from _within(loaded, here, one)


def _is_locale(name: str) -> bool:
    """Say whether a key is a language: en, zh-CN, de ..."""
    first, _, rest = name.partition("-")
    return len(first) == 2 and first.isalpha() and first.islower() and (not rest or rest.isalnum())
