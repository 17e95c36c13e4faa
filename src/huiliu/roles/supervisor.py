"""The supervisor: PostgreSQL and the roles as child processes, kept running and ended together."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Final

import structlog

from huiliu.bootstrap import prepare_database
from huiliu.kernel.errors import HuiliuError, Unavailable
from huiliu.roles.logs import fault_facts
from huiliu.roles.web import free_port, web_address
from huiliu.settings import Settings
from huiliu.stores.clock import SystemClock
from huiliu.stores.embedded import Embedded, start
from huiliu.stores.instance import Folder
from huiliu.stores.migrate import ensure_partitions
from huiliu.stores.secrets import load as load_secrets

__all__ = ["MAIL_ROLE", "ROLES", "supervise"]

#: What runs in a process of its own; `--role` runs one of them alone.
ROLES: Final = ("web", "worker", "analyst")
#: Runs where a port for it is set: what strangers send is read apart from all else.
MAIL_ROLE: Final = "mail"

_LOOK_S: Final = 0.1
_READY_TIMEOUT_S: Final = 180.0
#: Children drain so long before they are killed; PostgreSQL gets the rest of the 10 s.
_DRAIN_S: Final = 7.0
#: A child that dies is started again after this pause, doubled up to the longest ...
_SHORTEST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
#: ... and forgiven when it has run so long.
_FORGIVEN_AFTER_S: Final = 60.0
_PARTITIONS_EVERY_S: Final = 3600.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Child:
    """One role's process, and when it may be started again."""

    role: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_s: float = _SHORTEST_PAUSE_S
    not_before: float = field(default=0.0)

    def begin(self) -> None:
        """Start the process; it ends by itself when this end of its standard input closes."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            self.command,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        log.info("child_started", child=self.role, pid=self.process.pid)

    def keep(self) -> None:
        """Start the process again if it has died, not faster than its pauses allow."""
        now = time.monotonic()
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                if now - self.started_at > _FORGIVEN_AFTER_S:
                    self.pause_s = _SHORTEST_PAUSE_S
                return
            self._close_pipe()
            self.process = None
            self.not_before = now + self.pause_s
            log.error("child_died", child=self.role, code=code, again_in_s=self.pause_s)
            self.pause_s = min(_LONGEST_PAUSE_S, self.pause_s * 2)
        if now >= self.not_before:
            self.begin()

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self, deadline: float) -> None:
        """Return when the process is gone: by itself before the deadline, killed after it."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("child_killed", child=self.role)  # noqa: TRY400 - nothing to trace
            self.process.kill()
            self.process.wait()
        self._close_pipe()

    def _close_pipe(self) -> None:
        """Let go of the pipe to a process that is gone."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()


def supervise(
    folder: Folder, settings: Settings, stop: Event, on_ready: Callable[[Settings], None]
) -> None:
    """Run the whole instance until `stop` is set; everything it started has ended on return.

    Raises:
        Conflict: the instance is being run already.
        BadSetting: a setting cannot be used.
        Unavailable: PostgreSQL or a role does not start.
    """
    with ExitStack() as stack:
        mark = stack.enter_context(folder.held("serve", wait_s=15))
        settings = replace(settings, port=free_port(settings.host, settings.port))
        address = web_address(settings.host, settings.port)
        postgres = None if settings.database_url else start(folder.postgres)
        if postgres is not None:
            stack.callback(postgres.stop)
        url = settings.database_url or (postgres.url if postgres else "")
        prepare_database(url, load_secrets(folder.key), SystemClock())
        roles = (*ROLES, MAIL_ROLE) if settings.mail_port else ROLES
        children = [_Child(role, _command(role, folder.root, settings)) for role in roles]
        stack.callback(_end_all, children)
        for child in children:
            child.begin()
        _await_ready(folder, address, children, postgres, stop)
        if not stop.is_set():
            mark.write(ready=True, address=address)
            on_ready(settings)
        _keep_all(children, postgres, url, stop)
        mark.write(ready=False)
    log.info("supervisor_stopped")


def _command(role: str, root: Path, settings: Settings) -> list[str]:
    """Return the command line of a role's process."""
    return [
        sys.executable, "-m", "huiliu", "serve", "--instance", str(root.resolve()),
        "--role", role, "--host", settings.host, "--port", str(settings.port), "--supervised",
    ]  # fmt: skip


def _await_ready(
    folder: Folder,
    address: str,
    children: Sequence[_Child],
    postgres: Embedded | None,
    stop: Event,
) -> None:
    """Return when every role works and events can be taken, or when a stop is asked for."""
    deadline = time.monotonic() + _READY_TIMEOUT_S
    was_revived = False
    while not stop.wait(_LOOK_S):
        if postgres is not None and not postgres.alive():
            _revive(postgres)
            was_revived = True
        if all(_is_at_work(folder, child) for child in children) and _is_ready(address):
            return
        for child in children:
            code = None if child.process is None else child.process.poll()
            # One that ends by itself, with all it needs, will do so again; one that was killed not.
            has_all = not was_revived and (postgres is None or postgres.alive())
            if code is not None and code >= 0 and has_all:
                raise Unavailable(child.role, f"ended with code {code}")
            child.keep()
        if time.monotonic() > deadline:
            raise Unavailable("web", f"{address}/readyz does not answer 200")


def _is_at_work(folder: Folder, child: _Child) -> bool:
    """Say whether a role's own process works; what one before it wrote of itself counts nothing."""
    holder = folder.holder(f"role-{child.role}")
    mine = child.process
    return holder is not None and mine is not None and holder.ready and holder.pid == mine.pid


def _is_ready(address: str) -> bool:
    """Say whether /readyz answers 200."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:  # noqa: S310 - http only
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _keep_all(children: Sequence[_Child], postgres: Embedded | None, url: str, stop: Event) -> None:
    """Start again whatever dies, and make partitions ahead, until the stop."""
    partitions_at = time.monotonic() + _PARTITIONS_EVERY_S
    while not stop.wait(_LOOK_S):
        if postgres is not None and not postgres.alive():
            _revive(postgres)
        for child in children:
            child.keep()
        if time.monotonic() > partitions_at:
            partitions_at = time.monotonic() + _PARTITIONS_EVERY_S
            _make_partitions(url)


def _revive(postgres: Embedded) -> None:
    """Start PostgreSQL again; what was committed is recovered from its log."""
    log.error("postgres_died")
    try:
        postgres.start()
    except HuiliuError as fault:
        log.error("postgres_does_not_start", **fault_facts(fault))  # noqa: TRY400 - words may quote rows
        time.sleep(_SHORTEST_PAUSE_S)
    else:
        log.info("postgres_started", pid=postgres.pid)


def _make_partitions(url: str) -> None:
    """Make the partitions of the coming days and months; tried again in an hour if it fails."""
    try:
        ensure_partitions(url, SystemClock().now())
    except HuiliuError as fault:
        log.error("partitions_failed", **fault_facts(fault))  # noqa: TRY400 - words may quote rows


def _end_all(children: Sequence[_Child]) -> None:
    """End every role: asked at once, killed when the time is over."""
    deadline = time.monotonic() + _DRAIN_S
    for child in children:
        child.ask_to_end()
    for child in children:
        child.end(deadline)
