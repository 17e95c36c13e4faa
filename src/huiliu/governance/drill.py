"""Where a rate fell: the values, and pairs of values, that explain a fall best.

For each cell of all dimensions the count that was to be expected is its volume now times its rate
before, drawn towards the whole where little was seen. A value is scored by how much likelier what
happened is if it fell by itself than if everything fell alike (a scan by likelihood ratio).

Source: Kulldorff, "A spatial scan statistic", Communications in Statistics 26 (1997), for the
ratio; our own use of it over values of dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Cell", "Suspect", "drill"]

#: Visits' worth of the whole rate that is added to each cell's own.
_DRAWN: Final = 20.0
#: Two suspects that share more than this of what is lost are one.
_SAME: Final = 0.95
#: A pair must explain this much more than its better half, or the half says it shorter.
_GAIN: Final = 1.02


@dataclass(frozen=True, slots=True)
class Cell:
    """Visits and conversions before and after, where every dimension has one value."""

    where: Mapping[str, str]
    before_n: float
    before_x: float
    after_n: float
    after_x: float


@dataclass(frozen=True, slots=True)
class Suspect:
    """A value, or two together, that fell more than the rest."""

    where: Mapping[str, str]
    #: How much likelier the fall is as this one's own, as a natural logarithm.
    score: float
    #: Conversions expected here, and seen.
    expected: float
    seen: float
    #: Which part of all that is missing is missing here.
    share: float


@dataclass(frozen=True, slots=True)
class _Ground:
    """All cells as arrays."""

    expected: npt.NDArray[np.float64]
    seen: npt.NDArray[np.float64]
    #: Dimension -> value -> which cells have it.
    masks: Mapping[str, Mapping[str, npt.NDArray[np.bool_]]]


def drill(cells: Sequence[Cell], most: int = 3, *, rise: bool = False) -> list[Suspect]:
    """Return what explains a fall best, the best first; nothing where nothing fell by itself.

    Args:
        cells: every one with the same dimensions.
        most: how many are returned at most.
        rise: look for what rose instead, where a high rate is the bad one.
    """
    ground = _ground_of(cells)
    scored = sorted(
        (
            (_score(ground, mask, rise=rise), where, mask)
            for where, mask in _groups(ground, rise=rise)
        ),
        key=lambda one: (-one[0], len(one[1]), sorted(one[1].items())),
    )
    missing = np.abs(ground.expected - ground.seen)
    picked: list[tuple[Suspect, npt.NDArray[np.bool_]]] = []
    for score, where, mask in scored:
        if score <= 0 or len(picked) == most:
            break
        if not any(_is_same(missing, mask, other) for _, other in picked):
            picked.append((_suspect(ground, where, mask, score), mask))
    return [suspect for suspect, _ in picked]


def _ground_of(cells: Sequence[Cell]) -> _Ground:
    """Return the cells as arrays, with what was to be expected of each."""
    before = np.array([[one.before_n, one.before_x] for one in cells]).reshape(-1, 2)
    after = np.array([[one.after_n, one.after_x] for one in cells]).reshape(-1, 2)
    visits = float(before[:, 0].sum())
    whole = float(before[:, 1].sum()) / visits if visits else 0.0
    rate = (before[:, 1] + _DRAWN * whole) / (before[:, 0] + _DRAWN)
    masks: dict[str, dict[str, npt.NDArray[np.bool_]]] = {}
    for name in cells[0].where if cells else ():
        values = np.array([one.where[name] for one in cells], dtype=object)
        masks[name] = {value: values == value for value in sorted(set(values.tolist()))}
    return _Ground(after[:, 0] * rate, after[:, 1], masks)


def _groups(
    ground: _Ground,
    *,
    rise: bool,
) -> Iterator[tuple[dict[str, str], npt.NDArray[np.bool_]]]:
    """Yield each value that is not all, and each pair that says more than both of its halves."""
    alone: dict[tuple[str, str], float] = {}
    for name, values in ground.masks.items():
        if len(values) < 2:
            continue
        for value, mask in values.items():
            alone[name, value] = _score(ground, mask, rise=rise)
            yield {name: value}, mask
    for first, second in combinations(ground.masks, 2):
        if len(ground.masks[first]) < 2 or len(ground.masks[second]) < 2:
            continue
        for value, mask in ground.masks[first].items():
            for other, second_mask in ground.masks[second].items():
                both = mask & second_mask
                better = max(alone[first, value], alone[second, other])
                if both.any() and _score(ground, both, rise=rise) > _GAIN * better:
                    yield {first: value, second: other}, both


def _score(ground: _Ground, mask: npt.NDArray[np.bool_], *, rise: bool) -> float:
    """Return by how much a fall of its own explains more than one fall of all; 0 = no more."""
    expected, seen = float(ground.expected[mask].sum()), float(ground.seen[mask].sum())
    rest_expected = float(ground.expected.sum()) - expected
    rest = max(0.0, float(ground.seen.sum()) - seen)
    if expected <= 0 or rest_expected <= 0:
        return 0.0
    own, others = seen / expected, rest / rest_expected
    if own == others or (own > others) != rise:
        return 0.0
    both = seen + rest
    return max(
        0.0,
        _part(seen, expected) + _part(rest, rest_expected) - _part(both, expected + rest_expected),
    )


def _part(seen: float, expected: float) -> float:
    """Return O ln(O / E); nothing seen adds nothing."""
    return seen * log(seen / expected) if seen > 0 else 0.0


def _is_same(
    missing: npt.NDArray[np.float64], mask: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]
) -> bool:
    """Say whether two groups are nearly the same, by what is missing in them."""
    return float(missing[mask & other].sum()) > _SAME * float(missing[mask | other].sum())


def _suspect(
    ground: _Ground, where: Mapping[str, str], mask: npt.NDArray[np.bool_], score: float
) -> Suspect:
    """Return one group with its figures."""
    expected, seen = float(ground.expected[mask].sum()), float(ground.seen[mask].sum())
    gap = float(ground.expected.sum() - ground.seen.sum())
    return Suspect(dict(where), score, expected, seen, (expected - seen) / gap if gap else 0.0)
