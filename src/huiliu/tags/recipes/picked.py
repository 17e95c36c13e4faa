"""How one row of each person is picked: by an order that leaves no ties."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

__all__ = ["picked"]


def picked(rows: ibis.Table, order: Sequence[ibis.Value]) -> ibis.Table:
    """Return each person's first row in an order."""
    number = ibis.row_number().over(group_by=rows.profile_id, order_by=list(order))
    numbered = rows.mutate(nth=number)
    return numbered.filter(numbered.nth == 0).drop("nth")
