"""`huiliu user`: who may sign in to the console."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.services.add_user import NewUser, add_user
from huiliu.services.departments import set_department, user_named

__all__ = ["app"]

_BRAND = 1

app = App(name="user", help=sentence("cli.user.help"))


@app.command(help=sentence("cli.user.add.help"))
def add(
    email: str,
    /,
    *,
    name: Annotated[str, Parameter(help=sentence("cli.user.name"))] = "",
    role: Annotated[str, Parameter(help=sentence("cli.user.role"))] = "viewer",
    department: Annotated[str, Parameter(help=sentence("cli.user.department"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Let a person sign in; the password is asked for, or read from standard input."""
    password = _password()
    new = NewUser(email, name or email.partition("@")[0], password, role, language(), department)
    with open_instance(instance) as house:
        made = add_user(house.world, _BRAND, new)
    if json:
        emit({
            "user_id": made.user_id, "email": made.email, "role": made.role,
            "department": made.department or None,
        })  # fmt: skip
    else:
        say(text("users.added", email=made.email, role=text(f"roles.{made.role}")))


@app.command(name="list", help=sentence("cli.user.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print everyone who may sign in."""
    with open_instance(instance) as house, house.world.store.transaction(_BRAND) as tx:
        found = tx.accounts.users(_BRAND)
    if json:
        emit([
            {"user_id": user.user_id, "email": user.email, "name": user.name, "role": user.role,
             "department": user.department or None, "created_at": show_instant(user.created_at)}
            for user in found
        ])  # fmt: skip
        return
    headings = (
        text("users.email"), text("users.name"), text("users.role"), text("users.department"),
        text("keys.created"),
    )  # fmt: skip
    table(headings, (
        (user.email, user.name, text(f"roles.{user.role}"),
         text(f"departments.{user.department or 'none'}"), show_instant(user.created_at))
        for user in found
    ))  # fmt: skip


@app.command(name="department", help=sentence("cli.user.department.help"))
def department_(
    email: str,
    department: Annotated[str, Parameter(help=sentence("cli.user.department"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Say for which department a user speaks; `none` = for none."""
    wanted = "" if department == "none" else department
    with open_instance(instance) as house:
        user = user_named(house.world, _BRAND, email)
        set_department(house.world, _BRAND, user.user_id, wanted)
    if json:
        emit({"user_id": user.user_id, "department": wanted or None})
    else:
        said = text(f"departments.{wanted or 'none'}")
        say(text("users.department_set", email=user.email, department=said))


def _password() -> str:
    """Return the password: typed unseen at a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(sentence("users.ask_password") + " ")
    return sys.stdin.readline().rstrip("\r\n")
