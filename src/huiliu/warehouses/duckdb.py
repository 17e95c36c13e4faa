"""The embedded warehouse: a DuckDB file that follows the log by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import duckdb
import ibis
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.kernel.errors import Unavailable
from huiliu.ports.replay import Past
from huiliu.ports.store import Store
from huiliu.ports.tags import TagWriting, TagWritten
from huiliu.warehouses import tags
from huiliu.warehouses.follow import load_batch, read_batch
from huiliu.warehouses.held import held, held_values, tag_changes, tag_values
from huiliu.warehouses.load import Loader, fact_names, prepare
from huiliu.warehouses.populations import past
from huiliu.warehouses.statements import check, reading
from huiliu.warehouses.views import compiled, population, view

__all__ = ["DuckdbWarehouse"]

#: Events loaded in one transaction: more than a row group, so that row groups hold few names.
BATCH = 200_000
_STEPS = 50_000
#: How often a caller of `catch_up` looks again while others load.
_LOOK_S = 0.01
_CONSUMER = "analyst"


class DuckdbWarehouse:
    """A DuckDB file, which one process opens; safe to use from many threads of it."""

    #: After a notice of new events it waits so long, so that a batch holds more than one.
    gather_s: Final = 0.05

    def __init__(self, path: Path, store: Store, memory: str = "4GB") -> None:
        """Open or make the file, mode 0600; raise Unavailable when another process holds it."""
        self._path = path
        self._store = store
        self._loading = threading.Lock()
        try:
            self._connection = duckdb.connect(str(path))
        except duckdb.Error as fault:
            raise Unavailable("DuckDB", str(fault)) from fault
        path.chmod(0o600)
        self._connection.execute("set memory_limit = $memory", {"memory": memory})
        self._connection.execute("set timezone = 'UTC'")
        #: True when facts of another version were let go and are loaded again from the log.
        self.begins_anew = prepare(self._connection)
        tags.open_scratch(self._connection)
        # A name in a question is never a variable of this program.
        self._connection.execute("set python_enable_replacements = false")
        # From here on nothing that is asked can reach files or change settings.
        self._connection.execute("set enable_external_access = false")
        self._connection.execute("set lock_configuration = true")
        self._loader = Loader(self._connection)

    def close(self) -> None:
        """Write everything into the file and let go of it."""
        with self._loading:
            self._connection.close()

    def table(self, name: str) -> ibis.Table:
        """Return an unbound view."""
        return view(name)

    def population(self, brand_id: int, at: int | None = None) -> Tables:
        """Return what a compiled condition reads: a brand's people now, or as of an instant."""
        return population(brand_id, at)

    def past(self, brand_id: int) -> Past:
        """Return what virtual time may meet: a brand's facts, each with its replay time."""
        return past(brand_id)

    def run(self, expression: ibis.Expr) -> pa.Table:
        """Return the rows of an expression; raise EngineFailed with the statement."""
        with self.reading(compiled(expression)) as rows:
            return rows.read_all()

    def sql(self, statement: str) -> pa.Table:
        """Return the rows of one read-only SQL statement over the views."""
        with self.reading(check(statement)) as rows:
            return rows.read_all()

    def keep(self, name: str, rows: ibis.Table | pa.Table) -> ibis.Table:
        """Hold rows under a name until they are let go; return the table that reads them."""
        self.hold(name, rows if isinstance(rows, pa.Table) else compiled(rows))
        return held(name, rows)

    def hold(self, name: str, rows: str | pa.Table) -> None:
        """Hold the rows of a statement or of an Arrow table under a name."""
        tags.keep(self._connection, name, rows)

    def hold_values(self, name: str, writing: TagWriting, statement: str) -> None:
        """Hold the values of one tag that a statement gives."""
        tags.keep_values(self._connection, name, writing, statement)

    def let_go(self, names: Collection[str]) -> None:
        """Forget rows that were held; names that hold none are passed over."""
        tags.let_go(self._connection, names)

    def keep_values(self, name: str, writing: TagWriting, values: ibis.Table) -> ibis.Table:
        """Hold the values of one tag as they are stored: profile_id, value (JSON), expires_at."""
        self.hold_values(name, writing, compiled(values))
        return held_values(name)

    def write_tag(self, writing: TagWriting, values: ibis.Table) -> TagWritten:
        """Write the values of one tag: what changed goes into its history, all or nothing."""
        return self.write_values(writing, compiled(values))

    def write_values(self, writing: TagWriting, statement: str) -> TagWritten:
        """Write the values of one tag that a statement gives."""
        with self._loading, self._loader.transaction():
            return tags.write(self._connection, writing, statement)

    def check(self, statement: str) -> str:
        """Return a person's statement if it is one that may be asked, or raise BadInput."""
        return check(statement)

    def reading(self, statement: str) -> AbstractContextManager[pa.RecordBatchReader]:
        """Lend the rows of a statement that was checked, batch by batch."""
        return reading(self._connection, statement)

    def facts(self) -> Iterator[tuple[str, pa.RecordBatchReader]]:
        """Yield every table of facts, and its rows piece by piece, to be read before the next."""
        for name in fact_names():
            with self.reading(f"select * from facts.{name}") as rows:  # noqa: S608 - own names
                yield name, rows

    def progress(self) -> Mapping[str, int]:
        """Return how far each thing has been followed."""
        with self._loading:
            return self._loader.reached()

    def take_facts(
        self, tables: Iterable[tuple[str, pa.RecordBatchReader]], reached: Mapping[str, int]
    ) -> None:
        """Have these facts in place of all that were here, reaching so far, all or nothing."""
        with self._loading, self._loader.transaction():
            self._loader.take(tables)
            self._loader.move(reached)

    def step(self, limit: int = BATCH) -> int:
        """Load the next batch of events and journey steps; return how many, 0 = none yet."""
        with self._loading:
            return self._events(limit) + self._journey_steps()

    def tag_changes(self, brand_id: int, tag: str, after: tuple[int, int]) -> pa.Table:
        """Return the changes of a tag's values after (instant, profile), in that order."""
        return self.run(tag_changes(brand_id, tag, after))

    def tag_values(self, brand_id: int, tag: str) -> pa.Table:
        """Return the values of a tag that stand, under the ids that they were set for."""
        return self.run(tag_values(brand_id, tag))

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
            reached, stepped = self._reached()
            if reached >= goal and stepped >= steps:
                return
            if time.monotonic() > deadline:
                raise Unavailable("warehouse", f"{reached} of {goal} events after {timeout_s} s")
            time.sleep(_LOOK_S)

    def reached(self) -> int:
        """Return the next offset of the log that will be loaded."""
        return self._reached()[0]

    def _reached(self) -> tuple[int, tuple[int, int]]:
        """Return the next offset of the log, and the last step, (txid, step_id), that is here."""
        with self._loading:
            reached = self._loader.reached()
        steps = reached.get("steps_txid", 0), reached.get("steps_id", 0)
        return reached.get("log", 0), steps

    def rebuild(self) -> None:
        """Forget every fact and load the log again from its beginning."""
        with self._loading, self._loader.transaction():
            self._loader.clear()
        while self.step():
            pass

    def _events(self, limit: int) -> int:
        """Load the next events with the identifiers that they brought."""
        batch = read_batch(self._store, self._loader.reached().get("log", 0), limit)
        if batch is None:
            return 0
        past = batch.events.past
        with self._loader.transaction():
            load_batch(self._store, self._loader, batch)
            self._loader.move({"log": past})
        with self._store.system() as tx:
            tx.log.move_cursor(_CONSUMER, past, batch.partition)
        return batch.events.n_events

    def _journey_steps(self) -> int:
        """Load the next journey steps."""
        reached = self._loader.reached()
        after = (reached.get("steps_txid", 0), reached.get("steps_id", 0))
        with self._store.system() as tx:
            rows = tx.feed.steps(after, _STEPS)
        if not rows:
            return 0
        with self._loader.transaction():
            self._loader.steps(rows)
            self._loader.move({"steps_txid": rows[-1][0], "steps_id": rows[-1][1]})
        return len(rows)
