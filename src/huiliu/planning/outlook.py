"""How a target stands: what was reached, what is expected at its end, and how likely it is met.

One formula serves every metric. Each kind of figure is written as a sum over days of which it is
asked whether it reaches something:

* added up: the days' values; needed is what is left of the goal;
* a ratio with goal g: each day's `top - g * bottom`; the ratio over the whole span is at least g
  exactly where their sum is at least zero;
* a mean of days with goal g: each day's `value - g`; needed again what is left to zero;
* a level, and a ratio that stands at a day: its changes from day to day; needed is the distance to
  the goal.

Where less is better, signs are turned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final

from huiliu.metrics import Adds, Metric
from huiliu.planning.target import Span, Target
from huiliu.statistics.projection import FEWEST_DAYS, Course, project

__all__ = [
    "HISTORY_DAYS",
    "Cell",
    "Days",
    "Outlook",
    "Stand",
    "counted",
    "figure_of",
    "outlook",
    "weigh",
]

#: What the last six weeks were like is what the next days are taken to be like.
HISTORY_DAYS: Final = 42
_EPOCH: Final = dt.date(1970, 1, 1)
_LIKELY: Final = 0.8
_UNLIKELY: Final = 0.4

#: (top, bottom) of a day.
Cell = tuple[float, float]
#: Day since 1970 -> what was counted on it; a day on which nothing was has no entry.
Days = Mapping[int, Cell]


class Stand(StrEnum):
    """How a target stands."""

    #: Its first day has not come.
    WAITING = "waiting"
    #: It rests on a baseline of which nothing is known.
    NO_BASELINE = "no_baseline"
    #: Too few days told of the metric to say anything.
    TOO_LITTLE = "too_little"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    #: It is over.
    REACHED = "reached"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a target stands at an instant."""

    stand: Stand
    #: Of a span as long as the target's; None = nobody knows.
    baseline: float | None
    goal: float | None
    #: What the days of the target that are over came to; None = none is, or nothing was counted.
    so_far: float | None
    #: What is expected at its end, and the interval in which it lies with 80 %.
    expected: float | None
    low: float | None
    high: float | None
    #: That it is met; None = too little is known, or it is over.
    probability: float | None
    n_over: int
    n_left: int
    #: Days whose variance is what the outlook rests on.
    n_known: int
    #: What each day that is left has to come to, and what the last six weeks' days came to;
    #: None where days are not added up.
    needed_daily: float | None
    usual_daily: float | None

    @property
    def is_over(self) -> bool:
        """Say whether its last day is over."""
        return self.stand in {Stand.REACHED, Stand.MISSED}


def figure_of(metric: Metric, days: Days, span: tuple[int, int]) -> float | None:
    """Return what the days of a span, from the first to the last, come to; None = no figure."""
    first, last = span
    cells = [days.get(day, (0.0, 0.0)) for day in range(first, last + 1)]
    if not cells:
        return None
    top = sum(cell[0] for cell in cells)
    if metric.adds is Adds.RATIO:
        bottom = sum(cell[1] for cell in cells)
        return top / bottom if bottom else None
    if metric.adds is Adds.MEAN:
        return top / len(cells)
    if metric.adds is Adds.STAND:
        top, bottom = cells[-1]
        return top / bottom if bottom else None
    return cells[-1][0] if metric.adds is Adds.LEVEL else top


def counted(metric: Metric, days: Days, span: tuple[int, int]) -> Cell:
    """Return the top and bottom that the figure of a span rests on."""
    first, last = span
    if metric.adds in {Adds.LEVEL, Adds.STAND}:
        return days.get(last, (0.0, 0.0))
    cells = [days.get(day, (0.0, 0.0)) for day in range(first, last + 1)]
    return sum(cell[0] for cell in cells), sum(cell[1] for cell in cells)


def weigh(target: Target, days: Days, today: int, first_known: int) -> float | None:
    """Return the baseline of a span as long as the target's; None = nothing is known of it.

    Days before the brand's first, today and those to come are unknown, not zero: what the others
    tell stands for all.
    """
    if not isinstance(target.baseline, Span):
        return target.baseline
    first, last = _numbers(target.baseline)
    first, last = max(first, first_known), min(last, today - 1)
    if not any(first <= day <= last for day in days):
        return None
    found = figure_of(target.metric, days, (first, last))
    if found is None or target.metric.adds is not Adds.SUM:
        return found
    return found * target.span.n_days / (last - first + 1)


