"""A `huiliu serve` of a test's own: started, loaded, killed in parts, and asked."""

from __future__ import annotations

import base64
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Self

from huiliu.bootstrap import House, join, make_instance
from huiliu.settings import load
from huiliu.stores.instance import Folder

_PATIENCE_S = 300
#: Below those that systems lend to whoever asks for any port: nothing takes one between two starts.
_PORTS = range(20_000, 30_000)
_looks = count()


class Served:
    """One running instance, as an operator and a shop see it."""

    def __init__(self, root: Path, environment: dict[str, str] | None = None) -> None:
        """Make an instance in `root` with a port of its own."""
        self.folder = make_instance(root)
        self.port = free_port()
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self.log = root.parent / f"{root.name}.log"

    @property
    def pid(self) -> int:
        """The supervisor's process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Return when it can take events and every role runs."""
        self.begin()
        self.await_up()

    def begin(self) -> None:
        """Start the supervisor, and return at once."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "huiliu", "serve", "--instance", str(self.folder.root),
                 "--port", str(self.port)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment,
            )  # fmt: skip
        self._process = process

    def await_up(self) -> None:
        """Return when it can take events and every role runs."""
        process = self._process
        assert process is not None
        until(lambda: self._is_up() or process.poll() is not None, "serve is ready")
        assert process.poll() is None, self.log.read_text("utf-8")[-3000:]

    def stop(self) -> int:
        """Ask it to end and return its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(_PATIENCE_S)

    def kill(self, what: str) -> int:
        """Kill -9 the supervisor, a role or PostgreSQL once it runs; return its process id."""
        found: list[int] = []

        def runs() -> bool:
            found.append(self.pids().get(what, 0))
            return found[-1] > 0

        # What lost its database while it began is started again a moment later.
        until(runs, f"{what} runs")
        pid = found[-1]
        os.kill(pid, signal.SIGKILL)
        if what == "supervisor":
            assert self._process is not None
            self._process.wait()
        return pid

    def kill_and_await(self, what: str) -> None:
        """Kill -9 a role or PostgreSQL and return when it is back and events can be taken."""
        killed = self.kill(what)
        until(lambda: self.pids().get(what, killed) != killed, f"{what} runs again")
        until(self.is_ready, "events can be taken again")

    def pids(self) -> dict[str, int]:
        """Return the processes that run now, by what they are."""
        found = {"supervisor": self.pid} if self._runs(self.pid) else {}
        for role in ("web", "worker", "analyst"):
            holder = self.folder.holder(f"role-{role}")
            # One that has only just begun has yet to write whose the lock is.
            if holder is not None and holder.pid > 0 and self._runs(holder.pid):
                found[role] = holder.pid
        try:
            written = (self.folder.postgres / "cluster" / "postmaster.pid").read_text("ascii")
        except OSError:
            return found
        if self._runs(int(written.split()[0])):
            found["postgres"] = int(written.split()[0])
        return found

    def is_ready(self) -> bool:
        """Say whether /readyz answers 200."""
        return self.get("/readyz") == 200

    def _is_up(self) -> bool:
        """Say whether events can be taken and every role has begun to work."""
        holder = self.folder.holder()
        said = holder is not None and holder.pid == self.pid and holder.ready
        return said and self.is_ready()

    def get(self, path: str) -> int:
        """Return the status of a page; 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another `huiliu` command on the instance."""
        return subprocess.run(
            [sys.executable, "-m", "huiliu", *words, "--instance", str(self.folder.root)],
            capture_output=True, text=True, check=False, env=self._environment, timeout=300,
        )  # fmt: skip

    def write_key(self) -> str:
        """Return a new write key."""
        done = self.run("key", "create", "--name", "test", "--json")
        assert done.returncode == 0, done.stderr
        return str(json.loads(done.stdout)["key"])

    @contextmanager
    def house(self) -> Iterator[House]:
        """Open the running instance from here."""
        folder = Folder(self.folder.root)
        with join(folder, load(folder.root, self._environment)) as house:
            yield house

    def end(self) -> None:
        """Leave no process behind, whatever the test did."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for pid in self.pids().values():
            # Roles end by themselves, too, when their supervisor is gone.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _runs(self, pid: int) -> bool:
        """Say whether a process is there and no zombie."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[0] != "Z"


