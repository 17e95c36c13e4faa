"""Which statements may be asked of the warehouse: one, and one that only reads."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from huiliu.kernel.errors import BadInput, EngineFailed, Problem
from huiliu.kernel.texts import text

__all__ = ["ask", "check"]

_READING = frozenset({duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN})


def check(statement: str) -> str:
    """Return the statement if it is one that may be asked, or raise BadInput saying why not."""
    try:
        found = duckdb.extract_statements(statement)
    except duckdb.Error as fault:
        raise _refused("sql.not_understood", cause=str(fault)) from fault
    if len(found) != 1:
        raise _refused("sql.want_one", n=len(found))
    if found[0].type not in _READING:
        raise _refused("sql.want_select", kind=found[0].type.name)
    return statement


def ask(connection: duckdb.DuckDBPyConnection, statement: str) -> pa.Table:
    """Return the rows of a statement, run in a transaction that cannot write.

    A SELECT may hide a writing CTE, which only the transaction catches.

    Raises:
        EngineFailed: with the statement and the engine's own words.
    """
    cursor = connection.cursor()
    try:
        cursor.execute("begin transaction read only")
        return cursor.sql(statement).to_arrow_table()
    except duckdb.Error as fault:
        raise EngineFailed("DuckDB", statement, str(fault)) from fault
    finally:
        cursor.close()


def _refused(key: str, **arguments: object) -> BadInput:
    """Return the error of a statement that may not be asked."""
    return BadInput((Problem("sql", text(key, **arguments)),))
