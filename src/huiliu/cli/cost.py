"""`huiliu cost`: what reaching people cost, and what channels were worth for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_segment import in_file, read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.planned import apply_plan
from huiliu.kernel.errors import BadInput
from huiliu.kernel.texts import Text, text
from huiliu.planning.price_card import KIND
from huiliu.services.beside import read_span
from huiliu.services.channel_worth import ChannelWorth, channel_worth
from huiliu.services.cost_data import media_json, worths_json
from huiliu.services.media_costs import import_media, list_media

__all__ = ["app"]

_BRAND = 1
_BY = "command line"

app = App(name="cost", help=sentence("cli.cost.help"))

From = Annotated[str, Parameter(name="--from", help=sentence("cli.metric.from"))]
Until = Annotated[str, Parameter(help=sentence("cli.metric.until"))]
Currency = Annotated[str, Parameter(help=sentence("cli.cost.currency"))]


@app.command(help=sentence("cli.cost.apply.help"))
def apply(
    file: Annotated[Path, Parameter(help=sentence("cli.cost.card"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Make a price card live as a new version."""
    apply_plan(file, KIND, instance, json=json)


@app.command(name="import", help=sentence("cli.cost.import.help"))
def import_(
    file: Annotated[Path, Parameter(help=sentence("cli.cost.file"))],
    /,
    *,
    currency: Currency = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Take in a table of media spend; the same again changes nothing."""
    with open_instance(instance) as house:
        try:
            done = import_media(house.world, _BRAND, read_file(file), _BY, currency.upper())
        except BadInput as fault:
            raise in_file(str(file), fault) from fault
    if json:
        emit({"new": done.n_new, "changed": done.n_changed, "same": done.n_same})
        return
    say(text("costs.taken_in", new=done.n_new, changed=done.n_changed, same=done.n_same))


@app.command(name="list", help=sentence("cli.cost.list.help"))
def list_(
    *, from_: From = "", until: Until = "", instance: Instance = HERE, json: Json = False
) -> None:
    """Print what media cost, newest first."""
    with open_instance(instance) as house:
        rows = list_media(house.world, _BRAND, *read_span(house.world, from_, until))
    told = [media_json(one) for one in rows]
    if json:
        emit(told)
        return
    words = ("day", "channel", "campaign", "cost", "currency")
    names = {"channel": "metrics.column.channel", "currency": "costs.column.currency"}
    table(
        [text(names.get(word, f"costs.column.{word}")) for word in words],
        (tuple(one[word] or "–" for word in words) for one in told),
    )


@app.command(help=sentence("cli.cost.show.help"))
def show(
    *,
    from_: From = "",
    until: Until = "",
    currency: Currency = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what channels cost and were worth: attributed beside incremental."""
    with open_instance(instance) as house:
        house.catch_up()
        days = read_span(house.world, from_, until)
        found = channel_worth(house.world, _BRAND, *days, currency.upper())
    if json:
        emit(worths_json(found))
        return
    words = ("sent", "converted")
    heads: list[Text | str] = [
        text("metrics.column.channel"), *(text(f"costs.column.{word}") for word in words),
        text("costs.kind.total"), text("costs.attributed"), text("costs.incremental"),
        "ROAS", "ROI", "CAC",
    ]  # fmt: skip
    rows: list[tuple[Text | str, ChannelWorth]] = [
        (row.channel or text("metrics.no_channel"), row) for row in found.rows
    ]
    rows.append((text("costs.kind.total"), found.total))
    table(heads, (_line(name, row) for name, row in rows))


def _line(name: Text | str, row: ChannelWorth) -> tuple[object, ...]:
    """Return one channel."""
    told = row.incremental
    measured: Text | str = "–"
    if told is not None and told.is_known:
        low, high = told.revenue.total_interval
        measured = f"{told.revenue.total:,.0f} ({low:,.0f} ~ {high:,.0f})"
    elif told is not None:
        measured = text("costs.not_told")
    return (
        name, row.sent, row.converted, f"{row.costs.total:,.2f}", f"{row.revenue:,.2f}", measured,
        _times(row.roas), _times(row.roi), _times(row.cac),
    )  # fmt: skip


def _times(value: float | None) -> str:
    """Return a figure with two digits; a dash for nothing."""
    return "–" if value is None else f"{value:,.2f}"
