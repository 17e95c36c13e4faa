"""`huiliu reward`: what points buy, what people took, and the board of points."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_person import asked_person
from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.planned import apply_plan, checked
from huiliu.forms import said_in
from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports.exchanges import ExchangeFilter
from huiliu.rewards.reward_catalogue import KIND, parse_catalogue
from huiliu.services.exchange import cancel_exchange, exchange, send_exchange
from huiliu.services.look_at_tiers import (
    list_catalogues,
    list_exchanges,
    remove_catalogue,
)
from huiliu.services.membership_data import board_json, catalogue_json, exchange_json
from huiliu.services.points_board import points_board

__all__ = ["app"]

_BRAND = 1
_ID_BYTES = 16

app = App(name="reward", help=sentence("cli.reward.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.reward.slug"))]
File = Annotated[Path, Parameter(help=sentence("cli.reward.file"))]
Exchange = Annotated[str, Parameter(help=sentence("cli.reward.exchange"))]


@app.command(help=sentence("cli.reward.check.help"))
def check(
    file: File,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a catalogue can be used."""
    found = checked(file, parse_catalogue(read_file(file)))
    if json:
        emit({"slug": found.slug, "items": [one.id for one in found.items]})
        return
    say(text("console.catalogues.ok", n=len(found.items)))


@app.command(help=sentence("cli.reward.apply.help"))
def apply(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a catalogue live as a new version."""
    apply_plan(file, KIND, instance, json=json)


@app.command(name="list", help=sentence("cli.reward.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print what points buy, where, and what is left."""
    with open_instance(instance) as house:
        views = list_catalogues(house.world, _BRAND)
    if json:
        emit([catalogue_json(one) for one in views])
        return
    rows = [
        (
            view.catalogue.slug, one.id, said_in(one.name, language()),
            ", ".join(f"{name} {price}" for name, price in one.channels.items()) or one.points,
            f"{one.gives} {one.subject}",
            max(0, one.stock - view.taken.get(one.id, 0)) if one.stock else "∞",
        )
        for view in views for one in view.catalogue.items
    ]  # fmt: skip
    words = ("catalogue", "item", "name", "price", "gives", "left")
    table([text(f"catalogues.column.{word}") for word in words], rows)


@app.command(help=sentence("cli.reward.exchanges.help"))
def exchanges(
    *,
    state: Annotated[str, Parameter(help=sentence("cli.reward.state"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what people took, newest first."""
    with open_instance(instance) as house:
        rows = list_exchanges(house.world, _BRAND, ExchangeFilter(state=state))
    if json:
        emit([exchange_json(one) for one in rows])
        return
    lines = [
        (show_id(one.exchange_id), show_instant(one.at), show_profile_id(one.profile_id), one.item,
         one.channel, one.points, text(f"console.exchanges.state.{one.state}"))
        for one in rows
    ]  # fmt: skip
    words = ("exchange", "at", "person", "item", "channel", "points", "state")
    table([text(f"catalogues.column.{word}") for word in words], lines)


@app.command(name="exchange", help=sentence("cli.reward.exchange.help"))
def exchange_(  # noqa: PLR0913 - each is a word of the command
    person: Annotated[str, Parameter(help=sentence("cli.tier.person"))],
    catalogue: Slug,
    item: Annotated[str, Parameter(help=sentence("cli.reward.item"))],
    /,
    *,
    channel: Annotated[str, Parameter(help=sentence("cli.reward.channel"))],
    key: Annotated[str, Parameter(help=sentence("cli.reward.key"))],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Take an item for a person's points; the same key takes it once."""
    with open_instance(instance) as house:
        who = asked_person(house.world, _BRAND, person)
        done = exchange(house.world, _BRAND, who, catalogue, item, channel, key, "cli")
    if json:
        emit(exchange_json(done.row))
    else:
        say(text("cli.reward.exchanged", item=item, points=done.row.points,
                 exchange=show_id(done.row.exchange_id)))  # fmt: skip


@app.command(help=sentence("cli.reward.sent.help"))
def sent(exchange: Exchange, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Write down that a gift was sent."""
    with open_instance(instance) as house:
        row = send_exchange(house.world, _BRAND, _id(exchange), "cli")
    _told(row.item, row.state, exchange_json(row), json=json)


@app.command(help=sentence("cli.reward.cancel.help"))
def cancel(
    exchange: Exchange,
    /,
    *,
    reason: Annotated[str, Parameter(help=sentence("cli.reward.reason"))],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Undo an exchange of something that was not sent yet."""
    with open_instance(instance) as house:
        row = cancel_exchange(house.world, _BRAND, _id(exchange), "cli", reason[:200])
    _told(row.item, row.state, exchange_json(row), json=json)


@app.command(help=sentence("cli.reward.remove.help"))
def remove(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a catalogue out of use."""
    with open_instance(instance) as house:
        remove_catalogue(house.world, _BRAND, slug)
    if json:
        emit({"slug": slug, "removed": True})
    else:
        say(text("plans.removed", slug=slug))


@app.command(help=sentence("cli.reward.board.help"))
def board(
    *,
    days: Annotated[int, Parameter(help=sentence("cli.reward.days"))] = 30,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what points are out, what they will cost, and how they flowed."""
    with open_instance(instance) as house:
        found = points_board(house.world, _BRAND, days)
    if json:
        emit(board_json(found))
        return
    low, high = found.forecast.low, found.forecast.high
    between = "–" if low is None or high is None else f"{low:.1%} – {high:.1%}"
    say(text("cli.reward.out", available=found.totals.available, pending=found.totals.pending,
             people=found.totals.n_people))  # fmt: skip
    say(text("cli.reward.rate", rate=f"{found.forecast.rate:.1%}", between=between,
             liability="–" if found.liability is None else found.liability))  # fmt: skip
    rows = [(one.source or "–", one.kind, one.target or "–", one.points) for one in found.flows]
    words = ("earned_in", "kind", "spent_in", "points")
    table([text(f"catalogues.column.{word}") for word in words], rows)


def _told(item: str, state: str, row: object, *, json: bool) -> None:
    """Say what became of an exchange."""
    if json:
        emit(row)
    else:
        said = text(f"console.exchanges.state.{state}")
        say(text("cli.reward.now", item=item, state=said))


def _id(written: str) -> bytes:
    """Return an exchange's id; raise NotFound where it cannot be one."""
    try:
        found = bytes.fromhex(written)
    except ValueError:
        found = b""
    if len(found) != _ID_BYTES:
        raise NotFound("exchange", written[:80])
    return found
