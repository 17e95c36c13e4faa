"""The ways that people take, and how long it takes them to buy."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

import ibis

from huiliu.ports.world import World
from huiliu.reports.first_purchase import Curve, ask_waits, read_curves
from huiliu.reports.path_counts import (
    BOUGHT,
    EXIT,
    Link,
    Phrase,
    ask_ends,
    ask_links,
    ask_names,
    ask_phrases,
    named_steps,
    read_phrases,
    visit_steps,
    way_steps,
)
from huiliu.services.figures import frame_of, usual_currency
from huiliu.services.hold_touches import hold_touches

__all__ = ["WAYS", "PathFigures", "TimeToPurchase", "read_paths", "time_to_purchase"]

#: Of what ways are made: what people did in a visit, or the channels that touched them.
WAYS: Final = ("events", "channels")
#: So many steps have their own names.
_SHOWN: Final = 11
_NUMBERS: Final = count(1)


@dataclass(frozen=True, slots=True)
class PathFigures:
    """The ways of some days."""

    first: dt.date
    last: dt.date
    of: str
    #: Visits, or paths of touches; and those with a purchase.
    n: int
    n_converted: int
    links: Sequence[Link]
    phrases: Sequence[Phrase]


@dataclass(frozen=True, slots=True)
class TimeToPurchase:
    """How long people whom some days saw first take to buy; "" are all of them."""

    first: dt.date
    last: dt.date
    curves: Mapping[str, Curve]


def read_paths(
    world: World, brand_id: int, first: dt.date, last: dt.date, *, of: str = "events"
) -> PathFigures:
    """Return which steps follow each other, and which go with buying.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    with _steps(world, brand_id, first, last, of) as steps:
        links = world.warehouse.run(ask_links(steps)).to_pylist()
        ends = world.warehouse.run(ask_ends(steps)).to_pylist()
        phrases = world.warehouse.run(ask_phrases(steps)).to_pylist()
    return PathFigures(
        first, last, of,
        n=sum(row["n"] for row in ends),
        n_converted=sum(row["n"] for row in ends if row["converted"]),
        links=[Link(row["nth"], row["name"], row["following"] or EXIT, row["n"]) for row in links],
        phrases=read_phrases(phrases, ends),
    )  # fmt: skip


def time_to_purchase(world: World, brand_id: int, first: dt.date, last: dt.date) -> TimeToPurchase:
    """Return how long people whom these days saw first take to their first purchase.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    frame = frame_of(world, brand_id, first, last)
    rows = world.warehouse.run(ask_waits(frame)).to_pylist()
    return TimeToPurchase(first, last, read_curves(rows))


@contextmanager
def _steps(
    world: World, brand_id: int, first: dt.date, last: dt.date, of: str
) -> Iterator[ibis.Table]:
    """Lend the steps of ways: held, as several questions begin with them."""
    if of == "channels":
        currency = usual_currency(world, brand_id)
        with (
            hold_touches(world, brand_id, first, last, currency, direct="keep") as held,
            _held(world, brand_id, way_steps(held.touches)) as steps,
        ):
            yield steps
    else:
        frame = frame_of(world, brand_id, first, last)
        with _held(world, brand_id, visit_steps(frame)) as steps:
            yield steps


@contextmanager
def _held(world: World, brand_id: int, rows: ibis.Table) -> Iterator[ibis.Table]:
    """Lend the steps, the rare ones under one name."""
    raw = f"ways-{brand_id}-{os.getpid()}-{next(_NUMBERS)}"
    named = f"{raw}-named"
    try:
        kept = world.warehouse.keep(raw, rows)
        names = [row["name"] for row in world.warehouse.run(ask_names(kept)).to_pylist()]
        shown = [one for one in names if one != BOUGHT][:_SHOWN]
        yield world.warehouse.keep(named, named_steps(kept, shown))
    finally:
        world.warehouse.let_go([raw, named])
