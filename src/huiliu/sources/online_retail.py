"""UCI Online Retail: invoice lines of a shop, grouped into orders.

An invoice becomes `Order Created` and `Order Paid` at its first line's time; one that starts with
C becomes `Order Cancelled` under its own number, with the file's negative total, because the file
does not say which order it takes back. Lines without a customer go to the report: an order needs
a person, and the shop's walk-in sales would become thousands of people who never come back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant
from huiliu.ports.sources import Record, Reject
from huiliu.sources.cells import Moment, as_amount, as_whole
from huiliu.sources.lines import file_size
from huiliu.sources.rows import Dialect, Row, read_rows

__all__ = ["CURRENCY", "OnlineRetail"]

CURRENCY: Final = "GBP"

_COLUMNS: Final = (
    "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice",
    "CustomerID", "Country",
)  # fmt: skip
#: Names in the second edition of the set ("Online Retail II").
_OTHER_NAMES: Final = {"Invoice": "InvoiceNo", "Price": "UnitPrice", "Customer ID": "CustomerID"}
_ISO: Final = Moment("iso", "UTC")
#: As the widely copied data.csv writes it: month first, no seconds.
_AMERICAN: Final = Moment("%m/%d/%Y %H:%M", "UTC")
_PARQUET_ROWS: Final = 20_000


@dataclass(slots=True)
class _Invoice:
    """The lines of one invoice that could be used."""

    line: int
    customer: str
    country: str
    at: int
    total: Decimal = field(default_factory=Decimal)
    products: list[Value] = field(default_factory=list)


class OnlineRetail:
    """The set as parquet or CSV, one file or a folder that holds one."""

    name = "online-retail"

    def size(self, path: Path) -> int:
        """Return the file's bytes."""
        return file_size(_file(path))

    def read(self, path: Path, mapping: Path | None) -> Iterator[Record | Reject]:
        """Yield the lines that cannot be used, then people and orders in the file's order."""
        del mapping
        file = _file(path)
        rows = _parquet_rows(file) if file.suffix == ".parquet" else _csv_rows(file)
        reading = _Reading(file.name)
        for row in rows:
            if isinstance(row, Reject):
                yield row
            elif (rejected := reading.add(row)) is not None:
                yield rejected
        yield from reading.records(file_size(file))


@dataclass(frozen=True, slots=True)
class _Sale:
    """What one line says, once it can be read."""

    invoice: str
    customer: str
    at: int
    quantity: Decimal
    price: Decimal


def _parse(cells: Sequence[str]) -> _Sale | tuple[str, Text]:
    """Return what a line says, or the column that cannot be used and why."""
    invoice, _, _, quantity, date, price, customer, _ = cells
    if not invoice:
        return "InvoiceNo", text("sources.empty_cell")
    if not customer:
        return "CustomerID", text("sources.no_customer")
    if not (person := _id(customer)):
        return "CustomerID", text("sources.bad_value", type="integer")
    if (at := _instant(date)) is None:
        return "InvoiceDate", text("sources.bad_moment")
    if (count := _number(quantity)) is None or count != int(count):
        return "Quantity", text("sources.bad_value", type="integer")
    if (amount := _number(price)) is None:
        return "UnitPrice", text("sources.bad_value", type="number")
    if amount < 0:
        return "UnitPrice", text("sources.negative_price")
    return _Sale(invoice, person, at, count, amount)


