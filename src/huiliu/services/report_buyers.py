"""Answers the reports on buyers: the RFM matrix, who moved in a month, and cohort retention."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

import ibis

from huiliu.kernel.times import from_datetime
from huiliu.ports.world import World
from huiliu.reports.cohorts import Cohort, buyers_in, cohort_counts, read_cohorts
from huiliu.reports.rfm import (
    Cell,
    Cuts,
    Scored,
    ask_all_cuts,
    cells_of,
    figures_at,
    moves_of,
    read_all_cuts,
    read_cells,
)
from huiliu.reports.standing import month_of, months_before, standing_orders, start_of_month

__all__ = [
    "MONTHS",
    "Cohorts",
    "RfmMatrix",
    "cohort_people",
    "cohorts",
    "months_shown",
    "rfm_matrix",
    "rfm_people",
]

#: How many months a reader may look back: a year ago and this month are both there.
MONTHS: Final = 13
_NUMBERS: Final = count(1)


@dataclass(frozen=True, slots=True)
class RfmMatrix:
    """The buyers of a month's end (of now, for the month that is not over), and how they moved."""

    month: int
    at: int
    currency: str
    n: int
    revenue: float
    cells: Mapping[tuple[int, int], Cell]
    cuts: Cuts
    #: (group at the end of the month before, group now) -> people.
    moves: Mapping[tuple[str, str], int]
    #: How many orders in other currencies were left out.
    n_left_out: int


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The cohorts of the last months; the last month is not over."""

    months: Sequence[int]
    rows: Sequence[Cohort]
    currency: str
    n_left_out: int


@dataclass(frozen=True, slots=True)
class _Orders:
    """Standing orders of the currency that most were paid in, held in the warehouse."""

    rows: ibis.Table
    currency: str
    n_left_out: int
    #: Those of the other currencies among them.
    every: ibis.Table


def months_shown(world: World, brand_id: int) -> Sequence[int]:
    """Return the months that may be asked for, oldest first; what follows the last is not known.

    They end with this month, or with that of the last order where a brand's history ends earlier.
    """
    return _months(world, standing_orders(world.warehouse.table("orders"), brand_id))


def _months(world: World, orders: ibis.Table) -> Sequence[int]:
    """Return the same of standing orders of all currencies."""
    now = world.clock.now()
    found = world.warehouse.run(orders.aggregate(last=orders.paid_at.max()))["last"][0].as_py()
    last = now if found is None else min(now, from_datetime(found.replace(tzinfo=dt.UTC)))
    return months_before(month_of(last, world.zone), MONTHS)


def rfm_matrix(world: World, brand_id: int, month: int) -> RfmMatrix:
    """Return the matrix at the end of a month, or now while it lasts.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    with _orders(world, brand_id) as orders:
        at = _end(world, month)
        after = _scored(world, orders.rows, at)
        before = _scored(world, orders.rows, start_of_month(month, world.zone))
        cells = read_cells(world.warehouse.run(cells_of(after)))
        moved = world.warehouse.run(moves_of(before, after)).to_pylist()
        return RfmMatrix(
            month=month,
            at=at,
            currency=orders.currency,
            n=sum(cell.n for cell in cells.values()),
            revenue=sum(cell.revenue for cell in cells.values()),
            cells=cells,
            cuts=after.cuts,
            moves={(row["from_group"], row["to_group"]): row["n"] for row in moved},
            n_left_out=orders.n_left_out,
        )


def rfm_people(
    world: World, brand_id: int, month: int, scores: tuple[int, int] | tuple[str, str], limit: int
) -> tuple[int, Sequence[tuple[int, float]]]:
    """Return how many people a number of the matrix is made of, and some: (profile_id, paid).

    Args:
        world: what is asked.
        brand_id: whose people.
        month: the matrix's month.
        scores: a cell's recency and frequency score, or a move's group before and after.
        limit: how many people are wanted; those who paid most come first.
    """
    with _orders(world, brand_id) as orders:
        after = _scored(world, orders.rows, _end(world, month)).rows()
        first, second = scores
        if isinstance(first, int):
            rows = after.filter(after.r == first, after.f == second)
        else:
            moved = after.filter(after.group == second)
            before = _scored(world, orders.rows, start_of_month(month, world.zone)).rows()
            if first == "not-yet":
                rows = moved.anti_join(before, "profile_id")
            else:
                rows = moved.semi_join(before.filter(before.group == first), "profile_id")
        return _people(world, rows, limit)


def cohorts(world: World, brand_id: int) -> Cohorts:
    """Return the retention of the last months' cohorts.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    with _orders(world, brand_id) as orders:
        months = _months(world, orders.every)
        asked = cohort_counts(orders.rows, world.zone, world.clock.now())
        rows = read_cohorts(world.warehouse.run(asked), months)
        return Cohorts(months, rows, orders.currency, orders.n_left_out)


def cohort_people(
    world: World, brand_id: int, cohort: int, month: int, limit: int
) -> tuple[int, Sequence[tuple[int, float]]]:
    """Return how many of a cohort bought in a month, and some of them: (profile_id, paid)."""
    with _orders(world, brand_id) as orders:
        rows = buyers_in(orders.rows, world.zone, world.clock.now(), cohort, month)
        return _people(world, rows, limit)


def _end(world: World, month: int) -> int:
    """Return the end of a month, or now while it lasts."""
    return min(start_of_month(month + 1, world.zone), world.clock.now())


def _scored(world: World, orders: ibis.Table, at: int) -> Scored:
    """Return the figures of all buyers at an instant, with their cut points."""
    figures = figures_at(orders, at, world.zone)
    return Scored(figures, read_all_cuts(world.warehouse.run(ask_all_cuts(figures))))


def _people(world: World, rows: ibis.Table, limit: int) -> tuple[int, Sequence[tuple[int, float]]]:
    """Return how many rows there are, and those of the people who paid most."""
    n = int(world.warehouse.run(rows.aggregate(n=rows.count()))["n"][0].as_py())
    some = rows.order_by(rows.m.desc(), rows.profile_id).limit(limit)
    found = world.warehouse.run(some.select("profile_id", "m")).to_pylist()
    return n, [(row["profile_id"], row["m"]) for row in found]


@contextmanager
def _orders(world: World, brand_id: int) -> Iterator[_Orders]:
    """Lend the standing orders: held, as every question of a report begins with them."""
    name = f"report-{brand_id}-{os.getpid()}-{next(_NUMBERS)}"
    standing = standing_orders(world.warehouse.table("orders"), brand_id)
    rows = world.warehouse.keep(name, standing)
    try:
        counted = world.warehouse.run(rows.group_by("currency").agg(n=rows.count())).to_pylist()
        known = sorted((-row["n"], row["currency"]) for row in counted if row["currency"])
        currency = known[0][1] if known else ""
        ours = rows.filter(rows.currency.isnull() | (rows.currency == currency))
        yield _Orders(ours, currency, -sum(n for n, _ in known[1:]), rows)
    finally:
        world.warehouse.let_go([name])
