"""What media cost, as a table tells it: a row a day, channel and campaign."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import Problem
from huiliu.kernel.fields import CHANNEL
from huiliu.kernel.money import Money
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import as_day

__all__ = ["COLUMNS", "Spent", "read_media"]

#: Our column -> the headings that are understood, in small letters.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "day": ("day", "date", "日期", "时间"),
    "channel": ("channel", "渠道", "媒体", "平台"),
    "campaign": ("campaign", "campaign name", "活动", "计划", "计划名称", "项目"),
    "cost": ("cost", "spend", "amount", "花费", "消耗", "费用", "金额", "成本"),
    "currency": ("currency", "币种"),
    "note": ("note", "备注"),
}
_NEEDED: Final = ("day", "channel", "cost")
_LONGEST: Final = 200
_MOST: Final = 10**15
_CODE: Final = 3


@dataclass(frozen=True, slots=True)
class Spent:
    """What one campaign cost on one day, in whole minor units."""

    day: str
    channel: str
    #: "" = the channel as a whole.
    campaign: str
    currency: str
    cost: int
    note: str


def read_media(
    header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], currency: str
) -> tuple[list[Spent], list[Problem]]:
    """Return what a table says, and everything that is wrong with it, row by row.

    Rows of the same day, channel, campaign and currency are added up.

    Args:
        header: the first row.
        rows: all others, each with the number of its line.
        currency: ISO 4217, for rows that say none; "" = each has to.
    """
    plain = [one.strip().lower().removeprefix("\ufeff").split("(")[0].strip() for one in header]
    places = {
        name: at for at, word in reversed(list(enumerate(plain)))
        for name, words in COLUMNS.items() if word in words
    }  # fmt: skip
    missing = [name for name in _NEEDED if name not in places]
    if missing:
        said = text("costs.columns", missing=", ".join(missing), found=", ".join(header)[:200])
        return [], [Problem("", said, 1)]
    found: dict[tuple[str, str, str, str], Spent] = {}
    problems: list[Problem] = []
    for line, row in rows:
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
        if not any(cells.values()):
            continue
        one, wrong = _row(cells, currency)
        problems += [Problem(path, said, line) for path, said in wrong]
        if one is not None:
            key = (one.day, one.channel, one.campaign, one.currency)
            before = found[key].cost if key in found else 0
            found[key] = Spent(*key, before + one.cost, one.note)
    return list(found.values()), problems


def _row(cells: Mapping[str, str], currency: str) -> tuple[Spent | None, list[tuple[str, Text]]]:
    """Return one row, or what is wrong with it."""
    wrong: list[tuple[str, Text]] = []
    day = _day(cells["day"])
    if not day:
        wrong.append(("day", text("ads.spend_day", found=cells["day"][:40])))
    channel = cells["channel"].lower()
    if not CHANNEL.fullmatch(channel):
        wrong.append(("channel", text("plans.want_channel")))
    unit = (cells.get("currency") or currency).upper()
    if not (len(unit) == _CODE and unit.isascii() and unit.isalpha()):
        wrong.append(("currency", text("plans.want_currency")))
    cost = Money.parse(cells["cost"].replace(",", "").lstrip("¥￥$€ "), unit)
    if cost is None or not 0 <= cost.minor < _MOST:
        wrong.append(("cost", text("ads.spend_cost", found=cells["cost"][:40])))
    campaign, note = cells.get("campaign", ""), cells.get("note", "")
    for name, said in (("campaign", campaign), ("note", note)):
        if len(said) > _LONGEST:
            wrong.append((name, text("plans.want_word", most=_LONGEST)))
    if wrong or cost is None:
        return None, wrong
    return Spent(day, channel, campaign, unit, cost.minor, note), []


def _day(written: str) -> str:
    """Return a day as ISO 8601 writes it; "" = it is none."""
    plain = re.split(r"[ T]", written, maxsplit=1)[0]
    parts = re.split(r"[-/.]", plain)
    try:
        year, month, day = (int(one) for one in parts)
        return as_day(dt.date(year, month, day).isoformat()).isoformat()
    except ValueError:
        return ""
