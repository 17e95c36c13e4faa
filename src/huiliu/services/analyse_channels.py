"""The channel guard and the drill-down on files."""

from __future__ import annotations

from typing import Final

from huiliu.governance.channel_guard import THRESHOLD, Day, Mode, Verdict, judge
from huiliu.governance.drill import Cell, Suspect, drill
from huiliu.kernel.times import DAY
from huiliu.services.read_columns import read_columns

__all__ = ["analyse_cells", "analyse_days"]

_DAYS: Final = ("day", "channel", "n", "conversions")
_CELLS: Final = ("before_n", "before_x", "after_n", "after_x")


def analyse_days(
    data: bytes, mode: Mode, threshold: float = THRESHOLD
) -> list[tuple[str, str, Verdict]]:
    """Return (day as written, channel, verdict) in the order of days, then of channels.

    Raises:
        BadInput: with every bad cell and its line.
    """
    columns = read_columns(data, _DAYS)
    written: dict[int, str] = {}
    days: dict[tuple[int, str], Day] = {}
    for line, row in columns.rows:
        cell = row["day"]
        day = columns.place(line, "day", cell, DAY)
        n = columns.number(line, "n", row["n"])
        conversions = columns.number(line, "conversions", row["conversions"])
        if conversions > n:
            columns.wrong(line, "conversions", "analysis.more_than_all")
        if not row["channel"]:
            columns.wrong(line, "channel", "analysis.no_name")
        if (day, row["channel"]) in days:
            columns.wrong(line, "day", "analysis.day_twice")
        written.setdefault(day, cell)
        days[day, row["channel"]] = Day(day, row["channel"], n, conversions)
    columns.checked()
    found = judge(list(days.values()), mode, threshold)
    return [(written[day.day], day.channel, verdict) for day, verdict in found]


def analyse_cells(data: bytes, most: int = 3, direction: str = "auto") -> list[Suspect]:
    """Return where a rate changed, the best explanation first.

    Args:
        data: a table of dimensions and four figures.
        most: how many explanations.
        direction: `fall`, `rise`, or `auto`: the way in which the whole rate went.

    Raises:
        BadInput: with every bad cell and its line.
    """
    columns = read_columns(data, _CELLS)
    dimensions = [name for name in columns.names if name and name not in _CELLS]
    cells: dict[tuple[str, ...], list[float]] = {}
    for line, row in columns.rows:
        numbers = [columns.number(line, name, row[name]) for name in _CELLS]
        for of, part in ((0, 1), (2, 3)):
            if numbers[part] > numbers[of]:
                columns.wrong(line, _CELLS[part], "analysis.more_than_all")
        held = cells.setdefault(tuple(row[name] for name in dimensions), [0.0] * len(_CELLS))
        for at, number in enumerate(numbers):
            held[at] += number
    if not dimensions:
        columns.wrong(1, "", "analysis.no_dimensions")
    columns.checked()
    read = [Cell(dict(zip(dimensions, key, strict=True)), *held) for key, held in cells.items()]
    rise = direction == "rise" or (direction == "auto" and _rose(read))
    return drill(read, most, rise=rise)


def _rose(cells: list[Cell]) -> bool:
    """Say whether the whole rate is higher after than before."""
    before = sum(one.before_n for one in cells), sum(one.before_x for one in cells)
    after = sum(one.after_n for one in cells), sum(one.after_x for one in cells)
    return after[1] * before[0] > before[1] * after[0]
