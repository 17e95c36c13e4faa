"""`clv`: what a buyer will still spend in the months ahead, worth less the later it comes.

P(alive) times the purchase days expected of the living, discounted by month, times the value of a
purchase day by Gamma-Gamma. Where spend and frequency hang together, or the fit degenerates, a
person's own mean drawn towards everybody's stands for it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from huiliu.conditions.population import group_of, number_literal
from huiliu.statistics.gamma_gamma import fit_gamma_gamma, spend_correlation
from huiliu.statistics.repeat_buying import discounted_purchases
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Keep, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.alive import DAYS_A_WEEK, Fitted, fitted, histories_of, unanswered
from huiliu.tags.rows import Rows

__all__ = ["CLV", "Clv"]

_KNOWN: Final = frozenset({"months", "discount", "margin"})
_DAYS_A_MONTH: Final = 365.25 / 12
#: More people make the fit of spend no better.
_MOST: Final = 20_000
_FEWEST: Final = 10
#: Spend and frequency hang together from here on, and Gamma-Gamma takes them not to.
_DEPENDENT: Final = 0.3


@dataclass(frozen=True, slots=True)
class Clv:
    """The discounted value of everybody who ever bought, in the brand's currency."""

    months: int = 12
    #: What a payment loses in a year.
    discount: float = 0.1
    #: The part of revenue that is worth counting.
    margin: float = 1.0

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return Lineage(needs=frozenset({"purchases"}))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {"months": self.months, "discount": self.discount, "margin": self.margin}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Fit both models, and look everybody up in them."""
        rows = Rows()
        bought = rows.one_currency(rows.read(ground, now), "total", ground)
        bought = bought.mutate(value=bought.total)
        kept: ibis.Table = yield Keep("histories", histories_of(bought, ground, now))
        found: Fitted = yield from fitted(kept)
        if found.model.model is None:
            return Computed(*unanswered(kept, found.published()))
        expected: ibis.Table = yield Keep("expected", self._expected(found))
        spend, told = yield from _spend(kept)
        both = kept.inner_join(
            expected,
            [kept.x == expected.x, kept.recency == expected.recency, kept.age == expected.age],
        )
        value = both.purchases * spend(both.x.cast("float64"), both.spend) * self.margin
        values = both.select("profile_id", value=value.round(6))
        return Computed(values, {**found.published(), **told})

    def _expected(self, found: Fitted) -> pa.Table:
        """Return the discounted purchases expected of each different history."""
        assert found.model.model is not None
        # They hang on the recency by P(alive) alone.
        ages, which = np.unique(np.column_stack([found.x, found.age]), axis=0, return_inverse=True)
        rate = (1 + self.discount) ** (1 / 12) - 1
        living = discounted_purchases(
            found.model.model, ages[:, 0], ages[:, 1] / DAYS_A_WEEK, _DAYS_A_MONTH / DAYS_A_WEEK,
            self.months, rate,
        )  # fmt: skip
        purchases = living[which.reshape(-1)]
        if found.model.name != "nbd":
            purchases = purchases * found.alive()
        return pa.table({
            "x": pa.array(found.x, pa.float64()),
            "recency": pa.array(found.recency, pa.float64()),
            "age": pa.array(found.age, pa.float64()),
            "purchases": pa.array(purchases, pa.float64()),
        })  # fmt: skip


def _spend(kept: ibis.Table) -> Generator[ibis.Table | tuple[ibis.Table, ...], Any, Any]:
    """Find what a purchase day is worth: an expression of x and spend, and what is published."""
    repeats = kept.filter(kept.x > 0, kept.spend > 0)
    counted: pa.Table = yield kept.aggregate(
        n=((kept.x > 0) & (kept.spend > 0)).cast("int64").sum(),
        mean=kept.value.sum() / (kept.x + 1).sum(),
    )
    n, mean = int(counted["n"][0].as_py() or 0), float(counted["mean"][0].as_py() or 0.0)
    told: dict[str, float | str] = {"n_spend": float(n), "mean_spend": mean}

    def own(x: ibis.Value, spend: ibis.Value) -> ibis.Value:
        """Return the own mean, drawn towards everybody's by one purchase."""
        return (x * spend.fill_null(0.0) + number_literal(mean)) / (x + 1)

    if n < _FEWEST:
        return own, {**told, "spend_model": "own_mean"}
    step = -(-n // _MOST)
    some = repeats.filter(group_of(repeats.profile_id, step) == 0) if step > 1 else repeats
    found: pa.Table = yield some.select(x=some.x.cast("float64"), spend=some.spend)
    x, spend = (np.asarray(found[name], np.float64) for name in ("x", "spend"))
    if len(x) < _FEWEST:
        return own, {**told, "spend_model": "own_mean"}
    correlation = spend_correlation(x, spend)
    told["spend_correlation"] = correlation
    if abs(correlation) > _DEPENDENT:
        return own, {**told, "spend_model": "own_mean", "spend_refused": "hangs_on_frequency"}
    model = fit_gamma_gamma(x, spend)
    if model.is_degenerate:
        return own, {**told, "spend_model": "own_mean", "spend_refused": "degenerate"}

    def expected(x: ibis.Value, spend: ibis.Value) -> ibis.Value:
        """Return the value that the model expects; everybody's mean of who bought once."""
        p, gamma = number_literal(model.p), number_literal(model.gamma)
        seen = x * p + number_literal(model.q - 1)
        known = p * (gamma + x * spend.fill_null(0.0)) / seen
        return ibis.ifelse(x > 0, known, number_literal(model.mean))

    parameters = {"p": model.p, "q": model.q, "gamma": model.gamma}
    return expected, {**told, "spend_model": "gamma-gamma", **parameters}


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> Clv:
    """Return the recipe of `{months: 12, discount: 0.1}`."""
    del type_
    given = reading.mapping(raw, path, _KNOWN)
    plain = Clv()
    return Clv(
        months=reading.whole(given.get("months", plain.months), f"{path}.months", 1, 60),
        discount=reading.number(given.get("discount", plain.discount), f"{path}.discount", 0, 10),
        margin=reading.number(given.get("margin", plain.margin), f"{path}.margin", 0, 1),
    )


CLV = RecipeKind("clv", frozenset({"number"}), _parse)
