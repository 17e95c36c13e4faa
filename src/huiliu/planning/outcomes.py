"""What a piece of content or a live session brought, as its platform shows it: figures and tables.

Platforms hand their figures out as pages and spreadsheets. Headings are known in Chinese and
English as the platforms write them; numbers may say `1.2万`, `3,456` or `12k`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from huiliu.kernel.errors import Problem
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant

__all__ = ["FIGURES", "Outcome", "Row", "added", "engagement", "read_figures", "read_rows"]

#: What is counted, in the order in which it is shown.
FIGURES: Final = ("views", "peak", "likes", "comments", "saves", "shares", "followers", "orders")
_MOST: Final = 10**12
_NUMBER: Final = re.compile(
    r"(?P<digits>\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(?P<unit>[万亿wWkKmM]?)\+?"
)
_UNITS: Final[Mapping[str, int]] = MappingProxyType({
    "": 1, "k": 1_000, "万": 10_000, "w": 10_000, "m": 1_000_000, "亿": 100_000_000,
})  # fmt: skip
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")
#: Heading, without blanks and in small letters -> what it holds.
_HEADINGS: Final[Mapping[str, str]] = MappingProxyType({
    word: name
    for name, words in {
        "id": "id,任务,任务编号,task,session,场次",
        "url": "url,链接,作品链接,笔记链接,视频链接,link,posturl",
        "code": "code,口令,优惠码,暗号",
        "title": "title,标题,作品名称,笔记标题,视频标题,作品标题,直播标题",
        "day": "day,date,日期,统计日期,数据日期",
        "views": "views,view,曝光,曝光量,播放,播放量,播放数,阅读,阅读量,浏览量,观看,观看数,"
        "观看量,观看人数,观看次数,viewers",
        "peak": "peak,最高在线,最高在线人数,峰值,在线峰值,peakviewers",
        "likes": "likes,like,点赞,点赞数,点赞量",
        "comments": "comments,comment,评论,评论数,评论量,互动数",
        "saves": "saves,save,favorites,favourites,收藏,收藏数,收藏量",
        "shares": "shares,share,reposts,分享,分享数,分享量,转发,转发数",
        "followers": "followers,newfollowers,涨粉,涨粉数,新增粉丝,新增粉丝数,新增关注,涨粉量",
        "orders": "orders,order,订单,订单数,成交订单,成交订单数,支付订单数",
        "revenue": "revenue,sales,gmv,成交金额,支付金额,销售额,成交额",
        "currency": "currency,币种",
    }.items()
    for word in words.split(",")
})  # fmt: skip
_NAMES_IT: Final = ("id", "url", "code", "title")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was noted on one day; a figure that nobody said is missing, not nought."""

    figures: Mapping[str, int]
    #: Minor units; None = nobody said.
    revenue: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    line: int
    #: Name of a column that says which piece it is about -> what it says, the surest first.
    names: Mapping[str, str]
    #: `2026-12-01`; "" = the table does not say.
    day: str
    outcome: Outcome


@dataclass(slots=True)
class _Reading:
    """What is read, and what is wrong with it."""

    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, key: str, line: int = 0, **arguments: object) -> None:
        """Note a problem."""
        self.problems.append(Problem(path, text(key, **arguments), line))


def read_figures(given: Mapping[str, object], currency: str) -> Outcome | tuple[Problem, ...]:
    """Return figures that somebody typed, or everything that is wrong with them.

    Args:
        given: of FIGURES, `revenue` and `currency`; what is empty was not said.
        currency: what money is in where nothing is said.
    """
    reading = _Reading()
    known = {*FIGURES, "revenue", "currency"}
    for name in given:
        if name not in known:
            reading.wrong(name, "content.unknown", known=", ".join(sorted(known)))
    written = {
        name: _plain(one) for name, one in given.items() if name in known and one not in {"", None}
    }
    outcome = _outcome(reading, written, currency, 0)
    if not outcome.figures and outcome.revenue is None and not reading.problems:
        reading.wrong("", "content.no_figures")
    return tuple(reading.problems) or outcome


