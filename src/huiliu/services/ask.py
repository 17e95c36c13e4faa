"""Answers a person's SQL: rows of plain values that every reader of JSON understands."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa

from huiliu.kernel.times import from_datetime, show_instant
from huiliu.ports.world import World

__all__ = ["Answer", "answer_from", "ask"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a question."""

    #: Each name once: a second `a` is `a_2`.
    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]

    def as_objects(self) -> list[dict[str, object]]:
        """Return each row as one object."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def ask(world: World, statement: str) -> Answer:
    """Return the rows of one SELECT over the views, times in ISO 8601 UTC and numbers exact.

    Raises:
        BadInput: it is no single question.
        EngineFailed: the warehouse cannot answer it.
    """
    return answer_from(world.warehouse.sql(statement))


def answer_from(table: pa.Table) -> Answer:
    """Return an Arrow table as plain values."""
    columns = [_column(table.column(at), table.field(at)) for at in range(table.num_columns)]
    rows = list(zip(*columns, strict=True)) if columns else []
    return Answer(tuple(_names(table.column_names)), rows)


def _names(names: Sequence[str]) -> list[str]:
    """Return the names, with a number where one stands twice."""
    found: list[str] = []
    for name in names:
        unique, number = name, 2
        while unique in found:
            unique, number = f"{name}_{number}", number + 1
        found.append(unique)
    return found


def _column(values: pa.ChunkedArray, field: pa.Field) -> list[object]:
    """Return the plain values of a column."""
    if (field.metadata or {}).get(b"huiliu") == b"json":
        return [None if one is None else msgspec.Raw(one.encode()) for one in values.to_pylist()]
    return [_plain(one) for one in values.to_pylist()]


def _plain(value: Any) -> object:  # whatever Arrow can hold
    """Return a value as JSON can say it."""
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            return convert(value)
    return value


def _decimal(value: Decimal) -> object:
    """Return every digit, but no zeros at the end; infinities are none."""
    if not value.is_finite():
        return None
    if value == value.to_integral_value():
        return int(value)
    return msgspec.Raw(format(value.normalize(), "f").encode())


def _moment(value: dt.datetime) -> str:
    """Return ISO 8601 in UTC; what has no zone is in UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return show_instant(from_datetime(aware.astimezone(dt.UTC)))


def _items(value: dict[str, Any] | list[Any] | tuple[Any, ...]) -> object:
    """Return a structure of plain values."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value]


_CONVERSIONS: tuple[tuple[type | tuple[type, ...], Callable[[Any], object]], ...] = (
    (bool, bool),
    (Decimal, _decimal),
    (float, lambda value: value if math.isfinite(value) else None),
    (dt.datetime, _moment),
    ((dt.date, dt.time), lambda value: value.isoformat()),
    (dt.timedelta, str),
    (bytes, bytes.hex),
    (pa.MonthDayNano, str),
    ((dict, list, tuple), _items),
)
