"""When an address that keeps failing for the moment is left alone for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.kernel.times import DAY

__all__ = ["REST", "SoftBounces", "counted"]

#: So many soft bounces, the last at least so long after the first, rest the address.
#: Source: research, section 1.4; a habit of the trade, not a rule of anyone's.
_MOST: Final = 3
_OVER: Final = 7 * DAY
#: How long it rests.
REST: Final = 30 * DAY
#: Bounces further apart than this have nothing to do with each other.
_FORGET_AFTER: Final = 30 * DAY


@dataclass(frozen=True, slots=True)
class SoftBounces:
    """What is remembered of one address."""

    n: int
    first_at: int
    last_at: int
    #: It rests until then; 0 = it does not.
    rests_until: int = 0


def counted(before: SoftBounces | None, at: int) -> SoftBounces:
    """Return what is remembered after one more soft bounce."""
    is_new = before is None or at - before.last_at > _FORGET_AFTER or 0 < before.rests_until <= at
    if before is None or is_new:
        return SoftBounces(1, at, at)
    n, first_at = before.n + 1, min(before.first_at, at)
    last_at = max(before.last_at, at)
    rests = before.rests_until
    if not rests and n >= _MOST and last_at - first_at >= _OVER:
        rests = last_at + REST
    return SoftBounces(n, first_at, last_at, rests)
