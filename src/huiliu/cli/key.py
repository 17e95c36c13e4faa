"""`huiliu key`: write keys are made, listed and ended."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports import ApiKey
from huiliu.services.create_key import create_key
from huiliu.services.revoke_key import revoke_key

__all__ = ["app"]

_BRAND = 1

app = App(name="key", help=sentence("cli.key.help"))


@app.command(help=sentence("cli.key.create.help"))
def create(
    *,
    name: Annotated[str, Parameter(help=sentence("cli.key.name"))],
    scope: Annotated[str, Parameter(help=sentence("cli.key.scope"))] = "collect",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Make a key and print it; it is never shown again."""
    with open_instance(instance) as house:
        made, shown = create_key(house.world, _BRAND, name, scope)
    if json:
        emit({"key": shown, "key_id": made.key_id, "name": made.name, "scope": made.scope})
    else:
        say(shown)
        say(text("keys.shown_once"))


@app.command(name="list", help=sentence("cli.key.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print all keys, newest first; of each only the first letters are known."""
    with open_instance(instance) as house, house.world.store.transaction(_BRAND) as tx:
        found = tx.accounts.keys(_BRAND)
    if json:
        emit([_as_json(key) for key in found])
        return
    headings = (text("keys.id"), text("keys.name"), text("keys.scope"), text("keys.begins"),
                text("keys.created"), text("keys.state"))  # fmt: skip
    table(headings, (
        (key.key_id, key.name, key.scope, f"{key.prefix}…", show_instant(key.created_at),
         text("keys.revoked") if key.revoked_at else text("keys.in_force"))
        for key in found
    ))  # fmt: skip


@app.command(help=sentence("cli.key.revoke.help"))
def revoke(key_id: int, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """End a key: requests with it are refused from now on."""
    with open_instance(instance) as house:
        revoke_key(house.world, _BRAND, key_id)
    if json:
        emit({"key_id": key_id, "revoked": True})
    else:
        say(text("keys.revoked_now", id=key_id))


def _as_json(key: ApiKey) -> dict[str, object]:
    """Return what is known of a key."""
    return {
        "key_id": key.key_id,
        "name": key.name,
        "scope": key.scope,
        "prefix": key.prefix,
        "created_at": show_instant(key.created_at),
        "revoked_at": show_instant(key.revoked_at) if key.revoked_at else None,
    }
