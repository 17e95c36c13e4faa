"""`huiliu holdout`: who is left in peace, since when, and what that tells."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.planned import apply_plan, checked
from huiliu.experiments.holdout import HELD, KIND, TREATED, parse_holdout
from huiliu.experiments.incremental import Effect
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.services.beside import Beside, beside_of, read_span
from huiliu.services.holdout_data import beside_json, holdout_json, member_json
from huiliu.services.holdouts import (
    HoldoutView,
    holdout_members,
    list_holdouts,
    release_person,
    remove_holdout,
    show_holdout,
)

__all__ = ["app"]

_BRAND = 1

app = App(name="holdout", help=sentence("cli.holdout.help"))

Name = Annotated[str, Parameter(help=sentence("cli.holdout.name"))]
File = Annotated[Path, Parameter(help=sentence("cli.holdout.file"))]
Since = Annotated[str, Parameter(name="--from", help=sentence("cli.holdout.from"))]
Until = Annotated[str, Parameter(help=sentence("cli.holdout.until"))]


@app.command(help=sentence("cli.holdout.check.help"))
def check(
    file: File,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a holdout can be used."""
    found = checked(file, parse_holdout(read_file(file)))
    if json:
        emit({"slug": found.slug, "scope": found.scope, "things": list(found.things),
              "share": float(found.share)})  # fmt: skip
        return
    say(text("holdouts.ok", slug=found.slug, share=f"{float(found.share):.2%}"))


@app.command(help=sentence("cli.holdout.apply.help"))
def apply(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a holdout live: from now on a share of people is left in peace."""
    apply_plan(file, KIND, instance, json=json)


@app.command(name="list", help=sentence("cli.holdout.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every holdout and how many people it has drawn."""
    with open_instance(instance) as house:
        found = list_holdouts(house.world, _BRAND)
    if json:
        emit([holdout_json(one) for one in found])
        return
    words = ("holdout", "scope", "state", "share", "held", "treated", "since")
    table([text(f"holdouts.column.{word}") for word in words], (_line(one) for one in found))


@app.command(help=sentence("cli.holdout.show.help"))
def show(
    name: Name,
    /,
    *,
    since: Since = "",
    until: Until = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print one holdout and what it tells: attributed and incremental, side by side."""
    with open_instance(instance) as house:
        house.catch_up()
        view = show_holdout(house.world, _BRAND, name)
        days = read_span(house.world, since, until)
        found = beside_of(house.world, _BRAND, view.scope, *days)
    if json:
        emit(holdout_json(view) | {"result": beside_json(found)})
        return
    words = ("holdout", "scope", "state", "share", "held", "treated", "since")
    table([text(f"holdouts.column.{word}") for word in words], [_line(view)])
    _tell(found)


@app.command(help=sentence("cli.holdout.worth.help"))
def worth(
    scope: Annotated[str, Parameter(help=sentence("cli.holdout.scope"))] = "brand",
    /,
    *,
    since: Since = "",
    until: Until = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what is attributed to a thing and what it caused."""
    with open_instance(instance) as house:
        house.catch_up()
        found = beside_of(house.world, _BRAND, scope, *read_span(house.world, since, until))
    if json:
        emit(beside_json(found))
    else:
        _tell(found)


@app.command(help=sentence("cli.holdout.people.help"))
def people(
    name: Name,
    /,
    *,
    arm: Annotated[str, Parameter(help=sentence("cli.holdout.arm"))] = HELD,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print who was drawn last into an arm, since when and why."""
    if arm not in {HELD, TREATED}:
        said = text("plans.want_choice", choices=f"{HELD}, {TREATED}")
        raise BadInput((Problem("--arm", said),))
    with open_instance(instance) as house:
        found = holdout_members(house.world, _BRAND, name, arm).rows
    if json:
        emit([member_json(one) for one in found])
        return
    words = ("person", "since", "until", "why")
    table(
        [text(f"holdouts.column.{word}") for word in words],
        (
            (show_profile_id(one.profile_id), show_instant(one.at),
             show_instant(one.ended_at) if one.ended_at else "–",
             text("holdouts.why.released", by=one.ended_by, reason=one.reason) if one.ended_at
             else text(f"holdouts.why.{one.arm}", share=f"{one.propensity:.2%}"))
            for one in found
        ),
    )  # fmt: skip


@app.command(help=sentence("cli.holdout.release.help"))
def release(
    name: Name,
    person: Annotated[str, Parameter(help=sentence("cli.holdout.person"))],
    /,
    *,
    reason: Annotated[str, Parameter(help=sentence("cli.holdout.reason"))],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Let one held-out person get messages again."""
    with open_instance(instance) as house:
        profile = release_person(house.world, _BRAND, name, person, "cli", reason)
    shown = show_profile_id(profile)
    if json:
        emit({"profile_id": shown, "released": True})
    else:
        say(text("holdouts.released", person=shown))


@app.command(help=sentence("cli.holdout.remove.help"))
def remove(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a holdout out of use: everybody may get messages again."""
    with open_instance(instance) as house:
        remove_holdout(house.world, _BRAND, name)
    if json:
        emit({"slug": name, "removed": True})
    else:
        say(text("holdouts.removed", slug=name))


def _line(view: HoldoutView) -> tuple[object, ...]:
    """Return a holdout as a line of a table."""
    one = view.holdout
    scope = "journey" if one is None else one.scope
    return (
        view.name, text(f"holdouts.scope.{scope}"), text(f"holdouts.state.{view.state}"),
        f"{view.share:.2%}", view.held, view.treated,
        show_instant(view.began_at) if view.began_at else "–",
    )  # fmt: skip


def _tell(found: Beside) -> None:
    """Print what is attributed and what was caused."""
    one, money = found.incremental, found.currency
    told = one.is_known
    table(
        ["", text("beside.attributed"), text("beside.incremental")],
        [
            (text("beside.revenue"),
             "–" if found.revenue is None else f"{found.revenue:,.2f} {money}",
             _shown(one.revenue) if told else "–"),
            (text("beside.buyers"),
             "–" if found.orders is None else text("beside.orders", n=found.orders),
             _shown(one.buyers) if told else "–"),
        ],
    )  # fmt: skip
    say(one.said)
    if found.is_doubtful:
        say(text("beside.doubtful", ratio=f"{found.ratio:.1f}"))
    say(text("beside.method", first=one.first.isoformat(), last=one.last.isoformat(),
             treated=one.treated, held=one.held))  # fmt: skip


def _shown(effect: Effect) -> str:
    """Return a total and its interval."""
    low, high = effect.total_interval
    if not isfinite(low):
        return "–"
    return f"{effect.total:,.2f} ({low:,.2f} – {high:,.2f})"
