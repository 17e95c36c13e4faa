"""Everything that stands in a table of the program has its heading in the reference."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from huiliu.benches import BENCHES
from huiliu.channels import PROVIDERS
from huiliu.cli import VERBS
from huiliu.cli.errors import ENDINGS
from huiliu.conditions.comparisons import COMPARISONS
from huiliu.conditions.measures import MEASURES
from huiliu.conditions.operators import OPERATORS
from huiliu.journeys.nodes import NODES
from huiliu.kernel.errors import HuiliuError
from huiliu.settings import ROWS
from huiliu.sources import SOURCES
from huiliu.sources.shops import PLATFORMS
from huiliu.tags import library
from huiliu.tags.recipes import RECIPES
from huiliu.web.api.metrics import METRICS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@cache
def _headings() -> dict[str, str]:
    """Return each heading of the reference, without back-ticks, and the text below it."""
    found = {}
    for page in REFERENCE.glob("*.md"):
        parts = re.split(r"^#+ (.*)$", page.read_text("utf-8"), flags=re.MULTILINE)
        for heading, body in zip(parts[1::2], parts[2::2], strict=True):
            found[heading.replace("`", "").strip()] = body.strip()
    return found


NAMES = [
    *(f"huiliu {verb.name}" for verb in VERBS),
    *(row.name for row in ROWS),
    *(kind.__name__ for kind in ENDINGS),
    *BENCHES,
    *METRICS,
    *PROVIDERS,
    *SOURCES,
    *PLATFORMS,
    *OPERATORS,
    *COMPARISONS,
    *MEASURES,
    *NODES,
    *(f"{name} recipe" for name in RECIPES),
]


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_in_a_table_has_its_heading_in_the_reference(name: str) -> None:
    """A reader who meets the word finds a page that explains it in at least a sentence."""
    assert len(_headings().get(name, "")) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
def test_the_reference_of_a_setting_says_its_sentence_default_and_variable(row: object) -> None:
    """The page and the row of settings.py agree."""
    assert hasattr(row, "name")
    found = next(known for known in ROWS if known is row)
    body = _headings()[found.name]

    assert found.sentence in body
    assert found.variable in body
    default = str(found.default).lower() if found.type is bool else str(found.default)
    assert f"Default: {f'`{default}`' if default else 'empty'}" in body


def test_every_error_of_the_tree_has_its_ending() -> None:
    """No error of the tree ends a command as if it were unknown."""
    known = set(HuiliuError.__subclasses__())
    known |= {kind for parent in known for kind in parent.__subclasses__()}
    # A room's own kind of one of them ends as that one does; which rooms are imported is chance.
    known = {kind for kind in known if kind.__module__ == HuiliuError.__module__}

    assert known == set(ENDINGS)


def test_every_bench_says_its_bar_in_the_reference() -> None:
    """The bar of the page is the bar of the table."""
    for bench in BENCHES.values():
        assert f"Bar: {bench.bar:g} {bench.unit}." in _headings()[bench.name]


def test_the_reference_lists_every_shipped_tag() -> None:
    """Who looks for a ready tag finds it by name."""
    told = (REFERENCE / "tags.md").read_text("utf-8")
    assert [slug for slug in library() if f"| `{slug}` |" not in told] == []
