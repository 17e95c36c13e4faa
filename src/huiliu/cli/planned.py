"""What commands over plans share: reading a file, making it live, days, and figures in words."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_segment import in_file, read_file
from huiliu.cli.output import emit, say
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.metrics import Metric, Unit
from huiliu.services.publish import publish

__all__ = ["apply_plan", "checked", "shown_figure"]

_BRAND = 1
_T = TypeVar("_T")


def checked(file: Path, found: _T | tuple[Problem, ...]) -> _T:
    """Return what a file describes; raise BadInput with every problem and its line."""
    if isinstance(found, tuple):
        raise in_file(str(file), BadInput(found))
    return found


def apply_plan(file: Path, kind: str, instance: Path, *, json: bool) -> None:
    """Make a document of a kind live and say so."""
    source = read_file(file)
    with open_instance(instance) as house:
        try:
            done = publish(house.world, _BRAND, source, "cli", kind=kind)
        except BadInput as fault:
            raise in_file(str(file), fault) from fault
    if json:
        emit({"slug": done.slug, "version": done.version, "new": done.is_new})
    else:
        said = "plans.applied" if done.is_new else "plans.unchanged"
        say(text(said, slug=done.slug, version=done.version))


def shown_figure(metric: Metric, value: float | None, currency: str = "") -> str:
    """Return a figure in words; a dash for nothing."""
    if value is None:
        return "–"
    if metric.unit is Unit.SHARE:
        return f"{value:.2%}"
    if metric.unit is Unit.MONEY:
        return f"{value:,.2f} {currency}".rstrip()
    if metric.unit is Unit.TIMES:
        return f"{value:,.2f}"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
