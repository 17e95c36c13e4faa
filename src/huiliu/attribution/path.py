"""A path of touches to a purchase or to none, counted, as models of attribution read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["SEPARATOR", "Path", "Worth", "channels_of", "split_path"]

#: Between the touches of a written path.
SEPARATOR: Final = ">"

#: Channel -> what is ascribed to it.
Worth = dict[str, float]


@dataclass(frozen=True, slots=True)
class Path:
    """People who were touched by the same channels in the same order."""

    #: From the first touch to the last; never empty.
    touches: tuple[str, ...]
    conversions: float = 0.0
    #: What those conversions were worth together.
    value: float = 0.0
    #: How many went this way and did not convert.
    nulls: float = 0.0


def split_path(written: str) -> tuple[str, ...]:
    """Return the touches of a path written `search > push > search`."""
    return tuple(one for one in (part.strip() for part in written.split(SEPARATOR)) if one)


def channels_of(paths: Sequence[Path]) -> list[str]:
    """Return every channel of some paths, in alphabetical order."""
    return sorted({touch for path in paths for touch in path.touches})
