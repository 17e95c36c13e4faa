"""How DuckDB reads a JSON value by type: macros that `sql/views.sql` defines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

import ibis

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


class JsonCell:
    """One JSON value of each row; it is dug out once, however often it is read."""

    def __init__(self, document: ibis.Value, path: tuple[str, ...]) -> None:
        """Point at a path in a column of documents; no path is the document itself."""
        # Parsers let no quotation mark or backslash into a key.
        dotted = "$" + "".join(f'."{key}"' for key in path)
        self._document = document
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
