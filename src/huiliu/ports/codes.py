"""Codes to scan and what became of scans, bar codes of products, prices seen elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

__all__ = ["BarcodeRow", "CodeStore", "QrCode", "ScanRow", "Sighting"]


class QrCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code of the brand's own."""

    brand_id: int
    #: 0 = not stored yet.
    code_id: int = 0
    #: campaign, store, shelf, staff or product.
    kind: str
    name: str
    campaign: str = ""
    store: str = ""
    shelf: str = ""
    staff: str = ""
    #: Fourteen digits; "" = about no product.
    gtin: str = ""
    #: The pool that a scan gives a coupon from; "" = none.
    coupon: str = ""
    #: The form where those go whom nobody knows.
    form: str = ""
    #: Where it leads: `app`, `mini` and `page`, as far as they are there.
    leads: Mapping[str, str] = {}
    #: The code at WeChat beside it; 0 = none.
    scan_code: int = 0
    #: Its picture changes every so many seconds; 0 = never.
    rotates_s: int = 0
    starts_at: int = 0
    #: 0 = never.
    ends_at: int = 0
    made_at: int = 0
    made_by: str = ""
    #: It was taken back; 0 = it was not.
    ended_at: int = 0


class ScanRow(msgspec.Struct, frozen=True, gc=False):
    """A scan that was taken."""

    brand_id: int
    scan: bytes
    code_id: int
    #: 0 = nobody who is known.
    profile_id: int
    #: What it gave; "" = nothing.
    coupon: str
    at: int


class BarcodeRow(msgspec.Struct, frozen=True, gc=False):
    """Which product a bar code is of."""

    brand_id: int
    gtin: str
    product_id: str
    variant_id: str
    at: int
    by: str


class Sighting(msgspec.Struct, frozen=True, gc=False):
    """What somebody else asked for a product when it was looked at."""

    brand_id: int
    product_id: str
    seller: str
    #: Minor units.
    price: int
    currency: str
    url: str
    #: Who looked.
    source: str
    seen_at: int


class CodeStore(Protocol):
    """Codes, inside one transaction."""

    def add(self, code: QrCode) -> int:
        """Keep a code and return its number."""
        ...

    def code(self, brand_id: int, code_id: int) -> QrCode | None:
        """Return one."""
        ...

    def codes(self, brand_id: int, kind: str, limit: int) -> list[QrCode]:
        """Return codes of a kind, newest first; "" = of every kind."""
        ...

    def of_wechat(self, brand_id: int, scan_codes: Collection[int]) -> dict[int, QrCode]:
        """Return the codes that stand beside codes at WeChat, by those."""
        ...

    def end(self, brand_id: int, code_id: int, at: int) -> bool:
        """Take a code back; False = there is none in use."""
        ...

    def set_scan_code(self, brand_id: int, code_id: int, scan_code: int) -> None:
        """Write down which code at WeChat stands beside one."""
        ...

    def count(self, brand_id: int, code_id: int, day: int, what: str, slot: int) -> None:
        """Count one more."""
        ...

    def counts(self, brand_id: int, since_day: int) -> dict[tuple[int, str], int]:
        """Return (code, what) -> how many since a day."""
        ...

    def take(self, row: ScanRow) -> ScanRow | None:
        """Write a scan down and return None, or return the same one that was taken before."""
        ...

    def gave(self, brand_id: int, scan: bytes, coupon: str) -> None:
        """Write down what a scan gave."""
        ...

    def forget(self, before: int, limit: int) -> int:
        """Drop scans that are older; return how many."""
        ...

    def put_barcodes(self, rows: Sequence[BarcodeRow]) -> None:
        """Say of which products bar codes are."""
        ...

    def drop_barcode(self, brand_id: int, gtin: str) -> bool:
        """Forget a bar code; False = it was not known."""
        ...

    def barcode(self, brand_id: int, gtin: str) -> BarcodeRow | None:
        """Return of which product a bar code is."""
        ...

    def barcodes(self, brand_id: int, product_id: str) -> list[BarcodeRow]:
        """Return the bar codes of a product."""
        ...

    def product_of_sku(self, brand_id: int, skus: Collection[str]) -> str:
        """Return the product whose id or sku is one of these; "" = none."""
        ...

    def see_prices(self, rows: Sequence[Sighting]) -> None:
        """Write down prices that were seen; an older sight changes nothing."""
        ...

    def prices(self, brand_id: int, product_id: str, since: int) -> list[Sighting]:
        """Return prices seen since an instant, the lowest first."""
        ...
