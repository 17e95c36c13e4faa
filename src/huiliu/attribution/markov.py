"""What each channel is worth to a chain of touches: by how much fewer convert without it. Exact.

Source: Anderl, Becker, von Wangenheim, Schumann, "Mapping the customer journey", IJRM 33 (2016).
The chance to convert is the solution of a linear system, so nothing is simulated and the same
paths give the same figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from huiliu.attribution.path import Path, Worth

__all__ = ["START", "Chain", "Moves", "chain_of", "chain_of_moves", "markov", "markov_of"]

_START: Final = 0
#: Where every path begins.
START: Final = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of first order and what it loses without each channel."""

    #: The chance to convert from the start.
    chance: float
    #: Channel -> the part of conversions that is lost without it.
    removal: Worth


@dataclass(slots=True)
class Moves:
    """How often one channel followed another, and how paths ended: all that a chain needs."""

    #: (channel or START, channel) -> times.
    steps: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    #: Channel -> paths that ended there with a purchase, and with none.
    converts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    leaves: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, source: str, channel: str, times: float) -> None:
        """Count a step."""
        self.steps[source, channel] += times

    def end(self, channel: str, times: float, *, is_bought: bool) -> None:
        """Count the end of a path."""
        (self.converts if is_bought else self.leaves)[channel] += times

    def channels(self) -> list[str]:
        """Return every channel, in alphabetical order."""
        return sorted({channel for _, channel in self.steps})


def chain_of(paths: Sequence[Path]) -> Chain:
    """Return the chain of some paths; those without a purchase count, or all would convert."""
    moves = Moves()
    for path in paths:
        at = START
        for touch in path.touches:
            moves.add(at, touch, path.conversions + path.nulls)
            at = touch
        moves.end(at, path.conversions, is_bought=True)
        moves.end(at, path.nulls, is_bought=False)
    return chain_of_moves(moves)


def chain_of_moves(told: Moves) -> Chain:
    """Return the chain of counted steps."""
    place = {name: at + 1 for at, name in enumerate(told.channels())}
    whole = place | {START: _START}
    n = len(whole)
    moves = np.zeros((n, n))
    converts = np.zeros(n)
    leaves = np.zeros(n)
    for (source, channel), times in told.steps.items():
        moves[whole[source], whole[channel]] += times
    for ends, counted in ((converts, told.converts), (leaves, told.leaves)):
        for channel, times in counted.items():
            ends[whole[channel]] += times
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
    return _shared(chain_of(paths), sum(one.value if value else one.conversions for one in paths))


def markov_of(told: Moves, whole: float) -> Worth:
    """Return the parts of a whole that are ascribed to each channel of counted steps."""
    return _shared(chain_of_moves(told), whole)


def _shared(chain: Chain, whole: float) -> Worth:
    """Return the parts of a whole by what is lost without each channel."""
    lost = sum(chain.removal.values())
    return {name: whole * part / lost if lost else 0.0 for name, part in chain.removal.items()}


def _chance(moves: npt.NDArray[np.float64], converts: npt.NDArray[np.float64]) -> float:
    """Return the chance to convert from the start."""
    # A state that is never left has no chance: its row would make the system singular.
    stuck = np.isclose(moves.diagonal(), 1.0)
    moves = np.where(stuck[:, None], 0.0, moves)
    found = np.linalg.solve(np.eye(len(moves)) - moves, converts)
    return float(found[_START])
