"""What `huiliu experiment` says of experiments that run, and how it steers them."""

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
from huiliu.experiments.plan import KIND, parse_experiment
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.services.experiment_data import outlook_json, result_json, standpoint_json, view_json
from huiliu.services.experiment_results import ExperimentResult, Standpoint, results
from huiliu.services.experiments import (
    ExperimentView,
    list_experiments,
    roll_out_arm,
    show_experiment,
    start_experiment,
    stop_experiment,
)
from huiliu.services.follow_experiments import look_at_experiment
from huiliu.services.plan_experiment import plan_experiment

__all__ = ["add_running"]

_BRAND = 1

Slug = Annotated[str, Parameter(help=sentence("cli.experiment.slug"))]
File = Annotated[Path, Parameter(help=sentence("cli.experiment.document"))]
Note = Annotated[str, Parameter(help=sentence("cli.rollout.note"))]


def add_running(app: App) -> None:
    """Add the commands over experiments of an instance."""
    app.command(_apply, name="apply", help=sentence("cli.experiment.apply.help"))
    app.command(_forecast, name="forecast", help=sentence("cli.experiment.forecast.help"))
    app.command(_list, name="list", help=sentence("cli.experiment.list.help"))
    app.command(_show, name="show", help=sentence("cli.experiment.show.help"))
    app.command(_start, name="start", help=sentence("cli.experiment.start.help"))
    app.command(_stop, name="stop", help=sentence("cli.experiment.stop.help"))
    app.command(_roll_out, name="roll-out", help=sentence("cli.experiment.roll_out.help"))


def _apply(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make an experiment live; it waits until it is begun."""
    apply_plan(file, KIND, instance, json=json)


def _forecast(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Say what an experiment could see, from this brand's own people and traffic."""
    plan = checked(file, parse_experiment(read_file(file)))
    with open_instance(instance) as house:
        house.catch_up()
        outlook = plan_experiment(house.world, _BRAND, plan)
    if json:
        emit(outlook_json(outlook))
        return
    found = outlook.found
    say(text(f"console.experiments.basis.{outlook.basis}", n=f"{found.n:,}",
             daily=f"{found.daily:,.1f}"))  # fmt: skip
    if not found.is_known:
        say(text("console.experiments.unknown"))
        return
    say(text("console.experiments.least", people=f"{found.people:,}", least=f"{found.least:.1%}"))
    if found.days is not None:
        say(text("console.experiments.days", days=f"{found.days:,}"))
    table(
        [text(f"console.experiments.{word}") for word in ("effect", "once", "always", "takes")],
        (
            (f"{one.relative:.0%}", _whole(one.people), _whole(one.people_anytime),
             "–" if one.days is None else one.days)
            for one in found.efforts
        ),
    )  # fmt: skip


def _list(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every experiment and how it stands."""
    with open_instance(instance) as house:
        found = list_experiments(house.world, _BRAND)
    if json:
        emit([standpoint_json(one) for one in found])
        return
    words = ("experiment", "state", "goal", "arms", "winner", "began")
    table([text(f"experiments.column.{word}") for word in words], (_line(one) for one in found))


def _show(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print what an experiment says now, and what became of it."""
    with open_instance(instance) as house:
        house.catch_up()
        look_at_experiment(house.world, _BRAND, slug)
        view = show_experiment(house.world, _BRAND, slug)
        found = results(house.world, _BRAND, slug)
    if json:
        emit(view_json(view) | {"results": result_json(found)})
        return
    _tell(view, found)


def _start(
    slug: Slug, /, *, note: Note = "", instance: Instance = HERE, json: Json = False
) -> None:
    """Begin an experiment: from now on each person who meets it gets an arm for good."""
    with open_instance(instance) as house:
        view = start_experiment(house.world, _BRAND, slug, "cli", note)
    _said(view, json=json)


def _stop(slug: Slug, /, *, note: Note = "", instance: Instance = HERE, json: Json = False) -> None:
    """End an experiment: nobody new gets into it; who is in keeps their arm."""
    with open_instance(instance) as house:
        view = stop_experiment(house.world, _BRAND, slug, "cli", note)
    _said(view, json=json)


def _roll_out(
    slug: Slug,
    /,
    *,
    arm: Annotated[str, Parameter(help=sentence("cli.experiment.arm"))],
    note: Note,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Give everybody one arm from now on."""
    with open_instance(instance) as house:
        view = roll_out_arm(house.world, _BRAND, slug, arm, "cli", note)
    _said(view, json=json)


def _said(view: ExperimentView, *, json: bool) -> None:
    """Print how an experiment stands."""
    if json:
        emit(view_json(view))
        return
    words = ("experiment", "state", "goal", "arms", "winner", "began")
    table([text(f"experiments.column.{word}") for word in words], [_line(view.stands)])


def _tell(view: ExperimentView, found: ExperimentResult) -> None:
    """Print what an experiment says."""
    _said(view, json=False)
    say(found.verdict)
    of_arms = ("arm", "share", "people")
    table(
        [text(f"experiments.column.{word}") for word in of_arms],
        ((one.name, f"{one.share:.1%}", f"{one.n:,}") for one in found.arms),
    )
    if found.lines and not found.is_blocked:
        words = ("metric", "arm", "difference", "relative", "said")
        table(
            [text(f"experiments.column.{word}") for word in words],
            (
                (text(f"experiments.outcome.{line.metric}"), one.variant.variant,
                 f"{one.difference.value:+.4g} ({one.anytime[0]:+.4g} … {one.anytime[1]:+.4g})",
                 f"{one.relative.value:+.1%}" if isfinite(one.relative.value) else "–",
                 text(f"experiments.stand.{line.stand(one)}"))
                for line in found.lines
                for one in line.comparisons
            ),
        )  # fmt: skip
    for move in view.moves[:10]:
        said = text("experiments.moved", at=show_instant(move.at), by=move.by or "Huiliu",
                    what=text(f"experiments.move.{move.what}"), note=move.note or "–")  # fmt: skip
        say(said)


def _line(stands: Standpoint) -> tuple[object, ...]:
    """Return an experiment as a line of a table."""
    plan, row = stands.plan, stands.row
    return (
        plan.slug, text(f"experiments.state.{stands.state}"),
        text(f"experiments.outcome.{plan.goals[0]}"), " / ".join(plan.shares),
        (row.winner if row else "") or "–", show_instant(row.began_at) if row else "–",
    )  # fmt: skip


def _whole(people: float) -> str:
    """Return a number of people; a dash where none is enough."""
    return f"{people:,.0f}" if isfinite(people) else "–"
