"""`huiliu points`: what people have, by hand up or down, and whether the books are as they were."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import House, open_instance
from huiliu.cli.asked_person import asked_person
from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.planned import apply_plan, checked
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, local_datetime, show_instant
from huiliu.ports.points import EntryFilter
from huiliu.rewards.points import Kind
from huiliu.rewards.programme import parse_programme
from huiliu.services.book_points import WAYS, PointsAsked, book_points
from huiliu.services.close_points import close_points, list_closes, verify_points
from huiliu.services.earn_points import follow_points
from huiliu.services.move_points import move_points
from huiliu.services.points_balance import balance
from huiliu.services.points_data import balance_json, close_json, entry_json, posted_json
from huiliu.services.points_statement import statement

__all__ = ["app"]

_BRAND = 1
_BY = "cli"
_BATCH = 1_000
_PAGE = 50

app = App(name="points", help=sentence("cli.points.help"))

Person = Annotated[str, Parameter(help=sentence("cli.points.person"))]
Amount = Annotated[str, Parameter(help=sentence("cli.points.amount"))]
Key = Annotated[str, Parameter(help=sentence("cli.points.key"))]
Channel = Annotated[str, Parameter(help=sentence("cli.points.channel"))]
Reason = Annotated[str, Parameter(help=sentence("cli.points.reason"))]
Order = Annotated[str, Parameter(help=sentence("cli.points.order"))]
File = Annotated[Path, Parameter(help=sentence("cli.points.file"))]


@app.command(help=sentence("cli.points.check.help"))
def check(
    file: File,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a programme can be used."""
    found = checked(file, parse_programme(read_file(file)))
    if json:
        emit({"slug": found.slug, "rules": [one.id for one in found.rules]})
    else:
        say(text("points.checked", rules=len(found.rules)))


