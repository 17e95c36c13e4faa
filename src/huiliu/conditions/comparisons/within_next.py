"""`within_next`: a moment still to come, in so long or sooner."""

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

__all__ = ["WITHIN_NEXT"]


def _holds(value: Value, constant: Constant, when: When) -> bool:
    """Say whether the moment is still to come, in so long or sooner."""
    found = as_moment(value)
    return found is not None and when.now < found <= when.now + micros(constant)


def _among(cell: Cell, constant: Constant, scene: Scene) -> ibis.Value:
    """Return the expression of `_holds`."""
    moments = moment_in(cell)
    first, last = scene.now + 1, scene.now + micros(constant)
    held = moments.column.between(moments.at(first), moments.at(last))
    return held.fill_null(False)


def _change(value: Value, constant: Constant, when: When) -> int | None:
    """Return when the moment comes into the stretch or leaves it."""
    found = as_moment(value)
    return None if found is None else first_after(when.now, found - micros(constant), found)


def _change_among(cell: Cell, constant: Constant, scene: Scene) -> ibis.Value:
    """Return the expression of `_change`."""
    return first_after_among(scene.now, moment_in(cell), -micros(constant), 0)


WITHIN_NEXT = Comparison(
    "within_next",
    length,
    _holds,
    _among,
    by_content=True,
    form=Field("", "duration", start="30d"),
    relative=Relative(_change, _change_among),
    write=lambda constant: show_duration(micros(constant)),
    show=lambda constant: length_text(micros(constant)),
)
