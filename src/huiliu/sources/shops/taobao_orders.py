"""Reads Taobao's trades, refunds and items; amounts are in yuan, times in Beijing's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.ports.shops import ShopProduct
from huiliu.sources.shops.chinese import CURRENCY, LOCAL, AfterSale, refunds_of
from huiliu.sources.shops.properties import Line, Ordered, order_properties, region
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import Case, Parcel

__all__ = ["after_sale", "case_of", "properties_of", "variants"]

_REFUNDED: Final = "SUCCESS"
#: Whether Taobao's own staff is called in (cs_status): 2 to 5 they are, 6 they have decided.
_DISPUTED: Final = range(2, 7)
_DECIDED: Final = 6


def after_sale(row: Raw) -> AfterSale:
    """Return one refund."""
    status, staff = row.text("status"), row.whole("cs_status") or 1
    is_refunded = status == _REFUNDED
    outcome = ""
    if staff == _DECIDED or status in {_REFUNDED, "CLOSED"}:
        outcome = "buyer" if is_refunded else "seller" if staff == _DECIDED else "closed"
    return AfterSale(
        row.text("refund_id"),
        row.instant("created", naive=LOCAL),
        row.instant("modified", naive=LOCAL),
        row.amount("refund_fee", CURRENCY),
        is_refunded,
        row.text("reason"),
        staff in _DISPUTED,
        outcome if staff in _DISPUTED else "",
    )


def case_of(order: Raw, status: str, version: int, cases: Sequence[AfterSale]) -> Case:
    """Return a trade in the words that all shops share."""
    end = order.instant("end_time", naive=LOCAL)
    return Case(
        status,
        version,
        CURRENCY,
        order.amount("payment", CURRENCY),
        {
            "created": order.instant("created", naive=LOCAL),
            "paid": order.instant("pay_time", naive=LOCAL),
            "shipped": order.instant("consign_time", naive=LOCAL),
            "delivered": end if status == "delivered" else None,
            "cancelled": end if status == "cancelled" else None,
            "refunded": end if status == "refunded" else None,
        },
        tuple(_parcels(order)),
        refunds_of(cases),
        {one.id: None for one in cases if one.is_disputed},
        pays_later=order.text("type") == "cod",
    )


def _parcels(order: Raw) -> Iterator[Parcel]:
    """Yield the parcels that the lines were sent in."""
    seen: set[str] = set()
    for row in order.rows("orders.order"):
        number = row.text("invoice_no")
        if number and number not in seen:
            seen.add(number)
            yield Parcel(
                number,
                row.instant("consign_time", naive=LOCAL)
                or order.instant("consign_time", naive=LOCAL),
                carrier=row.text("logistics_company"),
                tracking_number=number,
            )


def properties_of(order: Raw, case: Case) -> dict[str, Value]:
    """Return what every event of a trade carries."""
    names = ("receiver_state", "receiver_city", "receiver_district")
    last = case.parcels[-1] if case.parcels else None
    return order_properties(Ordered(
        order.text("tid"), CURRENCY, case.total, case.total if case.dates.get("paid") else 0,
        order.amount("discount_fee", CURRENCY), order.amount("post_fee", CURRENCY),
        tuple(_line(row) for row in order.rows("orders.order")),
        region(order.text(name) for name in names), "CN",
        order.instant("delivery_time", naive=LOCAL), order.instant("sign_time", naive=LOCAL),
        last.carrier if last else "", last.tracking_number if last else "",
        more={"presale": order.text("step_trade_status")},
    ))  # fmt: skip


def _line(row: Raw) -> Line:
    """Return a line of a trade."""
    return Line(
        row.text("num_iid"), row.text("title"), row.whole("num") or 1,
        row.amount("price", CURRENCY), row.text("sku_id"), row.text("outer_sku_id", "outer_iid"),
        row.text("sku_properties_name"), row.text("cid"), row.text("pic_path"),
    )  # fmt: skip


def variants(item: Raw) -> Iterator[ShopProduct]:
    """Yield an item's variants; an item without any is its own."""
    id = item.text("num_iid")  # noqa: A001 - the field's own word
    if not id:
        raise lacks("num_iid")
    image = item.text("pic_url")
    for row in list(item.rows("skus.sku")) or [item]:
        yield ShopProduct(
            id, row.text("sku_id") or id, item.text("title"), row.amount("price", CURRENCY) or 0,
            CURRENCY, sku=row.text("outer_id"), stock=row.whole("quantity")
            if row.get("quantity") is not None else row.whole("num"),
            category=item.text("cid"), url=item.text("detail_url"),
            images=(image,) if image else (), is_listed=item.text("approve_status") == "onsale",
            updated_at=item.instant("modified", naive=LOCAL) or 0,
        )  # fmt: skip
