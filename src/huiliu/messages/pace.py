"""How fast an account is used, and when it is left alone: learned from what its provider answers.

The rate follows additive increase and multiplicative decrease (AIMD), as congestion control does:
it is halved when the provider says "too fast", and grows by a twentieth of what was too fast in
each second in which it does not. The breaker opens when answer after answer is a failure, so that
other accounts carry on and a provider that is down is not hammered; after a while a few messages
try whether it works.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from huiliu.kernel.times import MINUTE, SECOND

__all__ = ["PROBES", "Outcome", "Pace", "after", "effective_rate"]

#: Answers in a row without one that was taken, after which the breaker opens.
_FAILURES: Final = 10
_FIRST_OPEN: Final = 5 * SECOND
_LONGEST_OPEN: Final = 5 * MINUTE
#: So many messages try whether an account works again.
PROBES: Final = 3
#: What is left of the rate when the provider says "too fast".
_DECREASE: Final = 0.5
#: The share of what was too fast that the rate grows by in a second.
_INCREASE: Final = 0.05
#: Several parts that were under way when it was said count as one.
_ONE_THROTTLE: Final = SECOND
_SLOWEST: Final = 0.2
_SHORTEST_S: Final = 0.001
_MOST_COUNTED: Final = 10_000


class Pace(msgspec.Struct, frozen=True):
    """What was learned of an account, and shared by all workers."""

    #: Units a second; 0 = nothing learned, only the configured rate counts.
    rate: float = 0.0
    #: The rate that the provider last called too fast: what growing aims at.
    top: float = 0.0
    #: When the rate last changed.
    changed_at: int = 0
    #: Answers in a row without one that was taken.
    failures: int = 0
    #: The breaker is open until then, and half open after; 0 = it is closed.
    open_until: int = 0
    times_opened: int = 0
    #: The provider's words that opened the breaker.
    reason: str = ""

    @property
    def is_plain(self) -> bool:
        """Say whether there is nothing to mind."""
        return not (self.rate or self.failures or self.open_until)


class Outcome(msgspec.Struct, frozen=True):
    """What came of one part that was handed over."""

    #: Units that were taken.
    n_taken: int
    #: Answers that said "too fast".
    n_throttled: int
    #: Answers that were a failure of the provider or of the way to it, throttling included.
    n_failed: int
    #: How long it took, in seconds.
    seconds: float
    #: Whether the provider dealt with any message, be it by refusing it.
    works: bool
    #: The first failure's words.
    response: str = ""


def effective_rate(rate: float, ceiling: float) -> float:
    """Return the units a second that are in force; 0 = no limit."""
    if not rate or (ceiling and ceiling < rate):
        return ceiling
    return rate


def after(pace: Pace, told: Outcome, ceiling: float, now: int) -> Pace:
    """Return what is known of an account after one more part.

    Args:
        pace: what was known.
        told: what came of the part.
        ceiling: the configured units a second; 0 = none.
        now: the present instant.
    """
    return _breaker(_rate(pace, told, ceiling, now), told, now)


def _rate(pace: Pace, told: Outcome, ceiling: float, now: int) -> Pace:
    """Return the pace with the rate that follows."""
    used = effective_rate(pace.rate, ceiling)
    if told.n_throttled:
        if pace.rate and now - pace.changed_at < _ONE_THROTTLE:
            return pace
        measured = told.n_taken / max(told.seconds, _SHORTEST_S)
        top = min(used, measured) if used and measured else used or measured
        return replace(
            pace, rate=max(_SLOWEST, top * _DECREASE), top=max(top, _SLOWEST), changed_at=now
        )
    if not pace.rate or not told.n_taken:
        return pace
    seconds = min(now - pace.changed_at, SECOND) / SECOND
    grown = pace.rate + seconds * max(1.0, _INCREASE * max(pace.rate, pace.top))
    if ceiling and grown >= ceiling:
        return replace(pace, rate=0.0, top=0.0, changed_at=now)
    return replace(pace, rate=grown, changed_at=now)


def _breaker(pace: Pace, told: Outcome, now: int) -> Pace:
    """Return the pace with the breaker that follows."""
    if told.works:
        return replace(pace, failures=0, open_until=0, times_opened=0, reason="")
    if not told.n_failed:
        return pace
    pace = replace(pace, failures=min(pace.failures + told.n_failed, _MOST_COUNTED))
    is_open, was_open = pace.open_until > now, bool(pace.open_until)
    # What was still under way when it opened tells nothing new.
    if is_open or (not was_open and pace.failures < _FAILURES):
        return pace
    wait = min(_FIRST_OPEN << min(pace.times_opened, 10), _LONGEST_OPEN)
    return replace(
        pace,
        open_until=now + wait,
        times_opened=min(pace.times_opened + 1, _MOST_COUNTED),
        reason=told.response,
    )