class _Reading:
    """Groups lines by invoice; an invoice's lines need not stand together."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._invoices: dict[str, _Invoice] = {}

    def add(self, row: Row) -> Reject | None:
        """Take one line, or return why it cannot be used."""
        sale = _parse(row.cells)
        if isinstance(sale, tuple):
            return self._reject(row, *sale)
        known = self._invoices.get(sale.invoice)
        if known is None:
            known = _Invoice(row.line, sale.customer, row.cells[-1], sale.at)
            self._invoices[sale.invoice] = known
        if known.customer != sale.customer:
            return self._reject(row, "CustomerID", text("sources.two_customers", line=known.line))
        known.at = min(known.at, sale.at)
        known.total += sale.price * sale.quantity
        known.products.append({
            "product_id": row.cells[1], "name": row.cells[2], "quantity": int(sale.quantity),
            "price": float(sale.price),
        })  # fmt: skip
        return None

    def _reject(self, row: Row, column: str, said: Text) -> Reject:
        """Return the reject of one line."""
        return Reject(self._file, row.line, Problem(column, said, row.line), row.progress)

    def records(self, progress: int) -> Iterator[Record]:
        """Yield each invoice's person, where they are new or moved, and its events."""
        countries: dict[str, str] = {}
        for number, invoice in self._invoices.items():
            person, at = invoice.customer, show_instant(invoice.at)
            if countries.get(person) != invoice.country:
                countries[person] = invoice.country
                said: dict[str, object] = {
                    "type": "identify", "userId": person, "timestamp": at,
                    "traits": {"country": invoice.country},
                }  # fmt: skip
                key = f"customer/{person}/{invoice.country}/{number}"
                yield self._record(key, said, invoice.line, progress)
            for name, properties in _events(number, invoice):
                said = {
                    "type": "track", "event": name, "userId": person, "timestamp": at,
                    "properties": properties,
                }  # fmt: skip
                yield self._record(f"order/{number}/{name}", said, invoice.line, progress)

    def _record(self, key: str, message: dict[str, object], line: int, progress: int) -> Record:
        """Return one record."""
        message["messageId"] = f"online-retail/{key}"
        return Record(key, message, progress, self._file, line)


def _events(number: str, invoice: _Invoice) -> list[tuple[str, Mapping[str, Value]]]:
    """Return an invoice's events; the first carries the lines."""
    total = float(invoice.total)
    short: dict[str, Value] = {
        "order_id": number, "total": total, "currency": CURRENCY, "region": invoice.country,
    }  # fmt: skip
    full: dict[str, Value] = {**short, "products": invoice.products}
    if number[:1].upper() == "C":
        return [("Order Cancelled", full)]
    return [("Order Created", full), ("Order Paid", {**short, "paid": total})]


def _file(path: Path) -> Path:
    """Return the file to read: the path, or the one parquet or CSV file in its folder."""
    if not path.is_dir():
        return path
    found = sorted(path.glob("*.parquet")) or sorted(path.glob("*.csv"))
    if len(found) != 1:
        raise BadInput((Problem(str(path), text("sources.one_table", found=len(found))),))
    return found[0]


@lru_cache(maxsize=65536)
def _instant(cell: str) -> int | None:
    """Return the instant of an invoice's date as it stands; the lines of an invoice share it."""
    return _AMERICAN.instant(cell) if "/" in cell else _ISO.instant(cell)


@lru_cache(maxsize=65536)
def _number(cell: str) -> Decimal | None:
    """Return the number of a cell; prices and quantities repeat."""
    return as_amount(cell)


@lru_cache(maxsize=65536)
def _id(cell: str) -> str:
    """Return a customer's number without the `.0` that spreadsheets add, or ""."""
    found = as_whole(cell)
    return "" if found is None else str(found)


def _csv_rows(path: Path) -> Iterator[Row | Reject]:
    """Yield the lines of a CSV under either edition's names."""
    dialect = Dialect(second_encoding="cp1252")  # the pound signs of data.csv
    try:
        yield from read_rows(path, _COLUMNS, dialect=dialect)
    except BadInput:
        names = {new: old for old, new in _OTHER_NAMES.items()}
        second = [names.get(name, name) for name in _COLUMNS]
        try:
            yield from read_rows(path, second, dialect=dialect)
        except BadInput:
            pass
        else:
            return
        raise


def _parquet_rows(path: Path) -> Iterator[Row | Reject]:
    """Yield the lines of a parquet file; line 1 is its first row."""
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as fault:
        said = text("sources.unreadable", details=str(fault)[:200])
        raise BadInput((Problem(str(path), said),)) from fault
    names = {_OTHER_NAMES.get(name, name): name for name in file.schema_arrow.names}
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        said = text("sources.missing_columns", columns=", ".join(missing))
        raise BadInput((Problem(path.name, said, 1),))
    size, line = file_size(path), 0
    n_rows = max(file.metadata.num_rows, 1)
    for batch in file.iter_batches(_PARQUET_ROWS, columns=[names[name] for name in _COLUMNS]):
        columns = [_cells(batch.column(batch.schema.get_field_index(names[c]))) for c in _COLUMNS]
        for cells in zip(*columns, strict=True):
            line += 1
            yield Row(line, cells, size * line // n_rows)


def _cells(column: pa.Array) -> list[str]:
    """Return a column's values as a CSV would write them."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"), safe=False)
    return ["" if value is None else str(value).strip() for value in column.to_pylist()]
