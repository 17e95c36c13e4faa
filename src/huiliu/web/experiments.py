"""How experiments are written for readers: rows of a read-out, its chart, and efforts to come."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any

from huiliu.experiments.outcomes import OUTCOMES
from huiliu.experiments.read_out import Comparison
from huiliu.experiments.verdict import MetricLine, is_few
from huiliu.kernel.texts import Text, text
from huiliu.metrics import Unit
from huiliu.reports.charts import Band, band
from huiliu.services.experiment_results import ExperimentResult
from huiliu.web.i18n import say, show_number

__all__ = ["ReadOutRow", "chart_of", "effort_words", "mean_words", "rows_of"]

_NONE = "–"


@dataclass(frozen=True, slots=True)
class ReadOutRow:
    """One arm against the control in one outcome, in words."""

    metric: str
    role: str
    arm: str
    control_mean: str
    mean: str
    n_control: int
    n: int
    difference: str
    interval: str
    relative: str
    #: better, worse or unclear.
    stand: str
    said: Text
    chance: str
    loss: str


def rows_of(locale: str, found: ExperimentResult) -> list[ReadOutRow]:
    """Return every outcome of an experiment, an arm a row."""
    return [
        _row(locale, line, one, found.currency) for line in found.lines for one in line.comparisons
    ]


def chart_of(found: ExperimentResult) -> dict[str, Any]:
    """Return the option of the first goal's differences over time, held at every look."""
    days = [day.isoformat() for day, _ in found.series]
    scale = 100.0 if found.lines[0].unit is Unit.SHARE else 1.0
    series = []
    for arm in found.arms[1:]:
        told = [each.get(arm.name) for _, each in found.series]
        series.append(
            Band(
                arm.name,
                [None if one is None else round(one[0] * scale, 4) for one in told],
                [None if one is None else round((one[0] - one[1]) * scale, 4) for one in told],
                [None if one is None else round((one[0] + one[1]) * scale, 4) for one in told],
            )
        )
    return band(days, series, reference=0.0)


def mean_words(metric: str, value: float, currency: str = "") -> str:
    """Return what one person brings on average."""
    unit = OUTCOMES[metric].unit
    if not isfinite(value):
        return _NONE
    if unit is Unit.SHARE:
        return f"{value:.2%}"
    shown = show_number(round(value, 3))
    return f"{shown} {currency}".rstrip() if unit is Unit.MONEY else shown


def effort_words(people: float) -> str:
    """Return how many people something takes; a dash where no number is enough."""
    return f"{ceil(people):,}" if isfinite(people) else _NONE


def _row(locale: str, line: MetricLine, one: Comparison, currency: str) -> ReadOutRow:
    """Return one arm against the control."""
    low, high = one.anytime
    # An interval of a handful of cases is none.
    few = is_few(one, line.metric)
    return ReadOutRow(
        line.metric, line.role, one.variant.variant,
        mean_words(line.metric, one.control.sample.mean, currency),
        mean_words(line.metric, one.variant.sample.mean, currency),
        round(one.control.sample.n), round(one.variant.sample.n),
        _difference(locale, line, one.difference.value),
        _interval(locale, line, low, high) if isfinite(low + high) and not few else _NONE,
        f"{one.relative.value:+.1%}" if isfinite(one.relative.value) else _NONE,
        line.stand(one), _said(line, one),
        f"{_chance(line, one):.0%}" if isfinite(one.chance) else _NONE,
        f"{_loss(line, one):.2%}" if isfinite(_loss(line, one)) else _NONE,
    )  # fmt: skip


def _difference(locale: str, line: MetricLine, value: float) -> str:
    """Return a difference with its sign; shares differ by points of a percentage."""
    if not isfinite(value):
        return _NONE
    if line.unit is Unit.SHARE:
        return say(locale, text("experiments.points", n=f"{value * 100:+.2f}"))
    return f"{value:+,.3g}"


def _interval(locale: str, line: MetricLine, low: float, high: float) -> str:
    """Return an interval of differences, its unit once."""
    if line.unit is Unit.SHARE:
        return say(locale, text("experiments.points", n=f"{low * 100:+.2f} … {high * 100:+.2f}"))
    return f"{low:+,.3g} … {high:+,.3g}"


def _chance(line: MetricLine, one: Comparison) -> float:
    """Return how likely the arm is better in what is wanted."""
    chance = one.chance
    return chance if line.more_is_better else 1 - chance


def _loss(line: MetricLine, one: Comparison) -> float:
    """Return what is expected to be lost by taking the arm, as a part of the control's mean."""
    keep, take = one.risk
    return take if line.more_is_better else keep


def _said(line: MetricLine, one: Comparison) -> Text:
    """Return what can be said of one row."""
    stand = line.stand(one)
    if stand != "unclear":
        return text(f"experiments.stand.{stand}")
    if isfinite(one.more_needed) and one.more_needed > 0:
        return text("experiments.stand.missing", n=f"{ceil(one.more_needed):,}")
    return text("experiments.stand.unclear")