def read_rows(
    table: Sequence[tuple[int, Sequence[str]]], currency: str
) -> tuple[list[Row], list[Problem]]:
    """Return the rows of a platform's table, its header first, and everything that is wrong."""
    reading = _Reading()
    line, header = table[0]
    columns = [_column(one) for one in header]
    if not set(columns) & set(_NAMES_IT):
        reading.wrong("", "content.no_name_column", line)
    if not set(columns) & {*FIGURES, "revenue"}:
        reading.wrong("", "content.no_figure_column", line)
    if reading.problems:
        return [], reading.problems
    rows = []
    for at, cells in table[1:]:
        said = _said(columns, cells)
        names = {name: said[name] for name in _NAMES_IT if name in said}
        if not names:
            reading.wrong("", "content.nameless_row", at)
            continue
        day = _day(said.get("day", ""))
        if day is None:
            reading.wrong("day", "content.no_date", at)
            continue
        outcome = _outcome(reading, said, currency, at)
        if outcome.figures or outcome.revenue is not None:
            rows.append(Row(at, names, day, outcome))
    return rows, reading.problems


def engagement(figures: Mapping[str, int]) -> float | None:
    """Return likes, comments, saves and shares by view; None where one cannot say."""
    views = figures.get("views", 0)
    done = [figures[name] for name in ("likes", "comments", "saves", "shares") if name in figures]
    return sum(done) / views if views and done else None


def added(outcomes: Sequence[Outcome]) -> Mapping[str, int]:
    """Return the sum of each figure over pieces; one that nobody said of any is missing."""
    found: dict[str, int] = {}
    for one in outcomes:
        for name, n in one.figures.items():
            found[name] = max(found.get(name, 0), n) if name == "peak" else found.get(name, 0) + n
    return found


def _outcome(reading: _Reading, said: Mapping[str, str], currency: str, line: int) -> Outcome:
    """Return the figures of a row or form."""
    figures = {}
    for name in FIGURES:
        if name in said:
            number = _number(said[name])
            if number is None or number != number.to_integral_value():
                reading.wrong(name, "content.no_number", line, found=said[name][:40])
            else:
                figures[name] = int(number)
    unit = said.get("currency", currency).upper()
    if not _CURRENCY.fullmatch(unit):
        reading.wrong("currency", "content.no_currency", line)
        return Outcome(figures)
    revenue = None
    if "revenue" in said:
        number = _number(said["revenue"].strip("¥￥$€ "))
        money = None if number is None else Money.parse(number, unit)
        if money is None:
            reading.wrong("revenue", "content.no_number", line, found=said["revenue"][:40])
        else:
            revenue = money.minor
    return Outcome(figures, revenue, unit if revenue is not None else "")


def _said(columns: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    """Return column -> what a row says; the first of two columns that hold the same counts."""
    said: dict[str, str] = {}
    for name, cell in zip(columns, cells, strict=False):
        if name and cell.strip() not in {"", "-", "--", "—"}:
            said.setdefault(name, cell.strip())
    return said


def _column(heading: str) -> str:
    """Return what a column holds by its heading; "" = something else."""
    plain = re.sub(r"[\s_-]", "", heading.lower())
    return _HEADINGS.get(plain) or _HEADINGS.get(re.sub(r"[（(].*", "", plain), "")


def _number(written: str) -> Decimal | None:
    """Return a number as platforms write it; None for what is none."""
    found = _NUMBER.fullmatch(written.strip())
    if found is None:
        return None
    number = Decimal(re.sub("[,，]", "", found["digits"])) * _UNITS[found["unit"].lower()]
    return number if number <= _MOST else None


def _day(written: str) -> str | None:
    """Return a day in ISO form; "" where none was written, None for what is none."""
    if not written:
        return ""
    found = _DAY.fullmatch(written)
    if found is None:
        return None
    day = f"{int(found[1]):04}-{int(found[2]):02}-{int(found[3]):02}"
    return day if as_instant(day) is not None else None


def _plain(written: object) -> str:
    """Return what was typed as text; numbers come as such by API."""
    return str(written).strip() if not isinstance(written, bool) else "?"
