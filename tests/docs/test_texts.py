"""Both catalogues say the same things, and everything that is said stands in them."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from huiliu.cli import VERBS
from huiliu.kernel.errors import ShopFault
from huiliu.kernel.texts import LOCALES, catalogue
from huiliu.ports.shops import Evidence, Scope
from huiliu.services.connect_shop import STATUSES
from huiliu.sources.shops import PLATFORMS

SOURCE = Path(__file__).parents[2] / "src" / "huiliu"
_SAID = re.compile(
    r"""(?<!\.)\b(?:text|Text|sentence|t|_|said)\(\s*["']([a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)+)["']"""
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _used() -> dict[str, str]:
    """Return each key that the program says literally, and a file that says it."""
    found = {}
    for pattern in ("**/*.py", "**/*.html", "**/*.jinja"):
        for path in SOURCE.glob(pattern):
            for key in _SAID.findall(path.read_text("utf-8")):
                found[key] = str(path.relative_to(SOURCE))
    return found


def test_both_catalogues_have_the_same_keys() -> None:
    """A sentence of one language is never missing in the other."""
    chinese, english = (set(catalogue(locale)) for locale in LOCALES)

    assert chinese == english


def test_both_languages_of_a_text_name_the_same_arguments() -> None:
    """No translation forgets or invents a value."""
    chinese, english = (catalogue(locale) for locale in LOCALES)
    different = {
        key
        for key in chinese.keys() & english.keys()
        if _fields(chinese[key]) != _fields(english[key])
    }

    assert different == set()


def test_every_key_that_the_program_says_stands_in_the_catalogues() -> None:
    """A person never reads a bare key."""
    missing = {key: place for key, place in _used().items() if key not in catalogue("en")}

    assert missing == {}


def test_every_verb_of_the_command_line_says_what_it_does() -> None:
    """The keys of the verbs are put together, so they are looked for by the table."""
    missing = [v.name for v in VERBS if f"cli.{v.name}.help" not in catalogue("en")]

    assert missing == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_is_empty(locale: str) -> None:
    """Every key says something."""
    assert [key for key, said in catalogue(locale).items() if not said.strip()] == []


def test_english_texts_are_free_of_chinese_letters() -> None:
    """A forgotten translation shows."""
    left = [key for key, said in catalogue("en").items() if _CHINESE.search(said)]

    assert [key for key in left if "language" not in key and "locale" not in key] == []


def _fields(said: str) -> set[str]:
    """Return the names of the arguments of a text."""
    return {name for _, name, _, _ in Formatter().parse(said) if name}


def test_every_platform_of_shops_and_its_fields_have_their_names() -> None:
    """Their keys are put together from the table; nobody reads a bare field."""
    fields = {field.name for one in PLATFORMS.values() for field in one.fields}
    wanted = [
        *(f"shops.platform.{name}" for name in PLATFORMS),
        *(f"shops.field.{name}" for name in fields),
        *(f"shops.evidence.{word}" for word in Evidence),
        *(f"shops.fault.{word}" for word in ShopFault),
        *(f"console.shops.scope.{word}" for word in Scope),
        *(f"console.shops.means.{word or 'nothing'}" for word in STATUSES),
    ]

    assert [key for key in wanted if key not in catalogue("en")] == []
