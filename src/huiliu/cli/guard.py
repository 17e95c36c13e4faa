"""`huiliu guard FILE`: what the channel guard would have said on each day of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, table
from huiliu.governance.channel_guard import THRESHOLD, Mode
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.services.analyse_channels import analyse_days

__all__ = ["guard"]


def guard(
    file: Annotated[Path, Parameter(help=sentence("cli.guard.file"))],
    /,
    *,
    mode: Annotated[Mode, Parameter(help=sentence("cli.guard.mode"))] = Mode.STATISTICAL,
    threshold: Annotated[float, Parameter(help=sentence("cli.guard.threshold"))] = THRESHOLD,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Print the verdict of every channel on every day."""
    if not 0 < threshold < 1:
        raise BadInput((Problem("--threshold", text("analysis.share")),))
    found = analyse_days(read_file(file), mode, threshold)
    if json:
        emit([{"day": day, "channel": name, "verdict": str(said)} for day, name, said in found])
        return
    table(
        [text(f"analysis.column.{word}") for word in ("day", "channel", "verdict")],
        ((day, name, text(f"analysis.verdict.{said}")) for day, name, said in found),
    )