class Shop:
    """Sends events as an SDK does: a batch that is not acknowledged is sent again, unchanged."""

    def __init__(
        self,
        port: int,
        key: str,
        *,
        events: int = 20,
        padding_bytes: int = 0,
        pause_s: float = 0.0,
        name: str = "o",
    ) -> None:
        """Send batches of so many events, each so many bytes longer, with a pause in between.

        `name` begins the order ids: two shops of one instance send different orders.
        """
        self._port = port
        self._headers = {
            "Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
            "Content-Type": "application/json",
        }
        self._n_events = events
        self._n_people = 50
        self._pause_s = pause_s
        self._name = name
        self._n_padding = padding_bytes
        #: Ids of the messages that were answered with 200.
        self.acknowledged: list[str] = []
        self.n_retries = 0
        self._stop = Event()
        self._thread = Thread(target=self._send, daemon=True)

    def __enter__(self) -> Self:
        """Begin to send."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the batch under way, acknowledged, and send no more."""
        self._stop.set()
        self._thread.join(_PATIENCE_S)
        assert not self._thread.is_alive(), "the last batch was never acknowledged"

    def await_acknowledged(self, n: int) -> None:
        """Return when so many more events have been acknowledged."""
        target = len(self.acknowledged) + n
        until(lambda: len(self.acknowledged) >= target, f"{n} more events are acknowledged")

    def _send(self) -> None:
        """Send batch after batch."""
        self._post_until_acknowledged([self._person(nth) for nth in range(self._n_people)])
        number = 0
        while not self._stop.is_set():
            number += 1
            batch = [self._event(number, nth) for nth in range(self._n_events)]
            self._post_until_acknowledged(batch)
            self.acknowledged += [str(event["messageId"]) for event in batch]
            self._stop.wait(self._pause_s)

    def _post_until_acknowledged(self, batch: list[dict[str, object]]) -> None:
        """Send a batch again and again, unchanged, until it is answered with 200."""
        body = json.dumps({"batch": batch}).encode()
        while not self._post(body):
            self.n_retries += 1
            time.sleep(0.05)

    def _person(self, nth: int) -> dict[str, object]:
        """Return what tells one person's address."""
        return {
            "type": "identify", "messageId": f"m-u-{nth}", "userId": f"u-{nth}",
            "traits": {"email": f"u{nth}@example.com"},
        }  # fmt: skip

    def _event(self, number: int, nth: int) -> dict[str, object]:
        """Return one order's payment."""
        order = f"{self._name}-{number}-{nth}"
        person = (number * self._n_events + nth) % self._n_people
        return {
            "type": "track", "event": "Order Paid", "messageId": f"m-{order}",
            "userId": f"u-{person}",
            "properties": {"order_id": order, "total": 9.9, "note": self._padding(order)},
        }  # fmt: skip

    def _padding(self, order: str) -> str:
        """Return words that no compression makes much smaller."""
        return random.Random(order).randbytes(self._n_padding // 2).hex()

    def _post(self, body: bytes) -> bool:
        """Say whether the batch was acknowledged."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("POST", "/v1/batch", body, self._headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        else:
            assert answer.status in {200, 429, 500, 502, 503, 504}, answer.status
            return answer.status == 200
        finally:
            connection.close()


def until(
    holds: Callable[[], bool], what: str, timeout_s: float = _PATIENCE_S, look_s: float = 0.1
) -> None:
    """Return when something holds; fail, saying what, when it never does."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"never came about: {what}"
        time.sleep(look_s)


def free_port() -> int:
    """Return a port that nobody listens on, another one each time.

    Processes that run tests beside this one begin to look elsewhere.
    """
    for _ in _PORTS:
        port = _PORTS[(os.getpid() * 37 + next(_looks)) % len(_PORTS)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"every port of {_PORTS} is taken")
