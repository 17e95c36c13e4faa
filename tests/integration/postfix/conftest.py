"""Postfix's own sink, where Postfix is installed: a server that others wrote and run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent
_PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
#: The program, or None.
SMTP_SINK = shutil.which("smtp-sink", path=_PLACES)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests of this folder out where Postfix is absent, and say so in one line."""
    if SMTP_SINK is not None:
        return
    absent = [item for item in items if _FOLDER in item.path.parents]
    if absent:
        config.hook.pytest_deselected(items=absent)
        items[:] = [item for item in items if item not in absent]
        print(f"\n{len(absent)} tests left out: Postfix's smtp-sink is not installed")
