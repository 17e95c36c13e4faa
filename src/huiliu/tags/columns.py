"""A plain typed column, read the way a JSON value is: so filters can test it too."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

__all__ = ["ColumnCell"]


class ColumnCell:
    """A column of texts, numbers or timestamps; each reading is null where the type is another."""

    def __init__(self, column: ibis.Value) -> None:
        """Read a column."""
        self._column = column
        self._type = column.type()

    def is_set(self) -> ibis.Value:
        """Return true where there is a value."""
        return self._column.notnull()

    def text(self) -> ibis.Value:
        """Return the text."""
        return self._column if self._type.is_string() else ibis.null("string")

    def is_text(self, texts: Sequence[str]) -> ibis.Value:
        """Return whether it is one of these texts, never null."""
        return self.text().isin(list(texts)).fill_null(False)

    def number(self) -> ibis.Value:
        """Return the number."""
        is_number = self._type.is_numeric()
        return self._column.cast("float64") if is_number else ibis.null("float64")

    def flag(self) -> ibis.Value:
        """Return null: no column holds flags."""
        return ibis.null("boolean")

    def under(self, *keys: str) -> ColumnCell:  # noqa: ARG002 - a column has no keys
        """Return a cell that is missing everywhere."""
        return ColumnCell(ibis.null("string"))

    def length(self) -> ibis.Value:
        """Return null: no column holds lists."""
        return ibis.null("int64")

    def has(self, scalars: Sequence[str | int | float | bool]) -> ibis.Value:  # noqa: ARG002
        """Return false: no column holds lists."""
        return ibis.literal(False)

    def items(self) -> ibis.Value:
        """Return null: no column holds lists."""
        return ibis.null("array<json>")
