"""RFM and lifetime value of the buyers in a file: customer, time, amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from huiliu.kernel.times import DAY, show_instant
from huiliu.services.read_columns import read_columns
from huiliu.statistics.gamma_gamma import fit_gamma_gamma, spend_correlation
from huiliu.statistics.histories import Floats, Histories
from huiliu.statistics.quantiles import quantile, scores
from huiliu.statistics.repeat_buying import RepeatBuying, discounted_purchases, fit_repeat_buying
from huiliu.tags.recipes.rfm import GROUPS

__all__ = ["Buyer", "clv_of", "read_buyers", "rfm_of"]

_NEEDED: Final = ("customer", "time", "amount")
_WEEK: Final = 7.0
_MONTH: Final = 365.25 / 12 / _WEEK
_QUINTILES: Final = (0.2, 0.4, 0.6, 0.8)
#: Fewer repeat buyers tell nothing of what purchases are worth.
_FEWEST: Final = 10
#: Spend and frequency hang together from here on, and Gamma-Gamma takes them not to.
_DEPENDENT: Final = 0.3


@dataclass(frozen=True, slots=True)
class Buyer:
    """What one customer bought."""

    name: str
    #: Different times of purchases.
    n_times: int
    #: (day, what was spent that day) in order; days since 1970 in UTC.
    days: Sequence[tuple[int, float]]
    #: All amounts together, refunds taken off.
    total: float


def read_buyers(data: bytes, until: int | None = None) -> tuple[list[Buyer], int]:
    """Return the buyers of a file by name, and the day that is now: given, or the last in the file.

    Rows of one customer at one time are one purchase. A negative amount is a refund: it lowers what
    was spent, and is no purchase. Days after `until` do not count.

    Raises:
        BadInput: with every bad cell and its line.
    """
    columns = read_columns(data, _NEEDED)
    spent: dict[str, dict[int, float]] = {}
    back: dict[str, float] = {}
    last = 0
    for line, row in columns.rows:
        at = columns.instant(line, "time", row["time"])
        amount = columns.number(line, "amount", row["amount"], None)
        if not row["customer"]:
            columns.wrong(line, "customer", "analysis.no_name")
        if until is not None and at >= (until + 1) * DAY:
            continue
        last = max(last, at)
        if amount < 0:
            back[row["customer"]] = back.get(row["customer"], 0.0) + amount
            continue
        times = spent.setdefault(row["customer"], {})
        times[at] = times.get(at, 0.0) + amount
    columns.checked()
    buyers = [_buyer(name, spent[name], back.get(name, 0.0)) for name in sorted(spent)]
    return buyers, last // DAY if until is None else until


def rfm_of(buyers: Sequence[Buyer], today: int) -> dict[str, Any]:
    """Return cut points, and of each buyer recency in days, frequency, money, scores and group.

    Equal values have equal scores: cut points are the quintiles of all buyers.
    """
    recency = np.array([float(today - one.days[-1][0]) for one in buyers])
    frequency = np.array([float(one.n_times) for one in buyers])
    money = np.array([one.total for one in buyers])
    cuts = {
        name: [quantile(values, q) for q in _QUINTILES]
        for name, values in (("r", recency), ("f", frequency), ("m", money))
        if len(buyers)
    }
    if not buyers:
        return {"as_of": show_instant(today * DAY)[:10], "cuts": {}, "customers": []}
    r = 6 - scores(recency, cuts["r"])
    f, m = scores(frequency, cuts["f"]), scores(money, cuts["m"])
    return {
        "as_of": show_instant(today * DAY)[:10], "cuts": cuts,
        "customers": [
            {
                "customer": one.name, "recency_days": int(recency[at]),
                "frequency": one.n_times, "monetary": round(one.total, 6),
                "r": int(r[at]), "f": int(f[at]), "m": int(m[at]),
                "cell": f"{r[at]}{f[at]}{m[at]}", "group": _group(int(r[at]), int(f[at])),
            }
            for at, one in enumerate(buyers)
        ],
    }  # fmt: skip


def clv_of(
    buyers: Sequence[Buyer], today: int, months: int = 12, discount: float = 0.1
) -> dict[str, Any]:
    """Return the model that was believed and, of each buyer, what is expected of the months ahead.

    Args:
        buyers: as `read_buyers` gives them.
        today: the day until which they were watched.
        months: how far ahead.
        discount: what a payment loses in a year.
    """
    x = np.array([float(len(one.days) - 1) for one in buyers])
    recency = np.array([(one.days[-1][0] - one.days[0][0]) / _WEEK for one in buyers])
    age = np.array([(today - one.days[0][0]) / _WEEK for one in buyers])
    fitted = fit_repeat_buying(Histories.of(x, recency, age))
    worth, spend = _worth(buyers, x)
    told: dict[str, Any] = {
        "until": show_instant(today * DAY)[:10], "unit": "week", "months": months,
        "discount": discount, "n_customers": len(buyers), "model": fitted.name,
        "parameters": dict(fitted.parameters()), "refused": dict(fitted.refused),
        "log_likelihood": getattr(fitted.model, "log_likelihood", None), "spend": spend,
    }  # fmt: skip
    alive, purchases, discounted = _ahead(fitted, x, recency, age, months, discount)
    told["customers"] = [
        {
            "customer": one.name, "repeat_purchases": int(x[at]),
            "recency_weeks": round(float(recency[at]), 6), "age_weeks": round(float(age[at]), 6),
            "p_alive": _at(alive, at), "expected_purchases": _at(purchases, at),
            "expected_value": round(float(worth[at]), 6),
            "clv": None if discounted is None else round(float(discounted[at] * worth[at]), 6),
        }
        for at, one in enumerate(buyers)
    ]  # fmt: skip
    return told


def _buyer(name: str, times: dict[int, float], back: float) -> Buyer:
    """Return one buyer."""
    days: dict[int, float] = {}
    for at in sorted(times):
        days[at // DAY] = days.get(at // DAY, 0.0) + times[at]
    return Buyer(name, len(times), tuple(days.items()), sum(times.values()) + back)


def _group(r: int, f: int) -> str:
    """Return what a recency and a frequency score are called together, as in the console."""
    for name, (recency, frequency) in GROUPS.items():
        if recency[0] <= r <= recency[1] and frequency[0] <= f <= frequency[1]:
            return name
    return ""


def _worth(buyers: Sequence[Buyer], x: Floats) -> tuple[Floats, dict[str, Any]]:
    """Return what a purchase day of each buyer is worth, and how that was found."""
    repeats = np.array([sum(worth for _, worth in one.days[1:]) for one in buyers])
    mean = np.divide(repeats, x, out=np.zeros(len(x)), where=x > 0)
    of_all = [worth for one in buyers for _, worth in one.days]
    usual = float(np.mean(of_all)) if of_all else 0.0
    good = (x > 0) & (mean > 0)
    correlation = spend_correlation(x[good], mean[good])
    if good.sum() >= _FEWEST and abs(correlation) < _DEPENDENT:
        model = fit_gamma_gamma(x[good], mean[good])
        if not model.is_degenerate:
            return model.expected(np.where(good, x, 0.0), mean), {
                "model": "gamma-gamma", "p": model.p, "q": model.q, "gamma": model.gamma,
                "mean": model.mean, "log_likelihood": model.log_likelihood,
                "correlation": correlation,
            }  # fmt: skip
    # Each buyer's own mean, drawn towards everybody's as if everybody had bought once more so.
    drawn = (usual + repeats) / (1 + x)
    return drawn, {"model": "mean", "mean": usual, "correlation": correlation}


def _ahead(
    fitted: RepeatBuying, x: Floats, recency: Floats, age: Floats, months: int, discount: float
) -> tuple[Floats | None, Floats | None, Floats | None]:
    """Return the chance to buy again at all, and purchases ahead, plain and discounted."""
    model = fitted.model
    if model is None:
        return None, None, None
    rate = (1 + discount) ** (1 / 12) - 1
    alive = None if fitted.name == "nbd" else model.p_alive(x, recency, age)
    still = np.ones(len(x)) if alive is None else alive
    span = np.array([months * _MONTH])
    purchases = still * model.purchases_of_the_living(x, age, span)[:, 0]
    return alive, purchases, still * discounted_purchases(model, x, age, _MONTH, months, rate)


def _at(values: Floats | None, place: int) -> float | None:
    """Return one figure, None where there is none."""
    return None if values is None else round(float(values[place]), 6)
