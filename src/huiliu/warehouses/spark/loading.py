"""Follows the log into files: the same statements that load DuckDB make the rows of each batch.

A batch is loaded into an empty DuckDB in memory and written out from there. All that it keeps from
one batch to the next are the maps of merges, which an unmerge takes apart again, and what contexts
told last; both are found again in the files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Final

import duckdb
import pyarrow as pa

from huiliu.kernel.errors import Conflict
from huiliu.ports.manifest import FactFile
from huiliu.ports.store import Store
from huiliu.warehouses.follow import load_batch, read_batch
from huiliu.warehouses.load import Loader, prepare
from huiliu.warehouses.spark.compaction import crowded, merged
from huiliu.warehouses.spark.files import (
    DERIVED,
    MAPS,
    SEQUENCED,
    FactFiles,
    fact_columns,
    facts,
)

__all__ = ["LogFollower"]

_CONSUMER: Final = "analyst"
#: What the log does not hold is never made from it again.
_KEPT: Final = frozenset({"tag_values"})
#: So many zones and languages are remembered; one that is not is written once more.
_REMEMBERED: Final = 500_000
_SHAPE: Final = "shape"
#: How many events of the batch changed the maps of merges.
_DECIDED: Final = (
    "select count(*) from staged where kind = 'internal' and name in ('$merge', '$unmerge')"
)


class LogFollower:
    """Writes files of facts, batch after batch; safe to use from many threads."""

    def __init__(self, store: Store, files: FactFiles, memory: str = "1GB") -> None:
        """Follow into a folder; nothing is read yet."""
        self._store = store
        self._files = files
        self._memory = memory
        self._loading = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        #: What the manifest said when the connection was filled.
        self._reached: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the rows in memory."""
        with self._loading:
            self._forget()

    def begin(self) -> bool:
        """Make ready; say whether facts of another shape had to be let go."""
        with self._loading:
            return self._open()

    def reached(self) -> tuple[int, tuple[int, int]]:
        """Return the next offset of the log, and the last step, (txid, step_id), that is here."""
        with self._store.system() as tx:
            found = tx.manifest.reached()
        return found.get("log", 0), _last_step(found)

    def step(self, limit: int, n_steps: int) -> int:
        """Load the next batch of events and journey steps; return how many, 0 = none yet."""
        with self._loading:
            return self._load(self._events, limit) + self._load(self._steps, n_steps)

    def rebuild(self) -> None:
        """Let no file count any more but of what the log does not hold."""
        with self._loading:
            self._open()
            self._begin_anew(self._reached[_SHAPE])

    def append(self, tables: Mapping[str, pa.Table]) -> None:
        """Write rows that do not come from the log."""
        written = self._files.write(tables)
        with self._store.system() as tx:
            tx.manifest.lock()
            tx.manifest.add(written)

    def progress(self) -> Mapping[str, int]:
        """Return how far each thing has been followed."""
        with self._store.system() as tx:
            found = tx.manifest.reached()
        return {name: at for name, at in found.items() if name != _SHAPE}

    def take(
        self, tables: Iterable[tuple[str, pa.RecordBatchReader]], reached: Mapping[str, int]
    ) -> None:
        """Let files of these rows count in place of all others."""
        with self._loading:
            self._open()
            written = []
            for fact, rows in tables:
                if fact in DERIVED:
                    continue
                whole = rows.read_all() if fact in SEQUENCED else rows
                written += [one for one in self._files.write({fact: whole}) if one.n_rows]
            with self._store.system() as tx:
                tx.manifest.lock()
                tx.manifest.retire([one.file_id for one in tx.manifest.files()])
                tx.manifest.add(written)
                tx.manifest.move(reached)
            self._forget()

    def stored(self, fact: str) -> AbstractContextManager[pa.RecordBatchReader]:
        """Lend the rows of a fact's files as they lie there."""
        counting = [one for one in self._files.counting() if one.fact == fact]
        return merged(fact, [self._files.place(one) for one in counting])

    def compact(self) -> int:
        """Make one file of many small ones; return how many there were."""
        counting = self._files.counting()
        n_files = 0
        for fact, small in crowded(counting):
            with merged(fact, [self._files.place(one) for one in small]) as rows:
                written = self._files.write({fact: rows})
            self._replace(small, written)
            n_files += len(small)
        return n_files

    def _replace(self, small: list[FactFile], written: list[FactFile]) -> None:
        """Let one file count in place of others, if all of those still do."""
        with suppress(Conflict), self._store.system() as tx:
            tx.manifest.lock()
            n_retired = tx.manifest.retire([one.file_id for one in small])
            if n_retired != len(small):
                # They were let go meanwhile; what was written is an orphan now.
                raise Conflict("files of facts", len(small), n_retired)
            tx.manifest.add(written)

    def _load(self, load: Callable[[duckdb.DuckDBPyConnection, int], int], limit: int) -> int:
        """Load a batch, and begin with an empty memory again if that does not work."""
        try:
            self._open()
            assert self._connection is not None, "it was opened"
            return load(self._connection, limit)
        except BaseException:
            # The memory may be a batch ahead of what counts.
            self._forget()
            raise

    def _events(self, connection: duckdb.DuckDBPyConnection, limit: int) -> int:
        """Load the next events with the identifiers that they brought."""
        batch = read_batch(self._store, self._reached.get("log", 0), limit)
        if batch is None:
            return 0
        load_batch(self._store, Loader(connection), batch)
        past = batch.events.past
        ((n_decided,),) = connection.execute(_DECIDED).fetchall()
        self._write_out(connection, {"log": past}, maps=n_decided > 0)
        with self._store.system() as tx:
            tx.log.move_cursor(_CONSUMER, past)
        return batch.events.n_events

    def _steps(self, connection: duckdb.DuckDBPyConnection, limit: int) -> int:
        """Load the next journey steps."""
        after = _last_step(self._reached)
        with self._store.system() as tx:
            rows = tx.feed.steps(after, limit)
        if not rows:
            return 0
        Loader(connection).steps(rows)
        self._write_out(connection, {"steps_txid": rows[-1][0], "steps_id": rows[-1][1]})
        return len(rows)

    def _write_out(
        self,
        connection: duckdb.DuckDBPyConnection,
        moved: Mapping[str, int],
        *,
        maps: bool = False,
    ) -> None:
        """Write what a batch made into files; they and how far it reached count together.

        With `maps` the batch may have changed the maps of merges.

        Raises:
            Conflict: somebody else has written meanwhile.
        """
        tables = {}
        for fact in facts():
            if fact in MAPS and not maps:
                continue
            rows = connection.sql(_made(fact)).to_arrow_table()
            if len(rows):
                tables[fact] = rows
        written = self._files.write(tables)
        with self._store.system() as tx:
            tx.manifest.lock()
            found = tx.manifest.reached()
            if found != self._reached:
                raise Conflict("facts", self._reached, found)
            tx.manifest.add(written)
            tx.manifest.move(moved)
        self._reached |= moved
        _empty(connection, maps=maps)

    def _open(self) -> bool:
        """Fill an empty memory; say whether facts of another shape had to be let go."""
        if self._connection is not None:
            return False
        connection = duckdb.connect()
        connection.execute("set memory_limit = $memory", {"memory": self._memory})
        connection.execute("set timezone = 'UTC'")
        prepare(connection)
        connection.execute("create schema before")
        for fact in (*MAPS, "traits"):
            connection.execute(f"create table before.{fact} as from facts.{fact}")
        shape = _number_of_shape(connection)
        with self._store.system() as tx:
            self._reached = tx.manifest.reached()
        outdated = self._reached.get(_SHAPE, shape) != shape
        if outdated or _SHAPE not in self._reached:
            self._begin_anew(shape)
        self._recall(connection)
        self._connection = connection
        return outdated

    def _recall(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Read the maps from the files that count."""
        counting = self._files.counting()
        for fact in sorted(MAPS):
            paths = [self._files.place(one) for one in counting if one.fact == fact]
            if not paths:
                continue
            columns = ", ".join(fact_columns()[fact])
            for schema in ("facts", "before"):
                connection.execute(
                    f"insert into {schema}.{fact} select {columns} from ("  # noqa: S608 - own names
                    "  select *, row_number() over ("
                    "    partition by brand_id, from_profile order by seq desc) as nth"
                    "  from read_parquet($paths)"
                    ") where nth = 1 and to_profile is not null",
                    {"paths": paths},
                )

    def _begin_anew(self, shape: int) -> None:
        """Let no file count but of what the log does not hold, and follow from the beginning."""
        with self._store.system() as tx:
            tx.manifest.lock()
            old = [one.file_id for one in tx.manifest.files() if one.fact not in _KEPT]
            tx.manifest.retire(old)
            begun = dict.fromkeys(tx.manifest.reached(), 0) | {"log": 0, _SHAPE: shape}
            tx.manifest.move(begun)
        self._forget()
        self._reached = begun

    def _forget(self) -> None:
        """Let go of the memory; the next step fills it from what counts."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _last_step(reached: Mapping[str, int]) -> tuple[int, int]:
    """Return (txid, step_id) of the last step that was loaded."""
    return reached.get("steps_txid", 0), reached.get("steps_id", 0)


def _made(fact: str) -> str:
    """Return the statement that reads what a batch made of one table."""
    columns = ", ".join(fact_columns()[fact])
    if fact == "traits":
        return "select * from facts.traits except select * from before.traits"
    if fact not in MAPS:
        return f"select {columns} from facts.{fact}"  # noqa: S608 - own names
    shown = ", ".join(
        f"coalesce(n.{name}, o.{name}) as {name}"
        if name in {"brand_id", "from_profile"}
        else f"n.{name}"
        for name in fact_columns()[fact]
    )
    return (
        f"select {shown} from facts.{fact} n"  # noqa: S608 - own names
        f" full join before.{fact} o on o.brand_id = n.brand_id"
        "   and o.from_profile = n.from_profile"
        " where n.to_profile is distinct from o.to_profile"
    )


def _empty(connection: duckdb.DuckDBPyConnection, *, maps: bool) -> None:
    """Forget what was written out, except for what the next batch is compared with."""
    connection.execute("delete from facts.traits where trait not in ('zone', 'locale')")
    (n_told,) = connection.execute("select count(*) from facts.traits").fetchall()[0]
    if n_told > _REMEMBERED:
        connection.execute("delete from facts.traits")
    for fact in fact_columns():
        if fact in MAPS and not maps:
            continue
        if fact in MAPS or fact == "traits":
            connection.execute(f"create or replace table before.{fact} as from facts.{fact}")
        else:
            connection.execute(f"delete from facts.{fact}")  # noqa: S608 - own names


def _number_of_shape(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the shape of the facts as a number that fits among offsets."""
    (shape,) = connection.execute("select shape from facts.shape").fetchall()[0]
    return int(shape[:15], 16)
