"""The analytical engines, by the setting `warehouse`: how each is asked, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import ibis
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.kernel.errors import BadSetting
from huiliu.kernel.texts import text
from huiliu.ports.store import Store
from huiliu.ports.tags import TagWriting, TagWritten
from huiliu.ports.warehouse import Warehouse
from huiliu.warehouses import statements, views
from huiliu.warehouses.duckdb import DuckdbWarehouse
from huiliu.warehouses.populations import population

__all__ = ["DUCKDB", "ENGINES", "Engine", "Owned", "Place", "engine_of"]


class Owned(Warehouse, Protocol):
    """A warehouse in the process that owns it: it follows the log and answers others."""

    @property
    def gather_s(self) -> float:
        """How long its owner waits after a notice, so that a batch holds more than one event."""
        ...

    @property
    def begins_anew(self) -> bool:
        """Whether facts of another version were let go and are loaded again from the log."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...

    def step(self) -> int:
        """Load the next batch of events and journey steps; return how many, 0 = none yet."""
        ...

    def reached(self) -> int:
        """Return the next offset of the log that will be loaded."""
        ...

    def check(self, statement: str) -> str:
        """Return a person's statement if it is one that may be asked, or raise BadInput."""
        ...

    def reading(self, statement: str) -> AbstractContextManager[pa.RecordBatchReader]:
        """Lend the rows of a statement that was checked, batch by batch."""
        ...

    def hold(self, name: str, rows: str | pa.Table) -> None:
        """Hold the rows of a statement or of an Arrow table under a name."""
        ...

    def hold_values(self, name: str, writing: TagWriting, statement: str) -> None:
        """Hold the values of one tag that a statement gives."""
        ...

    def write_values(self, writing: TagWriting, statement: str) -> TagWritten:
        """Write the values of one tag that a statement gives."""
        ...

    def facts(self) -> Iterator[tuple[str, pa.RecordBatchReader]]:
        """Yield every table of facts, and its rows piece by piece, to be read before the next."""
        ...

    def progress(self) -> Mapping[str, int]:
        """Return how far each thing has been followed."""
        ...

    def take_facts(
        self, tables: Iterable[tuple[str, pa.RecordBatchReader]], reached: Mapping[str, int]
    ) -> None:
        """Have these facts in place of all that were here, reaching so far, all or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where an instance's facts are to lie, and how much they may take."""

    #: The setting `warehouse`.
    address: str
    #: The file of DuckDB.
    file: Path
    #: The folder of Spark's files.
    folder: Path
    #: Where Spark may write what lasts as long as its process.
    scratch: Path
    memory: str
    #: Options of Spark.
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: how a question is put to it from anywhere, and how its owner opens it."""

    name: str
    #: Returns the SQL of an expression in the engine's words.
    compiled: Callable[[ibis.Expr], str]
    #: Returns what a compiled condition reads.
    population: Callable[[int, int | None], Tables]
    #: Returns a person's statement if it may be asked, as far as that is known without the engine.
    check: Callable[[str], str]
    open: Callable[[Place, Store], AbstractContextManager[Owned]]


def engine_of(address: str) -> Engine:
    """Return the engine of the setting `warehouse`.

    Raises:
        BadSetting: it is none.
    """
    name = "spark" if address.startswith(("spark://", "local[")) else address
    if name not in ENGINES:
        raise BadSetting("warehouse", address, text("setting.no_warehouse"))
    return ENGINES[name]


@contextmanager
def _open_duckdb(place: Place, store: Store) -> Iterator[Owned]:
    """Lend the file of DuckDB."""
    warehouse = DuckdbWarehouse(place.file, store, place.memory)
    try:
        yield warehouse
    finally:
        warehouse.close()


# Spark is an extra, and takes a second to import: only who uses it does.


@contextmanager
def _open_spark(place: Place, store: Store) -> Iterator[Owned]:
    """Lend the files of Spark, and its cluster from the first question on."""
    from huiliu.warehouses.spark.session import Spark  # noqa: PLC0415 - said above
    from huiliu.warehouses.spark.warehouse import SparkWarehouse  # noqa: PLC0415 - said above

    spark = Spark(place.address, place.scratch, place.options)
    try:
        warehouse = SparkWarehouse(place.folder, store, spark)
        try:
            yield warehouse
        finally:
            warehouse.close()
    finally:
        spark.close()


def _compiled_for_spark(expression: ibis.Expr) -> str:
    """Return the SQL of an expression in Spark's words."""
    from huiliu.warehouses.spark.compiler import compiled  # noqa: PLC0415 - said above

    return compiled(expression)


def _population_on_spark(brand_id: int, at: int | None) -> Tables:
    """Return a population whose JSON is read as Spark does."""
    from huiliu.warehouses.spark.cells import SparkCell  # noqa: PLC0415 - said above

    return replace(population(brand_id, at), cell=SparkCell)


def _checked_by_spark(statement: str) -> str:
    """Return the statement: only Spark's own parser knows, and the analyst has it."""
    return statement


DUCKDB: Final = Engine("duckdb", views.compiled, population, statements.check, _open_duckdb)
_SPARK: Final = Engine(
    "spark", _compiled_for_spark, _population_on_spark, _checked_by_spark, _open_spark
)
ENGINES: Final = {engine.name: engine for engine in (DUCKDB, _SPARK)}