@app.command(help=sentence("cli.points.apply.help"))
def apply(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Put a programme in force."""
    apply_plan(file, "points", instance, json=json)


@app.command(help=sentence("cli.points.show.help"))
def show(person: Person, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print what somebody has."""
    with open_instance(instance) as house:
        profile_id = _caught_up(house, person)
        with house.world.store.transaction(_BRAND) as tx:
            found = balance(tx, house.world, _BRAND, profile_id)
    if json:
        emit(balance_json(profile_id, found))
        return
    say(text("points.has", available=found.available, pending=found.pending, debt=found.debt))
    ends = [(show_instant(at), amount) for at, amount in found.expiring]
    if ends:
        table([text("points.column.ends"), text("points.column.amount")], ends)


@app.command(name="statement", help=sentence("cli.points.statement.help"))
def statement_(
    person: Person,
    /,
    *,
    limit: Annotated[int, Parameter(help=sentence("cli.points.limit"))] = _PAGE,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print somebody's entries, newest first."""
    with open_instance(instance) as house:
        profile_id = _caught_up(house, person)
        rows = statement(house.world, _BRAND, EntryFilter([profile_id]), max(1, limit)).rows
    if json:
        emit([entry_json(one) for one in rows])
        return
    words = ("when", "what", "amount", "available", "channel", "reason", "order")
    table([text(f"points.column.{word}") for word in words], (
        (show_instant(one.booked_at), text(f"points.kind.{one.kind}"), one.amount, one.available,
         one.channel, one.reason, one.order_id)
        for one in rows
    ))  # fmt: skip


@app.command(help=sentence("cli.points.earn.help"))
def earn(  # noqa: PLR0913 - one parameter an option
    person: Person, amount: Amount, /, *, key: Key, channel: Channel = "", reason: Reason = "",
    order: Order = "", instance: Instance = HERE, json: Json = False,
) -> None:  # fmt: skip
    """Give points that were earned."""
    asked = PointsAsked(key, 0, amount, channel, reason, order)
    _book(Kind.EARN, person, asked, instance, json=json)


@app.command(help=sentence("cli.points.burn.help"))
def burn(  # noqa: PLR0913 - same
    person: Person, amount: Amount, /, *, key: Key, channel: Channel = "", reason: Reason = "",
    order: Order = "", instance: Instance = HERE, json: Json = False,
) -> None:  # fmt: skip
    """Spend points."""
    asked = PointsAsked(key, 0, amount, channel, reason, order)
    _book(Kind.BURN, person, asked, instance, json=json)


@app.command(help=sentence("cli.points.refund.help"))
def refund(  # noqa: PLR0913 - same
    person: Person, amount: Amount, /, *, key: Key, order: Order = "",
    of: Annotated[str, Parameter(help=sentence("cli.points.of"))] = "", channel: Channel = "",
    reason: Reason = "", instance: Instance = HERE, json: Json = False,
) -> None:  # fmt: skip
    """Give burned points back, or take earned ones."""
    if of not in WAYS:
        raise BadInput((Problem("--of", text("points.want_way")),))
    asked = PointsAsked(key, 0, amount, channel, reason, order)
    _book(WAYS[of], person, asked, instance, json=json)


@app.command(help=sentence("cli.points.transfer.help"))
def transfer(  # noqa: PLR0913 - same
    person: Person, to: Annotated[str, Parameter(help=sentence("cli.points.to"))], amount: Amount,
    /, *, key: Key, channel: Channel = "", reason: Reason = "", instance: Instance = HERE,
    json: Json = False,
) -> None:  # fmt: skip
    """Hand points on to somebody else."""
    asked = PointsAsked(key, 0, amount, channel, reason)
    _book(Kind.TRANSFER, person, asked, instance, json=json, to=to)


@app.command(help=sentence("cli.points.adjust.help"))
def adjust(
    person: Person, amount: Annotated[
        str, Parameter(help=sentence("cli.points.up_or_down"), allow_leading_hyphen=True)
    ],
    /, *, reason: Reason, key: Key, instance: Instance = HERE, json: Json = False,
) -> None:  # fmt: skip
    """Put somebody's points right by hand."""
    asked = PointsAsked(key, 0, amount, "", reason, by=_BY)
    _book(Kind.ADJUST, person, asked, instance, json=json)


@app.command(help=sentence("cli.points.close.help"))
def close(
    *,
    day: Annotated[str, Parameter(help=sentence("cli.points.day"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Close a day that is over."""
    with open_instance(instance) as house:
        world = house.world
        try:
            asked = (
                dt.date.fromisoformat(day) if day
                else local_datetime(world.clock.now() - DAY, world.zone).date()
            )  # fmt: skip
        except ValueError:
            raise BadInput((Problem("--day", text("plans.want_day")),)) from None
        row = close_points(world, _BRAND, asked, _BY)
    if json:
        emit(close_json(row))
    else:
        say(text("points.closed", day=row.day, n=row.n_entries, hash=row.hash.hex()))


@app.command(help=sentence("cli.points.verify.help"))
def verify(*, instance: Instance = HERE, json: Json = False) -> None:
    """Read the whole ledger again and say whether it is as it was."""
    with open_instance(instance) as house:
        found = verify_points(house.world, _BRAND)
        days = list_closes(house.world, _BRAND)
    if json:
        emit({
            "ok": not found, "days": len(days), "hash": days[0].hash.hex() if days else None,
            "findings": [
                {"day": one.day or None, "what": one.what, "details": one.details} for one in found
            ],
        })  # fmt: skip
    elif found:
        table([text(f"points.column.{word}") for word in ("day", "wrong", "which")], (
            (one.day, text(f"points.wrong.{one.what}"), one.details) for one in found
        ))  # fmt: skip
    else:
        say(text("points.verified", days=len(days)))
    if found:
        raise SystemExit(4)


def _book(
    kind: Kind, person: str, asked: PointsAsked, instance: Path, *, json: bool, to: str = ""
) -> None:
    """Book a wish and print the answer."""
    with open_instance(instance) as house:
        profile_id = _caught_up(house, person)
        other = asked_person(house.world, _BRAND, to) if to else 0
        wish = PointsAsked(
            asked.key, profile_id, asked.amount, asked.channel, asked.reason, asked.order_id,
            other, who=f"{person} {to}", by=asked.by,
        )  # fmt: skip
        done = book_points(house.world, _BRAND, kind, wish)
    if json:
        emit(posted_json(done))
    else:
        say(text("points.done", amount=done.amount, available=done.available, entry=done.entry))


def _caught_up(house: House, person: str) -> int:
    """Return whom a command is about, after all that the log tells of points was heard."""
    house.catch_up()
    while follow_points(house.world, _BATCH):
        pass
    while move_points(house.world, _BATCH):
        pass
    return asked_person(house.world, _BRAND, person)
