"""Reads Doudian's orders, after-sale cases and products as its documents describe them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.ports.shops import ShopProduct
from huiliu.sources.shops.chinese import (
    CURRENCY,
    LOCAL,
    AfterSale,
    fen,
    refunds_of,
    whole_of,
)
from huiliu.sources.shops.properties import Line, Ordered, order_properties, region
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import Case, Parcel

__all__ = ["after_sale", "case_of", "latest", "properties_of", "variants"]

#: How a dispute ended (arbitrate_status of after-sale cases).
_OUTCOMES: Final = {2: "buyer", 3: "seller", 6: "closed", 255: "closed"}


def after_sale(row: Raw) -> AfterSale:
    """Return one after-sale case."""
    info = row.inner("aftersale_info")
    amounts = (fen(info, "refund_amount"), fen(info, "refund_post_amount"))
    arbitration = info.whole("arbitrate_status") or 0
    return AfterSale(
        info.text("aftersale_id"),
        info.instant("apply_time", "create_time"),
        info.instant("update_time"),
        whole_of(amounts),
        is_refunded=info.whole("refund_status") == 3,
        reason=row.text("text_part.reason_text"),
        is_disputed=arbitration > 0,
        outcome=_OUTCOMES.get(arbitration, ""),
        # 3 exchange, 7 resend, 8 repair.
        asks_money=info.whole("aftersale_type") not in {3, 7, 8},
    )


def latest(version: int, cases: Sequence[AfterSale]) -> int:
    """Return the last change of an order or of what was asked for after it."""
    return max([version, *(case.updated_at or 0 for case in cases)])


def case_of(order: Raw, status: str, version: int, cases: Sequence[AfterSale]) -> Case:
    """Return an order in the words that all shops share."""
    lines = list(order.rows("sku_order_list"))
    arrived = [line.instant("logistics_receipt_time") for line in lines]
    delivered = None
    if arrived and all(arrived):
        delivered = max(at for at in arrived if at)
    confirmed = [at for line in lines if (at := line.instant("confirm_receipt_time"))]
    if status == "delivered" and delivered is None:
        delivered = max(confirmed) if confirmed else order.instant("finish_time")
    paid = order.instant("pay_time")
    return Case(
        status,
        version,
        CURRENCY,
        fen(order, "pay_amount", "order_amount"),
        {
            "created": order.instant("create_time"),
            "paid": paid,
            "shipped": order.instant("ship_time"),
            "delivered": delivered,
            "cancelled": order.instant("finish_time") if status == "cancelled" else None,
        },
        tuple(_parcels(order)),
        refunds_of(cases),
        {case.id: None for case in cases if case.is_disputed},
        pays_later=order.whole("pay_type") == 0,
    )


def _parcels(order: Raw) -> Iterator[Parcel]:
    """Yield the parcels, by their own ids: a corrected number is no new parcel."""
    for row in order.rows("logistics_info"):
        number = row.text("tracking_no")
        yield Parcel(
            row.text("delivery_id") or number,
            row.instant("ship_time"),
            carrier=row.text("company_name", "company"),
            tracking_number=number,
        )


def properties_of(order: Raw, case: Case) -> dict[str, Value]:
    """Return what every event of an order carries."""
    place = order.inner("post_addr") or order.inner("mask_post_addr")
    lines = [_line(row) for row in order.rows("sku_order_list")]
    last = case.parcels[-1] if case.parcels else None
    first = next(order.rows("sku_order_list"), Raw(None))
    return order_properties(Ordered(
        order.text("order_id"), CURRENCY, case.total,
        fen(order, "pay_amount") if case.dates.get("paid") else 0,
        fen(order, "total_promotion_amount", "promotion_amount"), fen(order, "post_amount"),
        tuple(lines), region(place.text(f"{part}.name") for part in ("province", "city", "town")),
        "CN", order.instant("exp_ship_time"), order.instant("latest_receipt_time"),
        last.carrier if last else "", last.tracking_number if last else "",
        more={"room_id": first.text("room_id").lstrip("0"),
              "author_id": first.text("author_id").lstrip("0")},
    ))  # fmt: skip


def _line(row: Raw) -> Line:
    """Return a line of an order."""
    chosen = "/".join(one.text("value") for one in row.rows("spec") if one.text("value"))
    return Line(
        row.text("product_id_str", "product_id"), row.text("product_name"),
        row.whole("item_num") or 1, fen(row, "origin_amount"), row.text("sku_id").lstrip("0"),
        row.text("code", "out_sku_id"), chosen, image=row.text("product_pic"),
        is_gift=row.whole("trade_type") == 102,
    )  # fmt: skip


def variants(product: Raw) -> Iterator[ShopProduct]:
    """Yield a product's variants with their own prices and stocks."""
    id = product.text("product_id_str", "product_id")  # noqa: A001 - the field's own word
    if not id:
        raise lacks("product_id")
    groups = product.inner("category_detail")
    names = [groups.text(f"{step}_cname") for step in ("first", "second", "third", "fourth")]
    pictures = product.get("pic")
    images = [str(one) for one in pictures] if isinstance(pictures, list) else []
    for row in product.rows("spec_prices"):
        yield ShopProduct(
            id, row.text("sku_id"), product.text("name"), fen(row, "price") or 0, CURRENCY,
            sku=row.text("outer_sku_id", "code"), stock=row.whole("stock_num"),
            category=region(names), images=tuple(images or [product.text("img")]),
            is_listed=product.whole("status") == 0 and product.whole("check_status") in {None, 3},
            updated_at=product.instant("update_time", naive=LOCAL) or 0,
        )  # fmt: skip
