"""`huiliu attribution FILE`: which channels purchases are ascribed to, by seven models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from huiliu.attribution.models import MODELS
from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, table
from huiliu.kernel.texts import text
from huiliu.services.analyse_paths import analyse_paths

__all__ = ["attribution"]


def attribution(
    file: Annotated[Path, Parameter(help=sentence("cli.attribution.file"))],
    /,
    *,
    value: Annotated[
        bool, Parameter(name="--value", negative="", help=sentence("cli.attribution.value"))
    ] = False,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Print what each model ascribes to each channel; every model adds up to the same."""
    found = analyse_paths(read_file(file), value=value)
    if json:
        emit(found)
        return
    table(
        [text("analysis.column.channel"), *(text(f"analysis.model.{name}") for name in MODELS)],
        ((channel, *(f"{found[name][channel]:,.2f}" for name in MODELS))
         for channel in sorted(found["last"])),
    )  # fmt: skip
