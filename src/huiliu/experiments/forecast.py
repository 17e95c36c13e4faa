"""What an experiment could see before it begins, and how long it would take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, isfinite, sqrt
from typing import Final

from huiliu.statistics.always_valid import people_to_tell
from huiliu.statistics.power import least_effect, needed

__all__ = ["EFFECTS", "Effort", "Forecast", "forecast"]

#: Relative differences for which it is said how many people they need.
EFFECTS: Final = (0.02, 0.05, 0.1, 0.2)
_POWER: Final = 0.8


@dataclass(frozen=True, slots=True)
class Effort:
    """What it takes to see a relative difference."""

    relative: float
    #: In all arms, with one planned look; inf = no number is enough.
    people: float
    #: In all arms, until the interval that holds at every look leaves 0 out.
    people_anytime: float
    #: At present traffic; None = nobody comes.
    days: int | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected of an experiment."""

    metric: str
    #: People a day who would meet it.
    daily: float
    #: People whose past this rests on.
    n: int
    #: Of one person's outcome, as it was.
    mean: float
    variance: float
    #: People it is planned for, and in how many days they come; None = nobody does.
    people: int
    days: int | None
    #: The smallest relative difference that these show in 8 of 10 cases; inf = none.
    least: float
    efforts: Sequence[Effort]

    @property
    def is_known(self) -> bool:
        """Say whether the past tells anything."""
        return self.n >= 2 and self.mean != 0 and self.variance > 0


def forecast(  # noqa: PLR0913 - each is another noun
    metric: str,
    *,
    daily: float,
    n: int,
    mean: float,
    variance: float,
    shares: Sequence[float],
    people: int,
    alpha: float,
) -> Forecast:
    """Return what an experiment of such people could see.

    Args:
        metric: its first goal.
        daily: people who would meet it, a day.
        n: how many people tell of the past.
        mean: of one person's outcome.
        variance: of one person's outcome.
        shares: of the arms, the control first.
        people: the planned number, in all arms.
        alpha: how often one comparison may be wrong.
    """
    # Of several arms, the smallest one is compared worst.
    apart = 1 / shares[0] + 1 / min(shares[1:])
    each = people / (apart / 2)
    least = inf
    if mean and variance > 0 and each:
        least = least_effect(variance, each, alpha, _POWER) / abs(mean)
    efforts = [_effort(one, mean, variance, apart, alpha, daily, people) for one in EFFECTS]
    return Forecast(metric, daily, n, mean, variance, people, _days(people, daily), least, efforts)


def _effort(  # noqa: PLR0913, PLR0917 - each is another noun
    relative: float,
    mean: float,
    variance: float,
    apart: float,
    alpha: float,
    daily: float,
    expected: int,
) -> Effort:
    """Return what it takes to see one relative difference."""
    effect = abs(mean) * relative
    if not effect or variance <= 0:
        return Effort(relative, inf, inf, None)
    total = needed(variance, effect, alpha, _POWER) * apart / 2
    error = sqrt(variance * apart / total)
    always = people_to_tell(effect, error, total, alpha, expected or total)
    return Effort(relative, ceil(total), ceil(always) or inf, _days(total, daily))


def _days(people: float, daily: float) -> int | None:
    """Return in how many days so many people come."""
    return ceil(people / daily) if daily > 0 and isfinite(people) else None
