"""The clocks: the machine's own, and one that a demo or a test moves."""

from __future__ import annotations

import time
from threading import Lock

from huiliu.kernel.times import Instant

__all__ = ["SimulatedClock", "SystemClock"]


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """Return the present instant in microseconds."""
        return Instant(time.time_ns() // 1000)


class SimulatedClock:
    """A clock that stands still until it is moved; it never goes back."""

    def __init__(self, start: int) -> None:
        """Stand at `start`."""
        self._now = start
        self._lock = Lock()

    def now(self) -> Instant:
        """Return the instant that was last set."""
        return Instant(self._now)

    def set(self, instant: int) -> None:
        """Go to an instant; raise ValueError when it lies before the present one."""
        with self._lock:
            if instant < self._now:
                raise ValueError(f"a clock does not go back from {self._now} to {instant}")
            self._now = instant

    def advance(self, duration: int) -> Instant:
        """Go on by a duration in microseconds and return the new present."""
        with self._lock:
            if duration < 0:
                raise ValueError(f"a clock does not go back by {-duration}")
            self._now += duration
            return Instant(self._now)
