"""`huiliu channel`: the accounts through which messages leave."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.channel import AnswerState, ChannelAccount
from huiliu.services.channel_accounts import (
    add_account,
    remove_account,
    resume_account,
    send_test,
)

__all__ = ["app"]

_BRAND = 1
#: Never taken from the command line: other users of the machine can read it there.
_SECRETS = frozenset({"password"})

app = App(name="channel", help=sentence("cli.channel.help"))


@app.command(help=sentence("cli.channel.add.help"))
def add(
    channel: Annotated[str, Parameter(help=sentence("cli.channel.channel"))],
    /,
    *,
    set_: Annotated[
        list[str] | None, Parameter(name="--set", help=sentence("cli.channel.set"))
    ] = None,
    name: Annotated[str, Parameter(help=sentence("cli.channel.name"))] = "main",
    password_file: Annotated[
        Path | None,
        Parameter(help=sentence("cli.channel.password_file"), allow_leading_hyphen=True),
    ] = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Store an account, its fields sealed with the instance key."""
    config = _fields(set_ or [])
    if password_file is not None:
        config["password"] = _secret(password_file)
    with open_instance(instance) as house:
        add_account(house.world, _BRAND, channel, name, config)
    if json:
        emit({"channel": channel, "name": name})
    else:
        say(text("channels.added", channel=channel, name=name))


@app.command(name="list", help=sentence("cli.channel.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print all accounts; secrets are never shown."""
    with open_instance(instance) as house, house.world.store.transaction(_BRAND) as tx:
        found = tx.channels.accounts(_BRAND)
    if json:
        emit([_as_json(account) for account in found])
        return
    headings = (text("channels.channel"), text("channels.account"), text("channels.state"),
                text("channels.fields"))  # fmt: skip
    table(headings, (
        (account.channel, account.name, account.paused or text("channels.works"),
         " ".join(f"{key}={value}" for key, value in _shown(account).items()))
        for account in found
    ))  # fmt: skip


@app.command(name="test", help=sentence("cli.channel.test.help"))
def try_(
    channel: Annotated[str, Parameter(help=sentence("cli.channel.channel"))],
    /,
    *,
    to: Annotated[str, Parameter(help=sentence("cli.channel.to"))],
    name: Annotated[str, Parameter(help=sentence("cli.channel.name"))] = "main",
    instance: Instance = HERE,
    json: Json = False,
) -> int:
    """Send one test message and print the provider's answer; exit 69 when it was not taken."""
    with open_instance(instance) as house:
        answer = send_test(house.world, _BRAND, channel, name, to)
    is_taken = answer.state is AnswerState.ACCEPTED
    if json:
        emit({"state": answer.state.value, "response": answer.response})
    else:
        said = "channels.test_taken" if is_taken else "channels.test_refused"
        say(text(said, state=answer.state.value, response=answer.response or "-"))
    return 0 if is_taken else 69


@app.command(help=sentence("cli.channel.resume.help"))
def resume(
    channel: Annotated[str, Parameter(help=sentence("cli.channel.channel"))],
    /,
    *,
    name: Annotated[str, Parameter(help=sentence("cli.channel.name"))] = "main",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """End the pause of an account that its provider had refused."""
    with open_instance(instance) as house:
        resume_account(house.world, _BRAND, channel, name)
    if json:
        emit({"channel": channel, "name": name, "paused": ""})
    else:
        say(text("channels.resumed", channel=channel, name=name))


@app.command(help=sentence("cli.channel.remove.help"))
def remove(
    channel: Annotated[str, Parameter(help=sentence("cli.channel.channel"))],
    /,
    *,
    name: Annotated[str, Parameter(help=sentence("cli.channel.name"))] = "main",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Forget an account."""
    with open_instance(instance) as house:
        remove_account(house.world, _BRAND, channel, name)
    if json:
        emit({"channel": channel, "name": name, "removed": True})
    else:
        say(text("channels.removed", channel=channel, name=name))


def _fields(written: list[str]) -> dict[str, str]:
    """Return `host=smtp.example` words as fields; raise BadInput."""
    fields: dict[str, str] = {}
    problems: list[Problem] = []
    for word in written:
        name, equals, value = word.partition("=")
        if not equals or not name:
            problems.append(Problem(word, text("channels.not_a_field")))
        elif name in _SECRETS:
            problems.append(Problem(name, text("channels.secret_in_argument")))
        else:
            fields[name] = value
    if problems:
        raise BadInput(tuple(problems))
    return fields


def _secret(path: Path) -> str:
    """Return the first line of a file, or of standard input for `-`."""
    if str(path) == "-":
        return sys.stdin.readline().rstrip("\n")
    try:
        return path.read_text("utf-8").partition("\n")[0]
    except OSError as fault:
        said = text("channels.no_file", details=fault.strerror or "")
        raise BadInput((Problem(str(path), said),)) from fault


def _shown(account: ChannelAccount) -> dict[str, str]:
    """Return an account's fields without its secrets."""
    return {
        name: "…" if name in _SECRETS else value
        for name, value in sorted(account.config.items())
        if value
    }


def _as_json(account: ChannelAccount) -> dict[str, object]:
    """Return what may be shown of an account."""
    return {
        "channel": account.channel,
        "name": account.name,
        "paused": account.paused,
        "fields": _shown(account),
    }
