"""What commands ask and say about the people who are under way in a journey."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from huiliu.cli.language import sentence
from huiliu.cli.output import progress
from huiliu.journeys.carrying import InFlight
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import Text, text
from huiliu.services.in_flight import InFlightQuestion
from huiliu.services.plan_folder import EVERY
from huiliu.services.read_folder import read_map

__all__ = ["MapFile", "Way", "choose", "question_lines", "read_ways"]

Way: TypeAlias = Annotated[
    Literal["", "pin", "migrate", "drain"],
    Parameter(name="--in-flight", help=sentence("cli.option.in_flight")),
]
MapFile: TypeAlias = Annotated[
    Path | None, Parameter(name="--map", help=sentence("cli.option.map"))
]


def read_ways(way: str, map_file: Path | None) -> dict[str, InFlight]:
    """Return what the options say: journey -> plan, EVERY = all others.

    Raises:
        BadInput: a map without `--in-flight migrate`, or with faults.
    """
    if map_file is None:
        return {EVERY: InFlight(way or "pin")}
    if way != "migrate":
        raise BadInput((Problem("--map", text("publish.map_without_migrate")),))
    return {EVERY: InFlight(way), **read_map(map_file, way)}


def choose(way: str, n_in_flight: int) -> str:
    """Return the way that was chosen; asked for on a terminal, else people stay as they began."""
    if way or not n_in_flight:
        return way or "pin"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        progress(text("publish.pinned", n=n_in_flight))
        return "pin"
    progress(text("publish.ask", n=n_in_flight))
    answer = input("> ").strip() or "pin"
    found = {"1": "pin", "2": "migrate", "3": "drain"}.get(answer, answer)
    if (said := InFlight(found).problem) is not None:
        raise BadInput((Problem("--in-flight", said),))
    return found


def question_lines(asked: InFlightQuestion) -> Iterator[Text]:
    """Yield what publishing would mean for the people in flight."""
    yield text("publish.in_flight", n=asked.n_in_flight)
    for place in asked.places:
        key = "publish.stand_gone" if place.is_gone else "publish.stand"
        if place.proposed:
            key = "publish.stand_renamed"
        yield text(key, n=place.n_runs, node=place.node, version=place.version, like=place.proposed)
    about = text("publish.about") if asked.is_estimate else ""
    for route in asked.routes:
        yield text(
            "publish.route", about=about, n=route.n_after, was=route.n_before, node=route.node,
            to=route.to, said=route.said,
        )  # fmt: skip
