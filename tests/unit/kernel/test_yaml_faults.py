"""Faults of YAML's syntax are told in the reader's language, with where and what was expected."""

from __future__ import annotations

import re

import pytest

from huiliu.kernel.documents import load
from huiliu.kernel.texts import render

_HEAD = "huiliu: 1\nkind: journey\n"


@pytest.mark.parametrize(
    ("source", "line", "key"),
    [
        ("\tname: x\n", 3, "tab"),
        ("name: @x\n", 3, "start"),
        ("name：旅程\nslug: a\n", 3, "colon"),
        ("name\nslug: a\n", 3, "colon"),
        ("name: 满减: 20\n", 3, "second_colon"),
        ("name: x\n  slug: a\n", 4, "second_colon"),
        ("name: - x\n", 3, "entry"),
        ('name: "x\n', 4, "quote"),
        ('name: "\\d"\n', 3, "escape"),
        ("a:\n  - 1\n b: 2\n", 5, "indent"),
        ("a: [1, 2\nb: 1\n", 4, "list"),
        ("a: {x: 1\nb: 1\n", 4, "map"),
        ("a: |x\n  y\n", 3, "lines"),
        ("a: ]\n", 3, "value"),
    ],
)
def test_a_fault_of_syntax_says_where_it_is_and_what_was_expected(
    source: str, line: int, key: str
) -> None:
    """Each common fault has words of its own in both languages; none shows the reader's English."""
    (problem,) = load(_HEAD + source).problems

    assert (problem.text.key, problem.line) == (f"documents.yaml.{key}", line)
    said = render(problem.text, "zh-CN")
    assert not re.search("[a-z]{3}|{", said)


def test_a_fault_that_has_no_words_of_its_own_is_told_as_the_reader_tells_it() -> None:
    """A directive nobody writes: its line and the reader's own words."""
    (problem,) = load("%YAML x\n").problems

    assert problem.text.key == "documents.broken"
    assert problem.line == 1
