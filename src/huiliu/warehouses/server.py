"""Answers questions to the warehouse over a Unix socket, each connection in a thread of its own."""

from __future__ import annotations

import socketserver
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pyarrow as pa

from huiliu.kernel.errors import BadInput, EngineFailed, HuiliuError, Unavailable
from huiliu.warehouses.engines import Owned
from huiliu.warehouses.socket import (
    DATA,
    END,
    FAULT,
    Fault,
    Request,
    address,
    receive,
    send,
)

__all__ = ["Server"]


class Server:
    """Serves one warehouse until it is closed."""

    def __init__(self, warehouse: Owned, data: Path) -> None:
        """Listen at once; only this user may connect."""
        self._path = Path(address(data))
        self._path.unlink(missing_ok=True)
        self._server = _Listener(str(self._path), warehouse)
        self._path.chmod(0o600)
        self._thread = Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more questions."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._path.unlink(missing_ok=True)


class _Listener(socketserver.ThreadingUnixStreamServer):
    """Accepts connections; a question under way never holds up the end of the process."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, path: str, warehouse: Owned) -> None:
        """Bind to a path."""
        self.warehouse = warehouse
        super().__init__(path, _Conversation)

    def handle_error(self, request: Any, client_address: Any) -> None:  # socketserver's own types
        """Let a connection that broke go: whoever asked is told by the break itself."""


class _Conversation(socketserver.BaseRequestHandler):
    """Answers one question after another until the other side goes."""

    server: _Listener

    def handle(self) -> None:
        """Answer until the connection ends."""
        while True:
            try:
                _, content = receive(self.request)
            except ConnectionError:
                return
            try:
                self._answer(msgspec.json.decode(content, type=Request))
            except HuiliuError as fault:
                send(self.request, FAULT, msgspec.json.encode(_fault(fault)))
            else:
                send(self.request, END)

    def _answer(self, asked: Request) -> None:
        """Do what was asked; send what it gives."""
        warehouse = self.server.warehouse
        match asked.what:
            case "ask":
                if asked.foreign:
                    warehouse.check(asked.statement)
                with warehouse.reading(asked.statement) as rows:
                    self._stream(rows)
            case "catch_up":
                warehouse.catch_up(asked.timeout_s, asked.offset)
            case "rebuild":
                warehouse.rebuild()
            case "keep":
                warehouse.hold(asked.name, self._brought() if asked.brings else asked.statement)
            case "let_go":
                warehouse.let_go(asked.names)
            case "keep_values" if asked.writing is not None:
                warehouse.hold_values(asked.name, asked.writing, asked.statement)
            case "write_tag" if asked.writing is not None:
                written = warehouse.write_values(asked.writing, asked.statement)
                send(self.request, DATA, msgspec.json.encode(written))
            case _:
                raise Unavailable("analyst", f"it does not know how to {asked.what}")

    def _brought(self) -> pa.Table:
        """Return the rows that came with the question."""
        _, content = receive(self.request)
        with pa.ipc.open_stream(content) as stream:
            return stream.read_all()

    def _stream(self, rows: pa.RecordBatchReader) -> None:
        """Send rows as they come."""
        with pa.ipc.new_stream(_Frames(self.request), rows.schema) as stream:
            for batch in rows:
                stream.write_batch(batch)


class _Frames:
    """A file that sends what is written to it as frames."""

    closed = False

    def __init__(self, connection: Any) -> None:  # a socket, as socketserver types it
        """Write to this connection."""
        self._connection = connection

    def write(self, content: bytes) -> int:
        """Send a piece."""
        send(self._connection, DATA, bytes(content))
        return len(content)

    def flush(self) -> None:
        """Do nothing: every piece is sent at once."""

    def writable(self) -> bool:
        """Say yes."""
        return True

    def readable(self) -> bool:
        """Say no."""
        return False

    def seekable(self) -> bool:
        """Say no."""
        return False


def _fault(fault: HuiliuError) -> Fault:
    """Return an error as it travels."""
    if isinstance(fault, BadInput):
        first = fault.problems[0]
        arguments = {name: str(value) for name, value in first.text.arguments.items()}
        return Fault("bad_input", (first.path, first.text.key), arguments)
    if isinstance(fault, EngineFailed):
        return Fault("engine_failed", (fault.engine, fault.statement, fault.cause))
    cause = fault.cause if isinstance(fault, Unavailable) else str(fault)
    return Fault("unavailable", ("analyst", cause))
