"""A file of people, as marketers have them: which columns name whom, which rows are no use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import phonenumbers

from huiliu.governance.normalisation import normalise
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.texts import Text, text
from huiliu.services.read_table import read_table, unusable

__all__ = ["BadRow", "GoodRow", "ListFile", "guess_columns", "headers_of", "read_list_file"]

_SAMPLE: Final = 5
#: Service numbers of a city are shorter.
_SHORTEST_PHONE: Final = 8
#: Headers that say by themselves what they hold.
_HEADERS: Final[Mapping[str, IdentifierType]] = {
    word: type_
    for type_, words in {
        IdentifierType.USER_ID: ("userid", "user_id", "用户id", "会员id", "用户编号"),
        IdentifierType.MEMBER_CARD: ("member_card", "membercard", "会员卡号", "会员号", "卡号"),
        IdentifierType.WECHAT_UNIONID: ("wechat_unionid", "unionid", "union_id"),
        IdentifierType.PHONE: ("phone", "mobile", "手机号", "手机", "手机号码", "电话"),
        IdentifierType.EMAIL: ("email", "e-mail", "mail", "邮箱", "电子邮箱", "邮件"),
        IdentifierType.WECHAT_OPENID: ("wechat_openid", "openid", "open_id"),
        IdentifierType.DEVICE_TOKEN: ("device_token", "devicetoken", "设备号"),
        IdentifierType.ANONYMOUS_ID: ("anonymous_id", "anonymousid", "匿名id"),
    }.items()
    for word in words
}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is left out; what it holds is not repeated."""

    line: int
    #: The column's header; "" where the whole row is meant.
    column: str
    said: Text


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row that names a person."""

    line: int
    #: (type, as written, normal form), strongest first; at least one.
    names: tuple[tuple[IdentifierType, str, str], ...]


@dataclass(frozen=True, slots=True)
class ListFile:
    """What a file holds."""

    #: The headers of all columns.
    columns: Sequence[str]
    #: Header -> what it names people by.
    mapping: Mapping[str, IdentifierType]
    #: The first rows, as they are written.
    sample: Sequence[Sequence[str]]
    good: Sequence[GoodRow]
    bad: Sequence[BadRow]
    #: Rows that name the same person in the same words as an earlier one.
    n_repeated: int

    @property
    def n_rows(self) -> int:
        """Return how many rows there are below the header, empty ones left out."""
        return len(self.good) + len(self.bad) + self.n_repeated


def guess_columns(headers: Sequence[str]) -> dict[str, IdentifierType]:
    """Return the columns whose headers say what they hold: header -> type of identifier."""
    found = {one: _HEADERS.get(one.strip().casefold()) for one in headers}
    return {one: type_ for one, type_ in found.items() if type_ is not None}


def headers_of(data: bytes) -> list[str]:
    """Return the headers of a CSV file, whether they say what they hold or not.

    Raises:
        BadInput: the file as a whole cannot be used.
    """
    return [one.strip() for one in read_table(data)[0][1]]


def read_list_file(data: bytes, columns: Mapping[str, IdentifierType] | None = None) -> ListFile:
    """Return the people of a CSV file with a header row; bad rows are listed and left out.

    Without columns those are taken whose headers say what they hold. Files of Chinese Excel
    (GB 18030, tabs, semicolons) are read too.

    Raises:
        BadInput: the file as a whole cannot be used.
    """
    lines = read_table(data)
    header = [one.strip() for one in lines[0][1]]
    mapping = _mapping(header, columns)
    places = [(header.index(one), one, type_) for one, type_ in mapping.items()]
    places.sort(key=lambda place: place[2])
    good: dict[tuple[tuple[IdentifierType, str], ...], GoodRow] = {}
    bad: list[BadRow] = []
    n_repeated = 0
    for line, cells in lines[1:]:
        row = _row(line, cells, len(header), places)
        if isinstance(row, BadRow):
            bad.append(row)
            continue
        key = tuple((type_, normal) for type_, _, normal in row.names)
        n_repeated += key in good
        good.setdefault(key, row)
    sample = [cells for _, cells in lines[1 : _SAMPLE + 1]]
    return ListFile(header, mapping, sample, list(good.values()), bad, n_repeated)


def _mapping(
    header: Sequence[str], columns: Mapping[str, IdentifierType] | None
) -> dict[str, IdentifierType]:
    """Return header -> type of the columns to read; raise BadInput with all that is wrong."""
    shown = ", ".join(header)
    if not columns:
        found = guess_columns(header)
        if not found:
            raise unusable("lists.no_column", columns=shown)
        return found
    problems = [
        Problem(one, text("lists.unknown_column", column=one, columns=shown), 1)
        for one in columns
        if one not in header
    ]
    if problems:
        raise BadInput(tuple(problems))
    return dict(columns)


def _row(
    line: int,
    cells: Sequence[str],
    width: int,
    places: Sequence[tuple[int, str, IdentifierType]],
) -> GoodRow | BadRow:
    """Return whom a row names, or why it cannot be used."""
    if len(cells) != width:
        return BadRow(line, "", text("sources.wrong_width", want=width, found=len(cells)))
    names = []
    for at, column, type_ in places:
        written = _plain(cells[at])
        if not written:
            continue
        normal = normalise(type_, written)
        if normal is None or (type_ is IdentifierType.PHONE and not _is_callable(normal)):
            return BadRow(line, column, text("lists.bad_value", type=type_.word))
        names.append((type_, written, normal))
    if not names:
        return BadRow(line, "", text("lists.nobody"))
    return GoodRow(line, tuple(names))


def _is_callable(number: str) -> bool:
    """Say whether a number can be somebody's: a typing mistake may still be a possible one."""
    if not number.startswith("+86"):
        return len(number) > _SHORTEST_PHONE
    return phonenumbers.is_valid_number(phonenumbers.parse(number))


def _plain(cell: str) -> str:
    """Return a cell without blanks, and without the mark that keeps it from being a formula."""
    written = cell.strip()
    return written[1:] if written[:1] == "'" and written[1:2] in set("=+-@") else written
