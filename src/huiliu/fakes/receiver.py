"""A server that webhooks are sent to: it takes them, or behaves as badly as it is told to."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

__all__ = ["OK", "Received", "Receiver", "Reply"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered to one request."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] | None = None
    #: Take the request and say nothing until the server stops.
    hangs: bool = False
    #: Send the body a byte every so many seconds.
    drips_s: float = 0.0
    #: End the connection without an answer.
    drops: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came in."""

    method: str
    path: str
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes


OK: Final = Reply()


class Receiver:
    """An HTTP server in a thread of its own; it answers in the order of its script, then well."""

    def __init__(
        self,
        script: Sequence[Reply] = (),
        *,
        answer: Callable[[Received], Reply] | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
    ) -> None:
        """Prepare; `answer` decides once the script is spent."""
        self.port = port
        self._host = host
        self._script = list(script)
        self._answer = answer
        self._lock = threading.Lock()
        #: Set when it stops: whoever hangs lets go.
        self.ended = threading.Event()
        self._server: _Server | None = None
        #: Everything that came in, in order.
        self.received: list[Received] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self._host}:{self.port}"

    def report(self) -> dict[str, object]:
        """Return how many requests came in, by method and path."""
        with self._lock:
            counts = Counter(f"{one.method} {one.path}" for one in self.received)
        return {"received": sum(counts.values()), "paths": dict(sorted(counts.items()))}

    def then(self, *replies: Reply) -> None:
        """Answer the next requests so."""
        with self._lock:
            self._script += replies

    def start(self) -> Self:
        """Listen; `port` then holds the real one."""
        server = _Server(self, (self._host, self.port))
        self._server = server
        self.port = int(server.server_address[1])
        threading.Thread(target=server.serve_forever, name="fake-receiver", daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the port; who hangs is let go."""
        self.ended.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take(self, received: Received) -> Reply:
        """Note a request and return what it is answered."""
        with self._lock:
            self.received.append(received)
            if self._script:
                return self._script.pop(0)
        return OK if self._answer is None else self._answer(received)

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


class _Server(ThreadingHTTPServer):
    """The server of one receiver."""

    daemon_threads = True
    #: Five, as the library has it, are lost as soon as many call at once and one is slow.
    request_queue_size = 128

    def __init__(self, receiver: Receiver, address: tuple[str, int]) -> None:
        """Answer for a receiver."""
        super().__init__(address, _Door)
        self.receiver = receiver

    def handle_error(self, request: Any, client_address: Any) -> None:  # what socketserver gives
        """Stay silent where the other side went away: that is what tests are about."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Door(BaseHTTPRequestHandler):
    """Answers the requests of one connection, one after another."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def serve(self) -> None:
        """Take a request and answer as it was told."""
        receiver = self.server.receiver
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        reply = receiver.take(Received(self.command, self.path, headers, body))
        if reply.hangs:
            receiver.ended.wait()
        if reply.hangs or reply.drops:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in (reply.headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.drips_s:
            self._drip(reply)
        else:
            self.wfile.write(reply.body)

    def _drip(self, reply: Reply) -> None:
        """Write a body byte by byte, until it is done or nobody listens."""
        for at in range(len(reply.body)):
            if self.server.receiver.ended.wait(reply.drips_s):
                return
            try:
                self.wfile.write(reply.body[at : at + 1])
            except OSError:
                return

    def log_message(self, *_: object) -> None:
        """Stay silent: standard output is the caller's."""


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    setattr(_Door, f"do_{_method}", _Door.serve)
