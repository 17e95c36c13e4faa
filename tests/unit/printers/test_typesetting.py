"""Pages are set in a font that comes along; typed words are words, never markup."""

from __future__ import annotations

import pytest

from huiliu.printers.typesetting import FONT, missing_letters, typeset

_PAGE = f'#set page(width: 60mm, height: 30mm)\n#set text(font: "{FONT}")\n#sys.inputs.words'


@pytest.mark.parametrize(
    ("kind", "start"), [("pdf", b"%PDF-"), ("png", b"\x89PNG"), ("svg", b"<svg")]
)
def test_a_page_becomes_the_file_that_was_asked_for(kind: str, start: bytes) -> None:
    """PDF, PNG and SVG come out, the same bytes each time."""
    made = typeset(_PAGE, {"words": "汇流 Huiliu"}, kind=kind)  # type: ignore[arg-type]

    assert made.startswith(start)
    assert typeset(_PAGE, {"words": "汇流 Huiliu"}, kind=kind) == made  # type: ignore[arg-type]


def test_typed_words_are_never_run() -> None:
    """Words that look like markup stand on the page as they were typed."""
    hostile = '#panic("x") *b* $1/0$ "'

    assert typeset(_PAGE, {"words": hostile}).startswith(b"%PDF-")


def test_letters_that_the_font_lacks_are_told() -> None:
    """What would stand on a poster as an empty box is found before it is printed."""
    assert missing_letters("满 100 减 20，仅限本店 ✓ — “好”") == ""
    assert missing_letters("龘龘 ok 😀") == "龘😀"
