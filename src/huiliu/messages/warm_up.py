"""A new sending domain earns its name: a little more mail each day, less where people mind.

Mailbox providers judge a domain by what it sent before. A plan says how much goes on each day of
sending; a day counts when it was used, and moves on only if its letters were well received.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text

__all__ = ["DEFAULT_PLAN", "Day", "limit_of", "next_step", "read_plan"]

#: Letters on each day of sending; after the last one nothing is held back.
#: Source: habit of the trade (not checked): begin with tens, at most double, 4 to 6 weeks.
DEFAULT_PLAN: Final = (
    50, 100, 200, 400, 700, 1_000, 1_500, 2_500, 4_000, 6_000, 9_000, 13_000, 18_000, 25_000,
    35_000, 50_000, 70_000, 100_000, 140_000, 200_000, 280_000, 400_000, 550_000, 750_000,
    1_000_000,
)  # fmt: skip
_MOST_DAYS: Final = 90
_HIGHEST: Final = 100_000_000
#: A day counts when so much of it was used.
_USED: Final = 0.5
#: Above this the day is done again. Source: Gmail's sender guidelines ask for complaints below
#: 0.10 % and never 0.30 %; bounces above 5 % are what relays warn at (habit of the trade).
_COMPLAINTS_STAY: Final = 0.001
_BOUNCES_STAY: Final = 0.05
#: Above this it goes two days back.
_COMPLAINTS_BACK: Final = 0.003
_BOUNCES_BACK: Final = 0.10
_STEPS_BACK: Final = 2
#: Below this many letters one complaint says nothing.
_FEWEST: Final = 200


@dataclass(frozen=True, slots=True)
class Day:
    """What became of one day's letters."""

    sent: int
    bounced: int
    complained: int


def limit_of(plan: Sequence[int], step: int) -> int | None:
    """Return how many letters may go on the day at a step; None = as many as there are."""
    return plan[step] if 0 <= step < len(plan) else None


def next_step(plan: Sequence[int], step: int, day: Day) -> int:
    """Return the step of the day after: on, the same again, or back."""
    limit = limit_of(plan, step)
    if limit is None:
        return step
    if day.sent >= _FEWEST:
        complaints, bounces = day.complained / day.sent, day.bounced / day.sent
        if complaints >= _COMPLAINTS_BACK or bounces >= _BOUNCES_BACK:
            return max(0, step - _STEPS_BACK)
        if complaints >= _COMPLAINTS_STAY or bounces >= _BOUNCES_STAY:
            return step
    return step + 1 if day.sent >= limit * _USED else step


def read_plan(written: str) -> tuple[int, ...] | Problem:
    """Return the plan of `50,100,200`, or what is wrong with it."""
    words = [word.strip() for word in written.split(",") if word.strip()]
    if not words or len(words) > _MOST_DAYS:
        return Problem("plan", text("domains.plan_length", most=_MOST_DAYS))
    if not all(word.isascii() and word.isdecimal() for word in words):
        return Problem("plan", text("domains.plan_numbers"))
    plan = tuple(map(int, words))
    if not all(0 < one <= _HIGHEST for one in plan) or list(plan) != sorted(plan):
        return Problem("plan", text("domains.plan_grows"))
    return plan
