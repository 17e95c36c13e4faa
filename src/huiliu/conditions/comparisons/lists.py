"""What lists hold and how many: an item equals a constant as a value does."""

from __future__ import annotations

from collections.abc import Iterable

from huiliu.conditions.comparisons.comparison import Constant, Scalar
from huiliu.conditions.comparisons.equality import any_is
from huiliu.kernel.facts import Value
from huiliu.kernel.geometry import Circle, Polygon

__all__ = ["any_has", "count_of", "each_of", "length"]


def each_of(constant: Constant) -> tuple[Scalar, ...]:
    """Return one or many constants as many."""
    assert not isinstance(constant, Circle | Polygon), "lists hold no places"
    return constant if isinstance(constant, tuple) else (constant,)


def any_has(value: Value, constants: Iterable[Scalar]) -> bool:
    """Say whether the value is a list with an item that equals one of them."""
    known = tuple(constants)
    return isinstance(value, list) and any(any_is(item, known) for item in value)


def length(value: Value) -> int | None:
    """Return how many items a list has; nothing else has a length."""
    return len(value) if isinstance(value, list) else None


def count_of(constant: Constant) -> int:
    """Return the whole number that the parser let through."""
    assert isinstance(constant, int), "the parser let only whole numbers through"
    return constant
