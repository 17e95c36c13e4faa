"""One single thing that might have been different when a decision was taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from huiliu.journeys.replaying import Asked
from huiliu.kernel.texts import Text

__all__ = ["Alternative", "but"]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One change with its cost: the smaller, the nearer to what was."""

    cost: float
    said: Text
    #: Returns the decision with that one thing different; None where there is no such decision.
    make: Callable[[], Asked | None]


def but(cost: float, said: Text, asked: Asked) -> Alternative:
    """Return an alternative whose decision is made already."""
    return Alternative(cost, said, lambda: asked)
