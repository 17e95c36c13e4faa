"""Servers that benches drive: each a process of its own, until the block ends."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = ["everything", "free_port", "running", "web"]

#: Until a server answers, and until it is gone: long on a machine that does much else.
_PATIENCE_S: Final = 120.0


@contextmanager
def web(root: Path) -> Iterator[int]:
    """Run the web role of the instance and give its port."""
    port = free_port()
    command = [
        sys.executable, "-m", "huiliu", "serve", "--role", "web", "--supervised",
        "--instance", str(root), "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    with running(command, port):
        yield port


@contextmanager
def everything(root: Path) -> Iterator[int]:
    """Run an instance as its owner does, all roles, and give the port of its pages."""
    port = free_port()
    command = [
        sys.executable, "-m", "huiliu", "serve", "--instance", str(root), "--port", str(port),
    ]  # fmt: skip
    with running(command, port):
        yield port


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[None]:
    """Run a server until the block ends."""
    server = subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + _PATIENCE_S
        while not _answers(port):
            if server.poll() is not None:
                raise ChildProcessError(f"{command[2]} ended with {server.returncode}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{command[2]} did not start")
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait(_PATIENCE_S)
        if server.stdin is not None:
            server.stdin.close()


def _answers(port: int) -> bool:
    """Say whether the port takes connections."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
