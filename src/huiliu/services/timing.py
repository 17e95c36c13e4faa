"""When an event happened: fast reading of ISO 8601, and how far ahead a clock may be."""

from __future__ import annotations

import datetime as dt
from typing import Final

from huiliu.kernel.times import MINUTE, as_instant

__all__ = ["EARLIEST", "FURTHEST_AHEAD", "as_micros"]

#: Clocks differ; an event may seem to come from this far ahead, not further.
FURTHEST_AHEAD: Final = 5 * MINUTE

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

#: No event is older: before this stands a clock that was never set, or a calculation that went
#: wrong, and before the year 1 no calendar can show it.
EARLIEST: Final = int((dt.datetime(1900, 1, 1, tzinfo=dt.UTC) - _EPOCH).total_seconds()) * 1_000_000


def as_micros(written: str) -> int | None:
    """Return the instant of an ISO 8601 time, UTC where it names no zone; None when it is none.

    The same as `kernel.times.as_instant`, three times as fast for what SDKs write.
    """
    try:
        past = dt.datetime.fromisoformat(written) - _EPOCH
    except TypeError:
        return as_instant(written)  # no zone is named
    except (ValueError, OverflowError):
        return as_instant(written)  # white space around it, or no time at all
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds
