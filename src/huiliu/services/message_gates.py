"""What keeps a template or brief from going live: facts that disagree, what lint blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huiliu.kernel.documents import load
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.messages.agreement import disagreements
from huiliu.messages.brief import Brief, parse_brief
from huiliu.messages.lint import BLOCK, lint
from huiliu.messages.rendering import Template
from huiliu.messages.template import parse_template
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.apply_journey import held_document
from huiliu.services.read_offers import Proposal

__all__ = ["brief_of", "facts_agree", "lint_holds", "templates_of"]


def facts_agree(
    tx: Tx, world: World, brand_id: int, one: Proposal, beside: Sequence[Proposal]
) -> Sequence[Problem]:
    """Return where renderings say something else than their brief.

    A template is held against its brief, a brief against every template in use that tells it:
    the same facts everywhere, or none of it goes live.
    """
    del world
    if isinstance(one.parsed, Template):
        return [
            *_told(one, _unknown_segments(tx, brand_id, one, one.parsed, beside)),
            *_told(one, _against_brief(tx, brand_id, one, one.parsed, beside)),
        ]
    if not isinstance(one.parsed, Brief):
        return ()
    own = {each.slug for each in beside if each.kind == "template"}
    return [
        Problem(f"template {template.slug}: {problem.path}", problem.text)
        for template in templates_of(tx, brand_id, one.slug)
        if template.slug not in own
        for problem in disagreements(template, one.parsed)
    ]


def lint_holds(
    tx: Tx, world: World, brand_id: int, one: Proposal, beside: Sequence[Proposal]
) -> Sequence[Problem]:
    """Return what lint finds in a template that nobody should get."""
    del tx, world, brand_id, beside
    if not isinstance(one.parsed, Template) or one.before == one.source:
        return ()
    return _told(
        one,
        [
            Problem(found.path, found.text, found.line)
            for found in lint(one.parsed, written=one.offer.source)
            if found.severity == BLOCK
        ],
    )


def brief_of(tx: Tx, brand_id: int, slug: str) -> Brief | None:
    """Return the newest version of a brief in use, or None."""
    held = held_document(tx, brand_id, "brief", slug)
    return None if held is None or held.state != "live" else parse_brief(held.source)


def templates_of(tx: Tx, brand_id: int, brief: str) -> Iterator[Template]:
    """Yield the newest version of every template in use that tells a brief."""
    for document in tx.documents.all(brand_id, "template"):
        if document.state != "archived":
            template = parse_template(document.source)
            if template.brief == brief:
                yield template


def _against_brief(
    tx: Tx, brand_id: int, one: Proposal, template: Template, beside: Sequence[Proposal]
) -> list[Problem]:  # fmt: skip
    """Return what a template says that its brief does not."""
    if not template.brief:
        return []
    offered = (each.parsed for each in beside if each.slug == template.brief)
    brief = next((each for each in offered if isinstance(each, Brief)), None)
    brief = brief or brief_of(tx, brand_id, template.brief)
    if brief is None:
        said = text("briefs.no_such", brief=template.brief)
        return [load(one.offer.source).problem("brief", said)]
    return disagreements(template, brief, one.offer.source)


def _unknown_segments(
    tx: Tx, brand_id: int, one: Proposal, template: Template, beside: Sequence[Proposal]
) -> list[Problem]:  # fmt: skip
    """Return the segments of variants that there are not."""
    offered = {each.slug for each in beside if each.kind == "segment"}
    found = []
    for nth, slug in enumerate(template.segments):
        held = None if slug in offered else held_document(tx, brand_id, "segment", slug)
        if slug not in offered and (held is None or held.state != "live"):
            said = text("templates.no_segment", segment=slug)
            found.append(load(one.offer.source).problem(f"variants[{nth}].segment", said))
    return found


def _told(one: Proposal, problems: Sequence[Problem]) -> list[Problem]:
    """Return problems under the name of the file that they stand in."""
    where = one.offer.where
    if not where:
        return list(problems)
    return [Problem(f"{where}: {each.path}", each.text, each.line) for each in problems]
