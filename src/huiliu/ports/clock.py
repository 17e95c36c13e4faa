"""Time as the world tells it: the real one, or one that a demo or test moves."""

from __future__ import annotations

from typing import Protocol

from huiliu.kernel.times import Instant

__all__ = ["Clock"]


class Clock(Protocol):
    """Tells the instant; the only way that services learn the time."""

    def now(self) -> Instant:
        """Return the present instant in microseconds."""
        ...
