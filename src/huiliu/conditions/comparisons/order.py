"""How a value and a constant stand to each other: numbers by size, moments by time."""

from __future__ import annotations

import ibis

from huiliu.conditions.comparisons.comparison import Constant
from huiliu.conditions.moments import moment_in
from huiliu.conditions.population import Cell, number_literal
from huiliu.conditions.values import as_moment, as_number
from huiliu.kernel.facts import Value

__all__ = ["pair", "pair_among"]


def pair(value: Value, constant: Constant) -> tuple[float, float] | None:
    """Return value and constant as numbers that can be compared, None where they cannot."""
    if isinstance(constant, str):
        left: float | None = as_moment(value)
        right: float | None = as_moment(constant)
    else:
        left = as_number(value)
        right = as_number(constant) if isinstance(constant, int | float) else None
    return None if left is None or right is None else (left, right)


def pair_among(cell: Cell, constant: Constant) -> tuple[ibis.Value, ibis.Value]:
    """Return the expressions of `pair`; the first is null where the value cannot be compared."""
    if isinstance(constant, str):
        moment = as_moment(constant)
        assert moment is not None, "the parser let only moments through"
        moments = moment_in(cell)
        return moments.column, moments.at(moment)
    assert isinstance(constant, int | float), "the parser let only one constant through"
    return cell.number(), number_literal(constant)
