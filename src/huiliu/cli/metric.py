"""`huiliu metric`: the catalogue of metrics, and what one of them was."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.planned import shown_figure
from huiliu.kernel.texts import text
from huiliu.metrics import METRICS
from huiliu.services.asked_figures import asked_figures
from huiliu.services.figures import read_figures, today
from huiliu.services.plan_data import figures_json, metrics_json

__all__ = ["app"]

_BRAND = 1

app = App(name="metric", help=sentence("cli.metric.help"))


@app.command(name="list", help=sentence("cli.metric.list.help"))
def list_(
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Print what can be counted."""
    if json:
        emit(metrics_json())
        return
    table(
        [text(f"metrics.column.{word}") for word in ("metric", "name", "what")],
        (
            (one.name, text(f"metrics.{one.name}"), text(f"metrics.{one.name}.what"))
            for one in METRICS.values()
        ),
    )


@app.command(help=sentence("cli.metric.show.help"))
def show(  # noqa: PLR0913 - each option is another noun
    metric: Annotated[str, Parameter(help=sentence("cli.metric.name"))],
    /,
    *,
    from_: Annotated[str, Parameter(name="--from", help=sentence("cli.metric.from"))] = "",
    until: Annotated[str, Parameter(help=sentence("cli.metric.until"))] = "",
    channels: Annotated[str, Parameter(help=sentence("cli.metric.channels"))] = "",
    currency: Annotated[str, Parameter(help=sentence("cli.metric.currency"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what a metric was, for all channels together and for each."""
    query = {"from": from_, "until": until, "channels": channels, "currency": currency}
    with open_instance(instance) as house:
        asked = asked_figures(query, metric, today(house.world))
        house.catch_up()
        found = read_figures(house.world, _BRAND, asked)
    if json:
        emit(figures_json(found))
        return
    value = shown_figure(asked.metric, found.total, found.currency)
    say(text("metrics.told", name=text(f"metrics.{metric}"), first=asked.first.isoformat(),
             last=asked.last.isoformat(), value=value, n=found.n))  # fmt: skip
    table(
        [text(f"metrics.column.{word}") for word in ("channel", "value", "n")],
        (
            (name or text("metrics.no_channel"),
             shown_figure(asked.metric, found.of_channel(name), found.currency), found.n_of(name))
            for name in sorted(found.by_channel)
        ),
    )  # fmt: skip
