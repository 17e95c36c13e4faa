"""Columns of numbers and instants, read as JSON values would be: what is computed from events."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from huiliu.conditions.population import Cell

__all__ = ["MomentCell", "NumberCell"]


class _PlainCell:
    """A value that is of another type than every reading asks for."""

    def __init__(self, column: ibis.Value) -> None:
        """Read a column."""
        self._column = column

    def is_set(self) -> ibis.Value:
        """Return true where there is a value."""
        return self._column.notnull()

    def text(self) -> ibis.Value:
        """Return null: it is no text."""
        return ibis.null("string")

    def is_text(self, texts: Sequence[str]) -> ibis.Value:  # noqa: ARG002 - it is none of any
        """Return false: it is no text."""
        return ibis.literal(False)

    def number(self) -> ibis.Value:
        """Return null: it is no number."""
        return ibis.null("float64")

    def flag(self) -> ibis.Value:
        """Return null: it is no flag."""
        return ibis.null("boolean")

    def under(self, *keys: str) -> Cell:  # noqa: ARG002 - it has no keys
        """Return a cell that is missing everywhere."""
        return _PlainCell(ibis.null("string"))

    def items(self) -> ibis.Value:
        """Return null: it is no list."""
        return ibis.null("array<json>")

    def length(self) -> ibis.Value:
        """Return null: it is no list."""
        return ibis.null("int64")

    def has(self, scalars: Sequence[str | int | float | bool]) -> ibis.Value:  # noqa: ARG002
        """Return false: it is no list."""
        return ibis.literal(False)


class NumberCell(_PlainCell):
    """A column of float64."""

    def number(self) -> ibis.Value:
        """Return the number."""
        return self._column


class MomentCell(_PlainCell):
    """A column of timestamps."""

    def column(self) -> ibis.Value:
        """Return the timestamps."""
        return self._column
