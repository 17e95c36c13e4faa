"""`huiliu target`: what is to be reached by when, and how likely that is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.planned import apply_plan, checked, shown_figure
from huiliu.forms import said_in
from huiliu.kernel.texts import text
from huiliu.planning.target import KIND, parse_target
from huiliu.services.plan_data import target_json
from huiliu.services.targets import TargetRow, list_targets, remove_target, show_target

__all__ = ["app"]

_BRAND = 1

app = App(name="target", help=sentence("cli.target.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.target.slug"))]
File = Annotated[Path, Parameter(help=sentence("cli.target.file"))]


@app.command(help=sentence("cli.target.check.help"))
def check(
    file: File,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a target can be used."""
    target = checked(file, parse_target(read_file(file)))
    if json:
        emit({"slug": target.slug, "metric": target.metric.name, "days": target.span.n_days})
        return
    say(text("targets.ok", slug=target.slug, days=target.span.n_days))


@app.command(help=sentence("cli.target.apply.help"))
def apply(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a target live as a new version."""
    apply_plan(file, KIND, instance, json=json)


@app.command(name="list", help=sentence("cli.target.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every target and how it stands."""
    with open_instance(instance) as house:
        house.catch_up()
        rows = list_targets(house.world, _BRAND)
    if json:
        emit([target_json(one) for one in rows])
        return
    words = ("target", "metric", "until", "goal", "so_far", "expected", "probability", "stand")
    table([text(f"targets.column.{word}") for word in words], (_line(one) for one in rows))


@app.command(help=sentence("cli.target.show.help"))
def show(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one target: how it stands, and its five letters."""
    with open_instance(instance) as house:
        house.catch_up()
        row = show_target(house.world, _BRAND, slug)
    if json:
        emit(target_json(row) | {"source": row.target.source})
        return
    say(said_in(row.target.name, language()))
    words = ("target", "metric", "until", "goal", "so_far", "expected", "probability", "stand")
    table([text(f"targets.column.{word}") for word in words], [_line(row)])
    for one in row.checks:
        say(text("targets.check_line", name=text(f"targets.letter.{one.name}"),
                 state=text(f"targets.state.{one.state}"), said=one.said))  # fmt: skip


@app.command(help=sentence("cli.target.remove.help"))
def remove(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a target out of use."""
    with open_instance(instance) as house:
        remove_target(house.world, _BRAND, slug)
    if json:
        emit({"slug": slug, "removed": True})
    else:
        say(text("plans.removed", slug=slug))


def _line(row: TargetRow) -> tuple[object, ...]:
    """Return a target as a line of a table."""
    target, found = row.target, row.outlook
    if found is None:
        return (target.slug, text(f"metrics.{target.metric.name}"), target.span.last, "–", "–",
                "–", "–", text("targets.stand.away"))  # fmt: skip
    shown = [shown_figure(target.metric, one, target.currency)
             for one in (found.goal, found.so_far, found.expected)]  # fmt: skip
    likely = "–" if found.probability is None else f"{found.probability:.0%}"
    return (
        target.slug, text(f"metrics.{target.metric.name}"), target.span.last, *shown, likely,
        text(f"targets.stand.{found.stand}"),
    )  # fmt: skip
