"""Gives a session the views of every engine over the files that count at the moment."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from huiliu.kernel.queries import queries
from huiliu.ports.store import Store
from huiliu.warehouses.spark.files import SEQUENCED, FactFiles, fact_columns, facts
from huiliu.warehouses.views import VIEWS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

__all__ = ["JSON", "FactViews"]

#: The mark of a column of JSON, which is a string to Spark.
JSON: Final = {"huiliu": "json"}
#: DuckDB's words for types in Spark's.
_TYPES: Final = {
    "SMALLINT": "smallint", "INTEGER": "int", "BIGINT": "bigint", "VARCHAR": "string",
    "JSON": "string", "TIMESTAMP": "timestamp_ntz", "BOOLEAN": "boolean", "DOUBLE": "double",
}  # fmt: skip


class FactViews:
    """The views of one session; every look lets them read the files that count now."""

    def __init__(self, session: SparkSession, store: Store, files: FactFiles) -> None:
        """Make every view over nothing."""
        self._session = session
        self._store = store
        self._files = files
        self._version = -1
        #: The files that each view of a fact reads.
        self._read: dict[str, tuple[str, ...] | None] = dict.fromkeys(facts())
        self.lock = threading.Lock()

    def refresh(self) -> None:
        """Let every view read the files that count; the caller holds the lock."""
        with self._store.system() as tx:
            version = tx.manifest.version()
            if version == self._version:
                return
            counting = tx.manifest.files()
        places: defaultdict[str, list[str]] = defaultdict(list)
        for file in counting:
            places[file.fact].append(self._files.place(file))
        for fact, before in self._read.items():
            found = tuple(places[fact])
            if found != before:
                self._rows(fact, found).createOrReplaceTempView(f"files_{fact}")
                self._read[fact] = found
        if self._version < 0:
            self._make_views()
        self._mark_views()
        self._version = version

    def _rows(self, fact: str, places: tuple[str, ...]) -> DataFrame:
        """Return the rows of a fact's files; there may be none."""
        schema = _schema(fact)
        if not places:
            return self._session.createDataFrame([], schema)
        return self._session.read.schema(schema).parquet(*places)

    def _make_views(self) -> None:
        """Make the views that stay as they are: they name others, and are read anew each time."""
        written = queries("warehouses", "spark")
        for fact in facts():
            if f"facts_{fact}" not in written:
                self._make(f"facts_{fact}", f"select * from files_{fact}")  # noqa: S608 - own names
        for name, statement in written.items():
            if name not in _MARKED:
                self._make(name, statement)

    def _mark_views(self) -> None:
        """Make the views whose JSON is put together, with the mark that it is JSON."""
        from pyspark.sql import functions  # noqa: PLC0415 - an extra

        for name in _MARKED:
            rows = self._session.sql(queries("warehouses", "spark")[name])
            columns = [
                functions.col(column).alias(column, metadata=JSON)
                if kind == "json"
                else functions.col(column)
                for column, kind in VIEWS[name].items()
            ]
            rows.select(*columns).createOrReplaceTempView(name)

    def _make(self, name: str, statement: str) -> None:
        """Make one view."""
        self._session.sql(f"create or replace temporary view {name} as {statement}")


#: Views that make JSON instead of passing it on.
_MARKED: Final = ("profiles",)


def _schema(fact: str) -> StructType:
    """Return the columns of a fact's files as Spark knows them."""
    from pyspark.sql.types import LongType, StructField, StructType  # noqa: PLC0415 - an extra

    made = StructType()
    for name, kind in fact_columns()[fact].items():
        word = _TYPES.get(kind, kind.lower())
        # A file says null where a table does not: a profile that is no longer merged.
        parsed = StructType.fromDDL(f"`{name}` {word}")
        assert isinstance(parsed, StructType), "columns make a struct"
        mark = JSON if kind == "JSON" else {}
        made.add(StructField(name, parsed[name].dataType, nullable=True, metadata=mark))
    return made.add(StructField("seq", LongType())) if fact in SEQUENCED else made
