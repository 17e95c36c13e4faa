"""Takes group-buy orders that a server sends: all of a request or nothing, each once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.ids import digest
from huiliu.kernel.texts import text
from huiliu.ports.sources import Record
from huiliu.ports.world import World
from huiliu.services.ingest import accept
from huiliu.sources.group_buy import FIELDS, NAME, order_records

__all__ = ["MOST_ORDERS", "take_group_orders"]

MOST_ORDERS: Final = 500
_MOST_LINES: Final = 200
_LINE: Final = ("sku", "product", "quantity", "price")


def take_group_orders(world: World, brand_id: int, given: object) -> Mapping[str, int]:
    """Load orders; return how many events are new and how many were known.

    Raises:
        BadInput: some order cannot be used; then none is taken.
    """
    records = _read(given)
    by_key = {digest(one.key): one for one in records}
    with world.store.system() as tx:
        new = tx.imports.record(brand_id, NAME, by_key.keys())
        fresh = [one for key, one in by_key.items() if key in new]
        accepted = accept(
            tx, world, brand_id, [one.message for one in fresh],
            received_at=world.clock.now(), historical=False,
        )  # fmt: skip
        if accepted.problems:
            raise BadInput(tuple(problem for _, problem in accepted.problems))
    return {"events": accepted.n_new, "known": len(records) - accepted.n_new}


def _read(given: object) -> list[Record]:
    """Return the records of what was sent, or raise every problem with its path."""
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_ORDERS:
        raise BadInput((Problem("orders", text("group_buy.orders", most=MOST_ORDERS)),))
    problems: list[Problem] = []
    records: list[Record] = []
    for nth, one in enumerate(given):
        path = f"orders[{nth}]"
        try:
            if not isinstance(one, Mapping):
                raise BadInput((Problem(path, text("group_buy.not_a_map")),))  # noqa: TRY301 - noted like the others
            records += _order(one, path)
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(tuple(problems))
    return records


def _order(given: Mapping[str, object], path: str) -> list[Record]:
    """Return the records of one order."""
    unknown = [name for name in given if name not in FIELDS and name != "lines"]
    lines = given.get("lines", [])
    problems = [Problem(f"{path}.{one}", text("group_buy.unknown", name=one)) for one in unknown]
    if (
        not isinstance(lines, list) or len(lines) > _MOST_LINES
        or not all(isinstance(one, Mapping) for one in lines)
    ):  # fmt: skip
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
