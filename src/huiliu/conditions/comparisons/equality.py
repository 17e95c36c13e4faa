"""When a value is one of some constants: equal in type and in value."""

from __future__ import annotations

from functools import reduce
from operator import or_

import ibis

from huiliu.conditions.clock import TIMELESS, Scene, When
from huiliu.conditions.comparisons.comparison import Constant, Scalar
from huiliu.conditions.population import Cell, number_literal
from huiliu.conditions.values import as_number
from huiliu.kernel.facts import Value
from huiliu.kernel.geometry import Circle, Polygon

__all__ = ["any_is", "any_is_among"]


def any_is(value: Value, constants: Constant, _when: When = TIMELESS) -> bool:
    """Say whether the value equals one of them; texts by code points, numbers as doubles."""
    if isinstance(constants, tuple):
        return any(_is(value, constant) for constant in constants)
    return _is(value, constants)


def any_is_among(cell: Cell, constants: Constant, _scene: Scene | None = None) -> ibis.Value:
    """Return the expression of `any_is`; the cell is read once for each type that occurs."""
    each = _each(constants)
    texts = [one for one in each if isinstance(one, str)]
    flags = [one for one in each if isinstance(one, bool)]
    numbers = [one for one in each if isinstance(one, int | float) and not isinstance(one, bool)]
    found = [cell.is_text(texts)] if texts else []
    found += [(cell.flag() == ibis.literal(flag)).fill_null(False) for flag in flags]
    found += [(cell.number() == number_literal(one)).fill_null(False) for one in numbers]
    return reduce(or_, found)


def _each(constants: Constant) -> tuple[Scalar, ...]:
    """Return one or many constants as many."""
    assert not isinstance(constants, Circle | Polygon), "places are not compared for equality"
    return constants if isinstance(constants, tuple) else (constants,)


def _is(value: Value, constant: Scalar | Circle | Polygon) -> bool:
    """Say whether value and constant are of one type and equal; no value is a place's equal."""
    if isinstance(constant, str):
        return isinstance(value, str) and value == constant
    if isinstance(constant, bool) or isinstance(value, bool):
        return isinstance(constant, bool) and value is constant
    number = as_number(value)
    return number is not None and isinstance(constant, int | float) and number == float(constant)
