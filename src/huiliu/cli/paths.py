"""`huiliu paths`: the ways that people take, how long until they buy, and advice on both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import House, open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.services.advice import advise
from huiliu.services.asked_figures import asked_days
from huiliu.services.figures import today
from huiliu.services.path_data import advice_json, paths_json, waits_json
from huiliu.services.paths import WAYS, read_paths, time_to_purchase

__all__ = ["app"]

_BRAND = 1
From = Annotated[str, Parameter(name="--from", help=sentence("cli.metric.from"))]
Until = Annotated[str, Parameter(name="--until", help=sentence("cli.metric.until"))]

app = App(name="paths", help=sentence("cli.paths.help"))


@app.command(help=sentence("cli.paths.show.help"))
def show(
    *,
    from_: From = "",
    until: Until = "",
    of: Annotated[str, Parameter(help=sentence("cli.paths.of"))] = WAYS[0],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print which steps follow each other, and which go with buying."""
    if of not in WAYS:
        raise BadInput((Problem("of", text("plans.want_choice", choices=", ".join(WAYS))),))
    with _asked(instance, from_, until) as (house, first, last):
        found = read_paths(house.world, _BRAND, first, last, of=of)
    if json:
        emit(paths_json(found))
        return
    say(text("paths.told", n=f"{found.n:,}", converted=f"{found.n_converted:,}"))
    table(
        [text(f"paths.column.{word}") for word in ("phrase", "n", "share", "other", "p")],
        (
            (" › ".join(one.steps), f"{one.n:,}", f"{one.converted / one.n:.1%}",
             f"{one.converted_other / one.n_other:.1%}" if one.n_other else "–",
             f"{one.p_adjusted:.3f}")
            for one in found.phrases
        ),
    )  # fmt: skip


@app.command(help=sentence("cli.paths.waits.help"))
def waits(
    *, from_: From = "", until: Until = "", instance: Instance = HERE, json: Json = False
) -> None:
    """Print how long new people take to buy."""
    with _asked(instance, from_, until) as (house, first, last):
        found = time_to_purchase(house.world, _BRAND, first, last)
    if json:
        emit(waits_json(found))
        return
    table(
        [text(f"paths.column.{word}") for word in ("channel", "people", "bought", "p25", "median")],
        (
            (channel or text("paths.everybody"), f"{one.n:,}", f"{one.n_events:,}",
             _days(one.p25_days), _days(one.median_days))
            for channel, one in found.curves.items()
        ),
    )  # fmt: skip


@app.command(help=sentence("cli.paths.advice.help"))
def advice(
    *, from_: From = "", until: Until = "", instance: Instance = HERE, json: Json = False
) -> None:
    """Print advice with what it rests on."""
    with _asked(instance, from_, until) as (house, first, last):
        found = advise(house.world, _BRAND, first, last)
    if json:
        emit([advice_json(one) for one in found])
        return
    table(
        [text(f"paths.column.{word}") for word in ("verdict", "advice", "evidence")],
        ((text(f"advice.verdict.{one.verdict}"), one.said, one.evidence) for one in found),
    )


@contextmanager
def _asked(instance: Instance, from_: str, until: str) -> Iterator[tuple[House, dt.date, dt.date]]:
    """Lend the instance, caught up, and the days that are asked for."""
    with open_instance(instance) as house:
        first, last = asked_days({"from": from_, "until": until}, today(house.world))
        house.catch_up()
        yield house, first, last


def _days(value: float | None) -> str:
    """Return days as readers see them; a dash where it was never seen."""
    return "–" if value is None else f"{value:,.1f}"
