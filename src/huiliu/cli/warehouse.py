"""`huiliu warehouse`: the facts that questions are asked of."""

from __future__ import annotations

from cyclopts import App

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say
from huiliu.kernel.texts import text
from huiliu.services.rebuild_warehouse import rebuild_warehouse

__all__ = ["app"]

app = App(name="warehouse", help=sentence("cli.warehouse.help"))


@app.command(help=sentence("cli.warehouse.rebuild.help"))
def rebuild(*, instance: Instance = HERE, json: Json = False) -> None:
    """Forget every fact and load the whole log again; what is asked meanwhile sees a part of it."""
    with open_instance(instance) as house:
        house.catch_up()
        n_events = rebuild_warehouse(house.world)
    if json:
        emit({"events": n_events})
    else:
        say(text("warehouse.rebuilt", n=n_events))
