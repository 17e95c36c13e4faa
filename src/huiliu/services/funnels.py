"""Funnels: which there are, and how many people came to each step, told apart as asked."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import ibis

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.metrics import Frame
from huiliu.ports.world import World
from huiliu.reports.built_in_funnels import BUILT_IN, MESSAGE
from huiliu.reports.funnel_counts import StepFigures, ask_funnel, reached, read_steps
from huiliu.reports.funnel_document import KIND, Funnel, is_breakdown, parsed_funnel
from huiliu.reports.message_funnel import message_ways
from huiliu.services.figures import frame_of
from huiliu.statistics.false_discovery import adjusted
from huiliu.statistics.proportions import Interval, difference
from huiliu.statistics.two_shares import more_needed, two_shares

__all__ = [
    "Contrast",
    "FunnelFigures",
    "check_breakdown",
    "find_funnel",
    "list_funnels",
    "read_funnel",
    "remove_funnel",
]

#: What differs with less than this after all comparisons were taken together is told.
_SURE: Final = 0.05
#: Fewer at a step are not compared.
_LEAST: Final = 30
_NUMBERS: Final = count(1)


@dataclass(frozen=True, slots=True)
class Contrast:
    """A step that people of one value take more or less often than the others."""

    value: str
    #: Its place, 1-based; the share is of those at the step before.
    step: int
    n: int
    before: int
    n_other: int
    before_other: int
    gap: float
    interval: Interval
    p_adjusted: float

    @property
    def is_told(self) -> bool:
        """Say whether it can be told from chance."""
        return self.p_adjusted < _SURE

    @property
    def more_needed(self) -> int | None:
        """Return how many more at the step before would tell it."""
        return more_needed(self.n, self.before, self.n_other, self.before_other)


@dataclass(frozen=True, slots=True)
class FunnelFigures:
    """A funnel over people who began on some days."""

    funnel: Funnel
    first: dt.date
    last: dt.date
    by: str
    n: int
    #: Those who began so lately that they may still come to the end.
    n_open: int
    steps: Sequence[StepFigures]
    #: Value -> its steps, of most people first; of many values only the largest.
    groups: Mapping[str, Sequence[StepFigures]] = field(default_factory=dict)
    #: What differs, the surest first.
    contrasts: Sequence[Contrast] = ()


def list_funnels(world: World, brand_id: int) -> Sequence[Funnel]:
    """Return the funnels that come with the program and those in use."""
    with world.store.transaction(brand_id) as tx:
        stored = tx.documents.all(brand_id, KIND)
    live = (parsed_funnel(one.source) for one in stored if one.state == "live")
    own = sorted(live, key=lambda one: one.slug)
    return [*(one for slug, one in BUILT_IN.items() if slug not in {x.slug for x in own}), *own]


def find_funnel(world: World, brand_id: int, slug: str) -> Funnel:
    """Return one funnel; raise NotFound."""
    for one in list_funnels(world, brand_id):
        if one.slug == slug:
            return one
    raise NotFound("funnel", slug)


def read_funnel(
    world: World, brand_id: int, slug: str, first: dt.date, last: dt.date, *, by: str = ""
) -> FunnelFigures:
    """Return how many of those who began on some days came to each step.

    Args:
        world: the instance.
        brand_id: whose people.
        slug: of the funnel.
        first: the first day.
        last: the last day.
        by: `channel`, `os`, `segment:<slug>` (members now) or `property:<name>` of the first step;
            of messages `channel`, `template` or `journey`.

    Raises:
        NotFound: there is no such funnel.
        BadInput: people cannot be told apart so.
        EngineFailed: the warehouse cannot answer.
    """
    funnel = find_funnel(world, brand_id, slug)
    check_breakdown(funnel, by)
    frame = frame_of(world, brand_id, first, last)
    is_message = funnel.slug == MESSAGE and not funnel.source
    people = message_ways(frame, funnel) if is_message else reached(frame, funnel, by)
    groups: dict[str, Sequence[StepFigures]] = {}
    with _asked(world, brand_id, people, is_often=bool(by)) as came:
        whole = world.warehouse.run(ask_funnel(frame, funnel, came)).to_pylist()
        row = whole[0] if whole else _nobody(funnel)
        if by and whole:
            apart = _apart(world, brand_id, funnel, by, frame)
            rows = world.warehouse.run(ask_funnel(frame, funnel, came, apart)).to_pylist()
            groups = {one["value"]: read_steps(funnel, one) for one in rows}
    steps = read_steps(funnel, row)
    contrasts = _contrasts(steps, groups) if funnel.order != "any" else []
    return FunnelFigures(
        funnel, first, last, by, int(row["n"]), int(row["open"]), steps, groups, contrasts
    )


@contextmanager
def _asked(
    world: World, brand_id: int, people: ibis.Table, *, is_often: bool
) -> Iterator[ibis.Table]:
    """Lend how far people came: held where they are counted more than once."""
    if not is_often:
        yield people
        return
    name = f"funnel-{brand_id}-{os.getpid()}-{next(_NUMBERS)}"
    try:
        yield world.warehouse.keep(name, people)
    finally:
        world.warehouse.let_go([name])


def remove_funnel(world: World, brand_id: int, slug: str) -> None:
    """Take a funnel out of use; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        if tx.documents.latest(brand_id, KIND, slug).state == "archived":
            raise NotFound(KIND, slug)
        tx.documents.set_state(brand_id, KIND, slug, "archived")


