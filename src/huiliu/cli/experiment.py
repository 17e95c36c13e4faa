"""`huiliu experiment`: experiments that run, what one in a file says, how many people one needs."""

from __future__ import annotations

from math import ceil, isfinite
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.cli.asked_segment import read_file
from huiliu.cli.experiment_running import add_running
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, progress, say, table
from huiliu.experiments.read_out import Comparison
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import Text, text
from huiliu.services.analyse_experiment import analyse_experiment, comparison_json
from huiliu.statistics.always_valid import EXPECTED
from huiliu.statistics.power import least_effect, needed

__all__ = ["app"]

app = App(name="experiment", help=sentence("cli.experiment.help"))
add_running(app)


@app.command(help=sentence("cli.experiment.analyse.help"))
def analyse(
    file: Annotated[Path, Parameter(help=sentence("cli.experiment.file"))],
    /,
    *,
    expected: Annotated[int, Parameter(help=sentence("cli.experiment.expected"))] = EXPECTED,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Print each variant against the first one of its experiment and metric."""
    if expected < 1:
        raise BadInput((Problem("--expected", text("analysis.above_nothing")),))
    analysed = analyse_experiment(read_file(file), expected)
    found = analysed.comparisons
    for arm in analysed.alone:
        progress(text("analysis.alone", experiment=arm.experiment, metric=arm.metric,
                      variant=arm.variant))  # fmt: skip
    if json:
        emit([comparison_json(one) for one in found])
        return
    table(
        [text(f"analysis.column.{word}") for word in
         ("experiment", "metric", "variant", "difference", "anytime", "said")],
        ((one.variant.experiment, one.variant.metric, one.variant.variant,
          _number(one.difference.value), _interval(one), _said(one)) for one in found),
    )  # fmt: skip


@app.command(help=sentence("cli.experiment.plan.help"))
def plan(  # noqa: PLR0913 - each option is another noun
    *,
    rate: Annotated[float, Parameter(help=sentence("cli.experiment.rate"))],
    effect: Annotated[float, Parameter(help=sentence("cli.experiment.effect"))] = 0.0,
    people: Annotated[int, Parameter(help=sentence("cli.experiment.people"))] = 0,
    arms: Annotated[int, Parameter(help=sentence("cli.experiment.arms"))] = 2,
    daily: Annotated[int, Parameter(help=sentence("cli.experiment.daily"))] = 0,
    power: Annotated[float, Parameter(help=sentence("cli.experiment.power"))] = 0.8,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Print how many people are needed to see an effect, or what those at hand can show."""
    _check_plan(rate, effect, people, arms, power)
    # Every arm is compared with the control: each comparison has its part of the error.
    alpha = 0.05 / (arms - 1)
    variance = rate * (1 - rate)
    each = needed(variance, rate * effect, alpha, power) if effect else people // arms
    least = least_effect(variance, each, alpha, power) / rate
    days = ceil(each * arms / daily) if daily else None
    if json:
        emit({"people_each": int(each), "people": int(each) * arms, "arms": arms,
              "least_effect": least, "power": power, "days": days})  # fmt: skip
        return
    say(text("analysis.plan", each=f"{int(each):,}", people=f"{int(each) * arms:,}",
             least=f"{least:.1%}", power=f"{power:.0%}"))  # fmt: skip
    if days is not None:
        say(text("analysis.plan_days", days=days, daily=f"{daily:,}"))


def _check_plan(rate: float, effect: float, people: int, arms: int, power: float) -> None:
    """Raise BadInput with everything that is wrong in a plan."""
    wrong = [
        ("--rate", not 0 < rate < 1, "analysis.share"),
        ("--effect", bool(effect) == bool(people), "analysis.effect_or_people"),
        ("--effect", effect < 0, "analysis.above_nothing"),
        ("--people", people < 0 or 0 < people < arms, "analysis.few_people"),
        ("--arms", not 2 <= arms <= 100, "analysis.arms"),
        ("--power", not 0.05 < power < 1, "analysis.share"),
    ]
    problems = tuple(Problem(name, text(key)) for name, is_wrong, key in wrong if is_wrong)
    if problems:
        raise BadInput(problems)


def _said(one: Comparison) -> Text:
    """Return what can be said of a comparison, in a sentence."""
    if one.is_blocked:
        return text("analysis.blocked", p=f"{one.srm_p:.1g}")
    if one.is_significant:
        key = "analysis.better" if one.difference.value > 0 else "analysis.worse"
        part = f"{one.relative.value:+.1%}" if isfinite(one.relative.value) else "-"
        return text(key, relative=part)
    if isfinite(one.more_needed):
        return text("analysis.cannot_tell", n=f"{ceil(one.more_needed):,}")
    return text("analysis.cannot_tell_at_all")


def _interval(one: Comparison) -> str:
    """Return the interval that holds at every look."""
    return " ... ".join(_number(end) for end in one.anytime)


def _number(value: float) -> str:
    """Return a number as people read it."""
    return f"{value:.4g}" if isfinite(value) else "-"
