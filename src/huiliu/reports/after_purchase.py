"""Whether who shares after a purchase buys again more often than who does not."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import DAY
from huiliu.metrics import Frame
from huiliu.metrics.purchases import purchase_rows

__all__ = ["AGAIN_DAYS", "SHARED_BY", "SHARED_DAYS", "ask_sharing"]

#: What counts as sharing, how soon after the purchase, and in how many days after that somebody
#: buys again.
SHARED_BY: Final = ("Share Made", "Post Made", "Review Posted")
SHARED_DAYS: Final = 7
AGAIN_DAYS: Final = 30


def ask_sharing(frame: Frame) -> ibis.Table:
    """Return shared, again and n: people by their first purchase of the span.

    Only those of whom all days of both are over; nobody's later purchase counts before the days of
    sharing are, so that sharing always comes first.
    """
    rows = purchase_rows(frame.tables)
    ripe = moment_literal(min(frame.until, frame.now - (SHARED_DAYS + AGAIN_DAYS) * DAY))
    bought = rows.filter(rows.profile_id.notnull())
    inside = bought.filter(bought.paid_at >= moment_literal(frame.since), bought.paid_at < ripe)
    firsts = inside.group_by("profile_id").agg(first_at=inside.paid_at.min())
    events = frame.tables.events
    told = events.filter(events.name.isin(list(SHARED_BY)), events.profile_id.notnull())
    told = told.select("profile_id", at=told.occurred_at)
    late = ibis.interval(days=SHARED_DAYS)
    pairs = firsts.inner_join(told, "profile_id")
    sharing = pairs.filter(pairs.at >= pairs.first_at, pairs.at < pairs.first_at + late)
    pairs = firsts.inner_join(bought.select("profile_id", "paid_at"), "profile_id")
    coming = pairs.filter(
        pairs.paid_at >= pairs.first_at + late,
        pairs.paid_at < pairs.first_at + ibis.interval(days=SHARED_DAYS + AGAIN_DAYS),
    )
    both = firsts.mutate(
        shared=firsts.profile_id.isin(sharing.profile_id),
        again=firsts.profile_id.isin(coming.profile_id),
    )
    return both.group_by("shared", "again").agg(n=both.count())
