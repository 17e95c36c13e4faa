"""What a spreadsheet opens runs nothing and says what it was given."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.printers.csv import BOM, csv_rows, safe_cell

#: Where a spreadsheet begins to read a cell: its start, and what some of them split cells at.
_RUN = re.compile(r"(\A|[\t\r\n;])[ \u00a0\u3000]*[=+\-@＝＋－＠]")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+8613800000000", "'+8613800000000"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("  =1", "  '=1"),
        ("＝1", "'＝1"),
        ("a;=cmd", "a;'=cmd"),
        ("two\n@lines", "two\n'@lines"),
        ("plain, 中文 - text", "plain, 中文 - text"),
        (-5, "-5"),
        (-2.5, "-2.5"),
        (float("-inf"), "'-inf"),
        (True, "true"),
        (None, ""),
        ("nul\0", "nul"),
    ],
)
def test_texts_that_could_run_are_marked_and_numbers_stay_numbers(value: object, cell: str) -> None:
    """A number that is one cannot run, however negative; a text that looks like one might."""
    assert safe_cell(value) == cell


@given(st.text(alphabet="=+-@＝＋－＠ \t\r\n;,'\"ab1\u3000"))
def test_no_text_whatever_can_run(value: str) -> None:
    """At no place where a cell may begin stands what begins a formula."""
    assert _RUN.search(safe_cell(value)) is None


@given(st.lists(st.lists(st.text(alphabet='a,";\n中'), min_size=2, max_size=2), max_size=5))
def test_rows_come_back_as_they_were(rows: list[list[str]]) -> None:
    """Commas, quotation marks and line breaks in a cell end neither it nor its row."""
    written = b"".join(csv_rows(["x", "y"], rows))

    assert written.startswith(BOM)
    reader = csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))
    assert list(reader) == [["x", "y"], *rows]


def test_a_long_file_comes_in_pieces() -> None:
    """A million people are never held as one string."""
    pieces = list(csv_rows(["n"], ([number] for number in range(1_200))))

    assert len(pieces) == 4
    assert b"".join(pieces).count(b"\r\n") == 1_201
