"""Documents are read with limits and line numbers, and written in one form."""

from __future__ import annotations

import pytest

from huiliu.kernel.documents import dump, load, read_header

GOOD = """huiliu: 1
kind: segment
slug: lapsed
name:
  zh-CN: 沉睡会员
  en: Lapsed
note: "以防 # 万一"
where:
  all:
    - trait: city
      is: 上海
    - did: Order Paid
"""


def test_a_path_knows_its_line() -> None:
    """Every key and list item is found at the line where it was written."""
    loaded = load(GOOD)

    assert loaded.line_of("slug") == 3
    assert loaded.line_of("name.en") == 6
    assert loaded.line_of("where.all[0].is") == 11
    assert loaded.line_of("where.all[1]") == 12


def test_a_path_that_is_not_written_has_the_line_above_it() -> None:
    """A missing key is reported at the thing that lacks it."""
    loaded = load(GOOD)

    assert loaded.line_of("where.all[1].within") == loaded.line_of("where.all[1]") == 12


def test_the_canonical_form_is_written_back_with_chinese_as_it_is() -> None:
    """A canonical source dumps to itself, so that a diff shows only what changed."""
    loaded = load(GOOD)

    assert dump(loaded.tree) == GOOD.replace('"以防 # 万一"', "'以防 # 万一'")


def test_words_mean_what_json_means() -> None:
    """Only JSON's own words are not strings."""
    loaded = load("a: on\nb: 007\nc: 2026-11-22\nd: 1.50\ne: true\nf: ~\ng: '1'\nh: -3\n")

    assert loaded.tree == {
        "a": "on", "b": "007", "c": "2026-11-22", "d": 1.5, "e": True, "f": None, "g": "1", "h": -3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "key", "line"),
    [
        ("a: 1\nb: &x [1]\nc: *x\n", "documents.alias", 2),
        ("a: !!python/object:os.system x\n", "documents.tag", 1),
        ("a: 1\n---\nb: 2\n", "documents.several", 2),
        ("- a\n", "documents.not_a_map", 1),
        ("a: [1\nb: 2\n", "documents.yaml.list", 2),
        ("? [a]\n: 1\n", "documents.key", 1),
        ("a: 1e999\n", "documents.number", 1),
        ("a: " + "[" * 60 + "]" * 60, "documents.too_deep", 1),
        ("a: [" + "1, " * 100_001 + "]", "documents.too_deep", 1),
        ("a: " + "x" * 1_000_001, "documents.too_large", 0),
        (b"a: \xff", "documents.not_utf8", 0),
        ("a: \x00", "documents.yaml.character", 0),
        ("", "documents.not_a_map", 1),
    ],
)
def test_what_cannot_be_read_is_one_problem_with_its_line(source: str, key: str, line: int) -> None:
    """Nothing is raised, whatever the source holds."""
    loaded = load(source)

    assert [problem.text.key for problem in loaded.problems] == [key]
    assert loaded.problems[0].line == line
    assert loaded.tree == {}


def test_every_key_that_stands_twice_is_listed() -> None:
    """All problems are found at once."""
    loaded = load("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n")

    assert [(found.path, found.line) for found in loaded.problems] == [("b.c", 4), ("a", 5)]


def test_a_header_is_read() -> None:
    """The header's fields come back, names in the catalogues' order."""
    header, problems = read_header(load(GOOD), "segment")

    assert problems == []
    assert header is not None
    assert header.slug == "lapsed"
    assert list(header.name) == ["zh-CN", "en"]


def test_everything_wrong_with_a_header_is_listed_with_lines() -> None:
    """A wrong kind, slug, name and format are four problems."""
    source = "kind: journey\nslug: Not A Slug\nname: {fr: bonjour}\nhuiliu: 2\nnote: 3\n"

    header, problems = read_header(load(source), "segment")

    assert header is None
    assert [(found.path, found.line) for found in problems] == [
        ("huiliu", 4), ("kind", 1), ("slug", 2), ("name", 3), ("note", 5),
    ]  # fmt: skip
