"""`huiliu warehouse`: the facts that questions are asked of."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import copy_warehouse, open_instance
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


@app.command(help=sentence("cli.warehouse.copy.help"))
def copy(
    *,
    to: Annotated[str, Parameter(help=sentence("cli.warehouse.copy.to"))],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Copy every fact to another engine; the setting `warehouse` then says which one is asked."""
    with open_instance(instance) as house:
        house.catch_up()
        counted = copy_warehouse(house, to)
    if json:
        emit({"to": to, "rows": dict(counted)})
    else:
        say(text("warehouse.copied", n=sum(counted.values()), to=to))
