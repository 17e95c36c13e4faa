"""`huiliu notice`: what the house was told, and the robots of groups that tell it."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.governance.notices import body_of, title_of
from huiliu.kernel.texts import LOCALES, render, text
from huiliu.kernel.times import show_instant
from huiliu.ports.accounts import User
from huiliu.services.house_notices import (
    list_notices,
    list_robots,
    remove_robot,
    save_robot,
    try_robot,
)

__all__ = ["app"]

_BRAND = 1
#: The command line sees everything and has read nothing.
_EVERYBODY = User(_BRAND, 0, "", "", "", "admin", LOCALES[0], 0)

app = App(name="notice", help=sentence("cli.notice.help"))

Name = Annotated[str, Parameter(help=sentence("cli.notice.robot"))]


@app.command(name="list", help=sentence("cli.notice.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the latest notices, newest first."""
    with open_instance(instance) as house:
        rows, _ = list_notices(house.world, _EVERYBODY)
    if json:
        emit([
            {"id": one.notice_id, "kind": one.kind, "at": show_instant(one.at),
             "title": render(title_of(one.kind, one.facts), language()),
             "words": render(body_of(one.kind, one.facts), language()), "address": one.address}
            for one in rows
        ])  # fmt: skip
        return
    columns = [text(f"cli.notice.column.{word}") for word in ("at", "title", "address")]
    table(columns, [(show_instant(o.at), title_of(o.kind, o.facts), o.address) for o in rows])


@app.command(help=sentence("cli.notice.robots.help"))
def robots(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the robots; addresses and secrets stay sealed."""
    with open_instance(instance) as house:
        rows = list_robots(house.world, _BRAND)
    if json:
        emit([
            {"name": one.name, "service": one.service, "host": one.host, "state": one.state,
             "language": one.locale, "kinds": list(one.kinds), "signs": one.has_secret,
             "last_error": one.last_error or None}
            for one in rows
        ])  # fmt: skip
        return
    columns = [text(f"cli.notice.column.{word}") for word in ("robot", "service", "state", "error")]
    table(columns, [
        (one.name, text(f"notices.service.{one.service}"),
         text(f"console.notices.robot_state.{one.state}"), one.last_error or "–")
        for one in rows
    ])  # fmt: skip


@app.command(help=sentence("cli.notice.robot.help"))
def robot(  # noqa: PLR0913 - the fields of a robot
    name: Name,
    /,
    *,
    service: Annotated[str, Parameter(help=sentence("cli.notice.service"))] = "",
    url: Annotated[str, Parameter(help=sentence("cli.notice.url"))] = "",
    secret: Annotated[str, Parameter(help=sentence("cli.notice.secret"))] = "",
    lang: Annotated[str, Parameter(help=sentence("cli.notice.lang"))] = "",
    kind: Annotated[list[str] | None, Parameter(help=sentence("cli.notice.kind"))] = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Set a robot up, or change it; what is not said stays as it was."""
    given: dict[str, object] = {
        "name": name, "service": service, "url": url, "secret": secret, "language": lang,
    }  # fmt: skip
    if kind is not None:
        given["kinds"] = kind
    with open_instance(instance) as house:
        done = save_robot(house.world, _BRAND, given, 0)
    if json:
        emit({"name": done.name, "service": done.service, "state": done.state})
    else:
        say(text("console.notices.did.robot_saved"))


@app.command(name="test", help=sentence("cli.notice.test.help"))
def try_(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> int:
    """Let a robot say that it is tried; 69 when its group did not take it."""
    with open_instance(instance) as house:
        is_taken, words = try_robot(house.world, _BRAND, name)
    if json:
        emit({"robot": name, "taken": is_taken, "said": words})
    elif is_taken:
        say(text("console.notices.did.robot_took", robot=name))
    else:
        say(text("console.notices.did.robot_refused", robot=name, said=words))
    return 0 if is_taken else 69


@app.command(help=sentence("cli.notice.remove.help"))
def remove(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Forget a robot."""
    with open_instance(instance) as house:
        remove_robot(house.world, _BRAND, name, 0)
    if json:
        emit({"robot": name, "removed": True})
    else:
        say(text("console.notices.did.robot_removed"))
