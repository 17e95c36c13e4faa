"""Writes what tags were computed to into DuckDB: only what changed, with its history."""

from __future__ import annotations

from collections.abc import Collection

import duckdb
import pyarrow as pa

from huiliu.kernel.errors import EngineFailed
from huiliu.kernel.queries import queries
from huiliu.ports.tags import TagWriting, TagWritten

__all__ = ["SCRATCH", "keep", "let_go", "open_scratch", "write"]

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


def write(connection: duckdb.DuckDBPyConnection, writing: TagWriting, values: str) -> TagWritten:
    """Write the values of one tag, all changes at one instant, in the caller's transaction.

    `values` is a statement with profile_id, value, and perhaps `at`: when the fact happened that
    made the value, from when it then lives.

    Raises:
        EngineFailed: with the statement and the engine's own words.
    """
    sql = queries("warehouses", "tags")
    dated = "at" in _columns(connection, values)
    born = "coalesce(at, make_timestamp($at))" if dated else "make_timestamp($at)"
    expires = f"{born} + to_microseconds($ttl)" if writing.ttl else "null::timestamp"
    found = (
        f"with found as (select profile_id, {sql['encode_' + writing.type]} as value,"  # noqa: S608 - own words
        f" {expires} as expires_at from ({values}))"
    )
    of_tag: dict[str, object] = {"brand": writing.brand_id, "tag": writing.tag}
    moment: dict[str, object] = {"at": writing.at}
    stand = sql["stand"].replace(" as\nselect", f" as\n{found}\nselect", 1)
    steps: list[tuple[str, dict[str, object]]] = [
        (stand, moment | ({"ttl": writing.ttl} if writing.ttl else {})),
        (sql["compare"], of_tag | {"dated": dated, "renew": writing.renew_before}),
        (sql["remember"], of_tag | moment),
        (sql["drop_changed"], of_tag),
        (sql["add_changed"], of_tag | moment),
    ]
    try:
        for statement, said in steps:
            connection.execute(statement, said)
        counted = connection.execute(sql["counts"]).fetchall()
    except duckdb.Error as fault:
        raise EngineFailed(_ENGINE, stand, str(fault)) from fault
    return TagWritten(*counted[0])


def _columns(connection: duckdb.DuckDBPyConnection, statement: str) -> list[str]:
    """Return the names of a statement's columns."""
    try:
        return [str(row[0]) for row in connection.execute(f"describe {statement}").fetchall()]
    except duckdb.Error as fault:
        raise EngineFailed(_ENGINE, statement, str(fault)) from fault


def _place(name: str) -> str:
    """Return where the rows under a name lie."""
    quoted = name.replace('"', '""')
    return f'{SCRATCH}.main."{quoted}"'
