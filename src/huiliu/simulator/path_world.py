"""Paths of touches of which it is known how many buy because of each channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["DrawnPath", "PathWorld", "TouchChannel", "paths_of", "removal_shares"]


@dataclass(frozen=True, slots=True)
class TouchChannel:
    """A channel that touches people."""

    name: str
    #: How likely the next touch is one of this channel, in any unit.
    weight: float
    #: The chance that a touch of it is followed by the purchase.
    converts: float


#: A brand that sells by four channels.
_CHANNELS = (
    TouchChannel("app", 3.0, 0.10), TouchChannel("wechat", 4.0, 0.05),
    TouchChannel("douyin", 5.0, 0.02), TouchChannel("sms", 2.0, 0.06),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PathWorld:
    """The parameters of paths: which channel touches next hangs on nothing before."""

    people: int = 50_000
    #: The chance that nothing follows a touch that was no purchase.
    leaves: float = 0.4
    worth: float = 120.0
    channels: Sequence[TouchChannel] = _CHANNELS


@dataclass(frozen=True, slots=True)
class DrawnPath:
    """People who were touched by the same channels in the same order."""

    touches: tuple[str, ...]
    conversions: int
    value: float
    nulls: int


#: No one is touched more often.
_LONGEST = 60


def paths_of(world: PathWorld, seed: int) -> list[DrawnPath]:
    """Return the paths of everyone, in alphabetical order."""
    rng = np.random.default_rng((seed, 11))
    names = [one.name for one in world.channels]
    weights = np.array([one.weight for one in world.channels])
    chances = np.array([one.converts for one in world.channels])
    drawn = rng.choice(len(names), (world.people, _LONGEST), p=weights / weights.sum())
    buys = rng.random((world.people, _LONGEST)) < chances[drawn]
    ends = buys | (rng.random((world.people, _LONGEST)) < world.leaves)
    ends[:, -1] = True
    last = ends.argmax(axis=1)
    bought: Counter[tuple[str, ...]] = Counter()
    left: Counter[tuple[str, ...]] = Counter()
    for nth, end in enumerate(last.tolist()):
        path = tuple(names[at] for at in drawn[nth, : end + 1].tolist())
        (bought if buys[nth, end] else left)[path] += 1
    return [
        DrawnPath(path, bought[path], round(bought[path] * world.worth, 2), left[path])
        for path in sorted(bought.keys() | left.keys())
    ]


def removal_shares(world: PathWorld) -> dict[str, float]:
    """Return each channel's true part of what is lost when it is taken away.

    Whoever would be touched by a channel that is gone goes away. With p_c the part of touches that
    are c's, e_c its chance and l the chance to leave, a person buys with probability
    sum(p e) / (1 - (1 - l) sum(p (1 - e))).
    """
    weights = np.array([one.weight for one in world.channels])
    parts = weights / weights.sum()
    chances = np.array([one.converts for one in world.channels])
    whole = _chance(parts, chances, world.leaves)
    lost = []
    for at in range(len(world.channels)):
        without = parts.copy()
        without[at] = 0.0
        lost.append(1 - _chance(without, chances, world.leaves) / whole)
    return {
        one.name: float(part / sum(lost)) for one, part in zip(world.channels, lost, strict=True)
    }


def _chance(
    parts: npt.NDArray[np.float64], chances: npt.NDArray[np.float64], leaves: float
) -> float:
    """Return how likely somebody buys in the end."""
    stays = (1 - leaves) * float((parts * (1 - chances)).sum())
    return float((parts * chances).sum()) / (1 - stays)
