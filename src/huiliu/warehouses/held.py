"""Rows that are held for a while, and the raw changes of tags, as unbound Ibis tables."""

from __future__ import annotations

from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions.population import moment_literal

__all__ = ["held", "held_values", "tag_changes", "tag_values"]

#: Where DuckDB holds them: a database in memory, so a crash leaves nothing behind.
CATALOG: Final = "scratch"
_TIME: Final = "timestamp(6)"
_CHANGES: Final = {
    "brand_id": "int16", "tag": "string", "profile_id": "int64", "value": "json",
    "set_at": _TIME, "expires_at": _TIME,
}  # fmt: skip


def held(name: str, rows: ibis.Table | pa.Table) -> ibis.Table:
    """Return the unbound table of rows that are held under a name."""
    schema = ibis.Schema.from_pyarrow(rows.schema) if isinstance(rows, pa.Table) else rows.schema()
    return ibis.table(schema, name=name, catalog=CATALOG, database="main")


def held_values(name: str) -> ibis.Table:
    """Return the unbound table of a tag's values that are held under a name."""
    columns = {"profile_id": "int64", "value": "json", "expires_at": _TIME}
    return ibis.table(columns, name=name, catalog=CATALOG, database="main")


def tag_changes(brand_id: int, tag: str, after: tuple[int, int]) -> ibis.Table:
    """Return the changes of a tag's values after (instant, profile), in that order."""
    rows = _of_tag("tag_values", brand_id, tag)
    at, profile = moment_literal(after[0]), after[1]
    rows = rows.filter((rows.set_at > at) | ((rows.set_at == at) & (rows.profile_id > profile)))
    return _told(rows).order_by("set_at", "profile_id")


def tag_values(brand_id: int, tag: str) -> ibis.Table:
    """Return the values of a tag that stand, under the ids that they were set for."""
    return _told(_of_tag("latest_tags", brand_id, tag)).order_by("profile_id")


def _of_tag(name: str, brand_id: int, tag: str) -> ibis.Table:
    """Return the rows of one tag."""
    rows = ibis.table(_CHANGES, name=name, database="facts")
    return rows.filter(rows.brand_id == brand_id, rows.tag == tag)


def _told(rows: ibis.Table) -> ibis.Table:
    """Return what carrying asks of a change."""
    return rows.select("profile_id", "value", "set_at", "expires_at")
