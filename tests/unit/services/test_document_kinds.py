"""Every kind of document has a word in both languages."""

from __future__ import annotations

import pytest

from huiliu.kernel.texts import LOCALES, render, text
from huiliu.services.plain_kinds import PLAIN


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", PLAIN)
def test_a_kind_is_called_by_a_word_and_not_by_its_key(kind: str, locale: str) -> None:
    """`huiliu plan` and `huiliu apply` say it."""
    key = f"folder.kind.{kind}"
    assert key not in render(text(key), locale)
