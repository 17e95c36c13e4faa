"""Writes what tags were computed to into DuckDB: only what changed, with its history."""

from __future__ import annotations

from collections.abc import Collection

import duckdb
import pyarrow as pa

from huiliu.kernel.errors import EngineFailed
from huiliu.kernel.queries import queries
from huiliu.ports.tags import TagWriting, TagWritten

__all__ = ["SCRATCH", "keep", "keep_values", "let_go", "open_scratch", "write"]

#: The database of rows that are held for a while; in memory, so a crash leaves nothing behind.
SCRATCH = "scratch"
_ENGINE = "DuckDB"


def open_scratch(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the place of rows that are held for a while; before the outside is shut off."""
    connection.execute(f"attach ':memory:' as {SCRATCH}")


def keep(connection: duckdb.DuckDBPyConnection, name: str, rows: str | pa.Table) -> None:
    """Hold the rows of a statement or of an Arrow table under a name.

    Raises:
        EngineFailed: with the statement and the engine's own words.
    """
    cursor = connection.cursor()
    source = rows if isinstance(rows, str) else "select * from brought"
    statement = f"create or replace table {_place(name)} as {source}"
    try:
        if not isinstance(rows, str):
            cursor.register("brought", rows)
        cursor.execute(statement)
    except (duckdb.Error, pa.ArrowException) as fault:
        raise EngineFailed(_ENGINE, statement, str(fault)) from fault
    finally:
        cursor.close()


def let_go(connection: duckdb.DuckDBPyConnection, names: Collection[str]) -> None:
    """Forget rows that were held; names that hold none are passed over."""
    cursor = connection.cursor()
    try:
        for name in names:
            cursor.execute(f"drop table if exists {_place(name)}")
    finally:
        cursor.close()


def keep_values(
    connection: duckdb.DuckDBPyConnection, name: str, writing: TagWriting, values: str
) -> None:
    """Hold the values of one tag as they are stored: JSON, those that ran out left out.

    `values` is a statement with profile_id, value, and perhaps `at`: when the fact happened that
    made the value, from when it then lives.

    Raises:
        EngineFailed: with the statement and the engine's own words.
    """
    encode = queries("warehouses", "tags")[f"encode_{writing.type}"]
    now = f"make_timestamp({writing.at})"
    expires = "null::timestamp"
    if writing.ttl:
        born = f"coalesce(at, {now})" if writing.dated else now
        expires = f"{born} + to_microseconds({writing.ttl})"
    keep(
        connection, name,
        f"select profile_id, value, expires_at from (select profile_id, {encode} as value,"  # noqa: S608 - own words
        f" {expires} as expires_at from ({values})) where profile_id is not null"
        f" and value is not null and (expires_at is null or expires_at > {now})",
    )  # fmt: skip


def write(connection: duckdb.DuckDBPyConnection, writing: TagWriting, values: str) -> TagWritten:
    """Write the values of one tag, all changes at one instant, in the caller's transaction.

    `values` is a statement with profile_id, value (JSON) and expires_at.

    Raises:
        EngineFailed: with the statement and the engine's own words.
    """
    sql = queries("warehouses", "tags")
    of_tag: dict[str, object] = {"brand": writing.brand_id, "tag": writing.tag}
    moment: dict[str, object] = {"at": writing.at}
    # Where every value lives from one instant on, a later end alone is no news.
    dated: dict[str, object] = {"dated": writing.dated, "renew": writing.renew_before}
    compare = sql["compare"].replace("{values}", values)
    try:
        connection.execute(sql["before"], of_tag)
        connection.execute(compare, dated)
        connection.execute(sql["forget_others"])
        connection.execute(sql["remember"], of_tag | moment)
        connection.execute(sql["drop_changed"], of_tag)
        connection.execute(sql["add_changed"], of_tag | moment)
        counted = connection.execute(sql["counts"].replace("{values}", values)).fetchall()
    except duckdb.Error as fault:
        raise EngineFailed(_ENGINE, compare, str(fault)) from fault
    return TagWritten(*counted[0])


def _place(name: str) -> str:
    """Return where the rows under a name lie."""
    quoted = name.replace('"', '""')
    return f'{SCRATCH}.main."{quoted}"'
