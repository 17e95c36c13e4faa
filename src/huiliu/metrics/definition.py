"""What a metric means, in words: read from the metric itself, so that no page tells otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from huiliu.kernel.texts import Text, text
from huiliu.metrics.metric import Adds, Metric

__all__ = ["Definition", "define"]

#: Metrics of messages count what is told of each for so many days.
_TOLD_DAYS = 30


@dataclass(frozen=True, slots=True)
class Definition:
    """The parts of a definition, each to be said in the reader's language."""

    formula: Text
    numerator: Text
    #: None = it is no ratio.
    denominator: Text | None
    window: Text
    #: What is true of the last days; None = nothing is.
    settles: Text | None
    grain: Text
    better: Text
    unit: Text


def define(metric: Metric) -> Definition:
    """Return what a metric means."""
    top = text(f"metrics.{metric.name}.top")
    is_ratio = metric.adds in {Adds.RATIO, Adds.STAND}
    bottom = text(f"metrics.{metric.name}.bottom") if is_ratio else None
    parts = {"top": top} | ({"bottom": bottom} if bottom else {})
    days = metric.settles_after
    return Definition(
        formula=text(f"metrics.formula.{metric.adds}", **parts),
        numerator=top,
        denominator=bottom,
        window=_window(metric),
        settles=text("metrics.settles", days=days) if days else None,
        grain=text("metrics.grain"),
        better=text("metrics.better.more" if metric.is_more_better else "metrics.better.less"),
        unit=text(f"metrics.unit.{metric.unit}"),
    )


def _window(metric: Metric) -> Text:
    """Return the days that a day's figure is counted over."""
    if metric.window_days and metric.adds in {Adds.LEVEL, Adds.STAND}:
        return text("metrics.window.ends", days=metric.window_days)
    if metric.window_days:
        return text("metrics.window.after", days=metric.window_days)
    if metric.adds is Adds.STAND:
        return text("metrics.window.ever")
    if metric.of_messages:
        return text("metrics.window.told_after", days=_TOLD_DAYS)
    return text("metrics.window.day")
