"""What comparisons with the present share: lengths, and the next of the instants that matter."""

from __future__ import annotations

import ibis

from huiliu.conditions.comparisons.comparison import Constant
from huiliu.conditions.moments import Moments
from huiliu.kernel.times import as_instant

__all__ = ["first_after", "first_after_among", "micros"]

#: Nobody waits longer, and calendars end soon after.
_LAST = as_instant("9999-01-01") or 0


def micros(constant: Constant) -> int:
    """Return the length in microseconds that the parser let through."""
    assert isinstance(constant, int), "the parser let only lengths through"
    return constant


def first_after(now: int, *edges: int) -> int | None:
    """Return the first of the instants, which are in order, that is still to come."""
    return next((edge for edge in edges if edge > now), None)


def first_after_among(now: int, moments: Moments, *shifts: int) -> ibis.Value:
    """Return the first of the moments, each so much later, that is to come; null = none is."""
    found = ibis.null("timestamp(6)")
    for shift in reversed(shifts):
        to_come = moments.column.between(moments.at(now - shift + 1), moments.at(_LAST - shift))
        found = ibis.ifelse(to_come.fill_null(False), moments.later(shift), found)
    return found
