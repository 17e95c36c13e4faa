"""Who cares about products: saw, kept or carted them lately, and did not buy them since."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC
from typing import Final

import ibis
import pyarrow as pa

from huiliu.catalogue.interest import INTEREST_EVENTS, INTERESTS, Rules
from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import DAY, from_datetime
from huiliu.reports.product_lines import bought_lines, product_of

__all__ = ["interested_in", "read_interested"]

_LONG_AGO: Final = 0


def interested_in(
    tables: Tables, ids: Collection[str], rules: Rules, now: int, most: int
) -> ibis.Table:
    """Return product_id, profile_id and when each interest was last shown, null where it is over.

    Args:
        tables: a brand's population.
        ids: the products.
        rules: how long each interest lasts.
        now: from when it is looked back.
        most: people a product; those whose interest is freshest.
    """
    events = tables.events
    longest = max(rules.days(one) for one in INTERESTS)
    rows = events.filter(
        events.name.isin(sorted(INTEREST_EVENTS)),
        events.profile_id.notnull(),
        events.occurred_at >= moment_literal(now - longest * DAY),
    )
    rows = rows.select(
        "profile_id", "name", "occurred_at", product_id=product_of(tables, rows.properties)
    )
    rows = rows.filter(rows.product_id.isin(sorted(ids)))
    shown = {}
    for interest in INTERESTS:
        names = sorted(name for name, kind in INTEREST_EVENTS.items() if kind == interest)
        since = moment_literal(now - rules.days(interest) * DAY)
        is_it = rows.name.isin(names) & (rows.occurred_at >= since)
        shown[f"{interest}_at"] = rows.occurred_at.max(where=is_it)
    found = rows.group_by("product_id", "profile_id").agg(**shown)
    never = moment_literal(_LONG_AGO)
    each = [found[f"{one}_at"].fill_null(never) for one in INTERESTS]
    found = found.mutate(last_at=ibis.greatest(*each))
    found = found.filter(found.last_at > never)
    bought = bought_lines(tables)
    bought = bought.filter(bought.product_id.isin(sorted(ids)))
    bought = bought.group_by("product_id", "profile_id").agg(bought_at=bought.paid_at.max())
    found = found.left_join(bought, ["product_id", "profile_id"])
    # Who bought it and then looked again cares again.
    found = found.filter(found.bought_at.isnull() | (found.bought_at < found.last_at))
    place = ibis.row_number().over(
        group_by=found.product_id, order_by=[found.last_at.desc(), found.profile_id]
    )
    found = found.mutate(place=place)
    found = found.filter(found.place < most)
    return found.select("product_id", "profile_id", *(f"{one}_at" for one in INTERESTS))


def read_interested(found: pa.Table) -> Sequence[tuple[str, int, str, int]]:
    """Return (product_id, profile_id, strongest interest, when it was shown) of an answer."""
    read = []
    for row in found.to_pylist():
        interest = next(one for one in INTERESTS if row[f"{one}_at"] is not None)
        at = from_datetime(row[f"{interest}_at"].replace(tzinfo=UTC))
        read.append((row["product_id"], row["profile_id"], interest, at))
    return sorted(read)
