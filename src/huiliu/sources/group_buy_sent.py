"""Group-buy orders as a server sends them: the fields of an export, as JSON, with lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.sources import Record
from huiliu.sources.group_buy import FIELDS, order_records

__all__ = ["MOST_ORDERS", "read_sent"]

MOST_ORDERS: Final = 500
_MOST_LINES: Final = 200
_LINE: Final = ("sku", "product", "quantity", "price")


def read_sent(given: object) -> list[Record]:
    """Return the records of orders that were sent, or raise BadInput with every problem."""
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_ORDERS:
        raise BadInput((Problem("orders", text("group_buy.orders", most=MOST_ORDERS)),))
    problems: list[Problem] = []
    records: list[Record] = []
    for nth, one in enumerate(given):
        path = f"orders[{nth}]"
        if not isinstance(one, Mapping):
            problems.append(Problem(path, text("group_buy.not_a_map")))
            continue
        try:
            records += _order(one, path)
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(tuple(problems))
    return records


def _order(given: Mapping[str, object], path: str) -> list[Record]:
    """Return the records of one order."""
    unknown = [str(name) for name in given if name not in FIELDS and name != "lines"]
    lines = given.get("lines", [])
    problems = [Problem(f"{path}.{one}", text("group_buy.unknown", name=one)) for one in unknown]
    if (
        not isinstance(lines, list)
        or len(lines) > _MOST_LINES
        or not all(isinstance(one, Mapping) for one in lines)
    ):
        problems.append(Problem(f"{path}.lines", text("group_buy.lines", most=_MOST_LINES)))
    if problems:
        raise BadInput(tuple(problems))
    assert isinstance(lines, list)
    order = {name: _word(given.get(name)) for name in FIELDS}
    rows = [{name: _word(one.get(name)) for name in _LINE} for one in lines] or [order]
    return order_records(order, rows, path)


def _word(value: object) -> str:
    """Return a value as a cell would hold it."""
    return "" if value is None or isinstance(value, bool | list | dict) else str(value).strip()
