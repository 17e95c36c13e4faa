"""`huiliu inapp`: in-app messages, how far people went with them, and tokens for clients."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_person import asked_person
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_duration, show_instant
from huiliu.messages.inapp import KINDS
from huiliu.services.inapp_data import card_json, message_json
from huiliu.services.inapp_overview import (
    InAppRow,
    PersonCard,
    cards_of,
    is_open,
    list_inapp,
    show_inapp,
    withdraw,
)
from huiliu.services.inapp_tokens import person_token

__all__ = ["app"]

_BRAND = 1

app = App(name="inapp", help=sentence("cli.inapp.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.inapp.slug"))]
Person = Annotated[str, Parameter(help=sentence("cli.inapp.person"))]
Days = Annotated[int, Parameter(help=sentence("cli.inapp.days"))]


@app.command(name="list", help=sentence("cli.inapp.list.help"))
def list_(
    *,
    kind: Annotated[str, Parameter(help=sentence("cli.inapp.kind"))] = "",
    days: Days = 30,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print every in-app message in use and how far people went with it."""
    problems = _days_fault(days)
    if kind and kind not in KINDS:
        problems.append(Problem("--kind", text("inapp.kind", kinds=", ".join(KINDS))))
    if problems:
        raise BadInput(tuple(problems))
    with open_instance(instance) as house:
        found = list_inapp(house.world, _BRAND, days, kind)
        opened = is_open(house.world, _BRAND)
    if json:
        emit([message_json(one) for one in found])
        return
    if not opened:
        say(text("inapp.no_account"))
    _table(found)


@app.command(help=sentence("cli.inapp.show.help"))
def show(slug: Slug, /, *, days: Days = 30, instance: Instance = HERE, json: Json = False) -> None:
    """Print how far people went with one in-app message."""
    if problems := _days_fault(days):
        raise BadInput(tuple(problems))
    with open_instance(instance) as house:
        found = show_inapp(house.world, _BRAND, slug, days)
    if json:
        emit(message_json(found))
    else:
        _table([found])


@app.command(name="withdraw", help=sentence("cli.inapp.withdraw.help"))
def withdraw_(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a message back from everybody who has not closed it."""
    with open_instance(instance) as house:
        n_taken = withdraw(house.world, _BRAND, slug)
    if json:
        emit({"slug": slug, "withdrawn": n_taken})
    else:
        say(text("inapp.withdrawn", slug=slug, n=n_taken))


@app.command(help=sentence("cli.inapp.token.help"))
def token(
    person: Annotated[str, Parameter(help=sentence("cli.inapp.token_person"))] = "",
    /,
    *,
    user_id: Annotated[str, Parameter(help=sentence("cli.inapp.user_id"))] = "",
    lives: Annotated[str, Parameter(help=sentence("cli.inapp.lives"))] = "24h",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print a token with which a client sees one person's messages."""
    length = as_duration(lives)
    if length is None:
        raise BadInput((Problem("--lives", text("inapp.moment")),))
    with open_instance(instance) as house:
        profile = asked_person(house.world, _BRAND, person) if person else 0
        made, until = person_token(
            house.world, _BRAND, user_id=user_id, profile_id=profile, lives=length
        )
    if json:
        emit({"token": made, "expires_at": show_instant(until)})
    else:
        say(text("inapp.token", token=made, until=show_instant(until)))


@app.command(help=sentence("cli.inapp.box.help"))
def box(person: Person, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print a person's messages and what they did with each; never what these say."""
    with open_instance(instance) as house:
        profile = asked_person(house.world, _BRAND, person)
        found = cards_of(house.world, _BRAND, show_profile_id(profile))
        now = house.world.clock.now()
    if json:
        emit([card_json(one, now) for one in found])
        return
    words = ("message", "template", "place", "state", "shown_times", "made_at")
    table([text(f"inapp.column.{word}") for word in words], (
        (
            show_id(one.row.message_id), one.row.template or "-", one.row.kind,
            text(f"inapp.state.{_state(one, now)}"), one.row.n_shown,
            show_instant(one.row.made_at),
        )
        for one in found
    ))  # fmt: skip


def _table(found: list[InAppRow]) -> None:
    """Print funnels."""
    words = ("slug", "place", "sent", "shown", "clicked", "dismissed", "withdrawn", "live")
    table([text(f"inapp.column.{word}") for word in words], (
        (
            one.row.document.slug, one.kind or "-", one.funnel.n_sent, one.funnel.n_shown,
            one.funnel.n_clicked, one.funnel.n_dismissed, one.funnel.n_withdrawn,
            one.funnel.n_live,
        )
        for one in found
    ))  # fmt: skip


def _state(one: PersonCard, now: int) -> str:
    """Return how a card stands."""
    row = one.row
    if row.withdrawn_at:
        return "withdrawn"
    if row.dismissed_at:
        return "dismissed"
    if not row.is_live(now) or one.card is None:
        return "over"
    return "seen" if row.first_shown_at or row.read_at else "waiting"


def _days_fault(days: int) -> list[Problem]:
    """Say of how many days figures can be given."""
    return [] if 0 < days <= 3_650 else [Problem("--days", text("inapp.days"))]
