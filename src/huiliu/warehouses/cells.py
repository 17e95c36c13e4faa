"""How DuckDB reads a JSON value by type: macros that `sql/views.sql` defines."""

from __future__ import annotations

import ibis

__all__ = ["JsonCell"]


def _read(value: ibis.Value) -> ibis.Value:
    """Stand for a macro that takes a JSON value."""


def _dig(document: ibis.Value, path: ibis.Value) -> ibis.Value:
    """Stand for a macro that takes a document and a path."""


_builtin = ibis.udf.scalar.builtin
_json_at = _builtin(_dig, name="json_at", database="facts", signature=(("json", "string"), "json"))
_json_text = _builtin(_read, name="json_text", database="facts", signature=(("json",), "string"))
_json_number = _builtin(
    _read, name="json_number", database="facts", signature=(("json",), "float64")
)
_json_flag = _builtin(_read, name="json_flag", database="facts", signature=(("json",), "boolean"))


class JsonCell:
    """One JSON value of each row; it is dug out once, however often it is read."""

    def __init__(self, document: ibis.Value, path: tuple[str, ...]) -> None:
        """Point at a path in a column of documents; no path is the document itself."""
        # Parsers let no quotation mark or backslash into a key.
        dotted = "$" + "".join(f'."{key}"' for key in path)
        self._value = _json_at(document, dotted) if path else document

    def is_set(self) -> ibis.Value:
        """Return true where there is a value that is not JSON null."""
        return (self._value.cast("string") != "null").fill_null(False)

    def text(self) -> ibis.Value:
        """Return the string, decoded."""
        return _json_text(self._value)

    def number(self) -> ibis.Value:
        """Return the number as a finite float64."""
        return _json_number(self._value)

    def flag(self) -> ibis.Value:
        """Return the boolean."""
        return _json_flag(self._value)
