"""How commands speak: one JSON value or sentences as the result, progress on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from huiliu.cli.language import sentence
from huiliu.kernel.texts import Text

__all__ = ["bar", "emit", "progress", "say", "table"]


def emit(value: object) -> None:
    """Print the one JSON value of a command that was given `--json`."""
    sys.stdout.write(msgspec.json.encode(value).decode("utf-8") + "\n")
    sys.stdout.flush()


def say(said: Text | str) -> None:
    """Print one sentence of the result: a text of the catalogues, or words that need no language.

    A command that was given `--json` never calls this.
    """
    words = sentence(said) if isinstance(said, Text) else said
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def progress(said: Text) -> None:
    """Print one sentence on how the work goes, where no pipe reads it."""
    sys.stderr.write(sentence(said) + "\n")
    sys.stderr.flush()


def table(columns: Sequence[Text | str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their headings; as wide as the terminal, or plain where there is none."""
    console = Console(file=sys.stdout, soft_wrap=not sys.stdout.isatty())
    shown = Table(*(sentence(c) if isinstance(c, Text) else c for c in columns), box=None)
    for row in rows:
        shown.add_row(*(sentence(cell) if isinstance(cell, Text) else str(cell) for cell in row))
    console.print(shown)


def bar() -> AbstractContextManager[Progress]:
    """Return a progress bar on standard error; `add_task(words, total=n)`, then `advance`."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=False,
    )  # fmt: skip
