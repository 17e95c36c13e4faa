"""Writes docs/reference/cli.md from the commands themselves: `make reference`."""

from __future__ import annotations

import sys
from pathlib import Path

from huiliu.cli import build
from huiliu.cli.language import choose_language

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
_HEAD = """\
# Commands

Every command takes `--help`. Most work on an instance: the current folder, or `--instance DIR`.
They join a running `huiliu serve`; without one they start what they need and stop it at their end.
With `--json` exactly one JSON value is printed on standard output; progress and errors go to
standard error. [Exit codes](errors.md).

"""


def written() -> str:
    """Return the page, in English."""
    choose_language(["--instance", "/"])
    # The usage lines begin with the name that the program was called by.
    sys.argv = ["huiliu"]
    app = build()
    pages = app.generate_docs(recursive=True, heading_level=1)
    return _HEAD + pages[pages.index("## huiliu init") :]


if __name__ == "__main__":
    PAGE.write_text(written(), "utf-8")
