"""Running instances for tests that break them."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.faults.sending import let_thank
from tests.e2e.faults.served import Served

from huiliu.fakes import SmtpSink


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what mounts a disk where this user may not, and say so in one line."""
    asking = [item for item in items if item.get_closest_marker("mounts")]
    if not asking or _may_mount():
        return
    config.hook.pytest_deselected(items=asking)
    items[:] = [item for item in items if item not in asking]
    print(f"\n{len(asking)} tests left out: this user may not mount a disk")


def _may_mount() -> bool:
    """Say whether a small disk can be mounted here."""
    with tempfile.TemporaryDirectory() as place:
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]
        if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
            return False
        return subprocess.run(["umount", place], check=False).returncode == 0


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Run an instance until the test ends."""
    instance = Served(tmp_path / "shop")
    try:
        instance.start()
        yield instance
    finally:
        instance.end()


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """Run an SMTP server that counts what arrives."""
    server = SmtpSink().start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def sending(tmp_path: Path, sink: SmtpSink) -> Iterator[Served]:
    """Run an instance that thanks for each paid order by e-mail."""
    instance = Served(tmp_path / "shop", {"HUILIU_OUTBOUND_HOSTS": "127.0.0.1"})
    try:
        instance.start()
        let_thank(instance, tmp_path, sink.port)
        yield instance
    finally:
        instance.end()
