"""`huiliu attribution [FILE]`: which channels purchases are ascribed to, by seven models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from huiliu.attribution.models import MODELS
from huiliu.bootstrap import open_instance
from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.services.analyse_paths import analyse_paths
from huiliu.services.asked_figures import asked_days
from huiliu.services.attribute import DIRECT, TOO_MUCH, Attributed, attribute_events
from huiliu.services.figures import today
from huiliu.services.path_data import attributed_json

__all__ = ["attribution"]

_BRAND = 1


def attribution(  # noqa: PLR0913 - each option is another noun
    file: Annotated[Path | None, Parameter(help=sentence("cli.attribution.file"))] = None,
    /,
    *,
    value: Annotated[
        bool, Parameter(name="--value", negative="", help=sentence("cli.attribution.value"))
    ] = False,
    from_: Annotated[str, Parameter(name="--from", help=sentence("cli.metric.from"))] = "",
    until: Annotated[str, Parameter(help=sentence("cli.metric.until"))] = "",
    direct: Annotated[str, Parameter(help=sentence("cli.attribution.direct"))] = DIRECT[0],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what each model ascribes to each channel; every model adds up to the same."""
    if file is not None:
        told = analyse_paths(read_file(file), value=value)
        if json:
            emit(told)
        else:
            _models(told, sorted(told["last"]))
        return
    if direct not in DIRECT:
        raise BadInput((Problem("direct", text("plans.want_choice", choices=", ".join(DIRECT))),))
    with open_instance(instance) as house:
        first, last = asked_days({"from": from_, "until": until}, today(house.world))
        house.catch_up()
        found = attribute_events(house.world, _BRAND, first, last, direct=direct)
    if json:
        emit(attributed_json(found))
    else:
        _tell(found, value=value)


def _models(found: Mapping[str, Mapping[str, float]], channels: list[str]) -> None:
    """Print the models side by side."""
    table(
        [text("analysis.column.channel"), *(text(f"analysis.model.{name}") for name in MODELS)],
        (
            (channel, *(f"{found[name][channel]:,.2f}" for name in MODELS))
            for channel in channels
        ),
    )  # fmt: skip


def _tell(found: Attributed, *, value: bool) -> None:
    """Print the models of real events, and beside them what holdouts measured."""
    say(text("attribution.told", n=f"{found.n:,}", untouched=f"{found.n_untouched:,}",
             nulls=f"{found.n_nulls:,}", value=f"{found.value:,.2f}",
             currency=found.currency))  # fmt: skip
    part = "value" if value else "conversions"
    _models(
        {name: {one: getattr(by[one], part) for one in found.channels}
         for name, by in found.models.items()}, list(found.channels),
    )  # fmt: skip
    for channel in found.channels:
        measured = found.measured[channel]
        if measured.why_not is not None:
            say(text("attribution.not_measured", channel=channel, why=measured.why_not))
            continue
        low, high = measured.revenue.total_interval
        say(text("attribution.measured", channel=channel, low=f"{low:,.2f}", high=f"{high:,.2f}",
                 revenue=f"{measured.revenue.total:,.2f}", currency=found.currency))  # fmt: skip
    for channel in found.warned:
        say(text("attribution.warned", channel=channel, most=f"{TOO_MUCH:g}"))
