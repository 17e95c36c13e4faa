"""Loads a batch into DuckDB: its rows in every table and how far it reached, all or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from huiliu.kernel.events import ORDER_EVENTS
from huiliu.kernel.ids import digest
from huiliu.kernel.queries import queries
from huiliu.ports.feed import EventColumns
from huiliu.warehouses import arrivals, merges

__all__ = ["Loader", "fact_names", "prepare", "tell_orders_again"]

#: Statements that read what `stage` made, in this order.
_STAGED = (
    "events", "order_told", "people", "present", "messages", "memberships", "suppressions",
    "fresh_touches", "forget_touches", "touches",
)  # fmt: skip
#: Statements that read new values of traits, in this order.
_TRAITS = ("traits", "newer_traits", "drop_older", "add_newer")

#: What the log does not hold: it outlives a rebuild and another shape of the rest.
_KEPT = frozenset({"tag_values", "latest_tags"})

#: Raised when the Python part of loading makes other rows of the same log.
_FORMAT = 2
_FIND_FACTS = "select 1 from duckdb_schemas() where schema_name = 'facts' and not internal"
_FIND_SHAPE = "select 1 from duckdb_tables() where schema_name = 'facts' and table_name = 'shape'"


def prepare(connection: duckdb.DuckDBPyConnection) -> bool:
    """Make every table and view; say whether facts of another shape had to be let go.

    A file that another version of this program filled is emptied: following the log from its
    beginning fills it again, and no question is ever answered from rows that mean something else.
    """
    found = connection.execute(_FIND_SHAPE).fetchall()
    shapes = connection.execute("select shape from facts.shape").fetchall() if found else []
    outdated = bool(_facts_exist(connection)) and shapes != [(_shape(),)]
    if outdated:
        for name in queries("warehouses", "tables"):
            if name not in _KEPT | {"schema"}:
                connection.execute(f"drop table if exists facts.{name}")
    for noun in ("tables", "views"):
        for statement in queries("warehouses", noun).values():
            connection.execute(statement)
    if shapes != [(_shape(),)]:
        connection.execute("insert into facts.shape values ($shape)", {"shape": _shape()})
    return outdated


def fact_names() -> list[str]:
    """Return the names of the tables of facts."""
    return [
        name
        for name in queries("warehouses", "tables")
        if name not in {"schema", "shape", "offsets"}
    ]


def tell_orders_again(connection: duckdb.DuckDBPyConnection) -> None:
    """Take out of all events what they say of orders; whoever brings events by hand does so."""
    connection.execute("delete from facts.order_told")
    connection.execute(
        "create or replace temp view staged as select brand_id, profile_id, name, occurred_at,"
        " position, channel, properties from facts.events where name like 'Order %'"
    )
    connection.execute(queries("warehouses", "load")["order_told"])
    connection.execute("drop view staged")


def _shape() -> str:
    """Return what changes whenever rows could be made or read in another way."""
    written = [queries("warehouses", noun) for noun in ("tables", "load")]
    texts = (text for named in written for text in named.values())
    return digest(_FORMAT, *texts).hex()


def _facts_exist(connection: duckdb.DuckDBPyConnection) -> bool:
    """Say whether the file holds facts at all."""
    return bool(connection.execute(_FIND_FACTS).fetchall())


class Loader:
    """Writes to one DuckDB connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Load through this connection, which nobody else may use meanwhile."""
        self._connection = connection
        self._sql = queries("warehouses", "load")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything that the block writes, or nothing of it."""
        self._connection.execute("begin transaction")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def reached(self) -> dict[str, int]:
        """Return how far each consumer has come."""
        return dict(self._connection.execute(self._sql["reached"]).fetchall())

    def move(self, reached: Mapping[str, int]) -> None:
        """Write how far consumers have come."""
        consumers, at = list(reached), list(reached.values())
        self._connection.execute(self._sql["forget_reached"], {"consumers": consumers})
        values = {"consumers": consumers, "reached": at}
        self._connection.execute(self._sql["set_reached"], values)

    def events(self, events: EventColumns, partition: int) -> Sequence[tuple[int, int]]:
        """Load a batch of the log: events and all facts that follow from them.

        Returns (brand_id, profile_id) of those whose zone or language may have changed: the
        projector decides that by what it saw before, so it is asked, not decided again.
        """
        rows = arrivals.arrived(events, partition)
        self._with("arrived", rows, "stage")
        for name in _STAGED:
            self._connection.execute(self._sql[name])
        self._connection.execute(self._sql["orders"], {"names": list(ORDER_EVENTS)})
        self._traits(rows)
        decisions = self._connection.execute(self._sql["decisions"]).fetchall()
        if decisions:
            merges.apply(self._connection, self._sql, decisions)
        return self._connection.execute(self._sql["told"]).fetchall()

    def identities(self, rows: Sequence[arrivals.IdentityRow]) -> None:
        """Load identifiers."""
        if rows:
            self._with("arrived_identities", arrivals.identities(rows), "identities")

    def steps(self, rows: Sequence[arrivals.StepRow]) -> None:
        """Load journey steps."""
        if rows:
            self._with("arrived_steps", arrivals.steps(rows), "journey_steps")

    def clear(self) -> None:
        """Remove every fact, so that following starts again at the log's beginning."""
        for name in queries("warehouses", "tables"):
            if name not in _KEPT | {"schema", "shape"}:
                self._connection.execute(f"delete from facts.{name}")  # noqa: S608 - own names

    def take(self, tables: Iterable[tuple[str, pa.RecordBatchReader]]) -> None:
        """Have these facts in place of all that were here, those among them that are kept."""
        for name in (*fact_names(), "offsets"):
            self._connection.execute(f"delete from facts.{name}")  # noqa: S608 - own names
        for name, rows in tables:
            columns = ", ".join(rows.schema.names)
            insert = f"insert into facts.{name} ({columns}) select {columns} from taken"  # noqa: S608 - same
            self._connection.register("taken", rows)
            try:
                self._connection.execute(insert)
            finally:
                self._connection.unregister("taken")
        # Not every engine takes them out beforehand.
        self._connection.execute("drop table if exists staged")
        tell_orders_again(self._connection)

    def told(self, rows: Sequence[arrivals.ToldRow]) -> None:
        """Load zones and languages as they stand."""
        if rows:
            self._with("arrived_traits", arrivals.told(rows), *_TRAITS)

    def _traits(self, rows: pa.Table) -> None:
        """Load what identify and group calls set."""
        found = arrivals.traits(rows)
        if found is not None:
            self._with("arrived_traits", found, *_TRAITS)

    def _with(self, name: str, table: pa.Table, *statements: str) -> None:
        """Run statements that read an Arrow table under a name."""
        self._connection.register(name, table)
        try:
            for statement in statements:
                self._connection.execute(self._sql[statement])
        finally:
            self._connection.unregister(name)
