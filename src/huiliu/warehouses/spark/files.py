"""Facts as Parquet files: written once, renamed into place, and counted by the manifest alone."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from huiliu.ports.manifest import FactFile
from huiliu.ports.store import Store
from huiliu.warehouses.load import fact_names, prepare

__all__ = ["DERIVED", "MAPS", "SEQUENCED", "FactFiles", "fact_columns", "facts"]

#: What views make of the other facts; DuckDB keeps them, files of facts do not.
DERIVED: Final = frozenset({"present", "latest_traits", "latest_tags"})
#: Tables that change; their files hold what became of each `from_profile`, null = it is gone.
MAPS: Final = frozenset({"identity_map", "merges"})
#: Tables whose files have a column `seq`, the number of the file that a row came with: where two
#: rows say something of the same thing, the greater number holds.
SEQUENCED: Final = MAPS | {"tag_values"}

#: So many rows are read as a unit; within one, a question can skip what it does not ask for.
_GROUP: Final = 131_072
#: A file without a row in the manifest is what a crash left, once it is older than any writing.
_ORPHAN_S: Final = 3600.0
#: Nobody reads a retired file any more after this long: questions are ended before.
_UNREAD_US: Final = 3_600_000_000


@cache
def fact_columns() -> Mapping[str, Mapping[str, str]]:
    """Return DuckDB's type of each column of each table of facts, as `tables.sql` makes them."""
    with duckdb.connect() as connection:
        prepare(connection)
        described = {
            name: connection.execute(f"describe facts.{name}").fetchall() for name in fact_names()
        }
    return MappingProxyType({
        name: {row[0]: row[1] for row in rows} for name, rows in described.items()
    })  # fmt: skip


def facts() -> list[str]:
    """Return the names of the tables that lie in files."""
    return [name for name in fact_columns() if name not in DERIVED]


class FactFiles:
    """The folder of files, and the manifest that says which of them count."""

    def __init__(self, store: Store, folder: Path) -> None:
        """Use a folder that this process and Spark's machines all see under the same path."""
        self._store = store
        self.folder = folder

    def place(self, file: FactFile) -> str:
        """Return where a file lies."""
        return str(self.folder / file.path)

    def counting(self) -> Sequence[FactFile]:
        """Return the files that count."""
        with self._store.system() as tx:
            return tx.manifest.files()

    def write(self, tables: Mapping[str, pa.Table | pa.RecordBatchReader]) -> list[FactFile]:
        """Write a file for each table; it counts when the manifest has taken it."""
        with self._store.system() as tx:
            ids = tx.manifest.take_ids(len(tables))
        return [
            self._write(file_id, fact, rows)
            for file_id, (fact, rows) in zip(ids, tables.items(), strict=True)
        ]

    def sweep(self, older_than_s: float = _ORPHAN_S) -> int:
        """Remove files that nobody reads any more and what crashes left; return how many."""
        with self._store.system() as tx:
            gone = tx.manifest.forget_retired(_UNREAD_US)
            known = tx.manifest.known_paths()
        limit = time.time() - older_than_s  # noqa: TID251 - the age of files, which real time tells
        found = {self.folder / path for path in gone} | {
            path
            for path in self.folder.glob("*/*")
            if str(path.relative_to(self.folder)) not in known and path.stat().st_mtime < limit
        }
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def _write(self, file_id: int, fact: str, rows: pa.Table | pa.RecordBatchReader) -> FactFile:
        """Write one file, whole or not at all."""
        path = self.folder / fact / f"{file_id:012d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        n_rows = 0
        if fact in SEQUENCED and isinstance(rows, pa.Table):
            rows = rows.append_column("seq", pa.repeat(pa.scalar(file_id, pa.int64()), len(rows)))
        with pq.ParquetWriter(draft, rows.schema, compression="zstd") as writer:
            for batch in _batches(rows):
                writer.write_batch(batch, row_group_size=_GROUP)
                n_rows += batch.num_rows
        _flush(draft)
        draft.rename(path)
        _flush(path.parent)
        relative = str(path.relative_to(self.folder))
        return FactFile(file_id, fact, relative, n_rows, path.stat().st_size)


def _batches(rows: pa.Table | pa.RecordBatchReader) -> Collection[pa.RecordBatch]:
    """Return the rows in pieces of a row group."""
    if isinstance(rows, pa.Table):
        found: Collection[pa.RecordBatch] = rows.combine_chunks().to_batches(max_chunksize=_GROUP)
        return found
    streamed: Collection[pa.RecordBatch] = rows
    return streamed


def _flush(path: Path) -> None:
    """Return when what was written is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
