"""Codes to scan, bar codes and prices that were seen, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from huiliu.ports.codes import BarcodeRow, QrCode, ScanRow, Sighting
from huiliu.stores.queries import query

__all__ = ["PostgresCodes"]


class PostgresCodes:
    """Codes, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def add(self, code: QrCode) -> int:
        """Keep a code and return its number."""
        values = {**structs.asdict(code), "leads": Jsonb(dict(code.leads))}
        row = self._connection.execute(query("codes", "add"), values).fetchone()
        assert row is not None
        return int(row[0])

    def code(self, brand_id: int, code_id: int) -> QrCode | None:
        """Return one."""
        row = self._connection.execute(query("codes", "code"), (brand_id, code_id)).fetchone()
        return None if row is None else _code(row)

    def codes(self, brand_id: int, kind: str, limit: int) -> list[QrCode]:
        """Return codes of a kind, newest first; "" = of every kind."""
        values = {"brand": brand_id, "kind": kind, "limit": limit}
        return [_code(row) for row in self._connection.execute(query("codes", "codes"), values)]

    def of_wechat(self, brand_id: int, scan_codes: Collection[int]) -> dict[int, QrCode]:
        """Return the codes that stand beside codes at WeChat, by those."""
        values = (brand_id, sorted(scan_codes))
        found = self._connection.execute(query("codes", "of_wechat"), values)
        return {one.scan_code: one for one in map(_code, found)}

    def end(self, brand_id: int, code_id: int, at: int) -> bool:
        """Take a code back; False = there is none in use."""
        values = {"brand": brand_id, "code": code_id, "at": at}
        return self._connection.execute(query("codes", "end"), values).rowcount == 1

    def set_scan_code(self, brand_id: int, code_id: int, scan_code: int) -> None:
        """Write down which code at WeChat stands beside one."""
        values = (scan_code, brand_id, code_id)
        self._connection.execute(query("codes", "set_scan_code"), values)

    def count(self, brand_id: int, code_id: int, day: int, what: str, slot: int) -> None:
        """Count one more."""
        self._connection.execute(query("codes", "count"), (brand_id, code_id, day, what, slot))

    def counts(self, brand_id: int, since_day: int) -> dict[tuple[int, str], int]:
        """Return (code, what) -> how many since a day."""
        rows = self._connection.execute(query("codes", "counts"), (brand_id, since_day))
        return {(code_id, what): n for code_id, what, n in rows}

    def take(self, row: ScanRow) -> ScanRow | None:
        """Write a scan down and return None, or return the same one that was taken before."""
        done = self._connection.execute(query("codes", "take"), structs.asdict(row))
        if done.rowcount == 1:
            return None
        key = (row.brand_id, row.scan)
        found = self._connection.execute(query("codes", "taken"), key).fetchone()
        assert found is not None
        return ScanRow(*found)

    def gave(self, brand_id: int, scan: bytes, coupon: str) -> None:
        """Write down what a scan gave."""
        self._connection.execute(query("codes", "gave"), (coupon, brand_id, scan))

    def forget(self, before: int, limit: int) -> int:
        """Drop scans that are older; return how many."""
        values = {"before": before, "limit": limit}
        return self._connection.execute(query("codes", "forget"), values).rowcount

    def put_barcodes(self, rows: Sequence[BarcodeRow]) -> None:
        """Say of which products bar codes are."""
        with self._connection.cursor() as cursor:
            # In one order, so that two who write the same ones do not wait for each other.
            ordered = sorted(rows, key=lambda one: (one.brand_id, one.gtin))
            cursor.executemany(query("codes", "put_barcode"), map(structs.astuple, ordered))

    def drop_barcode(self, brand_id: int, gtin: str) -> bool:
        """Forget a bar code; False = it was not known."""
        return (
            self._connection.execute(query("codes", "drop_barcode"), (brand_id, gtin)).rowcount == 1
        )

    def barcode(self, brand_id: int, gtin: str) -> BarcodeRow | None:
        """Return of which product a bar code is."""
        row = self._connection.execute(query("codes", "barcode"), (brand_id, gtin)).fetchone()
        return None if row is None else BarcodeRow(*row)

    def barcodes(self, brand_id: int, product_id: str) -> list[BarcodeRow]:
        """Return the bar codes of a product."""
        rows = self._connection.execute(query("codes", "barcodes"), (brand_id, product_id))
        return [BarcodeRow(*row) for row in rows]

    def product_of_sku(self, brand_id: int, skus: Collection[str]) -> str:
        """Return the product whose id or sku is one of these; "" = none."""
        values = {"brand": brand_id, "skus": list(skus)}
        row = self._connection.execute(query("codes", "product_of_sku"), values).fetchone()
        return "" if row is None else str(row[0])

    def see_prices(self, rows: Sequence[Sighting]) -> None:
        """Write down prices that were seen; an older sight changes nothing."""
        with self._connection.cursor() as cursor:
            ordered = sorted(rows, key=lambda one: (one.brand_id, one.product_id, one.seller))
            cursor.executemany(query("codes", "see_price"), map(structs.astuple, ordered))

    def prices(self, brand_id: int, product_id: str, since: int) -> list[Sighting]:
        """Return prices seen since an instant, the lowest first."""
        values = (brand_id, product_id, since)
        return [
            Sighting(*row) for row in self._connection.execute(query("codes", "prices"), values)
        ]


def _code(row: Sequence[Any]) -> QrCode:  # a row of the table, column by column
    """Return a row as a code."""
    return QrCode(**dict(zip(QrCode.__struct_fields__, row, strict=True)))
