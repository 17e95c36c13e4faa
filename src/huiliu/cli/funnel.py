"""`huiliu funnel`: which funnels there are, and how many people came to each step."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_duration
from huiliu.services.asked_figures import asked_days
from huiliu.services.figures import today
from huiliu.services.funnels import list_funnels, read_funnel
from huiliu.services.path_data import funnel_figures_json, funnel_json

__all__ = ["app"]

_BRAND = 1

app = App(name="funnel", help=sentence("cli.funnel.help"))


@app.command(name="list", help=sentence("cli.funnel.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the funnels that come along and those in use."""
    with open_instance(instance) as house:
        found = list_funnels(house.world, _BRAND)
    if json:
        emit([funnel_json(one) for one in found])
        return
    table(
        [text(f"funnels.column.{word}") for word in ("funnel", "name", "window", "steps")],
        (
            (one.slug, text("paths.words", words=one.name), show_duration(one.window),
             str(len(one.steps)))
            for one in found
        ),
    )  # fmt: skip


@app.command(help=sentence("cli.funnel.show.help"))
def show(
    funnel: Annotated[str, Parameter(help=sentence("cli.funnel.slug"))],
    /,
    *,
    from_: Annotated[str, Parameter(name="--from", help=sentence("cli.metric.from"))] = "",
    until: Annotated[str, Parameter(help=sentence("cli.metric.until"))] = "",
    by: Annotated[str, Parameter(help=sentence("cli.funnel.by"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print how many came to each step, told apart as asked."""
    with open_instance(instance) as house:
        first, last = asked_days({"from": from_, "until": until}, today(house.world))
        house.catch_up()
        found = read_funnel(house.world, _BRAND, funnel, first, last, by=by)
    if json:
        emit(funnel_figures_json(found))
        return
    say(text("funnels.told", name=found.funnel.name, first=first.isoformat(),
             last=last.isoformat(), n=f"{found.n:,}", open=f"{found.n_open:,}"))  # fmt: skip
    table(
        [text(f"funnels.column.{word}")
         for word in ("by", "step", "n", "of_first", "of_before", "interval")],
        (
            (value or "–", text("paths.words", words=step.name), f"{step.n:,}",
             _share(step.of_first), _share(step.of_before),
             "{:.1%} – {:.1%}".format(*step.of_before_interval))
            for value, steps in ({"": found.steps} | dict(found.groups)).items()
            for step in steps
        ),
    )  # fmt: skip


def _share(value: float | None) -> str:
    """Return a share as readers see it."""
    return "–" if value is None else f"{value:.1%}"
