"""All that is known of a template while it is written: faults, advice, length, cost, previews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, Problem
from huiliu.messages.agreement import disagreements
from huiliu.messages.brief import Brief, brief_values
from huiliu.messages.lint import BLOCK, WARN, Finding, Known, lint
from huiliu.messages.lint_sms import Length, length_of
from huiliu.messages.rendering import renderings
from huiliu.messages.template import Template, parse_template
from huiliu.ports.world import World
from huiliu.services.check_content import check_template
from huiliu.services.list_vocabulary import list_vocabulary
from huiliu.services.message_gates import brief_of
from huiliu.services.packs import content_rules
from huiliu.services.preview_template import INVENTED, Preview, PreviewFor, preview

__all__ = ["Looked", "Size", "known_names", "look_alone", "look_at_template", "sizes_of"]


#: Traits that people have by the platforms' own words, seen or not.
_USUAL: Final = frozenset({
    "birthday", "city", "country", "email", "first_name", "gender", "last_name", "locale", "name",
    "phone", "zone",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """How long one SMS of a template is for an invented person, and what it costs."""

    variant: str
    locale: str
    length: Length
    #: In the brand's currency; None = nobody said what a part costs.
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen in a template."""

    #: None = it cannot be read.
    template: Template | None
    #: What keeps it from going live.
    problems: Sequence[Problem]
    #: What should be mended, the gravest first; nothing that is among the problems.
    findings: Sequence[Finding]
    brief: Brief | None = None
    sizes: Sequence[Size] = ()
    #: None = it cannot be filled in.
    preview: Preview | None = None


def look_at_template(
    world: World,
    brand_id: int,
    source: str | bytes,
    costs: Mapping[str, Decimal],
    whom: PreviewFor = INVENTED,
) -> Looked:
    """Return what there is to say about a template that was perhaps never stored.

    Args:
        world: the instance.
        brand_id: whose.
        source: its YAML.
        costs: channel -> what a message, or a part of an SMS, costs.
        whom: for whom it is previewed.
    """
    try:
        template = parse_template(source)
    except BadInput as fault:
        return Looked(None, fault.problems, ())
    brief = None
    if template.brief:
        with world.store.transaction(brand_id) as tx:
            brief = brief_of(tx, brand_id, template.brief)
    problems: list[Problem] = [] if brief is None else disagreements(template, brief, source)
    names = known_names(world, brand_id)
    findings = lint(template, Known(names.traits, names.properties, brief), source)
    findings += _content(world, brand_id, template, brief, source)
    problems += [Problem(one.path, one.text, one.line) for one in findings if one.severity == BLOCK]
    found = None
    try:
        found = preview(world, brand_id, template, whom, brief)
    except BadInput as fault:
        problems += fault.problems
    return Looked(
        template,
        problems,
        [one for one in findings if one.severity != BLOCK],
        brief,
        sizes_of(world, brand_id, template, brief, costs),
        found,
    )


def _content(
    world: World, brand_id: int, template: Template, brief: Brief | None, source: str | bytes
) -> list[Finding]:
    """Return what rule packs say about a template."""
    with world.store.transaction(brand_id) as tx:
        rules = content_rules(tx, world, brand_id)
    facts = dict(brief_values(brief, template.locale)) if brief is not None else {}
    typed, stored = load(source), load(template.source)
    return [
        Finding(
            BLOCK if one.finding.blocks else WARN, one.path, one.text,
            # As its author typed it; inside a text, lines are counted alike.
            typed.line_of(one.path) + one.line - stored.line_of(one.path),
        )
        for one in check_template(rules, template, world.clock.now(), facts)
    ]  # fmt: skip


def look_alone(source: str | bytes, template: Template, brief: Brief | None) -> Looked:
    """Return what there is to say about a template that was read, without any instance."""
    problems = [] if brief is None else disagreements(template, brief, source)
    findings = lint(template, Known(brief=brief), source)
    problems += [Problem(one.path, one.text, one.line) for one in findings if one.severity == BLOCK]
    advice = [one for one in findings if one.severity != BLOCK]
    return Looked(template, problems, advice, brief)


def known_names(world: World, brand_id: int) -> Known:
    """Return the traits and properties that were ever seen, and those that everybody may have."""
    words = list_vocabulary(world, brand_id)
    if not words.traits and not words.events:
        # Nothing has come yet: nothing can be said to be missing.
        return Known()
    return Known(
        traits={*_USUAL, *(one.name for one in words.traits)},
        properties={one.name for event in words.events for one in event.properties},
    )


def sizes_of(
    world: World,
    brand_id: int,
    template: Template,
    brief: Brief | None,
    costs: Mapping[str, Decimal],
) -> list[Size]:
    """Return how long each SMS of a template is; nothing for other channels."""
    if template.channel != "sms":
        return []
    found = []
    for variant, locale, _ in renderings(template):
        whom = PreviewFor(locale, variant)
        try:
            shown = preview(world, brand_id, template, whom, brief)
            length = length_of(shown.parts["text"])
        except (BadInput, ValueError):
            continue
        cost = costs["sms"] * length.n_parts if "sms" in costs else None
        found.append(Size(variant, locale, length, cost))
    return found
