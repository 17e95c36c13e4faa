"""Reads Kuaishou's orders, refunds and products; amounts are in fen, times in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.ports.shops import ShopProduct
from huiliu.sources.shops.chinese import CURRENCY, AfterSale, fen, refunds_of
from huiliu.sources.shops.properties import Line, Ordered, order_properties, region
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import Case, Parcel

__all__ = ["after_sale", "case_of", "properties_of", "variants"]

#: Of a refund: 20 the platform decides, 60 given, 70 closed.
_DISPUTED: Final = 20
_REFUNDED: Final = 60
#: 1 goods and money back, 10 money back; 3 exchange, 4 resend, 5 repair.
_MONEY: Final = frozenset({1, 10})


def after_sale(row: Raw) -> AfterSale:
    """Return one refund."""
    status = row.whole("status") or 0
    return AfterSale(
        row.text("refundId"),
        row.instant("submitTime", "createTime"),
        row.instant("updateTime"),
        fen(row, "refundFee"),
        is_refunded=status == _REFUNDED,
        reason=row.text("refundReasonDesc"),
        is_disputed=status == _DISPUTED,
        asks_money=row.whole("handlingWay") in _MONEY,
    )


def case_of(order: Raw, status: str, version: int, cases: Sequence[AfterSale]) -> Case:
    """Return an order in the words that all shops share."""
    base = order.inner("orderBaseInfo")
    return Case(
        status,
        version,
        CURRENCY,
        fen(base, "totalFee"),
        {
            "created": base.instant("createTime"),
            "paid": base.instant("payTime"),
            "shipped": base.instant("sendTime"),
            "delivered": base.instant("recvTime"),
            "refunded": base.instant("refundTime") if status == "refunded" else None,
        },
        tuple(_parcels(order)),
        refunds_of(cases),
        {one.id: None for one in cases if one.is_disputed},
    )


def _parcels(order: Raw) -> Iterator[Parcel]:
    """Yield the parcels, by their own ids; a number is shown before anything is sent."""
    sent = order.instant("orderBaseInfo.sendTime")
    if sent is None:
        return
    for row in order.rows("orderLogisticsInfo"):
        number = row.text("expressNo")
        if number:
            yield Parcel(
                row.text("logisticsId").lstrip("0") or number,
                sent,
                carrier=row.text("expressName", "expressCode"),
                tracking_number=number,
            )


def properties_of(order: Raw, case: Case) -> dict[str, Value]:
    """Return what every event of an order carries."""
    base, place = order.inner("orderBaseInfo"), order.inner("orderAddress")
    last = case.parcels[-1] if case.parcels else None
    gifts = [_line(row.inner("subOrderItemInfo"), True) for row in order.rows("subOrderInfo")]
    return order_properties(Ordered(
        base.text("oid"), CURRENCY, case.total, case.total if case.dates.get("paid") else 0,
        fen(base, "discountFee"), fen(base, "expressFee"),
        (_line(order.inner("orderItemInfo")), *(one for one in gifts if one.product_id)),
        region(place.text(name) for name in ("province", "city", "district")), "CN",
        base.instant("validPromiseShipmentTimeStamp", "promiseTimeStampOfDelivery"),
        carrier=last.carrier if last else "",
        tracking_number=last.tracking_number if last else "",
        more={"distributor_id": order.text("orderCpsInfo.distributorId").lstrip("0")},
    ))  # fmt: skip


def _line(row: Raw, is_gift: bool = False) -> Line:
    """Return a line of an order; one order of Kuaishou has one product, and its gifts."""
    return Line(
        row.text("itemId"), row.text("itemTitle"), row.whole("num") or 1, fen(row, "price"),
        row.text("skuId"), row.text("skuNick", "goodsCode"), row.text("skuDesc"),
        row.text("itemExtra.categoryInfo.categoryName"), row.text("itemPicUrl"), is_gift,
    )  # fmt: skip


def variants(item: Raw) -> Iterator[ShopProduct]:
    """Yield a product's variants with their own prices and stocks."""
    id = item.text("kwaiItemId", "itemId")  # noqa: A001 - the field's own word
    if not id:
        raise lacks("kwaiItemId")
    pictures = item.get("imageUrls")
    images = tuple(str(one) for one in pictures) if isinstance(pictures, list) else ()
    for row in item.rows("skuInfos"):
        yield ShopProduct(
            id, row.text("kwaiSkuId", "skuId"), item.text("title"),
            fen(row, "skuSalePrice") or 0, CURRENCY, sku=row.text("skuNick"),
            stock=row.whole("skuStock"), category=item.text("categoryName"),
            url=item.text("linkUrl"), images=images,
            # 1 = it is shown in the shop.
            is_listed=item.whole("onOfflineStatus") == 1,
            updated_at=item.instant("updateTime") or 0,
        )  # fmt: skip
