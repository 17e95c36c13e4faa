"""`huiliu guard`: the channel guard on a file, and the one that watches this instance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.governance.channel_guard import THRESHOLD, Mode
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant
from huiliu.services.analyse_channels import analyse_days
from huiliu.services.guard_data import status_json, view_json
from huiliu.services.guard_watch import look_at_guard
from huiliu.services.incidents import (
    IncidentView,
    guard_status,
    override_incident,
    resume_incident,
    show_incident,
)

__all__ = ["app"]

_BRAND = 1

app = App(name="guard", help=sentence("cli.guard.help"))

Number = Annotated[int, Parameter(help=sentence("cli.guard.incident"))]


@app.default
def analyse(
    file: Annotated[Path, Parameter(help=sentence("cli.guard.file"))],
    /,
    *,
    mode: Annotated[Mode, Parameter(help=sentence("cli.guard.mode"))] = Mode.STATISTICAL,
    threshold: Annotated[float, Parameter(help=sentence("cli.guard.threshold"))] = THRESHOLD,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Print the verdict of every channel on every day of a file."""
    if not 0 < threshold < 1:
        raise BadInput((Problem("--threshold", text("analysis.share")),))
    found = analyse_days(read_file(file), mode, threshold)
    if json:
        emit([{"day": day, "channel": name, "verdict": str(said)} for day, name, said in found])
        return
    table(
        [text(f"analysis.column.{word}") for word in ("day", "channel", "verdict")],
        ((day, name, text(f"analysis.verdict.{said}")) for day, name, said in found),
    )


@app.command(help=sentence("cli.guard.status.help"))
def status(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print what the guard watches, what it saw, and what is paused."""
    with open_instance(instance) as house:
        found = guard_status(house.world, _BRAND)
    if json:
        emit(status_json(found))
        return
    if not found.guards:
        say(text("cli.guard.none"))
    for _, look in found.guards:
        if look is not None and look.blind_since:
            say(text("console.incidents.blind", since=show_instant(look.blind_since)))
    words = ("channel", "metric", "verdict", "rate", "usual", "days_to_tell")
    table(
        [text(f"cli.guard.column.{word}") for word in words],
        (
            (f"{one.channel} {one.campaign}".strip(), text(f"guard.metric.{one.metric}"),
             text(f"console.incidents.said.{one.verdict}"),
             f"{one.seen:.0f}/{one.n:.0f}", f"{one.usual:.2%}",
             "–" if one.days_to_tell is None else f"{one.days_to_tell:.1f}")
            for _, look in found.guards if look is not None for one in look.readings
        ),
    )  # fmt: skip
    for row in found.open:
        say(text("cli.guard.open", number=row.incident_id, channel=row.channel or "–",
                 metric=text(f"guard.metric.{row.metric}"), change=f"{row.change:+.0%}",
                 state=text(f"console.incidents.state.{row.state}")))  # fmt: skip


@app.command(help=sentence("cli.guard.look.help"))
def look(
    slug: Annotated[str, Parameter(help=sentence("cli.guard.slug"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Look with a guard at once; what crosses is paused."""
    with open_instance(instance) as house:
        house.catch_up()
        look_at_guard(house.world, _BRAND, slug)
    status(instance=instance, json=json)


@app.command(help=sentence("cli.guard.show.help"))
def show(number: Number, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one incident: what fell, where, what was paused, and what became of it."""
    with open_instance(instance) as house:
        view = show_incident(house.world, _BRAND, number)
    _tell(view, json=json)


@app.command(help=sentence("cli.guard.resume.help"))
def resume(
    number: Number,
    /,
    *,
    note: Annotated[str, Parameter(help=sentence("cli.guard.note"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Let the first part of the people through again."""
    with open_instance(instance) as house:
        view = resume_incident(house.world, _BRAND, number, "cli", note)
    _tell(view, json=json)


@app.command(help=sentence("cli.guard.override.help"))
def override(
    number: Number,
    /,
    *,
    reason: Annotated[str, Parameter(help=sentence("cli.guard.reason"))],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """End an incident against what the guard saw."""
    with open_instance(instance) as house:
        view = override_incident(house.world, _BRAND, number, "cli", reason)
    _tell(view, json=json)


def _tell(view: IncidentView, *, json: bool) -> None:
    """Print one incident."""
    if json:
        emit(view_json(view))
        return
    row = view.row
    say(text("cli.guard.open", number=row.incident_id, channel=row.channel or "–",
             metric=text(f"guard.metric.{row.metric}"), change=f"{row.change:+.0%}",
             state=_state(view)))  # fmt: skip
    table(
        [text(f"cli.guard.column.{word}") for word in ("step", "where", "explains")],
        ((text(f"guard.metric.{one.step}"),
          ", ".join(f"{name} = {value}" for name, value in one.where.items()),
          f"{one.share:.0%}") for one in row.suspects),
    )  # fmt: skip
    table(
        [text(f"cli.guard.column.{word}") for word in ("at", "what", "by", "note")],
        ((show_instant(one.at), text(f"console.incidents.move.{one.what}"), one.by or "Huiliu",
          one.note) for one in view.moves),
    )  # fmt: skip


def _state(view: IncidentView) -> Text:
    """Return how an incident stands; what its platform did not pause is not called paused."""
    if view.row.state == "paused" and view.unpaused:
        return text("console.incidents.unpaused")
    return text(f"console.incidents.state.{view.row.state}")
