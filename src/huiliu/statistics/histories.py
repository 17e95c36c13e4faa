"""What models of repeat buying read: how often, how lately, and for how long people were seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["MANY", "MOST", "ROUGH", "Floats", "Histories", "mean_age", "thinned"]

Floats: TypeAlias = npt.NDArray[np.float64]

#: More histories than this make no fit better; evenly spaced ones stand for all.
MOST: Final = 50_000
#: Of more than this, so many tell which start of a climb is best.
MANY: Final = 5_000
ROUGH: Final = 2_000


@dataclass(frozen=True, slots=True)
class Histories:
    """Purchase histories; people with the same one are counted, not repeated."""

    #: Repeat purchases: distinct purchase days without the first.
    x: Floats
    #: From the first purchase to the last, and from the first until now; in one unit of time.
    recency: Floats
    age: Floats
    #: How many people have this history.
    n: Floats

    @classmethod
    def of(
        cls,
        x: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        n: npt.ArrayLike | None = None,
    ) -> Histories:
        """Return histories, equal ones folded; a last purchase never lies after now."""
        rows = np.column_stack([np.asarray(one, np.float64) for one in (x, recency, age)])
        counts = np.ones(len(rows)) if n is None else np.asarray(n, np.float64)
        good = np.isfinite(rows).all(axis=1) & (rows >= 0).all(axis=1) & (counts > 0)
        unique, where = np.unique(rows[good], axis=0, return_inverse=True)
        folded = np.zeros(len(unique))
        np.add.at(folded, where.reshape(-1), counts[good])
        return cls(unique[:, 0], np.minimum(unique[:, 1], unique[:, 2]), unique[:, 2], folded)

    @property
    def n_people(self) -> int:
        """How many people there are."""
        return int(self.n.sum())

    @property
    def n_repeaters(self) -> int:
        """How many bought on more than one day."""
        return int(self.n[self.x > 0].sum())


def thinned(histories: Histories, most: int = MOST) -> Histories:
    """Return at most so many histories that stand evenly for all of them, always the same."""
    if len(histories.x) <= most:
        return histories
    past = np.cumsum(histories.n)
    places = (np.arange(most) + 0.5) * past[-1] / most
    chosen, times = np.unique(np.searchsorted(past, places), return_counts=True)
    return Histories(
        histories.x[chosen],
        histories.recency[chosen],
        histories.age[chosen],
        times * (past[-1] / most),
    )


def mean_age(histories: Histories) -> float:
    """Return the mean time that people were watched: a unit in which parameters are near 1."""
    return float(np.average(histories.age, weights=histories.n)) or 1.0
