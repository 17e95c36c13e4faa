"""Reads the WeChat shop's orders, after-sale cases and products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.ports.shops import ShopProduct
from huiliu.sources.shops.chinese import CURRENCY, LOCAL, AfterSale, fen, refunds_of
from huiliu.sources.shops.properties import Line, Ordered, order_properties, region
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import Case, Parcel

__all__ = ["after_sale", "case_of", "properties_of", "variants"]

_REFUNDED: Final = frozenset({"MERCHANT_REFUND_SUCCESS", "MERCHANT_RETURN_SUCCESS"})
_CLOSED: Final = frozenset({"USER_CANCELD", "RETURN_CLOSED", "MERCHANT_FAIL"})
#: A product on sale.
_LISTED: Final = 5


def after_sale(row: Raw) -> AfterSale:
    """Return one after-sale case; a complaint is what the platform is called in for."""
    status = row.text("status")
    is_refunded = status in _REFUNDED
    is_disputed = row.text("complaint_id") not in {"", "0"}
    outcome = "buyer" if is_refunded else "closed" if status in _CLOSED else ""
    return AfterSale(
        row.text("after_sale_order_id"),
        row.instant("create_time"),
        row.instant("update_time"),
        fen(row, "refund_info.amount"),
        is_refunded,
        row.text("reason_text"),
        is_disputed,
        outcome if is_disputed else "",
        asks_money=row.text("type") != "EXCHANGE",
    )


def case_of(order: Raw, status: str, version: int, cases: Sequence[AfterSale]) -> Case:
    """Return an order in the words that all shops share."""
    detail = order.inner("order_detail")
    return Case(
        status,
        version,
        CURRENCY,
        fen(detail, "price_info.order_price"),
        {
            "created": order.instant("create_time"),
            "paid": detail.instant("pay_info.pay_time"),
            "shipped": detail.instant("delivery_info.ship_done_time"),
            "delivered": detail.instant("ext_info.confirm_receipt_time"),
        },
        tuple(_parcels(detail)),
        refunds_of(cases),
        {one.id: None for one in cases if one.is_disputed},
    )


def _parcels(detail: Raw) -> Iterator[Parcel]:
    """Yield the parcels; what is delivered without a parcel has none."""
    for row in detail.rows("delivery_info.delivery_product_info"):
        number = row.text("waybill_id")
        if number:
            yield Parcel(
                number,
                row.instant("delivery_time"),
                carrier=row.text("delivery_name", "delivery_id"),
                tracking_number=number,
            )


def properties_of(order: Raw, case: Case) -> dict[str, Value]:
    """Return what every event of an order carries."""
    detail = order.inner("order_detail")
    place = detail.inner("delivery_info.address_info")
    rows = list(detail.rows("product_infos"))
    due = [at for row in rows if (at := row.instant("delivery_deadline"))]
    last = case.parcels[-1] if case.parcels else None
    parts = (place.text(name) for name in ("province_name", "city_name", "county_name"))
    return order_properties(Ordered(
        order.text("order_id"), CURRENCY, case.total,
        case.total if case.dates.get("paid") else 0,
        fen(detail, "price_info.discounted_price"), fen(detail, "price_info.freight"),
        tuple(_line(row) for row in rows), region(parts), "CN", min(due) if due else None,
        carrier=last.carrier if last else "",
        tracking_number=last.tracking_number if last else "",
        more={"live_id": detail.text("ext_info.live_id"), "is_gift": order.flag("is_present")},
    ))  # fmt: skip


def _line(row: Raw) -> Line:
    """Return a line of an order."""
    chosen = "/".join(one.text("attr_value") for one in row.rows("sku_attrs"))
    return Line(
        row.text("product_id"), row.text("title"), row.whole("sku_cnt") or 1,
        fen(row, "sale_price"), row.text("sku_id"), row.text("sku_code", "out_sku_id"), chosen,
        image=row.text("thumb_img"), is_gift=row.flag("is_free_gift"),
    )  # fmt: skip


def variants(product: Raw) -> Iterator[ShopProduct]:
    """Yield a product's variants with their own prices and stocks."""
    id = product.text("product_id")  # noqa: A001 - the field's own word
    if not id:
        raise lacks("product_id")
    pictures = product.get("head_imgs")
    images = tuple(str(one) for one in pictures) if isinstance(pictures, list) else ()
    for row in product.rows("skus"):
        usual = fen(row, "market_price")
        price = fen(row, "sale_price") or 0
        yield ShopProduct(
            id, row.text("sku_id"), product.text("title"), price, CURRENCY,
            usual if usual and usual > price else None, row.text("sku_code"),
            stock=row.whole("stock_num"), images=images,
            is_listed=product.whole("status") == _LISTED,
            updated_at=product.instant("edit_time", "create_time", naive=LOCAL) or 0,
        )  # fmt: skip
