"""What `p_alive` and `clv` share: purchase histories, the fitted model, and where they meet."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from huiliu.statistics.histories import Floats, Histories
from huiliu.statistics.repeat_buying import RepeatBuying, fit_repeat_buying
from huiliu.tags.recipe import Ground, Keep, Published
from huiliu.tags.recipes.days import purchase_days, today_number

__all__ = ["DAYS_A_WEEK", "Fitted", "fitted", "histories_of", "unanswered"]

#: Models count in weeks, as the papers do.
DAYS_A_WEEK: Final = 7.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model, and every different history that there is."""

    model: RepeatBuying
    #: Repeat purchase days; days from the first to the last, and from the first to today.
    x: Floats
    recency: Floats
    age: Floats

    def published(self) -> dict[str, float | str | list[float]]:
        """Return what readers should know of the fit."""
        refused = ", ".join(f"{name}: {why}" for name, why in self.model.refused.items())
        return {
            "model": self.model.name,
            "refused": refused,
            "n_people": float(self.model.n_people),
            **self.model.parameters(),
        }

    def alive(self) -> Floats:
        """Return the chance of each history that its people still buy."""
        assert self.model.model is not None
        weeks = (self.recency / DAYS_A_WEEK, self.age / DAYS_A_WEEK)
        return self.model.model.p_alive(self.x, *weeks)


def histories_of(rows: ibis.Table, ground: Ground, now: int) -> ibis.Table:
    """Return each buyer's profile_id, x, recency and age in days, and spend.

    `spend` is the mean value of the purchase days after the first; null without any.
    """
    days = purchase_days(rows, ground, now)
    first = days.day.min().over(ibis.window(group_by=days.profile_id))
    days = days.mutate(first=first)
    later = days.day > days["first"]
    folded = days.group_by("profile_id").agg(
        x=days.count() - 1,
        recency=days.day.max() - days.day.min(),
        age=ibis.greatest(today_number(ground.zone, now) - days.day.min(), 0),
        spend=days.value.mean(where=later).round(6),
        value=days.value.sum().round(6),
    )
    return folded.mutate(age=ibis.greatest(folded.age, folded.recency))


def fitted(kept: ibis.Table) -> Generator[ibis.Table | Keep, Any, Fitted]:
    """Ask how many people have each history, and fit the model to them."""
    found: pa.Table = yield kept.group_by("x", "recency", "age").agg(n=kept.count())
    x, recency, age, n = (
        np.asarray(found[name], np.float64) for name in ("x", "recency", "age", "n")
    )
    # In one order, whatever the engine's: then two tags of one refresh share one fit.
    order = np.lexsort((age, recency, x))
    columns = [column[order] for column in (x, recency, age, n)]
    return _fitted(*(column.tobytes() for column in columns))


@lru_cache(maxsize=2)
def _fitted(x: bytes, recency: bytes, age: bytes, n: bytes) -> Fitted:
    """Fit the model to histories that come as the bytes of their numbers."""
    whole, last, old, people = (np.frombuffer(column) for column in (x, recency, age, n))
    histories = Histories.of(whole, last / DAYS_A_WEEK, old / DAYS_A_WEEK, people)
    return Fitted(fit_repeat_buying(histories), whole, last, old)


def unanswered(kept: ibis.Table, published: Published) -> tuple[ibis.Table, Published]:
    """Return no value for anybody."""
    nobody = kept.filter(ibis.literal(False))
    return nobody.select("profile_id", value=ibis.null("float64")), published