def check_breakdown(funnel: Funnel, by: str) -> None:
    """Raise BadInput where people of a funnel cannot be told apart so."""
    is_message = funnel.slug == MESSAGE and not funnel.source
    known = by in funnel.by if is_message else is_breakdown(by)
    if by and not known:
        raise BadInput((Problem("by", text("funnels.no_breakdown", found=by)),))


def _apart(
    world: World, brand_id: int, funnel: Funnel, by: str, frame: Frame
) -> Callable[[ibis.Table], ibis.Table] | None:
    """Return what tells people apart."""
    kind, _, named = by.partition(":")
    tables = frame.tables
    if funnel.slug == MESSAGE and not funnel.source:
        return lambda people: people.mutate(value=people[by])
    if kind == "segment":
        members = world.warehouse.table("memberships")
        members = members.filter(members.brand_id == brand_id, members.segment == named)
        ids = members.select("profile_id").distinct().mutate(is_in=True)

        def by_segment(people: ibis.Table) -> ibis.Table:
            """Put whether somebody is in the segment now."""
            both = people.left_join(ids, "profile_id")
            return both.mutate(value=ibis.ifelse(both.is_in.fill_null(False), "in", "out"))

        return by_segment
    if kind == "os":
        touches = tables.touches
        os_name = tables.cell(touches.device, ("os", "name")).text()
        systems = touches.select("profile_id", system=os_name)

        def by_system(people: ibis.Table) -> ibis.Table:
            """Put what somebody's device ran last."""
            both = people.left_join(systems, "profile_id")
            return both.mutate(value=both.system)

        return by_system
    return lambda people: people


def _nobody(funnel: Funnel) -> Mapping[str, Any]:
    """Return the row of a funnel that nobody began."""
    ks = range(1, len(funnel.steps) + 1)
    return {"n": 0, "open": 0, **{f"n_{k}": 0 for k in ks}, **{f"median_{k}": None for k in ks}}


def _contrasts(
    steps: Sequence[StepFigures], groups: Mapping[str, Sequence[StepFigures]]
) -> Sequence[Contrast]:
    """Return what each value differs in from all others, step by step; the surest first."""
    found = []
    for value, mine in groups.items():
        for at in range(1, len(steps)):
            k, n = mine[at].n, mine[at - 1].n
            k_other, n_other = steps[at].n - k, steps[at - 1].n - n
            if min(n, n_other) >= _LEAST:
                found.append((value, at + 1, k, n, k_other, n_other))
    ps = adjusted([two_shares(*one[2:]) for one in found])
    told = [
        Contrast(value, step, k, n, k_other, n_other, k / n - k_other / n_other,
                 difference(k, n, k_other, n_other), p)
        for (value, step, k, n, k_other, n_other), p in zip(found, ps, strict=True)
    ]  # fmt: skip
    return sorted(told, key=lambda one: (one.p_adjusted, -abs(one.gap)))
