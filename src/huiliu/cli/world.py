"""`huiliu world`: worlds of which the truth is known, to hold every method against."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.printers.csv import csv_rows
from huiliu.services.draw_world import draw_world, truth_of
from huiliu.services.try_world import try_world
from huiliu.simulator.world import World, parse_world

__all__ = ["app"]

app = App(name="world", help=sentence("cli.world.help"))

File = Annotated[Path | None, Parameter(help=sentence("cli.world.file"))]


def _world(file: Path | None) -> World:
    """Return the world of a file; the shipped one without a file."""
    return World() if file is None else parse_world(read_file(file))


@app.command(help=sentence("cli.world.show.help"))
def show(
    file: File = None,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Print every parameter of a world as a document."""
    world = _world(file)
    if json:
        emit({"slug": world.slug, "source": world.source()})
        return
    sys.stdout.write(world.source())


@app.command(help=sentence("cli.world.draw.help"))
def draw(
    file: File = None,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help=sentence("cli.world.output"))],
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Write the tables of a world into a folder, and the truth beside them."""
    world = _world(file)
    if output.exists() and not output.is_dir():
        raise BadInput((Problem("--output", text("cli.world.no_folder")),))
    output.mkdir(parents=True, exist_ok=True)
    names = []
    for drawn in draw_world(world):
        (output / drawn.name).write_bytes(b"".join(csv_rows(drawn.header, drawn.rows)))
        names.append(drawn.name)
    truth = msgspec.json.format(msgspec.json.encode(truth_of(world)), indent=1)
    (output / "truth.json").write_bytes(truth)
    names.append("truth.json")
    if json:
        emit({"folder": str(output), "files": names})
        return
    say(text("cli.world.drawn", n=len(names), folder=str(output)))


@app.command(name="try", help=sentence("cli.world.try.help"))
def try_(
    file: File = None,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Print what each method says of a world, beside the truth."""
    found = try_world(_world(file))
    if json:
        emit([
            {"method": one.method, "of": one.of, "truth": sentence(one.truth),
             "found": sentence(one.found),
             "right": one.is_right}
            for one in found
        ])  # fmt: skip
        return
    marks = {True: "cli.world.right", False: "cli.world.wrong", None: "cli.world.no_promise"}
    table(
        [text(f"cli.world.column.{word}") for word in ("method", "of", "truth", "found", "right")],
        ((one.method, one.of, one.truth, one.found, sentence(marks[one.is_right]))
         for one in found),
    )  # fmt: skip
