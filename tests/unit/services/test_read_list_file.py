"""A marketer's file is read as it comes; what cannot be used is listed and not repeated."""

from __future__ import annotations

import pytest

from huiliu.kernel.errors import BadInput
from huiliu.kernel.events import IdentifierType
from huiliu.services.read_list_file import guess_columns, read_list_file

PHONE = IdentifierType.PHONE
USER = IdentifierType.USER_ID


def test_columns_that_say_what_they_hold_are_found() -> None:
    """In both languages, whatever the case."""
    assert guess_columns(["手机号", "UserID", "城市", "E-Mail"]) == {
        "手机号": PHONE,
        "UserID": USER,
        "E-Mail": IdentifierType.EMAIL,
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_of_every_spreadsheet_are_read(encoding: str, delimiter: str) -> None:
    """Chinese Excel writes GB 18030 and, elsewhere, semicolons or tabs."""
    written = delimiter.join(["手机号", "姓名"]) + "\r\n" + delimiter.join(["13800138000", "李雷"])

    file = read_list_file(written.encode(encoding))

    assert [row.names for row in file.good] == [((PHONE, "13800138000", "+8613800138000"),)]
    assert file.sample == [["13800138000", "李雷"]]


def test_bad_rows_are_listed_by_line_and_reason_and_stop_nothing() -> None:
    """The line is the file's, also below a cell of several lines."""
    written = (
        "phone,note\n"
        '13800138000,"two\nlines"\n'
        "12345,short\n"
        ",nobody\n"
        "\n"
        "13800138001,one,too many\n"
        "138000000000,typing mistake\n"
        "not a phone,x\n"
        "13800138002,good\n"
    )

    file = read_list_file(written.encode())

    assert [(one.line, one.column, one.said.key) for one in file.bad] == [
        (4, "phone", "lists.bad_value"),
        (5, "", "lists.nobody"),
        (7, "", "sources.wrong_width"),
        (8, "phone", "lists.bad_value"),
        (9, "phone", "lists.bad_value"),
    ]
    assert [row.line for row in file.good] == [2, 10]
    assert file.n_rows == 7
    assert not any("12345" in str(one.said) for one in file.bad)


def test_a_person_twice_in_the_same_words_counts_once() -> None:
    """Also when the words differ and the normal form does not."""
    file = read_list_file(b"phone\n13800138000\n+86 138-0013-8000\n13800138001\n")

    assert (len(file.good), file.n_repeated, file.n_rows) == (2, 1, 3)


def test_the_strongest_name_comes_first_wherever_its_column_stands() -> None:
    """Precedence is that of identity."""
    [row] = read_list_file(b"phone,userId\n13800138000,ada\n").good

    assert [type_ for type_, _, _ in row.names] == [USER, PHONE]


def test_what_an_export_marked_is_read_back() -> None:
    """The apostrophe that keeps a cell from running is no part of the number."""
    [row] = read_list_file(b'\xef\xbb\xbf"phone"\r\n"\'+8613800138000"\r\n').good

    assert row.names == ((PHONE, "+8613800138000", "+8613800138000"),)


def test_named_columns_are_read_and_no_others() -> None:
    """What a header says does not matter when the columns are given."""
    file = read_list_file(b"phone,code\n13800138000,ada\n", {"code": USER})

    assert [row.names for row in file.good] == [((USER, "ada", "ada"),)]


@pytest.mark.parametrize(
    ("data", "columns", "key"),
    [
        (b"", None, "lists.empty"),
        (b"\n\n", None, "lists.empty"),
        (b"PK\x03\x04\0\0", None, "lists.no_text"),
        (b"\xff\xfe\x31", None, "lists.no_text"),
        (b"a,b\n1,2\n", None, "lists.no_column"),
        (b"a,b\n1,2\n", {"c": PHONE}, "lists.unknown_column"),
    ],
)
def test_a_file_that_is_no_use_says_why(
    data: bytes, columns: dict[str, IdentifierType] | None, key: str
) -> None:
    """A spreadsheet's own format, a missing header, an empty file."""
    with pytest.raises(BadInput) as fault:
        read_list_file(data, columns)

    assert [one.text.key for one in fault.value.problems] == [key]


def test_the_mark_that_excel_writes_for_itself_is_no_row() -> None:
    """`sep=;` in the first line says what parts the cells."""
    file = read_list_file("sep=;\n手机号;备注\n13800138000;a,b,c\n".encode())

    assert [(row.line, row.names[0][2]) for row in file.good] == [(3, "+8613800138000")]
