"""Attributed share: of the orders that were paid, the share that is known to come from somewhere.

From somewhere means: the order itself says on which channel it was placed, or its person did
something on a channel in the 30 days before, or clicked on a message.
"""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.kernel.times import DAY
from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import paid_inside

__all__ = ["ATTRIBUTED_SHARE"]

_REACH: Final = 30 * DAY


def _read(frame: Frame) -> ibis.Table:
    """Count the orders of each day, and those with a touch before them."""
    bought = paid_inside(frame)
    events = frame.tables.events
    touched = events.filter(
        events.channel.notnull() & (events.channel != "server"),
        (events.kind != "internal") | (events.name == "Message Clicked"),
        ~events.name.startswith("Order "),
    ).select("profile_id", touched_at="occurred_at")
    pairs = bought.select("order_id", "profile_id", "paid_at").inner_join(touched, "profile_id")
    reach = ibis.interval(seconds=_REACH // 1_000_000)
    near = pairs.filter(
        pairs.touched_at <= pairs.paid_at, pairs.touched_at >= pairs.paid_at - reach
    )
    is_told = bought.channel.notnull() | bought.order_id.isin(near.order_id)
    rows = frame.place(bought.mutate(is_told=is_told))
    return frame.add_up(rows, rows.is_told.sum(), rows.count())


ATTRIBUTED_SHARE: Final = Metric("attributed_share", Unit.SHARE, Adds.RATIO, _read)
