"""Every command of both READMEs is run, or run small where it would take minutes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.e2e.faults.served import Served

ROOT = Path(__file__).parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _commands(page: Path) -> list[str]:
    """Return the commands that a README shows, in order."""
    blocks = _SHELL.findall(page.read_text("utf-8"))
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def _recipe(target: str) -> str:
    """Return what `make` would do for a target."""
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", target],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def _huiliu(words: Sequence[str], place: Path) -> str:
    """Run a command of the virtual environment that runs the tests."""
    done = subprocess.run(
        [sys.executable, "-m", "huiliu", *words],
        cwd=place, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _demo(place: Path) -> None:
    """`make demo` calls `huiliu demo`, which is run for a few people and days."""
    assert re.search(r"huiliu demo$", _recipe("demo"), re.MULTILINE)
    words = "demo --no-serve --people 60 --days 6 --seed 7 --json --instance small"
    shown = json.loads(_huiliu(words.split(), place))
    assert shown["people"] == 60
    assert shown["duplicates"] == 0


def _setup(_place: Path) -> None:
    """`make setup` installs what the lock file pins, hashes checked."""
    assert "--require-hashes -r requirements-dev.lock" in _recipe("setup")


def _serve(place: Path) -> None:
    """`huiliu serve` becomes ready and ends with 0."""
    served = Served(place / "served")
    try:
        served.start()
        assert served.stop() == 0
    finally:
        served.end()


DOORS: dict[str, Callable[[Path], None]] = {
    "make demo": _demo,
    "make setup": _setup,
    ".venv/bin/huiliu serve --instance shop": _serve,
}


def test_every_command_of_the_readme_works(tmp_path: Path) -> None:
    """In the order in which a reader types them; the Chinese page shows the same ones."""
    for command in _commands(READMES[0]):
        if command in DOORS:
            DOORS[command](tmp_path)
        else:
            program, *words = command.split()
            assert program == ".venv/bin/huiliu"
            _huiliu(words, tmp_path)


def test_both_readmes_show_the_same_commands() -> None:
    """The Chinese page says the same as the English one."""
    english, chinese = (_commands(page) for page in READMES)

    assert english == chinese


@pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.name))
def test_a_readme_is_read_in_a_minute(readme: Path) -> None:
    """It stays under 120 lines."""
    assert len(readme.read_text("utf-8").splitlines()) < 120
