"""`huiliu rollout`: who gets something new when, and what must hold before more do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.planned import apply_plan, checked, shown_figure
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.metrics import METRICS
from huiliu.planning.rollout import KIND, Stage, parse_rollout
from huiliu.services.plan_data import rollout_json
from huiliu.services.roll_out import (
    RolloutView,
    hold_rollout,
    list_rollouts,
    look_now,
    move_rollout,
    remove_rollout,
    resume_rollout,
    show_rollout,
)

__all__ = ["app"]

_BRAND = 1

app = App(name="rollout", help=sentence("cli.rollout.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.rollout.slug"))]
File = Annotated[Path, Parameter(help=sentence("cli.rollout.file"))]
Note = Annotated[str, Parameter(help=sentence("cli.rollout.note"))]


@app.command(help=sentence("cli.rollout.check.help"))
def check(
    file: File,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a roll-out can be used."""
    rollout = checked(file, parse_rollout(read_file(file)))
    if json:
        emit({"slug": rollout.slug, "tiers": [one.name for one in rollout.tiers],
              "steps": list(rollout.steps)})  # fmt: skip
        return
    steps = " → ".join(f"{one:g} %" for one in rollout.steps)
    say(text("rollouts.ok", slug=rollout.slug, tiers=len(rollout.tiers), steps=steps))


@app.command(help=sentence("cli.rollout.apply.help"))
def apply(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a roll-out live: from now on its journeys reach nobody but its stage."""
    apply_plan(file, KIND, instance, json=json)


@app.command(name="list", help=sentence("cli.rollout.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every roll-out and how far it has come."""
    with open_instance(instance) as house:
        found = list_rollouts(house.world, _BRAND)
    if json:
        emit([rollout_json(one) for one in found])
        return
    words = ("rollout", "journeys", "state", "tier", "percent", "since")
    table([text(f"rollouts.column.{word}") for word in words], (_line(one) for one in found))


@app.command(help=sentence("cli.rollout.show.help"))
def show(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one roll-out: its stage, its gates, and what became of it."""
    with open_instance(instance) as house:
        view = show_rollout(house.world, _BRAND, slug)
    _tell(view, json=json)


@app.command(help=sentence("cli.rollout.look.help"))
def look(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Look at the gates at once; it goes on or holds as they say."""
    with open_instance(instance) as house:
        house.catch_up()
        view = look_now(house.world, _BRAND, slug)
    _tell(view, json=json)


@app.command(help=sentence("cli.rollout.hold.help"))
def hold(slug: Slug, /, *, note: Note = "", instance: Instance = HERE, json: Json = False) -> None:
    """Hold a roll-out: nothing of it goes out until it is resumed."""
    with open_instance(instance) as house:
        view = hold_rollout(house.world, _BRAND, slug, "cli", note)
    _tell(view, json=json)


@app.command(help=sentence("cli.rollout.resume.help"))
def resume(
    slug: Slug, /, *, note: Note = "", instance: Instance = HERE, json: Json = False
) -> None:
    """Let a held roll-out go on where it stood."""
    with open_instance(instance) as house:
        view = resume_rollout(house.world, _BRAND, slug, "cli", note)
    _tell(view, json=json)


@app.command(name="set", help=sentence("cli.rollout.set.help"))
def set_(
    slug: Slug,
    /,
    *,
    percent: Annotated[float, Parameter(help=sentence("cli.rollout.percent"))],
    tier: Annotated[int, Parameter(help=sentence("cli.rollout.tier"))] = 0,
    note: Note = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Set a roll-out to a stage, forwards or back."""
    with open_instance(instance) as house:
        view = move_rollout(house.world, _BRAND, slug, Stage(tier, percent), "cli", note)
    _tell(view, json=json)


@app.command(help=sentence("cli.rollout.remove.help"))
def remove(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a roll-out out of use: its journeys reach everybody from now on."""
    with open_instance(instance) as house:
        remove_rollout(house.world, _BRAND, slug, "cli")
    if json:
        emit({"slug": slug, "removed": True})
    else:
        say(text("rollouts.removed", slug=slug))


def _line(view: RolloutView) -> tuple[object, ...]:
    """Return a roll-out as a line of a table."""
    return (
        view.rollout.slug, ", ".join(view.rollout.journeys),
        text(f"rollouts.state.{view.row.state}"), view.tier.name, f"{view.stage.percent:g} %",
        show_instant(view.row.since),
    )  # fmt: skip


def _tell(view: RolloutView, *, json: bool) -> None:
    """Print one roll-out."""
    if json:
        emit(rollout_json(view) | {"source": view.rollout.source})
        return
    words = ("rollout", "journeys", "state", "tier", "percent", "since")
    table([text(f"rollouts.column.{word}") for word in words], [_line(view)])
    if view.row.readings:
        gate_words = ("gate", "value", "bound", "n", "verdict")
        table(
            [text(f"rollouts.column.{word}") for word in gate_words],
            (
                (text(f"metrics.{one.metric}"), shown_figure(METRICS[one.metric], one.value),
                 text(f"rollouts.{one.bound}",
                      limit=shown_figure(METRICS[one.metric], one.limit)),
                 one.n, text(f"rollouts.verdict.{one.verdict}"))
                for one in view.row.readings
            ),
        )  # fmt: skip
    for move in view.moves[:10]:
        say(text("rollouts.moved", at=show_instant(move.at),
                 what=text(f"rollouts.move.{move.what}"), tier=move.tier,
                 percent=f"{move.percent:g}", by=move.by or "Huiliu",
                 note=move.note or "–"))  # fmt: skip
