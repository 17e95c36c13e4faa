"""Answers of a survey in a CSV become events, one for each question that was answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiliu.kernel.errors import BadInput
from huiliu.ports.sources import Record, Reject
from huiliu.sources.csv_file import CsvFile
from huiliu.sources.mapping import parse_mapping

MAPPING = """huiliu: 1
kind: csv-mapping
survey: nps-2026
identifiers: {userId: member}
timestamp: {column: at, format: "%Y/%m/%d %H:%M", zone: Asia/Shanghai}
key: number
properties: {form: form}
questions:
  score: {column: Q1 score, type: integer}
  why: Q2 why
  heard: {column: Q3 heard, separator: "┋"}
"""
ANSWERS = """number,member,at,form,Q1 score,Q2 why,Q3 heard
1,ada,2026/11/02 18:30,web,9,good tea,Douyin┋ a friend
2,ben,2026/11/02 18:42,web,ten,,
3,cat,2026/11/03 08:00,app,,, Douyin
"""


def read(folder: Path, mapping: str = MAPPING, answers: str = ANSWERS) -> list[Record | Reject]:
    """Return what the source makes of a survey's file."""
    table, rules = folder / "answers.csv", folder / "map.yaml"
    table.write_text(answers, "utf-8")
    rules.write_text(mapping, "utf-8")
    return list(CsvFile().read(table, rules))


def test_every_answer_is_an_event_of_its_own(tmp_path: Path) -> None:
    """What was not answered is no event; several answers in one cell are a list."""
    records = [one for one in read(tmp_path) if isinstance(one, Record)]

    assert [one.message["properties"] for one in records] == [
        {"form": "web", "survey": "nps-2026", "question": "score", "answer": 9},
        {"form": "web", "survey": "nps-2026", "question": "why", "answer": "good tea"},
        {
            "form": "web", "survey": "nps-2026", "question": "heard",
            "answer": ["Douyin", "a friend"],
        },
        {"form": "app", "survey": "nps-2026", "question": "heard", "answer": ["Douyin"]},
    ]  # fmt: skip
    assert {one.message["event"] for one in records} == {"Survey Answered"}
    assert records[0].message["timestamp"] == "2026-11-02T10:30:00Z"
    assert len({one.key for one in records}) == len(records)


def test_an_answer_that_cannot_be_read_rejects_its_row_only(tmp_path: Path) -> None:
    """`ten` is no whole number: the report names the column, the other rows go on."""
    [reject] = [one for one in read(tmp_path) if isinstance(one, Reject)]

    assert (reject.line, reject.problem.path) == (3, "Q1 score")


def test_two_surveys_number_their_answers_each_for_itself(tmp_path: Path) -> None:
    """The same number in another survey is another record."""
    other = MAPPING.replace("nps-2026", "nps-2027")

    first = {one.key for one in read(tmp_path) if isinstance(one, Record)}
    second = {one.key for one in read(tmp_path, other) if isinstance(one, Record)}

    assert not first & second


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("survey: nps-2026\n", "survey"),
        ("questions:", "survey"),
        ("identifiers:", "questions"),
    ],
)
def test_a_survey_without_name_or_questions_is_told(line: str, path: str) -> None:
    """A name without questions, questions without a name, and an event beside them."""
    changed = {
        "survey: nps-2026\n": "",
        "questions:": "traits:",
        "identifiers:": "event: Order Paid\nidentifiers:",
    }

    with pytest.raises(BadInput) as raised:
        parse_mapping(MAPPING.replace(line, changed[line], 1).encode(), "map.yaml")

    assert f"map.yaml {path}" in [one.path for one in raised.value.problems]
