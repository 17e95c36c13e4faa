"""Olist's order tables: a folder of CSVs becomes people, order events and reviews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant
from huiliu.ports.sources import Record, Reject
from huiliu.sources.lines import file_size
from huiliu.sources.olist_orders import (
    ITEMS,
    NO_PARTS,
    ORDER_COLUMNS,
    PAYMENTS,
    REVIEWS,
    BadRow,
    PartRule,
    Parts,
    order_events,
)
from huiliu.sources.rows import Row, read_rows

__all__ = ["Olist"]

_ORDERS: Final = "olist_orders_dataset.csv"
_CUSTOMERS: Final = "olist_customers_dataset.csv"
_PARTS: Final = {
    "olist_order_items_dataset.csv": ITEMS,
    "olist_order_payments_dataset.csv": PAYMENTS,
    "olist_order_reviews_dataset.csv": REVIEWS,
}
_REVIEWS: Final = "olist_order_reviews_dataset.csv"
_COUNTRY: Final = "BR"
_PEOPLE_COLUMNS = ("customer_id", "customer_unique_id", "customer_city", "customer_state")


class Olist:
    """The folder that "Brazilian E-Commerce Public Dataset by Olist" unpacks to."""

    name = "olist"

    def size(self, path: Path) -> int:
        """Return the bytes of the tables that are read; raise BadInput where the main ones lack."""
        _require(path)
        names = (_CUSTOMERS, *_PARTS, _ORDERS)
        return sum(file_size(path / name) for name in names if (path / name).exists())

    def read(self, path: Path, mapping: Path | None) -> Iterator[Record | Reject]:
        """Yield each order's person, events and reviews in the file's order, then the rest.

        Raises:
            BadInput: the folder lacks the orders or the customers, or a table lacks a column.
        """
        del mapping
        _require(path)
        yield from _Tables(path).records()


def _require(path: Path) -> None:
    """Raise BadInput when the folder lacks a table without which there is nothing to load."""
    missing = [name for name in (_CUSTOMERS, _ORDERS) if not (path / name).is_file()]
    if missing:
        said = text("sources.missing_files", files=", ".join(missing))
        raise BadInput((Problem(str(path), said),))


class _Tables:
    """One reading of the folder; the small tables are held, orders stream past them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._progress = 0
        self._parts: dict[str, Parts] = {}
        #: customer_id -> line, person, city, state
        self._customers: dict[str, tuple[int, str, str, str]] = {}
        self._told: set[str] = set()
        #: order_id -> line
        self._orders: dict[str, int] = {}

    def records(self) -> Iterator[Record | Reject]:
        """Yield everything."""
        yield from self._read_customers()
        for name, rule in _PARTS.items():
            yield from self._read_parts(name, rule)
        for row in self._rows(_ORDERS, ORDER_COLUMNS):
            if isinstance(row, Reject):
                yield row
                continue
            try:
                records = self._order(row)
            except BadRow as bad:
                yield self._reject(_ORDERS, row.line, bad.column, bad.said)
                continue
            yield from records
        for customer in self._customers:
            if customer not in self._told:
                yield self._person(customer, None)
        yield from self._orphans()

    def _rows(
        self, name: str, required: Sequence[str], optional: Sequence[str] = ()
    ) -> Iterator[Row | Reject]:
        """Yield a table's rows, with the progress over all tables."""
        path = self._path / name
        if not path.is_file():
            yield self._reject(name, 0, "", text("sources.table_absent"))
            return
        before = self._progress
        for row in read_rows(path, required, optional=optional):
            self._progress = before + row.progress
            yield row
        self._progress = before + file_size(path)

    def _reject(self, name: str, line: int, column: str, said: Text) -> Reject:
        """Return the reject of one row of one table."""
        return Reject(name, line, Problem(column, said, line), self._progress)

    def _record(self, key: str, message: Mapping[str, object], name: str, line: int) -> Record:
        """Return a record of one row of one table."""
        return Record(key, {**message, "messageId": f"olist/{key}"}, self._progress, name, line)

    def _read_customers(self) -> Iterator[Reject]:
        """Hold the people; yield rows that cannot be used."""
        for row in self._rows(_CUSTOMERS, _PEOPLE_COLUMNS):
            if isinstance(row, Reject):
                yield row
                continue
            customer, person, city, state = row.cells
            if not customer or not person:
                column = _PEOPLE_COLUMNS[1 if customer else 0]
                yield self._reject(_CUSTOMERS, row.line, column, text("sources.empty_cell"))
            elif customer in self._customers:
                said = text("sources.repeats", line=self._customers[customer][0])
                yield self._reject(_CUSTOMERS, row.line, "customer_id", said)
            else:
                self._customers[customer] = (row.line, person, city, state)

    def _read_parts(self, name: str, rule: PartRule) -> Iterator[Reject]:
        """Hold the rows that belong to orders; yield those that cannot be used."""
        columns = (*rule.required, *rule.optional)
        for row in self._rows(name, rule.required, rule.optional):
            if isinstance(row, Reject):
                yield row
                continue
            try:
                order, number, value = rule.read(dict(zip(columns, row.cells, strict=True)))
            except BadRow as bad:
                yield self._reject(name, row.line, bad.column, bad.said)
                continue
            parts = self._parts.setdefault(order, Parts())
            held = {"items": parts.items, "payments": parts.payments, "reviews": parts.reviews}
            known = held[rule.group].setdefault(number, (row.line, value))
            if known[0] != row.line:
                said = text("sources.repeats", line=known[0])
                yield self._reject(name, row.line, rule.number, said)

    def _order(self, row: Row) -> list[Record]:
        """Return an order's person, events and reviews; raise BadRow."""
        order, customer = row.cells[:2]
        if not order:
            raise BadRow("order_id", text("sources.empty_cell"))
        if order in self._orders:
            raise BadRow("order_id", text("sources.repeats", line=self._orders[order]))
        if customer not in self._customers:
            raise BadRow("customer_id", text("sources.no_such_row", file=_CUSTOMERS))
        parts = self._parts.get(order, NO_PARTS)
        events = order_events(row.cells, parts)
        self._orders[order] = row.line
        records = []
        if customer not in self._told:
            self._told.add(customer)
            records.append(self._person(customer, events[0].at))
        _, person, city, state = self._customers[customer]
        place = "/".join(part for part in (state, city) if part)
        where: dict[str, Value] = {"region": place, "country": _COUNTRY} if place else {}
        for event in events:
            properties: dict[str, Value] = {"order_id": order, **where, **event.properties}
            message = _track(event.name, person, event.at, properties)
            records.append(self._record(f"order/{order}/{event.name}", message, _ORDERS, row.line))
        for number, (line, found) in parts.reviews.items():
            at = found["at"]
            assert isinstance(at, int)
            said = {name: value for name, value in found.items() if name != "at"}
            message = _track("Review Posted", person, at, {"order_id": order, **said})
            records.append(self._record(f"review/{number}/{order}", message, _REVIEWS, line))
        return records

    def _person(self, customer: str, at: int | None) -> Record:
        """Return what one customer row says of a person, as known at the order's instant."""
        line, person, city, state = self._customers[customer]
        traits = {name: cell for name, cell in (("city", city), ("state", state)) if cell}
        message: dict[str, object] = {"type": "identify", "userId": person, "traits": traits}
        if at is not None:
            message["timestamp"] = show_instant(at)
        return self._record(f"customer/{customer}", message, _CUSTOMERS, line)

    def _orphans(self) -> Iterator[Reject]:
        """Yield the rows whose order is not among the orders."""
        for order, parts in self._parts.items():
            if order in self._orders:
                continue
            for name, rule in _PARTS.items():
                held = {"items": parts.items, "payments": parts.payments, "reviews": parts.reviews}
                for line, _ in held[rule.group].values():
                    said = text("sources.no_such_row", file=_ORDERS)
                    yield self._reject(name, line, "order_id", said)


def _track(name: str, person: str, at: int, properties: Mapping[str, Value]) -> dict[str, object]:
    """Return a track call."""
    return {
        "type": "track",
        "event": name,
        "userId": person,
        "timestamp": show_instant(at),
        "properties": properties,
    }
