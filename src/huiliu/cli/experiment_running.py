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
from huiliu.experiments.rehearsal import peek
from huiliu.kernel.errors import BadInput, Problem
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
_MOST_LOOKS = 1_000
_MOST_RUNS = 1_000_000

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
    app.command(_rehearse, name="rehearse", help=sentence("cli.experiment.rehearse.help"))


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


def _rehearse(  # noqa: PLR0913 - each option is another noun
    *,
    rate: Annotated[float, Parameter(help=sentence("cli.experiment.rate"))] = 0.05,
    effect: Annotated[float, Parameter(help=sentence("cli.experiment.true_effect"))] = 0.0,
    people: Annotated[int, Parameter(help=sentence("cli.experiment.people_each"))] = 50_000,
    looks: Annotated[int, Parameter(help=sentence("cli.experiment.looks"))] = 50,
    runs: Annotated[int, Parameter(help=sentence("cli.experiment.runs"))] = 10_000,
    seed: Annotated[int, Parameter(help=sentence("cli.experiment.seed"))] = 1,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say how often looking again and again finds what is not there, in drawn experiments."""
    wrong = [
        ("--rate", not 0 < rate < 1, "analysis.share"),
        ("--effect", not -1 < effect < 1 / rate - 1 if 0 < rate < 1 else False, "analysis.share"),
        ("--people", people < looks, "analysis.few_people"),
        ("--looks", not 1 <= looks <= _MOST_LOOKS, "analysis.above_nothing"),
        ("--runs", not 1 <= runs <= _MOST_RUNS, "analysis.above_nothing"),
        ("--seed", seed < 0, "analysis.above_nothing"),
    ]
    problems = tuple(Problem(name, text(key)) for name, is_wrong, key in wrong if is_wrong)
    if problems:
        raise BadInput(problems)
    found = peek(rate=rate, people=people, looks=looks, runs=runs, seed=seed, effect=effect)
    counts = {
        "fixed_any": found.fixed_any, "fixed_last": found.fixed_last, "always": found.always,
    }  # fmt: skip
    if json:
        emit({"rate": rate, "effect": effect, "people_each": people, "looks": looks, "runs": runs,
              "seed": seed, "people_to_stop": found.people_to_stop}
             | {name: {"share": found.share(n), "interval": list(found.interval(n))}
                for name, n in counts.items()})  # fmt: skip
        return
    for name, n in counts.items():
        low, high = found.interval(n)
        say(text(f"experiments.peeked.{name}", share=f"{found.share(n):.2%}",
                 low=f"{low:.2%}", high=f"{high:.2%}", looks=looks))  # fmt: skip
    if effect and found.people_to_stop:
        say(text("experiments.peeked.stop", people=f"{found.people_to_stop:,}"))


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
