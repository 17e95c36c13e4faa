"""Rules that ascribe each purchase by the place of a touch in its path; all of them add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

from huiliu.attribution.path import Path, Worth, channels_of

__all__ = ["RULES", "by_rule"]

#: What the touches of a path get, by their number; adds up to 1.
Rule: TypeAlias = Callable[[int], Sequence[float]]
#: What the first and the last touch get of a path of three or more.
_ENDS: Final = 0.4


def by_rule(rule: Rule, paths: Sequence[Path], *, value: bool = False) -> Worth:
    """Return what a rule ascribes to each channel: conversions, or their value."""
    found = dict.fromkeys(channels_of(paths), 0.0)
    for path in paths:
        whole = path.value if value else path.conversions
        if whole:
            for touch, part in zip(path.touches, rule(len(path.touches)), strict=True):
                found[touch] += part * whole
    return found


def _last(n: int) -> Sequence[float]:
    """Give all to the last touch."""
    return [*[0.0] * (n - 1), 1.0]


def _first(n: int) -> Sequence[float]:
    """Give all to the first touch."""
    return [1.0, *[0.0] * (n - 1)]


def _linear(n: int) -> Sequence[float]:
    """Give all touches the same."""
    return [1 / n] * n


def _time_decay(n: int) -> Sequence[float]:
    """Give each touch half of what the next one gets: paths of a file know no hours."""
    weights = [2.0 ** (at - n + 1) for at in range(n)]
    whole = sum(weights)
    return [weight / whole for weight in weights]


def _position(n: int) -> Sequence[float]:
    """Give the ends 40 % each and the middle the rest; of two touches each gets half."""
    if n == 1:
        return [1.0]
    if n == 2:
        return [0.5, 0.5]
    return [_ENDS, *[(1 - 2 * _ENDS) / (n - 2)] * (n - 2), _ENDS]


RULES: Final[Mapping[str, Rule]] = MappingProxyType({
    "last": _last, "first": _first, "linear": _linear, "time_decay": _time_decay,
    "position": _position,
})  # fmt: skip
