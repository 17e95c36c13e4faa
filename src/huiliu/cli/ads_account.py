"""`huiliu ads account`: accounts at ad platforms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import text
from huiliu.services.ad_accounts import (
    ad_accounts,
    fields_of,
    pause_ad_account,
    platform_named,
    remove_ad_account,
    resume_ad_account,
    save_ad_account,
    try_ad_account,
)
from huiliu.services.ad_told import account_data

__all__ = ["app", "read_file"]

_BRAND = 1

app = App(name="account", help=sentence("cli.ads.account.help"))

Name = Annotated[str, Parameter(help=sentence("cli.ads.account"))]


@app.command(help=sentence("cli.ads.account.add.help"))
def add(
    name: Name,
    /,
    *,
    platform: Annotated[str, Parameter(help=sentence("cli.ads.platform"))],
    set_: Annotated[
        list[str] | None, Parameter(name="--set", help=sentence("cli.channel.set"))
    ] = None,
    secret: Annotated[
        list[str] | None,
        Parameter(help=sentence("cli.channel.secret"), allow_leading_hyphen=True),
    ] = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Store an account, its fields sealed with the instance key."""
    secrets = {one.name for one in fields_of(platform_named(platform)) if one.kind == "secret"}
    given = _pairs(set_ or [])
    if problems := [
        Problem(key, text("channels.secret_in_argument", name=key))
        for key in given
        if key in secrets
    ]:
        raise BadInput(tuple(problems))
    given |= {
        key: read_file(Path(path)).decode().rstrip("\n")
        for key, path in _pairs(secret or []).items()
    }
    with open_instance(instance) as house:
        found = save_ad_account(house.world, _BRAND, name, platform, given)
    if json:
        emit(account_data(found))
    else:
        say(text("ads.account_saved", name=name))


@app.command(name="list", help=sentence("cli.ads.account.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print all accounts; secrets are never shown."""
    with open_instance(instance) as house:
        found = ad_accounts(house.world, _BRAND)
    if json:
        emit([account_data(one) for one in found])
        return
    headings = (text("ads.account"), text("ads.platform"), text("ads.state"), text("ads.audiences"))
    table(headings, (
        (one.name, text(f"ads.platform.{one.row.platform}"),
         one.row.paused or text("channels.works"), ", ".join(one.audiences) or "-")
        for one in found
    ))  # fmt: skip


@app.command(name="test", help=sentence("cli.ads.account.test.help"))
def try_(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> int:
    """Ask the platform for the account's name; exit 69 when it does not answer well."""
    with open_instance(instance) as house:
        told = try_ad_account(house.world, _BRAND, name)
    words = f"{told.verdict.code} {told.verdict.words}".strip()
    if json:
        emit({"taken": told.is_ok, "name": told.result, "response": words or None})
    else:
        key = "ads.account_answers" if told.is_ok else "ads.account_refused"
        say(text(key, name=told.result or "-", words=words or "-"))
    return 0 if told.is_ok else 69


@app.command(help=sentence("cli.ads.account.pause.help"))
def pause(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Share nothing more through an account."""
    with open_instance(instance) as house:
        pause_ad_account(house.world, _BRAND, name)
    _done(name, "paused", json=json)


@app.command(help=sentence("cli.ads.account.resume.help"))
def resume(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """End an account's pause."""
    with open_instance(instance) as house:
        resume_ad_account(house.world, _BRAND, name)
    _done(name, "live", json=json)


@app.command(help=sentence("cli.ads.account.remove.help"))
def remove(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Forget an account on which no audience stands."""
    with open_instance(instance) as house:
        remove_ad_account(house.world, _BRAND, name)
    _done(name, "removed", json=json)


def _done(name: str, state: str, *, json: bool) -> None:
    """Say how an account stands now."""
    if json:
        emit({"name": name, "state": state})
    else:
        say(text(f"ads.account_{state}", name=name))


def _pairs(written: list[str]) -> dict[str, str]:
    """Return `name=value` words in two; raise BadInput with all that are none."""
    split = [word.partition("=") for word in written]
    if problems := [
        Problem(word, text("channels.not_a_field"))
        for word, (name, equals, _) in zip(written, split, strict=True)
        if not equals or not name
    ]:
        raise BadInput(tuple(problems))
    return {name: value for name, _, value in split}


def read_file(path: Path) -> bytes:
    """Return what a file holds; raise BadInput where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as fault:
        said = text("channels.no_file", details=cause_of(fault))
        raise BadInput((Problem(str(path), said),)) from fault
