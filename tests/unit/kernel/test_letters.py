"""Bytes as letters: they come back, and nothing else is taken for them."""

from __future__ import annotations

import string

import pytest

from huiliu.kernel.ids import digest
from huiliu.kernel.letters import from_letters, to_letters

LETTERS = string.ascii_letters + string.digits + "-_"


@pytest.mark.parametrize("size", range(1, 10))
def test_bytes_come_back_and_no_other_last_letter_means_the_same(size: int) -> None:
    """Whatever the length: of all letters that could stand last one is right."""
    raw = (digest("letters", size) * 2)[:size]
    written = to_letters(raw)
    taken = []
    for last in LETTERS:
        try:
            found = from_letters(written[:-1] + last)
        except ValueError:
            continue
        taken.append((last, found == raw))

    assert from_letters(written) == raw
    assert [last for last, is_same in taken if is_same] == [written[-1]]


@pytest.mark.parametrize("written", ["A", "AAAAA", "AA==", "A A", "A+/A", "A\nAA", "é", "AB"])
def test_what_was_never_written_so_is_refused(written: str) -> None:
    """Neither padding nor blanks, nor the letters of another base64."""
    with pytest.raises(ValueError):
        from_letters(written)
