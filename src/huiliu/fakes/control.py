"""A door to fakes that run in another process: `GET /report` says what they have taken."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Protocol, Self

import msgspec

__all__ = ["Control", "Reporting"]


class Reporting(Protocol):
    """Anything that counts."""

    def report(self) -> dict[str, object]:
        """Return the counts."""
        ...


class Control:
    """A small HTTP server in a thread of its own."""

    def __init__(
        self, port: int = 0, *, host: str = "127.0.0.1", sinks: Mapping[str, Reporting]
    ) -> None:
        """Prepare; `start` opens the port, 0 = any free one."""
        self.port = port
        self._host = host
        self._sinks = sinks
        self._server: ThreadingHTTPServer | None = None

    def report(self) -> dict[str, object]:
        """Return each sink's counts by its name."""
        return {name: sink.report() for name, sink in self._sinks.items()}

    def start(self) -> Self:
        """Listen; `port` then holds the real one."""
        control = self

        class Door(BaseHTTPRequestHandler):
            """Answers one request."""

            def do_GET(self) -> None:
                """Send the report, or 404."""
                found = self.path == "/report"
                body = msgspec.json.encode(control.report()) if found else b"{}"
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay silent: standard output is the caller's."""

        server = ThreadingHTTPServer((self._host, self.port), Door)
        self._server = server
        self.port = int(server.server_address[1])
        threading.Thread(target=server.serve_forever, name="fakes-control", daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the port."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()
