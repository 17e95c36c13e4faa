"""Keeps the map from merged to present profiles as the log's decisions say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

__all__ = ["apply"]

#: brand_id, position, name, from, to.
Decision = tuple[int, int, str, int, int]

#: What a run of merges changes, in this order.
_MERGE = (
    "record_merges", "follow_merges", "map_merged", "absent", "moved_traits", "forget_moved",
    "drop_older", "add_newer",
)  # fmt: skip


def apply(
    connection: duckdb.DuckDBPyConnection, sql: Mapping[str, str], decisions: Sequence[Decision]
) -> None:
    """Apply merges and unmerges in the order in which they were decided."""
    waiting: list[Decision] = []
    for decision in decisions:
        if decision[2] == "$merge":
            waiting.append(decision)
            continue
        _merge(connection, sql, waiting)
        waiting = []
        _part(connection, sql, decision)
    _merge(connection, sql, waiting)


def _merge(
    connection: duckdb.DuckDBPyConnection, sql: Mapping[str, str], merges: Sequence[Decision]
) -> None:
    """Apply a run of merges at once."""
    if not merges:
        return
    direct = {(brand, gone): into for brand, _, _, gone, into in merges}
    settled = [(brand, gone, _end(direct, brand, into)) for (brand, gone), into in direct.items()]
    _register(connection, "merged", [(m[0], m[3], m[4], m[1]) for m in merges], "position")
    _register(connection, "settled", settled)
    for statement in _MERGE:
        connection.execute(sql[statement])
    connection.unregister("merged")
    connection.unregister("settled")


def _part(
    connection: duckdb.DuckDBPyConnection, sql: Mapping[str, str], decision: Decision
) -> None:
    """Take one merge back."""
    brand_id, _position, _name, gone, into = decision
    one = {"brand": brand_id, "profile": gone}
    two = one | {"other": into}
    for statement in ("forget_merge", "forget_mapping", "restore_branch", "present_again"):
        connection.execute(sql[statement], one)
    for statement in ("forget_parted", "newer_parted"):
        connection.execute(sql[statement], two)
    connection.execute(sql["add_newer"])


def _end(direct: Mapping[tuple[int, int], int], brand: int, profile: int) -> int:
    """Return where a chain of merges ends."""
    while (brand, profile) in direct:
        profile = direct[brand, profile]
    return profile


def _register(
    connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Sequence[int]], *more: str
) -> None:
    """Offer rows of whole numbers under a name."""
    names = ("brand_id", "from_profile", "to_profile", *more)
    columns = zip(*rows, strict=True)
    connection.register(name, pa.table(dict(zip(names, map(pa.array, columns), strict=True))))
