"""The HTTP server of a fake: what it is asked, what it gives, and a line that may be cut."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

__all__ = ["Asked", "Given", "open_door"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a fake's API."""

    method: str
    path: str
    #: As it was written, without the question mark.
    query: str
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes

    def values(self) -> dict[str, str]:
        """Return the query's values."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def form(self) -> dict[str, str]:
        """Return the body's form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def json(self) -> dict[str, object]:
        """Return the body's object; an empty one where there is none."""
        try:
            found: object = msgspec.json.decode(self.body) if self.body else {}
        except msgspec.DecodeError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Given:
    """What a fake answers."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    #: What happens before the answer goes: "" (it goes), hang (never), drop (the line is cut).
    instead: str = ""

    @property
    def raw(self) -> bytes:
        """Return the bytes of the answer: what is no bytes yet is written as JSON."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)


def open_door(
    host: str, port: int, handle: Callable[[Asked], Given], ended: threading.Event
) -> ThreadingHTTPServer:
    """Return a server that asks `handle`; whoever hangs is let go when `ended` is set."""

    class Door(BaseHTTPRequestHandler):
        """Answers the requests of one connection."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Hand the request over."""
            self._enter()

        def do_POST(self) -> None:
            """Hand the request over."""
            self._enter()

        def do_DELETE(self) -> None:
            """Hand the request over."""
            self._enter()

        def _enter(self) -> None:
            """Read, answer, write."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            given = handle(Asked(self.command, parts.path, parts.query, headers, body))
            if given.instead:
                if given.instead == "hang":
                    ended.wait()
                self.close_connection = True
                return
            self.send_response(given.status)
            for name, value in {"Content-Type": "application/json", **given.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(given.raw)))
            self.end_headers()
            self.wfile.write(given.raw)

        def log_message(self, *_: object) -> None:
            """Stay silent: standard output is the caller's."""

    return _Server((host, port), Door)


class _Server(ThreadingHTTPServer):
    """The server of one fake; it stays silent where the other side went away."""

    daemon_threads = True
    #: Five, as the library has it, are lost as soon as many call at once and one is slow.
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # what socketserver gives
        """Tell of faults of our own only."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
