"""The RFM matrix: buyers by recency and frequency, and who moved between groups in a month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import DAY
from huiliu.tags.cuts import ask_cuts, read_cuts, score
from huiliu.tags.recipes.days import day_number, today_number
from huiliu.tags.recipes.rfm import GROUPS, N_SCORES, rfm_group

__all__ = [
    "NOT_YET",
    "Cell",
    "Cuts",
    "Scored",
    "ask_all_cuts",
    "cells_of",
    "figures_at",
    "group_order",
    "moves_of",
    "read_all_cuts",
    "read_cells",
]

#: The group of those who had not bought yet.
NOT_YET: Final = "not-yet"

#: Figure -> its ascending cut points.
Cuts = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Cell:
    """The buyers with one recency and one frequency score."""

    r: int
    f: int
    group: str
    n: int
    revenue: float


@dataclass(frozen=True, slots=True)
class Scored:
    """The figures of all buyers at an instant: each has r, f and m; and their cut points."""

    figures: ibis.Table
    cuts: Cuts

    def rows(self) -> ibis.Table:
        """Return profile_id, the scores r and f, the group and what was paid."""
        figures = self.figures
        r = score(figures.r, self.cuts["r"], best="low")
        f = score(figures.f, self.cuts["f"])
        return figures.select("profile_id", "m", r=r, f=f, group=rfm_group(r, f))


def figures_at(orders: ibis.Table, at: int, zone: str) -> ibis.Table:
    """Return each buyer's r (days since the last order), f (orders) and m (what was paid) then."""
    rows = orders.filter(orders.paid_at < moment_literal(at))
    folded = rows.group_by("profile_id").agg(
        last_at=rows.paid_at.max(), f=rows.count(), m=rows.total.sum().round(6)
    )
    # A month that is over is looked at from its last day.
    seen_from = at - 1
    n_days = today_number(zone, seen_from) - day_number(folded.last_at, zone, seen_from + DAY)
    return folded.select("profile_id", "f", "m", r=ibis.greatest(n_days, 0))


def ask_all_cuts(figures: ibis.Table) -> ibis.Table:
    """Return one row with the cut points of r and f."""
    r = ask_cuts(figures, "r", N_SCORES, "r_")
    return r.cross_join(ask_cuts(figures, "f", N_SCORES, "f_"))


def read_all_cuts(found: pa.Table) -> Cuts:
    """Return the cut points of an answer."""
    return {name: read_cuts(found, N_SCORES, f"{name}_") for name in ("r", "f")}


def cells_of(scored: Scored) -> ibis.Table:
    """Return r, f, n and revenue of every cell that somebody is in."""
    rows = scored.rows()
    return rows.group_by("r", "f", "group").agg(n=rows.count(), revenue=rows.m.sum())


def read_cells(found: pa.Table) -> Mapping[tuple[int, int], Cell]:
    """Return the cells of an answer by recency and frequency score."""
    cells = (Cell(**row) for row in found.to_pylist())
    return {(cell.r, cell.f): cell for cell in cells}


def moves_of(before: Scored, after: Scored) -> ibis.Table:
    """Return from_group, to_group and n: who was where before, and is where after."""
    old = before.rows().select("profile_id", from_group="group")
    new = after.rows().select("profile_id", to_group="group")
    both = new.left_join(old, "profile_id")
    came_from = both.from_group.fill_null(NOT_YET)
    return both.group_by(from_group=came_from, to_group=both.to_group).agg(n=both.count())


def group_order() -> Sequence[str]:
    """Return the groups, best first, then those who had not bought."""
    return (*GROUPS, NOT_YET)
