"""The warehouse as other processes see it: questions go to the analyst over its socket."""

from __future__ import annotations

import io
import socket
from collections.abc import Collection
from pathlib import Path

import ibis
import msgspec
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.kernel.errors import BadInput, EngineFailed, HuiliuError, Problem, Unavailable
from huiliu.kernel.texts import Text
from huiliu.ports.replay import Past
from huiliu.ports.tags import TagWriting, TagWritten
from huiliu.warehouses.engines import DUCKDB, Engine
from huiliu.warehouses.held import held, held_values, tag_changes, tag_values
from huiliu.warehouses.populations import past
from huiliu.warehouses.socket import DATA, FAULT, Fault, Request, address, receive, send
from huiliu.warehouses.views import view

__all__ = ["SocketWarehouse"]

#: Longer than any question may take; a rebuild may take longer.
_PATIENCE_S = 900.0


class SocketWarehouse:
    """The Warehouse port over the analyst's socket; safe to use from many threads.

    Every question has its own connection: to connect costs 0.1 ms, and an analyst that was
    started again is found without a word.
    """

    def __init__(self, data: Path, engine: Engine = DUCKDB) -> None:
        """Remember where the analyst of an instance's data folder listens, and its engine."""
        self._data = data
        self._engine = engine

    def close(self) -> None:
        """Do nothing: no connection outlives its question."""

    def table(self, name: str) -> ibis.Table:
        """Return an unbound view."""
        return view(name)

    def population(self, brand_id: int, at: int | None = None) -> Tables:
        """Return what a compiled condition reads: a brand's people now, or as of an instant."""
        return self._engine.population(brand_id, at)

    def past(self, brand_id: int) -> Past:
        """Return what virtual time may meet: a brand's facts, each with its replay time."""
        return past(brand_id)

    def run(self, expression: ibis.Expr) -> pa.Table:
        """Return the rows of an expression; raise EngineFailed with the statement."""
        return self._table(Request("ask", self._engine.compiled(expression)))

    def sql(self, statement: str) -> pa.Table:
        """Return the rows of one read-only SQL statement over the views."""
        return self._table(Request("ask", self._engine.check(statement), foreign=True))

    def keep(self, name: str, rows: ibis.Table | pa.Table) -> ibis.Table:
        """Hold rows under a name until they are let go; return the table that reads them."""
        if isinstance(rows, pa.Table):
            self._ask(Request("keep", name=name, brings=True), _PATIENCE_S, _stream(rows))
        else:
            self._ask(Request("keep", self._engine.compiled(rows), name=name), _PATIENCE_S)
        return held(name, rows)

    def let_go(self, names: Collection[str]) -> None:
        """Forget rows that were held; names that hold none are passed over."""
        self._ask(Request("let_go", names=tuple(names)), _PATIENCE_S)

    def keep_values(self, name: str, writing: TagWriting, values: ibis.Table) -> ibis.Table:
        """Hold the values of one tag as they are stored: profile_id, value (JSON), expires_at."""
        self._ask(
            Request("keep_values", self._engine.compiled(values), name=name, writing=writing),
            _PATIENCE_S,
        )
        return held_values(name)

    def write_tag(self, writing: TagWriting, values: ibis.Table) -> TagWritten:
        """Write the values of one tag: what changed goes into its history, all or nothing."""
        answer = self._ask(
            Request("write_tag", self._engine.compiled(values), writing=writing), _PATIENCE_S
        )
        return msgspec.json.decode(answer.read(), type=TagWritten)

    def tag_changes(self, brand_id: int, tag: str, after: tuple[int, int]) -> pa.Table:
        """Return the changes of a tag's values after (instant, profile), in that order."""
        return self.run(tag_changes(brand_id, tag, after))

    def tag_values(self, brand_id: int, tag: str) -> pa.Table:
        """Return the values of a tag that stand, under the ids that they were set for."""
        return self.run(tag_values(brand_id, tag))

    def catch_up(self, timeout_s: float, offset: int | None = None) -> None:
        """Return when the analyst has seen all that the log held, or all below an offset."""
        self._ask(Request("catch_up", timeout_s=timeout_s, offset=offset), timeout_s + 30)

    def rebuild(self) -> None:
        """Let the analyst forget every fact and load the log again from its beginning."""
        self._ask(Request("rebuild"), None)

    def _table(self, asked: Request) -> pa.Table:
        """Return the rows of an answer."""
        answer = self._ask(asked, _PATIENCE_S)
        with pa.ipc.open_stream(answer) as stream:
            return stream.read_all()

    def _ask(
        self, asked: Request, timeout_s: float | None, brought: bytes | None = None
    ) -> io.BytesIO:
        """Return what the analyst answers, or raise what it raised."""
        answer = io.BytesIO()
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(timeout_s)
                connection.connect(address(self._data))
                send(connection, DATA, msgspec.json.encode(asked))
                if brought is not None:
                    send(connection, DATA, brought)
                while True:
                    kind, content = receive(connection)
                    if kind == FAULT:
                        raise _raised(msgspec.json.decode(content, type=Fault))
                    if kind != DATA:
                        answer.seek(0)
                        return answer
                    answer.write(content)
        except OSError as fault:
            raise Unavailable("analyst", str(fault)) from fault


def _stream(rows: pa.Table) -> bytes:
    """Return rows as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _raised(fault: Fault) -> HuiliuError:
    """Return the error that the analyst told of."""
    if fault.kind == "bad_input":
        path, key = fault.words
        return BadInput((Problem(path, Text(key, fault.arguments)),))
    if fault.kind == "engine_failed":
        return EngineFailed(*fault.words)
    return Unavailable(*fault.words)
