"""The warehouse on Spark: files of facts that follow the log, asked through a session."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Final

import ibis
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.kernel.errors import EngineFailed, Unavailable
from huiliu.ports.replay import Past
from huiliu.ports.store import Store
from huiliu.ports.tags import TagWriting, TagWritten
from huiliu.warehouses.held import held, held_values, tag_changes, tag_values
from huiliu.warehouses.populations import past, population
from huiliu.warehouses.spark import tags
from huiliu.warehouses.spark.cells import SparkCell
from huiliu.warehouses.spark.compiler import compiled
from huiliu.warehouses.spark.files import SEQUENCED, FactFiles, fact_columns
from huiliu.warehouses.spark.loading import LogFollower
from huiliu.warehouses.spark.names import view_name
from huiliu.warehouses.spark.session import Spark
from huiliu.warehouses.spark.statements import is_question
from huiliu.warehouses.spark.views import JSON, FactViews
from huiliu.warehouses.views import view

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["SparkWarehouse"]

BATCH: Final = 200_000
_STEPS: Final = 50_000
_LOOK_S: Final = 0.05
#: A question that takes longer is ended: nobody waits for it any more.
_PATIENCE_S: Final = 600.0
_ENGINE: Final = "Spark"
_numbers = itertools.count(1)


class SparkWarehouse:
    """Facts in Parquet files that Spark reads; safe to use from many threads."""

    #: After a notice of new events it waits so long: every batch makes files.
    gather_s: Final = 2.0

    def __init__(self, folder: Path, store: Store, spark: Spark) -> None:
        """Use a folder of files and a cluster; the cluster is joined with the first question."""
        self._store = store
        self._spark = spark
        self._files = FactFiles(store, folder)
        self._follower = LogFollower(store, self._files)
        #: True when facts of another version were let go and are loaded again from the log.
        self.begins_anew = self._follower.begin()
        self._files.sweep()
        self._opening = threading.Lock()
        self._session: SparkSession | None = None
        self._views: FactViews | None = None
        self._held: dict[str, DataFrame] = {}

    def close(self) -> None:
        """Let go of what is held; the cluster is its owner's to leave."""
        self.let_go(list(self._held))
        self._follower.close()

    def table(self, name: str) -> ibis.Table:
        """Return an unbound view."""
        return view(name)

    def population(self, brand_id: int, at: int | None = None) -> Tables:
        """Return what a compiled condition reads: a brand's people now, or as of an instant."""
        return replace(population(brand_id, at), cell=SparkCell, order_told=None)

    def past(self, brand_id: int) -> Past:
        """Return what virtual time may meet: a brand's facts, each with its replay time."""
        return past(brand_id)

    def run(self, expression: ibis.Expr) -> pa.Table:
        """Return the rows of an expression; raise EngineFailed with the statement."""
        return self._answer(compiled(expression))

    def sql(self, statement: str) -> pa.Table:
        """Return the rows of one read-only SQL statement over the views."""
        return self._answer(self.check(statement))

    def check(self, statement: str) -> str:
        """Return the statement if it is one that may be asked, or raise BadInput saying why not."""
        return is_question(self._open()[0], statement)

    @contextmanager
    def reading(self, statement: str) -> Iterator[pa.RecordBatchReader]:
        """Lend the rows of a statement that was checked, batch by batch."""
        yield self._answer(statement).to_reader()

    def keep(self, name: str, rows: ibis.Table | pa.Table) -> ibis.Table:
        """Hold rows under a name until they are let go; return the table that reads them."""
        self.hold(name, rows if isinstance(rows, pa.Table) else compiled(rows))
        return held(name, rows)

    def hold(self, name: str, rows: str | pa.Table) -> None:
        """Hold the rows of a statement or of an Arrow table under a name."""
        session, views = self._open()
        shown = rows if isinstance(rows, str) else "brought rows"
        with _told(shown):
            if isinstance(rows, pa.Table):
                found = session.createDataFrame(rows)
            else:
                with views.lock:
                    views.refresh()
                    found = session.sql(rows)
            found = found.persist()
            found.count()
        self.let_go([name])
        self._held[name] = found
        found.createOrReplaceTempView(f"`{view_name('scratch', name)}`")

    def keep_values(self, name: str, writing: TagWriting, values: ibis.Table) -> ibis.Table:
        """Hold the values of one tag as they are stored: profile_id, value (JSON), expires_at."""
        self.hold_values(name, writing, compiled(values))
        return held_values(name)

    def hold_values(self, name: str, writing: TagWriting, statement: str) -> None:
        """Hold the values of one tag that a statement gives."""
        self.hold(name, tags.values(writing, statement))

    def let_go(self, names: Collection[str]) -> None:
        """Forget rows that were held; names that hold none are passed over."""
        for name in names:
            found = self._held.pop(name, None)
            if found is not None and self._session is not None:
                self._session.catalog.dropTempView(view_name("scratch", name))
                found.unpersist()

    def write_tag(self, writing: TagWriting, values: ibis.Table) -> TagWritten:
        """Write the values of one tag: what changed goes into its history, all or nothing."""
        return self.write_values(writing, compiled(values))

    def write_values(self, writing: TagWriting, statement: str) -> TagWritten:
        """Write the values of one tag that a statement gives."""
        changed = self._answer(tags.changed(writing, statement))
        counted = self._answer(f"select count(*) as n from ({statement})")  # noqa: S608 - compiled
        if len(changed):
            self._follower.append({"tag_values": changed})
        return TagWritten(counted["n"][0].as_py(), len(changed))

    def tag_changes(self, brand_id: int, tag: str, after: tuple[int, int]) -> pa.Table:
        """Return the changes of a tag's values after (instant, profile), in that order."""
        return self.run(tag_changes(brand_id, tag, after))

    def tag_values(self, brand_id: int, tag: str) -> pa.Table:
        """Return the values of a tag that stand, under the ids that they were set for."""
        return self.run(tag_values(brand_id, tag))

    def facts(self) -> Iterator[tuple[str, pa.RecordBatchReader]]:
        """Yield every table of facts, and its rows piece by piece, to be read before the next."""
        counting = {one.fact for one in self._files.counting()}
        for fact, columns in fact_columns().items():
            if fact in counting and fact not in SEQUENCED:
                with self._follower.stored(fact) as rows:
                    yield fact, rows
            else:
                statement = f"select {', '.join(columns)} from facts_{fact}"  # noqa: S608 - own names
                yield fact, self._answer(statement).to_reader()

    def progress(self) -> Mapping[str, int]:
        """Return how far each thing has been followed."""
        return self._follower.progress()

    def take_facts(
        self, tables: Iterable[tuple[str, pa.RecordBatchReader]], reached: Mapping[str, int]
    ) -> None:
        """Have these facts in place of all that were here, reaching so far, all or nothing."""
        self._follower.take(tables, reached)

    def step(self, limit: int = BATCH) -> int:
        """Load the next batch of events and journey steps; return how many, 0 = none yet."""
        n_loaded = self._follower.step(limit, _STEPS)
        if n_loaded and self._follower.compact():
            self._files.sweep()
        return n_loaded

    def reached(self) -> int:
        """Return the next offset of the log that will be loaded."""
        return self._follower.reached()[0]

    def catch_up(self, timeout_s: float, offset: int | None = None) -> None:
        """Load until all that the log held at the call, or all below an offset, is here.

        With it every step of a journey that can be read at the call.

        Raises:
            Unavailable: it did not get there in time.
        """
        with self._store.system() as tx:
            goal = tx.log.head() if offset is None else offset
            steps = tx.feed.last_step()
        deadline = time.monotonic() + timeout_s
        while True:
            while self.step():
                pass
            reached, stepped = self._follower.reached()
            if reached >= goal and stepped >= steps:
                return
            if time.monotonic() > deadline:
                raise Unavailable("warehouse", f"{reached} of {goal} events after {timeout_s} s")
            time.sleep(_LOOK_S)

    def rebuild(self) -> None:
        """Forget every fact and load the log again from its beginning."""
        self._follower.rebuild()
        while self.step():
            pass

    def _answer(self, statement: str) -> pa.Table:
        """Return the rows of a statement over the files that count now."""
        session, views = self._open()
        group = f"question {next(_numbers)}"
        context = session.sparkContext
        end = Timer(_PATIENCE_S, context.cancelJobGroup, (group,))
        end.daemon = True
        end.start()
        try:
            with _told(statement):
                with views.lock:
                    views.refresh()
                    found = session.sql(statement)
                context.setJobGroup(group, group, interruptOnCancel=True)
                return _marked(found, found.toArrow())
        finally:
            end.cancel()

    def _open(self) -> tuple[SparkSession, FactViews]:
        """Return the session, which the first question opens."""
        with self._opening:
            if self._session is None or self._views is None:
                self._session = self._spark.session()
                self._views = FactViews(self._session, self._store, self._files)
            return self._session, self._views


@contextmanager
def _told(statement: str) -> Iterator[None]:
    """Turn the errors of Spark into EngineFailed."""
    from py4j.protocol import Py4JError  # noqa: PLC0415 - an extra
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra

    try:
        yield
    except (PySparkException, Py4JError, pa.ArrowException) as fault:
        raise EngineFailed(_ENGINE, statement, _words(fault)) from fault


def _words(fault: Exception) -> str:
    """Return what Spark says, without its plans and stack."""
    return str(fault).strip().partition("\n")[0][:1000]


def _marked(found: DataFrame, rows: pa.Table) -> pa.Table:
    """Return the rows with a mark on columns of JSON, which Arrow takes for any text."""
    fields = [
        field.with_metadata({"huiliu": "json"})
        if known.metadata.get("huiliu") == JSON["huiliu"]
        else field
        for field, known in zip(rows.schema, found.schema, strict=True)
    ]
    return pa.Table.from_arrays(
        rows.columns, schema=pa.schema([field.with_nullable(True) for field in fields])
    )
