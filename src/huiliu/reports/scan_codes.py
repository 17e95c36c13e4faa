"""What codes to scan brought: how often each was used, by how many people, how many were new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal

__all__ = ["CodeCounts", "code_counts", "read_counts"]

_FOLLOWED, _SCANNED, _ADDED = "WeChat Followed", "WeChat Scanned", "WeCom Customer Added"
#: Event -> the property that holds the code's word.
_WORD: Final = {_FOLLOWED: "scene", _SCANNED: "scene", _ADDED: "state"}


@dataclass(frozen=True, slots=True)
class CodeCounts:
    """What one code brought."""

    #: How often it was used.
    n_scans: int
    #: By how many people.
    n_people: int
    #: How many of them came to the account, or added an employee, by it.
    n_new: int


def code_counts(tables: Tables, since: int) -> ibis.Table:
    """Return word and what its code brought, from an instant on.

    Args:
        tables: a brand's population.
        since: events from this instant on.
    """
    events = tables.events
    rows = events.filter(events.name.isin(list(_WORD)), events.occurred_at >= moment_literal(since))
    by_scene = tables.cell(rows.properties, ("scene",)).text()
    by_state = tables.cell(rows.properties, ("state",)).text()
    rows = rows.select(
        "profile_id", is_new=rows.name != _SCANNED, word=ibis.coalesce(by_scene, by_state)
    )
    rows = rows.filter(rows.word.notnull(), rows.word != "")
    return rows.group_by("word").agg(
        n_scans=rows.count(),
        n_people=rows.profile_id.nunique(),
        n_new=rows.profile_id.nunique(where=rows.is_new),
    )


def read_counts(found: pa.Table) -> Mapping[str, CodeCounts]:
    """Return word -> what its code brought."""
    return {
        row["word"]: CodeCounts(row["n_scans"], row["n_people"], row["n_new"])
        for row in found.to_pylist()
    }
