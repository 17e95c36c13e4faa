"""Which statements may be asked of the warehouse: one, and one that only reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Timer

import duckdb
import pyarrow as pa

from huiliu.kernel.errors import BadInput, EngineFailed, Problem
from huiliu.kernel.texts import text

__all__ = ["check", "reading"]

_READING = frozenset({duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN})
#: A question that takes longer is ended: nobody waits for it any more.
_PATIENCE_S = 600.0


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


@contextmanager
def reading(
    connection: duckdb.DuckDBPyConnection, statement: str
) -> Iterator[pa.RecordBatchReader]:
    """Lend the rows of a statement, batch by batch, from a transaction that cannot write.

    A SELECT may hide a writing CTE, which only the transaction catches.

    Raises:
        EngineFailed: with the statement and the engine's own words.
    """
    cursor = connection.cursor()
    end = Timer(_PATIENCE_S, cursor.interrupt)
    end.daemon = True
    end.start()
    try:
        cursor.execute("begin transaction read only")
        relation = cursor.sql(statement)
        json = [str(kind) == "JSON" for kind in relation.types]
        yield _marked(relation.to_arrow_reader(), json)
    except (duckdb.Error, pa.ArrowException) as fault:
        raise EngineFailed("DuckDB", statement, str(fault)) from fault
    finally:
        end.cancel()
        cursor.close()


def _marked(rows: pa.RecordBatchReader, json: Sequence[bool]) -> pa.RecordBatchReader:
    """Return the rows with a mark on columns of JSON, which Arrow takes for any text."""
    schema = pa.schema([
        field.with_metadata({"huiliu": "json"}) if is_json else field
        for field, is_json in zip(rows.schema, json, strict=True)
    ])  # fmt: skip
    batches = (pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in rows)
    return pa.RecordBatchReader.from_batches(schema, batches)


def _refused(key: str, **arguments: object) -> BadInput:
    """Return the error of a statement that may not be asked."""
    return BadInput((Problem("sql", text(key, **arguments)),))
