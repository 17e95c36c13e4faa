"""How recipes read the values of other tags."""

from __future__ import annotations

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.tags.recipe import Ground

__all__ = ["tag_numbers", "tag_texts"]


def tag_numbers(ground: Ground, slug: str, now: int) -> ibis.Table:
    """Return profile_id and value of a number tag (a flag counts 1 or 0), of those who have it."""
    rows = _standing(ground, slug, now)
    cell = ground.tables.cell(rows.value, ())
    value = ibis.coalesce(cell.number(), cell.flag().cast("int64").cast("float64"))
    return _known(rows.select("profile_id", value=value))


def tag_texts(ground: Ground, slug: str, now: int) -> ibis.Table:
    """Return profile_id and value of a text tag, of those who have it."""
    rows = _standing(ground, slug, now)
    return _known(rows.select("profile_id", value=ground.tables.cell(rows.value, ()).text()))


def _standing(ground: Ground, slug: str, now: int) -> ibis.Table:
    """Return the values that have not expired."""
    rows = ground.tables.tag(slug)
    return rows.filter(rows.expires_at.isnull() | (rows.expires_at > moment_literal(now)))


def _known(rows: ibis.Table) -> ibis.Table:
    """Return the rows that have a value."""
    return rows.filter(rows.value.notnull())
