"""A brief and everything that tells it: which channel in which language, agreeing or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.messages.agreement import disagreements
from huiliu.messages.brief import Brief, parse_brief
from huiliu.messages.template import Template, parse_template
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["BriefRow", "LookedBrief", "Told", "list_briefs", "look_at_brief", "show_brief"]


@dataclass(frozen=True, slots=True)
class Told:
    """One template that tells a brief."""

    template: Template
    version: int
    #: What it says and the brief does not.
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class BriefRow:
    """One brief with what tells it."""

    document: Document
    brief: Brief
    told: Sequence[Told]

    @property
    def channels(self) -> tuple[str, ...]:
        """Return the channels that it is wanted or told on."""
        found = [*self.brief.channels, *(one.template.channel for one in self.told)]
        return tuple(dict.fromkeys(found))

    @property
    def locales(self) -> tuple[str, ...]:
        """Return the languages that it is wanted or told in."""
        found = [*self.brief.locales]
        found += [locale for one in self.told for locale in one.template.locales]
        return tuple(dict.fromkeys(found))

    @property
    def matrix(self) -> Mapping[tuple[str, str], Sequence[Told]]:
        """Return (channel, language) -> what tells it there; empty where it is still missing."""
        return {
            (channel, locale): [
                one
                for one in self.told
                if one.template.channel == channel and locale in one.template.locales
            ]
            for channel in self.channels
            for locale in self.locales
        }


@dataclass(frozen=True, slots=True)
class LookedBrief:
    """What was seen in a brief that is being written."""

    #: None = it cannot be read.
    brief: Brief | None
    problems: Sequence[Problem]
    #: The templates in use that would contradict it.
    told: Sequence[Told] = ()


def list_briefs(world: World, brand_id: int) -> list[BriefRow]:
    """Return every brief in use with what tells it, those changed last first."""
    with world.store.transaction(brand_id) as tx:
        documents = [one for one in tx.documents.all(brand_id, "brief") if one.state == "live"]
        telling = _telling(tx, brand_id)
    rows = [
        BriefRow(one, brief, [_told(each, version, brief) for each, version in
                              telling.get(one.slug, ())])
        for one in documents
        for brief in [parse_brief(one.source)]
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -row.document.created_at)


def show_brief(world: World, brand_id: int, slug: str) -> BriefRow:
    """Return one brief with what tells it.

    Raises:
        NotFound: there is no such brief in use.
    """
    with world.store.transaction(brand_id) as tx:
        document = tx.documents.latest(brand_id, "brief", slug)
        telling = _telling(tx, brand_id)
    if document.state != "live":
        raise NotFound("brief", slug)
    brief = parse_brief(document.source)
    return BriefRow(
        document, brief, [_told(one, version, brief) for one, version in telling.get(slug, ())]
    )  # fmt: skip


def look_at_brief(world: World, brand_id: int, source: str | bytes) -> LookedBrief:
    """Return what there is to say about a brief that was perhaps never stored."""
    try:
        brief = parse_brief(source)
    except BadInput as fault:
        return LookedBrief(None, fault.problems)
    with world.store.transaction(brand_id) as tx:
        telling = _telling(tx, brand_id)
    told = [_told(one, version, brief) for one, version in telling.get(brief.slug, ())]
    problems = [
        Problem(f"template {one.template.slug}: {each.path}", each.text)
        for one in told
        for each in one.problems
    ]
    return LookedBrief(brief, problems, told)


def _telling(tx: Tx, brand_id: int) -> Mapping[str, list[tuple[Template, int]]]:
    """Return brief -> the templates in use that tell it."""
    found: dict[str, list[tuple[Template, int]]] = {}
    for document in tx.documents.all(brand_id, "template"):
        if document.state != "archived":
            template = parse_template(document.source)
            if template.brief:
                found.setdefault(template.brief, []).append((template, document.version))
    return found


def _told(template: Template, version: int, brief: Brief) -> Told:
    """Return a template with what it says and the brief does not."""
    return Told(template, version, disagreements(template, brief))
