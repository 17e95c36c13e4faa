"""Experiments: every arm against the control, with intervals that hold at every look."""

from __future__ import annotations

from typing import Any, Final

from huiliu.kernel.texts import Text, text
from huiliu.reports import charts
from huiliu.reports.report import (
    COUNT,
    NUMBER,
    TEXT,
    Cell,
    Column,
    Given,
    Report,
    ReportKind,
    bounded,
    told,
)

__all__ = ["EXPERIMENTS"]

_COLUMNS: Final = [
    Column("experiment", TEXT), Column("state", TEXT), Column("people", COUNT),
    Column("outcome", TEXT), Column("role", TEXT), Column("arm", TEXT),
    Column("control_mean", NUMBER), Column("arm_mean", NUMBER), Column("difference", NUMBER),
    *bounded("difference", NUMBER),
    Column("verdict", TEXT),
]  # fmt: skip


def _build(given: Given) -> Report:
    """Return a row for each arm and outcome; a split that is off blocks its figures."""
    found = given.data["experiments"]
    rows: list[tuple[Cell, ...]] = []
    drawn: list[charts.Interval] = []
    for one in found:
        name = text("reports.named", name=dict(one.name))
        head = (name, text(f"experiments.state.{one.state}"), one.people)
        for line in one.lines:
            outcome = text(f"experiments.outcome.{line.metric}")
            for each in line.comparisons:
                blocked = one.is_blocked or each.is_blocked
                figures = (None,) * 5 if blocked else (
                    told(each.control.sample.mean), told(each.variant.sample.mean),
                    told(each.difference.value), told(each.anytime[0]), told(each.anytime[1]),
                )  # fmt: skip
                rows.append((
                    *head, outcome, text(f"experiments.role.{line.role}"), each.variant.variant,
                    *figures, _verdict(each, is_blocked=blocked),
                ))  # fmt: skip
        drawn += _relative(one)

    def chart(locale: str) -> dict[str, Any]:
        """Return each arm's relative difference in its first goal, percent."""
        del locale
        return charts.forest(drawn, "%")

    return Report(
        EXPERIMENTS.name, given.options.span, "", _COLUMNS, rows, len(found), "experiments",
        text("reports.method.experiments"), chart if drawn else None,
    )  # fmt: skip


def _relative(one: Any) -> list[charts.Interval]:  # an ExperimentResult of the services
    """Return each arm's difference in the first goal, relative to the control's mean."""
    if one.is_blocked or not one.lines:
        return []
    found = []
    for each in one.lines[0].comparisons:
        base = each.control.sample.mean
        low, high = each.anytime
        parts = [told(100 * figure / abs(base)) if base else None
                 for figure in (each.difference.value, low, high)]  # fmt: skip
        if parts[0] is not None:
            name = f"{one.slug} · {each.variant.variant}"
            found.append(charts.Interval(name, round(parts[0], 2), _round(parts[1]),
                                         _round(parts[2])))  # fmt: skip
    return found


def _round(figure: float | None) -> float | None:
    """Return a figure as it is drawn."""
    return None if figure is None else round(figure, 2)


def _verdict(each: Any, *, is_blocked: bool) -> Text:  # a Comparison of the experiments
    """Return what can be said of one arm and outcome."""
    if is_blocked:
        return text("reports.verdict.blocked")
    if each.is_significant:
        return text("reports.verdict.told")
    more = told(each.more_needed)
    if more is None:
        return text("reports.verdict.cannot_tell")
    return text("reports.verdict.more_needed", n=f"{more:,.0f}")


EXPERIMENTS: Final = ReportKind(
    "experiments", _build, ("experiments",), days=90, more="/experiments"
)
