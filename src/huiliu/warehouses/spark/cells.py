"""How Spark reads a JSON value by type: as a VARIANT, which keeps the types of JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

import ibis

from huiliu.conditions.population import number_literal

__all__ = ["SparkCell"]


def _parse(document: ibis.Value) -> ibis.Value:
    """Stand for the function that reads JSON."""


def _get(document: ibis.Value, path: ibis.Value, kind: ibis.Value) -> ibis.Value:
    """Stand for the function that digs a value of a kind out."""


_builtin = ibis.udf.scalar.builtin
_parsed = _builtin(_parse, name="try_parse_json", signature=(("json",), "json"))
_variant = _builtin(_get, name="variant_get", signature=(("json", "string", "string"), "json"))
_string = _builtin(_get, name="try_variant_get", signature=(("json", "string", "string"), "string"))
_double = _builtin(
    _get, name="try_variant_get", signature=(("json", "string", "string"), "float64")
)
_boolean = _builtin(
    _get, name="try_variant_get", signature=(("json", "string", "string"), "boolean")
)
_kind = _builtin(_parse, name="schema_of_variant", signature=(("json",), "string"))
_is_null = _builtin(_parse, name="is_variant_null", signature=(("json",), "boolean"))
_items = _builtin(
    _get, name="try_variant_get", signature=(("json", "string", "string"), "array<json>")
)
_written = _builtin(_parse, name="to_json", signature=(("json",), "json"))

_WHOLE = "$"


class SparkCell:
    """One JSON value of each row."""

    def __init__(self, document: ibis.Value, path: tuple[str, ...]) -> None:
        """Point at a path in a column of documents; no path is the document itself."""
        # Parsers let no quotation mark or backslash into a key.
        dotted = _WHOLE + "".join(f'["{key}"]' for key in path)
        read = _parsed(document)
        self._document = document
        self._path = path
        self._value = _variant(read, dotted, "variant") if path else read

    def is_set(self) -> ibis.Value:
        """Return true where there is a value that is not JSON null."""
        return self._value.notnull() & ~_is_null(self._value)

    def text(self) -> ibis.Value:
        """Return the string, decoded."""
        return _text(self._value)

    def is_text(self, texts: Sequence[str]) -> ibis.Value:
        """Return whether it is one of these strings."""
        return self.text().isin(list(texts)).fill_null(False)

    def number(self) -> ibis.Value:
        """Return the number as a float64, infinite where it lies outside."""
        return _number(self._value)

    def flag(self) -> ibis.Value:
        """Return the boolean."""
        return _flag(self._value)

    def under(self, *keys: str) -> SparkCell:
        """Return the cell at these keys below."""
        return SparkCell(self._document, (*self._path, *keys))

    def length(self) -> ibis.Value:
        """Return the number of items of a list."""
        return _list(self._value).length()

    def items(self) -> ibis.Value:
        """Return the items of a list as an array of documents."""
        return _list(self._value).map(_written)

    def has(self, scalars: Sequence[str | int | float | bool]) -> ibis.Value:
        """Return whether it is a list that has one of these."""
        found = _list(self._value).filter(
            lambda item: reduce(or_, (_is(item, one) for one in scalars)).fill_null(False)
        )
        return (found.length() > 0).fill_null(False)


def _text(value: ibis.Value) -> ibis.Value:
    """Return the string, null where it is none."""
    return _of(value, _kind(value) == "STRING", _string(value, _WHOLE, "string"))


def _number(value: ibis.Value) -> ibis.Value:
    """Return the number, null where it is none."""
    kind = _kind(value)
    is_number = kind.isin(["BIGINT", "DOUBLE"]) | kind.startswith("DECIMAL")
    return _of(value, is_number, _double(value, _WHOLE, "double"))


def _flag(value: ibis.Value) -> ibis.Value:
    """Return the boolean, null where it is none."""
    return _of(value, _kind(value) == "BOOLEAN", _boolean(value, _WHOLE, "boolean"))


def _list(value: ibis.Value) -> ibis.Value:
    """Return the items of a list, null where it is none."""
    return _items(value, _WHOLE, "array<variant>")


def _is(item: ibis.Value, scalar: str | float | bool) -> ibis.Value:
    """Return whether an item is this scalar, null where it is of another type."""
    if isinstance(scalar, str):
        return _text(item) == scalar
    if isinstance(scalar, bool):
        return _flag(item) == scalar
    return _number(item) == number_literal(scalar)


def _of(value: ibis.Value, is_so: ibis.Value, read: ibis.Value) -> ibis.Value:
    """Return what was read where the value is of the kind, null elsewhere."""
    return ibis.ifelse(value.notnull() & is_so, read, ibis.null(read.type()))
