"""The reference of the commands is what the commands say of themselves."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.docs.command_reference import PAGE

from huiliu.cli import VERBS


def test_the_reference_of_the_commands_is_up_to_date() -> None:
    """After a change of a command: `make reference`."""
    program = (
        "import sys; from tests.docs.command_reference import written; print(written(), end='')"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True,
        cwd=PAGE.parents[2], env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip

    assert PAGE.read_text("utf-8") == done.stdout


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: str(verb.name))
def test_every_verb_of_the_table_can_be_asked_for_help(verb: object) -> None:
    """No line of the table names a file or function that is not there."""
    name = next(known.name for known in VERBS if known is verb)

    done = subprocess.run(
        [sys.executable, "-m", "huiliu", name, "--help"], capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr.decode()
    assert f"huiliu {name}".encode() in done.stdout
