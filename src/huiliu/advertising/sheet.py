"""What campaigns cost, as a file from the platform's console says it: rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.advertising.people import Spend
from huiliu.kernel.errors import Problem
from huiliu.kernel.money import Money
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import as_day

__all__ = ["COLUMNS", "read_spend"]

#: Our column -> the headings under which consoles export it, in small letters.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "day": ("day", "date", "日期", "时间", "stat_date", "reporting starts"),
    "campaign": (
        "campaign",
        "campaign_id",
        "campaign id",
        "项目id",
        "计划id",
        "广告计划id",
        "推广计划id",
    ),
    "name": (
        "name",
        "campaign_name",
        "campaign name",
        "项目名称",
        "计划名称",
        "广告计划",
        "推广计划",
    ),
    "cost": ("cost", "spend", "amount spent", "消耗", "消费", "花费", "费用"),
    "currency": ("currency", "currency code", "币种"),
    "impressions": ("impressions", "show", "展示数", "曝光数", "曝光量", "展现量"),
    "clicks": ("clicks", "link clicks", "点击数", "点击量", "点击次数"),
    "conversions": ("conversions", "results", "转化数", "转化量", "目标转化量"),
}  # fmt: skip
_NEEDED: Final = ("day", "cost")
_COUNTS: Final = ("impressions", "clicks", "conversions")


def read_spend(
    header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], currency: str
) -> tuple[list[Spend], list[Problem]]:
    """Return what a table says, and everything that is wrong with it, row by row.

    Args:
        header: the first row.
        rows: all others, each with the number of its line.
        currency: ISO 4217, for rows that say none.
    """
    places = _places(header)
    missing = [name for name in _NEEDED if name not in places]
    if missing:
        said = text("ads.spend_columns", missing=", ".join(missing), found=", ".join(header)[:200])
        return [], [Problem("", said, 1)]
    found: list[Spend] = []
    problems: list[Problem] = []
    for line, row in rows:
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
        if not any(cells.values()):
            continue
        one, wrong = _row(cells, currency)
        problems += [Problem(path, said, line) for path, said in wrong]
        if one is not None:
            found.append(one)
    return found, problems


def _places(header: Sequence[str]) -> dict[str, int]:
    """Return where each column stands."""
    plain = [one.strip().lower().removeprefix("\ufeff").split("(")[0].strip() for one in header]
    places: dict[str, int] = {}
    for name, words in COLUMNS.items():
        for at, word in enumerate(plain):
            if word in words and name not in places:
                places[name] = at
    return places


def _row(cells: Mapping[str, str], currency: str) -> tuple[Spend | None, list[tuple[str, Text]]]:
    """Return one row, or what is wrong with it."""
    wrong: list[tuple[str, Text]] = []
    day = _day(cells["day"])
    if not day:
        wrong.append(("day", text("ads.spend_day", found=cells["day"][:40])))
    unit = (cells.get("currency") or currency).upper()
    cost = Money.parse(cells["cost"].replace(",", "").lstrip("¥￥$€ ") or "0", unit)
    if cost is None or cost.minor < 0:
        wrong.append(("cost", text("ads.spend_cost", found=cells["cost"][:40])))
    counts: dict[str, int] = {}
    for name in _COUNTS:
        written = (cells.get(name) or "0").replace(",", "")
        if not written.isascii() or not written.partition(".")[0].isdecimal():
            wrong.append((name, text("ads.spend_count", found=written[:40])))
        else:
            counts[name] = int(written.partition(".")[0])
    if wrong or cost is None:
        return None, wrong
    named = cells.get("name", "")
    return Spend(day, cells.get("campaign") or named, named, unit, cost.minor, **counts), []


def _day(written: str) -> str:
    """Return a day as ISO 8601 writes it; "" = it is none."""
    plain = written[:10].replace("/", "-").replace(".", "-")
    try:
        return as_day(plain).isoformat()
    except ValueError:
        return ""