def outlook(target: Target, days: Days, today: int, first_known: int) -> Outlook:
    """Return how a target stands.

    Args:
        target: which.
        days: of its metric on its channels.
        today: the day that is not over, in days since 1970.
        first_known: the first day of which the brand has any data; no day before it is a zero.
    """
    first, last = _numbers(target.span)
    n_over = max(0, min(today - first, last - first + 1))
    n_left = last - first + 1 - n_over
    baseline = weigh(target, days, today, first_known)
    goal = target.goal_from(baseline)
    so_far = figure_of(target.metric, days, (first, first + n_over - 1)) if n_over else None
    if goal is None or (target.change and not baseline):
        return Outlook(
            Stand.NO_BASELINE, baseline, None, so_far, None, None, None, None, n_over, n_left, 0,
            None, None,
        )  # fmt: skip
    race = _Race(target.metric, days, (first, last), today, first_known, goal)
    plain = Outlook(
        Stand.TOO_LITTLE, baseline, goal, so_far, None, None, None, None, n_over, n_left,
        race.n_known, race.needed_daily(so_far), race.usual_daily(),
    )  # fmt: skip
    if not n_left:
        return _ended(plain, target)
    return _foreseen(plain, race, is_waiting=n_over == 0 and today < first)


def _ended(plain: Outlook, target: Target) -> Outlook:
    """Return the outlook of a target that is over."""
    assert plain.goal is not None
    reached = plain.so_far is not None and (
        plain.so_far >= plain.goal if target.is_upward else plain.so_far <= plain.goal
    )
    return _with(plain, stand=Stand.REACHED if reached else Stand.MISSED, needed_daily=None)


def _foreseen(plain: Outlook, race: _Race, *, is_waiting: bool) -> Outlook:
    """Return the outlook of a target that is not over."""
    course = race.course()
    if course is None:
        return _with(plain, stand=Stand.WAITING) if is_waiting else plain
    needed = race.needed()
    # What is only ever added to cannot fall below its goal again.
    is_there = race.only_grows and needed <= 0
    probability = 1.0 if is_there else course.reaches(needed)
    low, expected, high = race.figures()
    stand = (
        Stand.WAITING if is_waiting
        else Stand.ON_TRACK if probability >= _LIKELY
        else Stand.AT_RISK if probability >= _UNLIKELY
        else Stand.OFF_TRACK
    )  # fmt: skip
    return _with(plain, stand=stand, probability=probability, low=low, expected=expected, high=high)


def _with(plain: Outlook, **changes: object) -> Outlook:
    """Return an outlook with other values."""
    return replace(plain, **changes)  # type: ignore[arg-type] # named by the callers above


