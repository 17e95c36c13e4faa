"""`huiliu audit`: what users did, and whether the list of it is as it was written."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import catalogue, text
from huiliu.kernel.times import show_instant
from huiliu.services.decision_json import chain_json
from huiliu.services.list_actions import list_actions
from huiliu.services.verify_actions import verify_actions

__all__ = ["app"]

_BRAND = 1
#: What a broken chain ends with.
_BROKEN = 4

app = App(name="audit", help=sentence("cli.audit.help"))


@app.command(name="list", help=sentence("cli.audit.list.help"))
def list_(
    *,
    before: Annotated[int, Parameter(help=sentence("cli.audit.before"))] = 0,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what users did, newest first."""
    with open_instance(instance) as house:
        found = list_actions(house.world, _BRAND, before or None)
    if json:
        emit({
            "actions": [
                {"at": show_instant(one.at), "user_id": one.user_id,
                 "name": found.users.get(one.user_id), "what": one.what, "subject": one.subject}
                for one in found.rows
            ],
            "next": found.next,
        })  # fmt: skip
        return
    headings = (
        text("console.actions.at"), text("console.actions.who"), text("console.actions.what"),
        text("console.actions.subject"),
    )  # fmt: skip
    table(headings, (
        (show_instant(one.at), found.users.get(one.user_id, "-"), _word(one.what), one.subject)
        for one in found.rows
    ))  # fmt: skip


@app.command(help=sentence("cli.audit.verify.help"))
def verify(
    *,
    head: Annotated[str, Parameter(help=sentence("cli.audit.head"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> int:
    """Say whether every action is as it was written; the first broken place ends with 4."""
    try:
        noted = bytes.fromhex(head)
    except ValueError as fault:
        raise BadInput((Problem("--head", text("audit.want_head")),)) from fault
    with open_instance(instance) as house:
        found = verify_actions(house.world, _BRAND, noted)
    if json:
        emit(chain_json(found))
    elif found.broken is not None:
        said = text(f"audit.broken.{found.broken.kind}", nth=found.broken.nth, n=found.n)
        say(said)
    elif found.knows_noted is False:
        say(text("audit.head_gone"))
    else:
        say(text("audit.holds", n=found.n, head=found.head or "-"))
    return 0 if found.holds else _BROKEN


def _word(what: str) -> str:
    """Return what was done in this command's language; what has no text is called by itself."""
    key = f"console.action.{what}"
    return sentence(key) if key in catalogue("en") else what
