"""RFM: the groups of buyers by recency and frequency, what they paid, and who moved."""

from __future__ import annotations

from typing import Any, Final

from huiliu.kernel.texts import render, text
from huiliu.reports import charts
from huiliu.reports.report import COUNT, MONEY, SHARE, TEXT, Column, Given, Report, ReportKind, rate
from huiliu.reports.report import columns as columns_of
from huiliu.reports.rfm import NOT_YET, group_order
from huiliu.tags.recipes.rfm import N_SCORES

__all__ = ["RFM_GROUPS"]

_COLUMNS: Final = [
    *columns_of(("group", TEXT), ("buyers", COUNT), ("share_of_buyers", SHARE)),
    Column("revenue", MONEY), Column("revenue_a_buyer", MONEY), Column("joined", COUNT),
    Column("left", COUNT),
]  # fmt: skip


def _build(given: Given) -> Report:
    """Return a row a group, best first."""
    matrix = given.data["rfm"]
    rows = []
    for group in group_order():
        if group == NOT_YET:
            continue
        cells = [cell for cell in matrix.cells.values() if cell.group == group]
        n, revenue = sum(cell.n for cell in cells), sum(cell.revenue for cell in cells)
        joined = sum(k for (a, b), k in matrix.moves.items() if b == group and a != group)
        left = sum(k for (a, b), k in matrix.moves.items() if a == group and b != group)
        rows.append((
            text(f"console.rfm.group.{group}"), n, *rate(n, matrix.n), revenue,
            revenue / n if n else None, joined, left,
        ))  # fmt: skip

    def chart(locale: str) -> dict[str, Any]:
        """Return the matrix as a heat map of buyers."""
        scores = range(1, N_SCORES + 1)
        cells = [
            (f - 1, N_SCORES - r, float(matrix.cells[r, f].n))
            for r in scores
            for f in scores
            if (r, f) in matrix.cells
        ]
        across = [render(text("reports.chart.frequency", score=f), locale) for f in scores]
        down = [render(text("reports.chart.recency", score=r), locale) for r in reversed(scores)]
        return charts.heat(across, down, cells)

    notes = []
    if matrix.n_left_out:
        notes.append(text("reports.note.left_out", n=matrix.n_left_out))
    return Report(
        RFM_GROUPS.name, given.options.span, matrix.currency, _COLUMNS, rows if matrix.n else [],
        matrix.n, "buyers", text("reports.method.rfm"), chart if matrix.n else None, notes,
    )  # fmt: skip


RFM_GROUPS: Final = ReportKind("rfm", _build, ("rfm",), days=30, more="/rfm")