class _Race:
    """The days of a metric against a goal, as one sum that has to reach something."""

    def __init__(
        self,
        metric: Metric,
        days: Days,
        span: tuple[int, int],
        today: int,
        first_known: int,
        goal: float,
    ) -> None:
        """Look at the days that are over."""
        self._metric = metric
        self._goal = goal
        self._sign = 1 if metric.is_more_better else -1
        self._is_level = metric.adds in {Adds.LEVEL, Adds.STAND}
        known: Sequence[int] = range(max(first_known, today - HISTORY_DAYS), today)
        if metric.adds is Adds.STAND:
            days = {day: (top / bottom, bottom) for day, (top, bottom) in days.items() if bottom}
            # Where nothing stands, nothing changed either.
            known = [day for day in known if day in days]
        self._history = {day: days.get(day, (0.0, 0.0)) for day in known}
        first, last = span
        self._over = [days.get(day, (0.0, 0.0)) for day in range(first, min(today, last + 1))]
        self._ahead = range(max(today, first), last + 1)
        self._n_days = last - first + 1
        self._today = today

    @property
    def n_known(self) -> int:
        """Return how many days the variance is known from."""
        if self._metric.adds is Adds.RATIO:
            return sum(1 for _, bottom in self._history.values() if bottom)
        return len(self._history)

    @property
    def only_grows(self) -> bool:
        """Say whether every day can only bring it nearer."""
        return self._metric.adds is Adds.SUM and self._sign > 0

    def course(self) -> Course | None:
        """Return what the days ahead add up to."""
        if self.n_known < FEWEST_DAYS:
            return None
        return project(self._terms(self._goal), self._days_ahead())

    def needed(self) -> float:
        """Return what the days ahead have to add up to."""
        if self._metric.adds is Adds.SUM:
            return self._sign * (self._goal - sum(top for top, _ in self._over))
        if self._is_level:
            return self._sign * (self._goal - self._level())
        return -sum(self._term(cell, self._goal) for cell in self._over)

    def figures(self) -> tuple[float, float, float]:
        """Return low, expected and high of the figure at the end."""
        if self._metric.adds is Adds.RATIO:
            return self._ratios()
        sums = project(self._terms(0.0), self._days_ahead())
        assert sums is not None
        begun = (
            self._level() if self._is_level
            else sum(top for top, _ in self._over)
        )  # fmt: skip
        over = self._n_days if self._metric.adds is Adds.MEAN else 1
        ends = [
            max(0.0, (begun + self._sign * one) / over) for one in (*sums.between(), sums.expected)
        ]
        return min(ends[:2]), ends[2], max(ends[:2])

    def usual_daily(self) -> float | None:
        """Return what the days of the last weeks came to on average."""
        if self._metric.adds is not Adds.SUM or not self._history:
            return None
        return sum(top for top, _ in self._history.values()) / len(self._history)

    def needed_daily(self, so_far: float | None) -> float | None:
        """Return what each day ahead has to come to."""
        if self._metric.adds is not Adds.SUM or not len(self._ahead):
            return None
        return max(0.0, (self._goal - (so_far or 0.0)) / len(self._ahead))

    def _days_ahead(self) -> list[int]:
        """Return the days that move the figure; a level also moves before its span begins."""
        if self._is_level:
            return list(range(self._today, self._ahead.stop))
        return list(self._ahead)

    def _terms(self, goal: float) -> dict[int, float]:
        """Return day -> what it adds to the sum."""
        if self._is_level:
            return {
                after: self._sign * (self._history[after][0] - self._history[before][0])
                for before, after in pairwise(sorted(self._history))
            }
        if self._metric.adds is Adds.RATIO:
            # A day on which nothing was counted tells nothing of a share.
            return {d: self._term(cell, goal) for d, cell in self._history.items() if cell[1]}
        return {day: self._term(cell, goal) for day, cell in self._history.items()}

    def _term(self, cell: Cell, goal: float) -> float:
        """Return what one day adds to the sum."""
        if self._metric.adds is Adds.RATIO:
            return self._sign * (cell[0] - goal * cell[1])
        return self._sign * (cell[0] - (goal if self._metric.adds is Adds.MEAN else 0.0))

    def _level(self) -> float:
        """Return where a level stands now."""
        return self._history[max(self._history)][0] if self._history else 0.0

    def _ratios(self) -> tuple[float, float, float]:
        """Return low, expected and high of a ratio, by the delta method around what is expected."""
        told = {day: cell for day, cell in self._history.items() if cell[1]}
        tops = project({day: cell[0] for day, cell in told.items()}, self._days_ahead())
        bottoms = project({day: cell[1] for day, cell in told.items()}, self._days_ahead())
        assert tops is not None
        assert bottoms is not None
        top = sum(cell[0] for cell in self._over) + tops.expected
        bottom = sum(cell[1] for cell in self._over) + bottoms.expected
        if bottom <= 0:
            return 0.0, 0.0, 0.0
        middle = top / bottom
        rest = project(
            {day: cell[0] - middle * cell[1] for day, cell in told.items()}, self._days_ahead()
        )
        assert rest is not None
        low, high = rest.between()
        half = (high - low) / 2 / bottom
        return max(0.0, middle - half), middle, middle + half


def _numbers(span: Span) -> tuple[int, int]:
    """Return the first and last day of a span, in days since 1970."""
    return (span.first - _EPOCH).days, (span.last - _EPOCH).days
