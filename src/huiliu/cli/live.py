"""`huiliu live`: live sessions, their booking and reminders, and what was sold at which minute."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_segment import in_file, read_file
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.planning.live_session import LiveSession, parse_live_session
from huiliu.services.content_data import curve_json, live_json, outcome_json
from huiliu.services.content_outcomes import note_live
from huiliu.services.live_sessions import (
    build,
    list_sessions,
    live_url,
    publish_session,
    remove_session,
    show_curve,
    show_session,
)

__all__ = ["app"]

_BRAND = 1
_BY = "cli"
_WIDTH = 40

app = App(name="live", help=sentence("cli.live.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.live.slug"))]


@app.command(help=sentence("cli.live.check.help"))
def check(
    file: Path,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a live session can be used."""
    found = _parse(file)
    if json:
        emit({"slug": found.slug, "minutes": found.minutes, "script": len(found.script),
              "products": list(found.shown)})  # fmt: skip
    else:
        say(text("live.ok", slug=found.slug, n=len(found.script), minutes=found.minutes))


@app.command(help=sentence("cli.live.apply.help"))
def apply(file: Path, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a live session live as a new version."""
    found = _parse(file)
    with open_instance(instance) as house:
        done = publish_session(house.world, _BRAND, found.source, _BY)
        url = live_url(house.world, _BRAND, done.slug)
    if json:
        emit({"slug": done.slug, "version": done.version, "new": done.is_new, "url": url})
    else:
        said = "live.applied" if done.is_new else "live.unchanged"
        say(text(said, slug=done.slug, version=done.version, url=url))


@app.command(name="list", help=sentence("cli.live.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every live session: those to come first."""
    with open_instance(instance) as house:
        found = list_sessions(house.world, _BRAND)
    if json:
        emit([live_json(one) for one in found])
        return
    words = ("slug", "name", "platform", "starts", "state", "booked")
    table([text(f"live.column.{word}") for word in words], (
        (one.session.slug, one.session.name.get(language(), one.session.slug),
         text(f"content.platform.{one.session.platform}"), show_instant(one.session.starts_at),
         text(f"live.state.{one.state}"), one.n_booked if one.is_bookable else "-")
        for one in found
    ))  # fmt: skip


@app.command(help=sentence("cli.live.show.help"))
def show(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one live session and its document."""
    with open_instance(instance) as house:
        found = show_session(house.world, _BRAND, slug)
    if json:
        emit(live_json(found))
        return
    say(found.url)
    say(text("content.link", url=found.link, n=found.clicks.n_people))
    say(found.session.source.rstrip("\n"))


@app.command(name="build", help=sentence("cli.live.build.help"))
def build_(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make the booking form, the reminders and their journey live, or bring them up to date."""
    with open_instance(instance) as house:
        done = build(house.world, _BRAND, slug, _BY)
        url = live_url(house.world, _BRAND, slug)
    if json:
        emit({"url": url, "documents": [
            {"kind": one.kind, "slug": one.slug, "version": one.version, "new": one.is_new}
            for one in done
        ]})  # fmt: skip
        return
    say(text("live.built", url=url))
    for one in done:
        say(f"  {one.kind} {one.slug} v{one.version}")


@app.command(help=sentence("cli.live.curve.help"))
def curve(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print the orders of a session by minute, against its script."""
    with open_instance(instance) as house:
        house.catch_up()
        found = show_curve(house.world, _BRAND, slug)
    if json:
        emit(curve_json(found))
        return
    money = ", ".join(str(Money(minor, unit)) for unit, minor in found.revenue.items() if unit)
    say(text("live.sold", n=found.n_orders, code=found.n_with_code, money=money or "-",
             before=found.n_before))  # fmt: skip
    most = max((one.n_orders for one in found.cues), default=0)
    for one in found.cues:
        bar = "█" * (round(one.n_orders / most * _WIDTH) if most else 0)
        say(f"{one.cue.at:>4}' {one.n_orders:>6} {bar:<{_WIDTH}} "
            f"{one.cue.product or one.cue.say or one.cue.do}")  # fmt: skip


@app.command(help=sentence("cli.live.result.help"))
def result(
    slug: Slug,
    /,
    *,
    figure: Annotated[list[str], Parameter(help=sentence("cli.content.figure"), negative="")],
    day: Annotated[str, Parameter(help=sentence("cli.content.day"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Write down what a session brought, as its platform shows it."""
    pairs = [one.partition("=") for one in figure]
    if bad := [name for name, is_pair, _ in pairs if not is_pair]:
        said = text("content.no_pair", known="views, peak, orders, revenue")
        raise BadInput(tuple(Problem(f"--figure {one}", said) for one in bad))
    with open_instance(instance) as house:
        row = note_live(
            house.world, _BRAND, slug, {name: said for name, _, said in pairs}, day=day,
            source="form", by=_BY,
        )  # fmt: skip
    if json:
        emit(outcome_json(row))
    else:
        say(text("content.noted_one", day=row.day))


@app.command(help=sentence("cli.live.remove.help"))
def remove(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a session out of use; whoever booked it is not reminded any more."""
    with open_instance(instance) as house:
        remove_session(house.world, _BRAND, slug)
    if json:
        emit({"slug": slug, "removed": True})
    else:
        say(text("live.removed", slug=slug))


def _parse(file: Path) -> LiveSession:
    """Return the session in a file; raise BadInput with every problem and its line."""
    found = parse_live_session(read_file(file))
    if isinstance(found, tuple):
        raise in_file(str(file), BadInput(found))
    return found
