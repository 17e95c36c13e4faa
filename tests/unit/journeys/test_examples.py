"""The journeys that ship as examples can run, are canonical, and have their templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiliu.journeys import Face, check_known, parsed
from huiliu.kernel.texts import LOCALES
from huiliu.messages.template import parse_template

EXAMPLES = Path(__file__).parents[3] / "examples"
TEMPLATES = {
    template.slug: template
    for template in (
        parse_template(path.read_text("utf-8")) for path in EXAMPLES.glob("template-*.yaml")
    )
}
JOURNEYS = sorted(
    path for path in EXAMPLES.glob("*.yaml") if not path.name.startswith(("template-", "test-"))
)


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda path: path.stem)
def test_an_example_can_run_as_it_stands(path: Path) -> None:
    """It parses, is written canonically under its own name, and its templates are beside it."""
    source = path.read_text("utf-8")
    faces = {slug: Face(each.channel, each.message_class) for slug, each in TEMPLATES.items()}

    journey = parsed(source)

    assert journey.source() == source
    assert journey.slug == path.stem
    assert check_known(journey, source, faces) == ()
    assert set(journey.header.name) == set(LOCALES)


@pytest.mark.parametrize("slug", sorted(TEMPLATES))
def test_an_example_template_speaks_both_languages(slug: str) -> None:
    """A shop can switch it on in China and abroad."""
    template = TEMPLATES[slug]

    assert set(template.locales) == set(LOCALES)
    assert parse_template(template.source).source == template.source
