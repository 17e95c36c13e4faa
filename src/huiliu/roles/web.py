"""The web role: granian serves the API and the console from one thread of this process."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
import time
from threading import Thread
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from huiliu.kernel.errors import BadSetting, Unavailable
from huiliu.kernel.texts import text

__all__ = ["WebServer", "free_port", "web_address"]

_START_TIMEOUT_S: Final = 90.0
_LOOK_S: Final = 0.01
#: Requests under way at a stop have this long to end; a supervisor allows the whole role 8 s.
_DRAIN_S: Final = 5
_BACKLOG: Final = 1024
#: A client that sends its headers slower than this is let go.
_HEADER_TIMEOUT_MS: Final = 10_000
#: A call asks the database a dozen times, and after each answer waits for the interpreter, which
#: other calls hold for up to 5 ms each time by Python's own setting: a till would feel that.
_SWITCH_S: Final = 0.0005


class WebServer:
    """Serves one ASGI application until it is stopped."""

    def __init__(self, app: Any, host: str, port: int) -> None:  # ASGI has no type of its own
        """Prepare to serve; port 0 = any free one.

        Raises:
            BadSetting: the port is taken, or the address is not this machine's.
        """
        self.host = host
        #: A port that was found free is held until it is listened at: nobody else gets it.
        self._seat = None if port else _seat(host)
        self.port = self._seat.getsockname()[1] if self._seat else free_port(host, port)
        self._server = Server(
            app, address=host, port=self.port, interface=Interfaces.ASGI, http=HTTPModes.auto,
            backlog=_BACKLOG, websockets=False, log_level=LogLevels.error,
            http1_settings=HTTP1Settings(header_read_timeout=_HEADER_TIMEOUT_MS),
        )  # fmt: skip
        self._server.workers_kill_timeout = _DRAIN_S
        self._loop = asyncio.new_event_loop()
        self._fault: BaseException | None = None
        self._thread = Thread(target=self._serve, name="web", daemon=True)

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        return web_address(self.host, self.port)

    def start(self) -> None:
        """Return when requests are taken; raise Unavailable when that does not come about."""
        self._thread.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        try:
            while not self._answers():
                if not self._thread.is_alive() or time.monotonic() > deadline:
                    raise Unavailable("web", str(self._fault or "it did not start in time"))
                time.sleep(_LOOK_S)
        finally:
            if self._seat is not None:
                self._seat.close()

    def stop(self) -> None:
        """Take no more requests, let those under way end, and return."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._server.stop)
            self._thread.join(_DRAIN_S + 2)

    def is_alive(self) -> bool:
        """Say whether it serves."""
        return self._thread.is_alive()

    def _serve(self) -> None:
        """Run granian on a loop of this thread."""
        asyncio.set_event_loop(self._loop)
        sys.setswitchinterval(_SWITCH_S)
        try:
            self._loop.run_until_complete(self._server.serve())
        except BaseException as fault:  # noqa: BLE001 - told by start(), in the caller's thread
            self._fault = fault
        finally:
            self._loop.close()

    def _answers(self) -> bool:
        """Say whether the port takes connections."""
        host = self.address.removeprefix("http://").rpartition(":")[0].strip("[]")
        try:
            with socket.create_connection((host, self.port), timeout=1):
                return True
        except OSError:
            return False


def web_address(host: str, port: int) -> str:
    """Return where a browser on this machine finds what listens on a host and port."""
    near = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{near}]' if ':' in near else near}:{port}"


def _seat(host: str) -> socket.socket:
    """Return a socket that holds a free port for a server that shares it."""
    held = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((host, 0))
    except OSError as fault:
        held.close()
        raise BadSetting("host", host, text("setting.taken", cause=fault.strerror)) from fault
    return held


def free_port(host: str, port: int) -> int:
    """Return the port if it is free; a free one for 0.

    granian shares its port with whoever listens there already (SO_REUSEPORT), so a second server
    would take half the requests of the first without a word: that is looked for here.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            name = "port" if fault.errno == errno.EADDRINUSE else "host"
            value = str(port) if name == "port" else host
            raise BadSetting(name, value, text("setting.taken", cause=fault.strerror)) from fault
        return int(probe.getsockname()[1])
