"""How DuckDB reads a JSON value by type: macros that `sql/views.sql` defines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

import ibis

from huiliu.conditions.population import number_literal

__all__ = ["JsonCell"]


def _read(value: ibis.Value) -> ibis.Value:
    """Stand for a macro that takes a JSON value."""


def _dig(document: ibis.Value, path: ibis.Value) -> ibis.Value:
    """Stand for a macro that takes a document and a path."""


def _compare(document: ibis.Value, value: ibis.Value, text: ibis.Value) -> ibis.Value:
    """Stand for a macro that takes a document, a value in it, and a text."""


_builtin = ibis.udf.scalar.builtin
_json_at = _builtin(_dig, name="json_at", database="facts", signature=(("json", "string"), "json"))
_json_text = _builtin(_read, name="json_text", database="facts", signature=(("json",), "string"))
_json_number = _builtin(
    _read, name="json_number", database="facts", signature=(("json",), "float64")
)
_json_is = _builtin(
    _compare, name="json_is", database="facts", signature=(("json", "json", "string"), "boolean")
)
_json_flag = _builtin(_read, name="json_flag", database="facts", signature=(("json",), "boolean"))
_json_length = _builtin(_read, name="json_length", database="facts", signature=(("json",), "int64"))
_json_has_text = _builtin(
    _dig, name="json_has_text", database="facts", signature=(("json", "string"), "boolean")
)
_json_has_number = _builtin(
    _dig, name="json_has_number", database="facts", signature=(("json", "float64"), "boolean")
)
_json_has_flag = _builtin(
    _dig, name="json_has_flag", database="facts", signature=(("json", "boolean"), "boolean")
)

_json_items = _builtin(
    _read, name="json_items", database="facts", signature=(("json",), "array<json>")
)


class JsonCell:
    """One JSON value of each row; it is dug out once, however often it is read."""

    def __init__(self, document: ibis.Value, path: tuple[str, ...]) -> None:
        """Point at a path in a column of documents; no path is the document itself."""
        # Parsers let no quotation mark or backslash into a key.
        dotted = "$" + "".join(f'."{key}"' for key in path)
        self._document = document
        self._path = path
        self._value = _json_at(document, dotted) if path else document

    def is_set(self) -> ibis.Value:
        """Return true where there is a value that is not JSON null."""
        return (self._value.cast("string") != "null").fill_null(False)

    def text(self) -> ibis.Value:
        """Return the string, decoded."""
        return _json_text(self._value)

    def is_text(self, texts: Sequence[str]) -> ibis.Value:
        """Return whether it is one of these strings, without decoding any."""
        return reduce(or_, (_json_is(self._document, self._value, one) for one in texts))

    def number(self) -> ibis.Value:
        """Return the number as a float64, infinite where it lies outside."""
        return _json_number(self._value)

    def flag(self) -> ibis.Value:
        """Return the boolean."""
        return _json_flag(self._value)

    def under(self, *keys: str) -> JsonCell:
        """Return the cell at these keys below."""
        return JsonCell(self._document, (*self._path, *keys))

    def length(self) -> ibis.Value:
        """Return the number of items of a list."""
        return _json_length(self._value)

    def has(self, scalars: Sequence[str | int | float | bool]) -> ibis.Value:
        """Return whether it is a list that has one of these."""
        return reduce(or_, (self._has(one) for one in scalars)).fill_null(False)

    def items(self) -> ibis.Value:
        """Return the items of a list as an array of documents."""
        return _json_items(self._value)

    def _has(self, scalar: str | float | bool) -> ibis.Value:
        """Return whether it is a list that has this; null where nothing is there."""
        if isinstance(scalar, str):
            return _json_has_text(self._value, scalar)
        if isinstance(scalar, bool):
            return _json_has_flag(self._value, scalar)
        return _json_has_number(self._value, number_literal(scalar))
