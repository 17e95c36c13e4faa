"""`within_last`: a moment that has come, less than so long ago."""

from __future__ import annotations

import ibis

from huiliu.conditions.clock import Scene, When
from huiliu.conditions.comparisons.comparison import Comparison, Constant, Relative
from huiliu.conditions.comparisons.constants import length
from huiliu.conditions.comparisons.present import first_after, first_after_among, micros
from huiliu.conditions.form import Field
from huiliu.conditions.moments import moment_in
from huiliu.conditions.population import Cell
from huiliu.conditions.values import as_moment
from huiliu.conditions.window import length_text
from huiliu.kernel.facts import Value
from huiliu.kernel.times import show_duration

__all__ = ["WITHIN_LAST"]


def _holds(value: Value, constant: Constant, when: When) -> bool:
    """Say whether the moment has come and is less than so long ago."""
    found = as_moment(value)
    return found is not None and found <= when.now < found + micros(constant)


def _among(cell: Cell, constant: Constant, scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    moments = moment_in(cell)
    first, last = scene.now - micros(constant) + 1, scene.now
    held = moments.column.between(moments.at(first), moments.at(last))
    return held.fill_null(False)


def _change(value: Value, constant: Constant, when: When) -> int | None:
    """Return when the moment comes into the stretch or leaves it."""
    found = as_moment(value)
    return None if found is None else first_after(when.now, found, found + micros(constant))


def _change_among(cell: Cell, constant: Constant, scene: Scene) -> ibis.Value:
    """Return the expression of `_change`."""
    return first_after_among(scene.now, moment_in(cell), 0, micros(constant))


WITHIN_LAST = Comparison(
    "within_last",
    length,
    _holds,
    _among,
    by_content=True,
    form=Field("", "duration", start="30d"),
    relative=Relative(_change, _change_among),
    write=lambda constant: show_duration(micros(constant)),
    show=lambda constant: length_text(micros(constant)),
)
