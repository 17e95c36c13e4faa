"""`huiliu drill FILE`: where a rate fell, the best explanation first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.services.analyse_channels import analyse_cells

__all__ = ["drill"]


def drill(
    file: Annotated[Path, Parameter(help=sentence("cli.drill.file"))],
    /,
    *,
    top: Annotated[int, Parameter(help=sentence("cli.drill.top"))] = 3,
    direction: Annotated[
        Literal["auto", "fall", "rise"], Parameter(help=sentence("cli.drill.direction"))
    ] = "auto",
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Print the values that explain a change, each with its score and its share of it."""
    if not 1 <= top <= 100:
        raise BadInput((Problem("--top", text("analysis.top")),))
    found = analyse_cells(read_file(file), top, direction)
    if json:
        emit([
            {"rank": rank, "where": one.where, "score": one.score, "expected": one.expected,
             "seen": one.seen, "share": one.share}
            for rank, one in enumerate(found, 1)
        ])  # fmt: skip
        return
    if not found:
        say(text("analysis.nothing_changed"))
        return
    table(
        [text(f"analysis.column.{word}") for word in ("rank", "where", "score", "share")],
        ((rank, ", ".join(f"{name} = {value}" for name, value in one.where.items()),
          f"{one.score:.1f}", f"{one.share:.0%}") for rank, one in enumerate(found, 1)),
    )  # fmt: skip
