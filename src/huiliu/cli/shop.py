"""`huiliu shop`: shops whose orders come in by themselves."""

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
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import Text, catalogue, text
from huiliu.kernel.times import show_instant
from huiliu.services.connect_shop import (
    NewShop,
    connect_shop,
    map_statuses,
    platform_named,
    poll_shop,
    remove_shop,
    shop_state,
    switch_shop,
    test_shop,
)
from huiliu.services.list_shops import (
    ShopView,
    as_fields,
    list_platforms,
    list_shops,
    notice_url,
    show_shop,
)

__all__ = ["app"]

_BRAND = 1

app = App(name="shop", help=sentence("cli.shop.help"))

Platform = Annotated[str, Parameter(help=sentence("cli.shop.platform"))]
Name = Annotated[str, Parameter(name="--name", help=sentence("cli.shop.name"))]


@app.command(help=sentence("cli.shop.platforms.help"))
def platforms(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every platform, how well it is known, and what it asks for."""
    with open_instance(instance) as house:
        found = list_platforms(house.world)
    if json:
        emit([
            {
                "platform": one.name, "evidence": one.evidence.value, "kinds": list(one.kinds),
                "scope": one.scope.value, "queue": one.has_queue,
                "fields": [
                    {"name": field.name, "secret": field.is_secret, "needed": field.is_needed,
                     "default": field.default}
                    for field in one.fields
                ],
                "statuses": dict(one.statuses),
            }
            for one in found
        ])  # fmt: skip
        return
    headings = (text("shops.platform"), text("shops.evidence"), text("shops.fields"))
    table(headings, (
        (f"{_named(one.name)} ({one.name})", text(f"shops.evidence.{one.evidence}"),
         " ".join(field.name + ("" if field.is_needed else "?") for field in one.fields))
        for one in found
    ))  # fmt: skip


@app.command(help=sentence("cli.shop.connect.help"))
def connect(  # noqa: PLR0913 - a connection's own parts
    platform: Platform,
    /,
    *,
    set_: Annotated[
        list[str] | None, Parameter(name="--set", help=sentence("cli.shop.set"))
    ] = None,
    secrets_file: Annotated[
        Path | None, Parameter(help=sentence("cli.shop.secrets_file"), allow_leading_hyphen=True)
    ] = None,
    name: Name = "main",
    scope: Annotated[str, Parameter(help=sentence("cli.shop.scope"))] = "",
    days_back: Annotated[int, Parameter(help=sentence("cli.shop.days_back"))] = 0,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Store a connection, its fields sealed, and print where the platform sends its notices to."""
    with open_instance(instance) as house:
        secret = {f.name for f in platform_named(house.world, platform).fields if f.is_secret}
        config = _pairs(set_ or [], secret)
        if secrets_file is not None:
            config |= _pairs(_lines(secrets_file), set())
        new = NewShop(platform, name, config, scope, {}, days_back)
        made = connect_shop(house.world, _BRAND, new)
        url = notice_url(house.world, (_BRAND, platform, name))
    if json:
        emit({"platform": platform, "name": name, "notices": url, "scope": made.scope})
    else:
        say(text("shops.connected", platform=_named(platform), name=name, url=url))


@app.command(name="list", help=sentence("cli.shop.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every connection and how it fares."""
    with open_instance(instance) as house:
        found = list_shops(house.world, _BRAND)
    if json:
        emit([as_fields(one) for one in found])
        return
    headings = (text("shops.platform"), text("shops.shop"), text("shops.state"),
                text("shops.waiting"), text("shops.last_poll"))  # fmt: skip
    table(headings, (
        (_named(one.platform.name), one.state.connection.name, _state(one), one.backlog,
         _when(max((poll.polled_at for poll in one.polls), default=0)))
        for one in found
    ))  # fmt: skip


@app.command(help=sentence("cli.shop.show.help"))
def show(
    platform: Platform, /, *, name: Name = "main", instance: Instance = HERE, json: Json = False
) -> None:
    """Print one connection: its address, how it fares, and what its words mean."""
    with open_instance(instance) as house:
        found = show_shop(house.world, (_BRAND, platform, name))
    if json:
        emit(as_fields(found))
        return
    say(text("shops.shown", platform=_named(platform), name=name, url=found.url))
    say(_state(found))
    table((text("shops.counted"), text("shops.how_often")),
          ((what, n) for what, (n, _) in found.counts.items()))  # fmt: skip
    table((text("shops.word"), text("shops.means"), text("shops.orders")),
          ((row.word, row.means or "-", row.n_orders) for row in found.statuses))  # fmt: skip


@app.command(name="test", help=sentence("cli.shop.test.help"))
def try_(
    platform: Platform, /, *, name: Name = "main", instance: Instance = HERE, json: Json = False
) -> None:
    """Ask the shop who it is."""
    with open_instance(instance) as house:
        said = test_shop(house.world, (_BRAND, platform, name))
    if json:
        emit({"platform": platform, "name": name, "shop": said})
    else:
        say(text("shops.answered", shop=said))


@app.command(help=sentence("cli.shop.map.help"))
def map(  # noqa: A001 - the verb's own word
    platform: Platform,
    words: Annotated[list[str], Parameter(help=sentence("cli.shop.words"))],
    /,
    *,
    name: Name = "main",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Say what the platform's words mean in this shop."""
    key = (_BRAND, platform, name)
    with open_instance(instance) as house:
        own = dict(shop_state(house.world, key).connection.statuses)
        map_statuses(house.world, key, own | _pairs(words, set()))
        found = show_shop(house.world, key)
    if json:
        emit({row.word: row.means for row in found.statuses})
    else:
        table((text("shops.word"), text("shops.means")),
              ((row.word, row.means or "-") for row in found.statuses))  # fmt: skip


@app.command(help=sentence("cli.shop.poll.help"))
def poll(
    platform: Platform, /, *, name: Name = "main", instance: Instance = HERE, json: Json = False
) -> None:
    """Let a shop be looked through now."""
    with open_instance(instance) as house:
        poll_shop(house.world, (_BRAND, platform, name))
    _done(platform, name, "shops.polled", json=json)


@app.command(help=sentence("cli.shop.pause.help"))
def pause(
    platform: Platform, /, *, name: Name = "main", instance: Instance = HERE, json: Json = False
) -> None:
    """Leave a shop alone."""
    with open_instance(instance) as house:
        switch_shop(house.world, (_BRAND, platform, name), is_on=False)
    _done(platform, name, "shops.paused", json=json)


@app.command(help=sentence("cli.shop.resume.help"))
def resume(
    platform: Platform, /, *, name: Name = "main", instance: Instance = HERE, json: Json = False
) -> None:
    """Go on with a shop; what changed meanwhile is found."""
    with open_instance(instance) as house:
        switch_shop(house.world, (_BRAND, platform, name), is_on=True)
    _done(platform, name, "shops.resumed", json=json)


@app.command(help=sentence("cli.shop.remove.help"))
def remove(
    platform: Platform, /, *, name: Name = "main", instance: Instance = HERE, json: Json = False
) -> None:
    """Forget a connection; the events of its orders stay."""
    with open_instance(instance) as house:
        remove_shop(house.world, (_BRAND, platform, name))
    _done(platform, name, "shops.removed", json=json)


def _done(platform: str, name: str, key: str, *, json: bool) -> None:
    """Say what was done."""
    if json:
        emit({"platform": platform, "name": name, "done": key.rpartition(".")[2]})
    else:
        say(Text(key, {"platform": _named(platform), "name": name}))


def _named(platform: str) -> str:
    """Return a platform's name as people say it."""
    key = f"shops.platform.{platform}"
    return sentence(key) if key in catalogue("en") else platform


def _state(found: ShopView) -> Text:
    """Return how a connection fares, as a sentence."""
    state = found.state
    if not state.is_on:
        return text("shops.state.off")
    refused = next((poll.response for poll in found.polls if poll.response), "")
    if state.fault or refused:
        fault = text(f"shops.fault.{state.fault or 'refused'}")
        return text("shops.state.fails", fault=fault, response=state.response or refused)
    return text("shops.state.works" if state.worked_at else "shops.state.new")


def _when(at: int) -> str:
    """Return an instant, or a dash for never."""
    return show_instant(at) if at else "-"


def _pairs(written: list[str], secret: set[str]) -> dict[str, str]:
    """Return `field=value` words as fields; raise BadInput.

    A secret is not taken from the command line: other users of the machine can read it there.
    """
    fields: dict[str, str] = {}
    problems: list[Problem] = []
    for word in written:
        name, equals, value = word.partition("=")
        if not equals or not name:
            problems.append(Problem(word, text("channels.not_a_field")))
        elif name in secret:
            problems.append(Problem(name, text("shops.secret_in_argument")))
        else:
            fields[name.strip()] = value.strip()
    if problems:
        raise BadInput(tuple(problems))
    return fields


def _lines(path: Path) -> list[str]:
    """Return the lines of a file, or of standard input for `-`; empty ones and # are left out."""
    try:
        written = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except OSError as fault:
        said = text("channels.no_file", details=cause_of(fault))
        raise BadInput((Problem(str(path), said),)) from fault
    lines = (line.strip() for line in written.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
