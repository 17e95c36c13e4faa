"""`huiliu channel`: the accounts through which messages leave."""

from __future__ import annotations

import sys
from dataclasses import asdict
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
from huiliu.kernel.times import show_instant
from huiliu.ports.channel import AnswerState, ChannelAccount, Provider
from huiliu.services.callbacks import pushed_to
from huiliu.services.channel_accounts import (
    account_named,
    add_account,
    advice,
    provider_of,
    remove_account,
    resume_account,
    send_test,
    shown_fields,
)
from huiliu.services.show_credits import CREDITED, read_quotas, show_credits

__all__ = ["app"]

_BRAND = 1

app = App(name="channel", help=sentence("cli.channel.help"))


@app.command(help=sentence("cli.channel.add.help"))
def add(  # noqa: PLR0913 - each is an option
    channel: Annotated[str, Parameter(help=sentence("cli.channel.channel"))],
    /,
    *,
    set_: Annotated[
        list[str] | None, Parameter(name="--set", help=sentence("cli.channel.set"))
    ] = None,
    name: Annotated[str, Parameter(help=sentence("cli.channel.name"))] = "main",
    provider: Annotated[str, Parameter(help=sentence("cli.channel.provider"))] = "",
    password_file: Annotated[
        Path | None,
        Parameter(help=sentence("cli.channel.password_file"), allow_leading_hyphen=True),
    ] = None,
    secret: Annotated[
        list[str] | None,
        Parameter(help=sentence("cli.channel.secret"), allow_leading_hyphen=True),
    ] = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Store an account, its fields sealed with the instance key."""
    with open_instance(instance) as house:
        secrets = _secret_names(provider_of(house.world, channel, provider))
        config = _fields(set_ or [], secrets)
        if password_file is not None:
            config["password"] = _secret(password_file)
        config |= {key: _secret(Path(path)) for key, path in _pairs(secret or [])}
        account = add_account(house.world, _BRAND, channel, name, config, provider)
        url = pushed_to(house.world, account)
    if json:
        pushed = {"callback_url": url} if url else {}
        emit({"channel": channel, "name": name, "provider": account.provider, **pushed})
        return
    say(text("channels.added", channel=channel, name=name))
    if url:
        say(text("channels.pushed_to", url=url))


@app.command(name="list", help=sentence("cli.channel.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print all accounts; secrets are never shown."""
    with open_instance(instance) as house, house.world.store.transaction(_BRAND) as tx:
        found = tx.channels.accounts(_BRAND)
        shown = [
            (account, shown_fields(house.world, account), pushed_to(house.world, account))
            for account in found
        ]
    if json:
        emit([_as_json(*one) for one in shown])
        return
    headings = (text("channels.channel"), text("channels.account"), text("channels.provider"),
                text("channels.state"), text("channels.fields"))  # fmt: skip
    table(headings, (
        (account.channel, account.name, account.provider, account.paused or text("channels.works"),
         " ".join(f"{key}={value}" for key, value in fields.items()))
        for account, fields, _ in shown
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
        what_to_do = advice(account_named(house.world, _BRAND, channel, name).provider, answer)
    is_taken = answer.state is AnswerState.ACCEPTED
    if json:
        found = {"state": answer.state.value, "response": answer.response, "code": answer.code}
        emit({**found, "advice": str(what_to_do)} if what_to_do else found)
    else:
        said = "channels.test_taken" if is_taken else "channels.test_refused"
        say(text(said, state=answer.state.value, response=answer.response or "-"))
        if what_to_do:
            say(what_to_do)
    return 0 if is_taken else 69


@app.command(name="credits", help=sentence("cli.channel.credits.help"))
def credits_(
    channel: Annotated[str, Parameter(help=sentence("cli.channel.channel"))],
    /,
    *,
    name: Annotated[str, Parameter(help=sentence("cli.channel.name"))] = "main",
    quotas: Annotated[bool, Parameter(help=sentence("cli.channel.quotas"), negative="")] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what an account has to send with, and what its platform says of quotas."""
    with open_instance(instance) as house:
        view = show_credits(house.world, _BRAND, channel, name)
        asked = read_quotas(house.world, _BRAND, channel, name) if quotas else ()
    if json:
        emit({
            "credits": [asdict(one) for one in view.counts],
            "blocked": [{"kind": one.kind, "until": show_instant(one.until)}
                        for one in view.blocked],
            **({"quotas": [asdict(one) for one in asked]} if quotas else {}),
        })  # fmt: skip
        return
    for one in view.blocked:
        say(text("channels.blocked", kind=one.kind or channel, until=show_instant(one.until)))
    if not view.counts and channel in CREDITED:
        say(text(f"console.credits.none.{channel}"))
    if view.counts:
        table(
            ("subject", "app", "people", "free", "taken", "spent", "muted"),
            [
                (one.subject, one.app or "-", one.n_people, one.n_free, one.n_taken, one.n_spent,
                 one.n_muted)
                for one in view.counts
            ],
        )  # fmt: skip
    if quotas:
        table(("path", "used", "daily", "left"),
              [(one.path, one.used, one.daily, one.left) for one in asked])  # fmt: skip


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


def _secret_names(provider: Provider) -> frozenset[str]:
    """Return the fields that never stand on the command line: others could read them there."""
    return frozenset(field.name for field in provider.fields if field.kind == "secret")


def _pairs(written: list[str]) -> list[tuple[str, str]]:
    """Return `name=value` words in two; raise BadInput with all that are none."""
    split = [word.partition("=") for word in written]
    if problems := [
        Problem(word, text("channels.not_a_field"))
        for word, (name, equals, _) in zip(written, split, strict=True)
        if not equals or not name
    ]:
        raise BadInput(tuple(problems))
    return [(name, value) for name, _, value in split]


def _fields(written: list[str], secrets: frozenset[str]) -> dict[str, str]:
    """Return `host=smtp.example` words as fields; raise BadInput."""
    fields = dict(_pairs(written))
    if problems := [
        Problem(name, text("channels.secret_in_argument", name=name))
        for name in fields
        if name in secrets
    ]:
        raise BadInput(tuple(problems))
    return fields


def _secret(path: Path) -> str:
    """Return the whole of a file without its last line's end, or of standard input for `-`."""
    if str(path) == "-":
        return sys.stdin.read().rstrip("\n")
    try:
        return path.read_text("utf-8").rstrip("\n")
    except OSError as fault:
        said = text("channels.no_file", details=cause_of(fault))
        raise BadInput((Problem(str(path), said),)) from fault


def _as_json(account: ChannelAccount, fields: dict[str, str], url: str) -> dict[str, object]:
    """Return what may be shown of an account."""
    return {
        "channel": account.channel,
        "name": account.name,
        "provider": account.provider,
        "paused": account.paused,
        "fields": fields,
        **({"callback_url": url} if url else {}),
    }
