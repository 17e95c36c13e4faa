"""Running instances for tests that break them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Run an instance until the test ends."""
    instance = Served(tmp_path / "shop")
    try:
        instance.start()
        yield instance
    finally:
        instance.end()
