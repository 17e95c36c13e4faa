"""What each channel is worth to a chain of touches: by how much fewer convert without it. Exact.

Source: Anderl, Becker, von Wangenheim, Schumann, "Mapping the customer journey", IJRM 33 (2016).
The chance to convert is the solution of a linear system, so nothing is simulated and the same
paths give the same figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from huiliu.attribution.path import Path, Worth, channels_of

__all__ = ["Chain", "chain_of", "markov"]

_START: Final = 0


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of first order and what it loses without each channel."""

    #: The chance to convert from the start.
    chance: float
    #: Channel -> the part of conversions that is lost without it.
    removal: Worth


def chain_of(paths: Sequence[Path]) -> Chain:
    """Return the chain of some paths; those without a purchase count, or all would convert."""
    channels = channels_of(paths)
    place = {name: at + 1 for at, name in enumerate(channels)}
    n = len(channels) + 1
    moves = np.zeros((n, n))
    converts = np.zeros(n)
    leaves = np.zeros(n)
    for path in paths:
        times = path.conversions + path.nulls
        at = _START
        for touch in path.touches:
            moves[at, place[touch]] += times
            at = place[touch]
        converts[at] += path.conversions
        leaves[at] += path.nulls
    seen = moves.sum(axis=1) + converts + leaves
    known = np.where(seen > 0, seen, 1.0)
    moves, converts = moves / known[:, None], converts / known
    chance = _chance(moves, converts)
    removal = {}
    for name, at in place.items():
        without, last = moves.copy(), converts.copy()
        # Who would come to the channel goes away instead.
        without[at, :] = without[:, at] = last[at] = 0.0
        removal[name] = 1 - _chance(without, last) / chance if chance else 0.0
    return Chain(chance, removal)


def markov(paths: Sequence[Path], *, value: bool = False) -> Worth:
    """Return what is ascribed to each channel by its removal; adds up to all conversions.

    With `value` the same shares divide the value: the chain knows who converts, not for how much.
    """
    removal = chain_of(paths).removal
    whole = sum(path.value if value else path.conversions for path in paths)
    lost = sum(removal.values())
    return {name: whole * part / lost if lost else 0.0 for name, part in removal.items()}


def _chance(moves: npt.NDArray[np.float64], converts: npt.NDArray[np.float64]) -> float:
    """Return the chance to convert from the start."""
    # A state that is never left has no chance: its row would make the system singular.
    stuck = np.isclose(moves.diagonal(), 1.0)
    moves = np.where(stuck[:, None], 0.0, moves)
    found = np.linalg.solve(np.eye(len(moves)) - moves, converts)
    return float(found[_START])
