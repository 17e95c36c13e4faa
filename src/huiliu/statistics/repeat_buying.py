"""Which model of repeat buying can be believed: BG/NBD, else Pareto/NBD, else NBD, else none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from huiliu.statistics.bg_nbd import BgNbd, fit_bg_nbd
from huiliu.statistics.histories import Floats, Histories, thinned
from huiliu.statistics.nbd import Nbd, fit_nbd
from huiliu.statistics.pareto_nbd import ParetoNbd, fit_pareto_nbd

__all__ = ["RepeatBuying", "discounted_purchases", "fit_repeat_buying"]

Model: TypeAlias = "BgNbd | ParetoNbd | Nbd"

#: With fewer people, or fewer who came back, four parameters are a guess.
FEWEST: Final = 50
FEWEST_REPEATERS: Final = 10
#: Two more parameters gain half of this by chance in 19 of 20 sets (chi-square, two degrees: 5.99).
LEAST_GAIN: Final = 3.0


@dataclass(frozen=True, slots=True)
class RepeatBuying:
    """A model that was found believable, or none; and what was tried before it."""

    #: bg-nbd, pareto-nbd, nbd or none.
    name: str
    model: Model | None
    #: Name of a model that was tried and not believed -> why.
    refused: Mapping[str, str]
    n_people: int

    def parameters(self) -> Mapping[str, float]:
        """Return the fitted parameters by name."""
        match self.model:
            case BgNbd(r=r, alpha=alpha, a=a, b=b):
                return {"r": r, "alpha": alpha, "a": a, "b": b}
            case ParetoNbd(r=r, alpha=alpha, s=s, beta=beta):
                return {"r": r, "alpha": alpha, "s": s, "beta": beta}
            case Nbd(r=r, alpha=alpha):
                return {"r": r, "alpha": alpha}
        return {}


def fit_repeat_buying(histories: Histories) -> RepeatBuying:
    """Return the first model that can be believed.

    A fit in which nobody ever stops makes everybody alive for certain: that is refused, and so is
    one whose stopping explains the data hardly better than no stopping at all.
    """
    n_people = histories.n_people
    if n_people < FEWEST or histories.n_repeaters < FEWEST_REPEATERS:
        return RepeatBuying("none", None, {"bg-nbd": "too_few"}, n_people)
    some = thinned(histories)
    never = fit_nbd(some)
    refused: dict[str, str] = {}
    for name, fit in (("bg-nbd", fit_bg_nbd), ("pareto-nbd", fit_pareto_nbd)):
        model: BgNbd | ParetoNbd = fit(some)
        if model.is_degenerate:
            refused[name] = "degenerate"
        elif model.log_likelihood - never.log_likelihood < LEAST_GAIN:
            refused[name] = "no_better_than_nbd"
        else:
            return RepeatBuying(name, model, refused, n_people)
    if never.is_degenerate:
        return RepeatBuying("none", None, {**refused, "nbd": "degenerate"}, n_people)
    return RepeatBuying("nbd", never, refused, n_people)


def discounted_purchases(
    model: Model, x: Floats, age: Floats, period: float, n_periods: int, rate: float
) -> Floats:
    """Return the purchases expected of people who still buy, worth less the later they come.

    Args:
        model: a fitted model.
        x: repeat purchases of each person.
        age: time since the first purchase of each person.
        period: length of a period in the model's unit of time.
        n_periods: how many periods ahead.
        rate: what a purchase loses in a period, e.g. 0.01; it is counted at the period's end.
    """
    ends = np.asarray(period * np.arange(1, n_periods + 1), np.float64)
    by_then = model.purchases_of_the_living(x, age, ends)
    each = np.diff(by_then, axis=1, prepend=0.0)
    return np.asarray(each @ (1 + rate) ** -np.arange(1.0, n_periods + 1))
