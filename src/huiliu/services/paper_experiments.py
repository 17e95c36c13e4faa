"""The white paper's section on experiments: what was tried, and what can be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from huiliu.experiments.read_out import Comparison
from huiliu.experiments.verdict import MetricLine, is_few
from huiliu.kernel.texts import text
from huiliu.metrics import Unit
from huiliu.reports.charts import Interval, forest
from huiliu.reports.paper import Block, Cell, Chart, Column, Table
from huiliu.reports.paper_numbers import NOTHING, ends, money, number
from huiliu.services.experiment_results import ExperimentResult, all_results
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_parts import Draft, Ground, points

__all__ = ["experiments"]

_TONES = {"better": "good", "worse": "bad", "guarded": "bad", "blocked": "warn"}
#: More rows than these make a picture that nobody reads.
_MOST = 10


def experiments(ground: Ground) -> Draft:
    """Write every experiment that ran in the quarter, with the guards beside the goal."""
    desk = ground.desk
    found = all_results(desk.world, desk.brand_id, desk.first, desk.last)
    found = [one for one in found if one.began_at]
    if not found:
        return Draft([desk.unknown(text("paper.experiments.none"))])
    rows = [_row(desk, one, compared) for one in found for compared in _compared(one)]
    labels = (text("paper.column.goal_metric"), text("paper.column.people"),
              text("paper.column.difference"), text("paper.column.guards"),
              text("paper.column.verdict"))  # fmt: skip
    weights = (1.1, 1.1, 1.6, 1.4, 2.6)
    columns = [Column(desk.say(text("paper.column.experiment")), False, 1.9),
               *(Column(desk.say(one), False, wide)
                 for one, wide in zip(labels, weights, strict=True))]  # fmt: skip
    n = sum(one.people for one in found)
    origin = desk.origin("huiliu experiment list", text("paper.method.experiments"), n)
    blocks: list[Block] = [Table(desk.say(text("paper.table.experiments")), columns, rows, origin)]
    blocks += _picture(desk, found, n)
    won = [one for one in found if one.said.kind == "better"]
    said = text("paper.finding.experiments", n=len(found), won=len(won))
    return Draft(blocks, [(55, desk.say(said))])


def _compared(one: ExperimentResult) -> Sequence[Comparison | None]:
    """Return the comparisons of the first goal; one row stands there even without any."""
    goal = one.lines[0].comparisons if one.lines else ()
    return goal or (None,)


def _row(desk: Desk, one: ExperimentResult, compared: Comparison | None) -> list[Cell | str]:
    """Return one arm of one experiment against its control."""
    name = desk.name(one.name, one.slug)
    state = desk.word(f"experiments.state.{one.state}", one.state)
    verdict = Cell(desk.say(one.verdict), "", _TONES.get(one.said.kind, ""))
    if compared is None or not one.lines:
        return [Cell(name, state), NOTHING, number(one.people), NOTHING, NOTHING, verdict]
    goal = one.lines[0]
    arms = f"{compared.variant.variant} / {compared.control.variant}"
    people = f"{number(compared.variant.sample.n)} / {number(compared.control.sample.n)}"
    if one.is_blocked:
        difference = Cell(NOTHING, desk.say(text("paper.experiments.blocked")), "warn")
    else:
        low, high = compared.anytime
        told = isfinite(low + high) and not is_few(compared, goal.metric)
        difference = Cell(
            _figure(desk, goal, compared.difference.value, one.currency),
            ends(_figure(desk, goal, low, one.currency), _figure(desk, goal, high, one.currency))
            if told else "",
        )  # fmt: skip
    metric = desk.word(f"experiments.outcome.{goal.metric}", goal.metric)
    return [Cell(name, state), metric, Cell(people, arms), difference,
            _guards(desk, one, compared), verdict]  # fmt: skip


def _guards(desk: Desk, one: ExperimentResult, compared: Comparison) -> Cell | str:
    """Return how the guards stand for one arm."""
    guards = [line for line in one.lines if line.role == "guard"]
    if not guards:
        return Cell(NOTHING, desk.say(text("paper.experiments.no_guards")))
    arm = compared.variant.variant
    told = [
        (line, line.stand(each))
        for line in guards
        for each in line.comparisons
        if each.variant.variant == arm
    ]
    worse = [line for line, stand in told if stand == "worse"]
    if worse:
        names = [desk.word(f"experiments.outcome.{line.metric}", line.metric) for line in worse]
        return Cell(desk.say(text("paper.experiments.worse")), ", ".join(names), "bad")
    names = [desk.word(f"experiments.outcome.{line.metric}", line.metric) for line, _ in told]
    return Cell(desk.say(text("paper.experiments.not_worse")), ", ".join(names))


def _picture(desk: Desk, found: Sequence[ExperimentResult], n: int) -> list[Block]:
    """Return the relative differences of all first goals; blocked ones are not among them."""
    rows = []
    for one in found:
        for compared in _compared(one):
            if compared is None or one.is_blocked or not isfinite(compared.relative.value):
                continue
            base = compared.control.sample.mean
            if not base or is_few(compared, one.lines[0].metric):
                continue
            low, high = (100 * end / base for end in compared.anytime)
            name = f"{desk.name(one.name, one.slug)} {compared.variant.variant}"
            rows.append(Interval(name, round(100 * compared.difference.value / base, 2),
                                 round(low, 2), round(high, 2)))  # fmt: skip
    if not rows or len(rows) > _MOST:
        return []
    label = desk.say(text("paper.chart.experiments"))
    origin = desk.origin("huiliu experiment list", text("paper.method.experiments"), n)
    return [Chart(label, forest(rows, label), origin, min(0.5, 0.1 + 0.055 * len(rows)))]


def _figure(desk: Desk, line: MetricLine, value: float, currency: str) -> str:
    """Return a difference in the unit of its metric."""
    if not isfinite(value):
        return NOTHING
    if line.unit is Unit.SHARE:
        return points(desk, value)
    return money(value, currency) if line.unit is Unit.MONEY else number(value, 3)
