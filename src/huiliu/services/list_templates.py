"""The templates in use: what each is for, what lint says, and who sends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.journeys.nodes import Node
from huiliu.kernel.errors import NotFound
from huiliu.messages.lint import BLOCK, WARN, Finding, Known, lint
from huiliu.messages.template import Template, parse_template
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.live import live
from huiliu.services.look_at_template import known_names

__all__ = ["Sender", "TemplateRow", "list_templates", "show_template"]


@dataclass(frozen=True, slots=True)
class Sender:
    """A journey or campaign that sends a template."""

    slug: str
    #: By console language.
    name: Mapping[str, str]
    state: str


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One template in use."""

    document: Document
    template: Template
    findings: Sequence[Finding]
    senders: Sequence[Sender]

    @property
    def n_grave(self) -> int:
        """Return how many findings should be mended."""
        return sum(one.severity in {BLOCK, WARN} for one in self.findings)


def list_templates(world: World, brand_id: int) -> list[TemplateRow]:
    """Return every template in use, those changed last first."""
    known = known_names(world, brand_id)
    with world.store.transaction(brand_id) as tx:
        documents = tx.documents.all(brand_id, "template")
        here = live(tx, world, brand_id)
    senders: dict[str, list[Sender]] = {}
    for slug, running in here.journeys.items():
        if running.state == "archived":
            continue
        sender = Sender(slug, running.journey.header.name, running.state)
        named = {name for node in running.journey.nodes.values() for name in _sent(node)}
        for name in sorted(named):
            senders.setdefault(name, []).append(sender)
    rows = []
    for document in documents:
        if document.state == "archived":
            continue
        template = parse_template(document.source)
        brief = here.briefs.get(template.brief)
        names = Known(known.traits, known.properties, brief)
        rows.append(
            TemplateRow(document, template, lint(template, names), senders.get(document.slug, ()))
        )
    return sorted(rows, key=lambda row: -row.document.created_at)


def show_template(world: World, brand_id: int, slug: str) -> TemplateRow:
    """Return one template in use.

    Raises:
        NotFound: there is none.
    """
    for row in list_templates(world, brand_id):
        if row.document.slug == slug:
            return row
    raise NotFound("template", slug)


def _sent(node: Node) -> list[str]:
    """Return the templates that a node of a journey names."""
    return [one.name for one in node.names if one.kind == "template"]
