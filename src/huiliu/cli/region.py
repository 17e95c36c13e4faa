"""`huiliu region`: places that parcels do not reach for a while, so that their orders are told."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports.regions import Disruption
from huiliu.services.read_disruption import read_disruption
from huiliu.services.regions import add_disruption, end_disruption, list_disruptions, state_of

__all__ = ["app"]

_BRAND = 1
_BY = "cli"

app = App(name="region", help=sentence("cli.region.help"))


@app.command(help=sentence("cli.region.add.help"))
def add(  # noqa: PLR0913 - one parameter an option
    region: Annotated[str, Parameter(help=sentence("cli.region.region"))],
    /,
    *,
    country: Annotated[str, Parameter(help=sentence("cli.region.country"))] = "",
    begin: Annotated[str, Parameter(name="--from", help=sentence("cli.region.from"))] = "",
    until: Annotated[str, Parameter(help=sentence("cli.region.until"))] = "",
    note: Annotated[str, Parameter(help=sentence("cli.region.note"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Name a region that parcels do not reach; the worker tells its orders."""
    with open_instance(instance) as house:
        said = {"region": region, "country": country, "from": begin, "until": until, "note": note}
        new = read_disruption(said, house.world.zone)
        made = add_disruption(house.world, _BRAND, new, _BY)
        now = house.world.clock.now()
    if json:
        emit(_as_json(made, now))
    else:
        say(text("regions.added", region=made.region or made.country, number=made.disruption_id))


@app.command(name="list", help=sentence("cli.region.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print disrupted regions, those under way first."""
    with open_instance(instance) as house:
        found, now = list_disruptions(house.world, _BRAND), house.world.clock.now()
    if json:
        emit([_as_json(one, now) for one in found])
        return
    words = ("number", "region", "state", "from", "until", "orders", "note")
    table([text(f"regions.{word}") for word in words], (
        (
            one.disruption_id, one.region or one.country,
            text(f"regions.state.{state_of(one, now)}"), show_instant(one.starts_at),
            show_instant(one.ends_at) if one.ends_at else "-", one.n_orders, one.note,
        )
        for one in found
    ))  # fmt: skip


@app.command(help=sentence("cli.region.end.help"))
def end(
    number: Annotated[int, Parameter(help=sentence("cli.region.number"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Say that parcels reach a region again; its open orders are told."""
    with open_instance(instance) as house:
        ended, now = end_disruption(house.world, _BRAND, number), house.world.clock.now()
    if json:
        emit(_as_json(ended, now))
    else:
        say(text("regions.ended", region=ended.region or ended.country))


def _as_json(one: Disruption, now: int) -> dict[str, object]:
    """Return a disruption for programs."""
    return {
        "id": one.disruption_id, "region": one.region, "country": one.country,
        "from": show_instant(one.starts_at),
        "until": show_instant(one.ends_at) if one.ends_at else None, "note": one.note,
        "state": state_of(one, now), "orders": one.n_orders, "created_by": one.created_by,
    }  # fmt: skip
