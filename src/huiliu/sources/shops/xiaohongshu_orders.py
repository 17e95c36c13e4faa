"""Reads Xiaohongshu's orders, after-sale cases and products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.ports.shops import ShopProduct
from huiliu.sources.shops.chinese import CURRENCY, AfterSale, fen, refunds_of
from huiliu.sources.shops.properties import Line, Ordered, order_properties, region
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import Case, Parcel

__all__ = ["after_sale", "case_of", "properties_of", "variant"]

#: Statuses of an after-sale case: 4 done, 5 cancelled, 6 closed, 9 refused, 14 platform called in.
_DONE: Final = 4
_ENDED: Final = frozenset({5, 6, 9})
_PLATFORM: Final = 14
#: 1 goods and money back, 3 and 4 money back, 5 money back before shipping; 2 is an exchange.
_MONEY: Final = frozenset({1, 3, 4, 5})
#: Of an order: the platform was called in.
_ORDER_DISPUTED: Final = 6


def after_sale(row: Raw) -> AfterSale:
    """Return one after-sale case; amounts are in yuan here."""
    status = row.whole("status") or 0
    asks_money = row.whole("returnType") in _MONEY
    amount = row.amount("refundAmountYuan", CURRENCY) or row.amount(
        "expectedRefundAmountYuan", CURRENCY
    )
    return AfterSale(
        row.text("returnsId"),
        row.instant("applyTime"),
        row.instant("updatedAt"),
        amount,
        # The list has no word of the money itself; a case that is done has given it back.
        is_refunded=asks_money and status == _DONE,
        reason=row.text("reasonNameZh"),
        is_disputed=status == _PLATFORM,
        asks_money=asks_money,
    )


def case_of(order: Raw, status: str, version: int, cases: Sequence[AfterSale]) -> Case:
    """Return an order in the words that all shops share."""
    disputes: dict[str, int | None] = {one.id: None for one in cases if one.is_disputed}
    if order.whole("orderAfterSalesStatus") == _ORDER_DISPUTED and not disputes:
        disputes = {order.text("orderId"): None}
    return Case(
        status,
        version,
        CURRENCY,
        fen(order, "totalPayAmount"),
        {
            "created": order.instant("createdTime"),
            "paid": order.instant("paidTime"),
            "shipped": order.instant("deliveryTime"),
            "delivered": order.instant("finishTime") if status == "delivered" else None,
            "cancelled": order.instant("cancelTime") if status == "cancelled" else None,
        },
        tuple(_parcels(order)),
        refunds_of(cases),
        disputes,
    )


def _parcels(order: Raw) -> Iterator[Parcel]:
    """Yield the parcels: those of a split order, else the order's own."""
    at, seen = order.instant("deliveryTime"), set[str]()
    for row in (*order.rows("simpleDeliveryOrderList"), order):
        number = row.text("expressTrackingNo")
        if number and number not in seen:
            seen.add(number)
            carrier = row.text("expressCompanyName", "expressCompanyCode")
            yield Parcel(number, at, carrier=carrier, tracking_number=number)


def properties_of(order: Raw, case: Case) -> dict[str, Value]:
    """Return what every event of an order carries."""
    names = ("receiverProvinceName", "receiverCityName", "receiverDistrictName")
    discounts = [fen(order, name) or 0 for name in ("totalMerchantDiscount", "totalRedDiscount")]
    last = case.parcels[-1] if case.parcels else None
    return order_properties(Ordered(
        order.text("orderId"), CURRENCY, case.total, case.total if case.dates.get("paid") else 0,
        sum(discounts), fen(order, "totalShippingFree"),
        tuple(_line(row) for row in order.rows("skuList")),
        region(order.text(name) for name in names), "CN",
        order.instant("promiseLastDeliveryTime"),
        carrier=last.carrier if last else "",
        tracking_number=last.tracking_number if last else "",
    ))  # fmt: skip


def _line(row: Raw) -> Line:
    """Return a line of an order; the platform's price of one is before tax, so it is worked out."""
    count = row.whole("skuQuantity") or 1
    paid = fen(row, "totalPaidAmount")
    taken = sum(fen(row, name) or 0 for name in ("totalMerchantDiscount", "totalRedDiscount"))
    detail = next(row.rows("skuDetailList"), Raw(None))
    price = fen(detail, "rawPricePerSku")
    if price is None and paid is not None:
        price = (paid + taken) // count
    sku = row.text("erpcode")
    return Line(
        row.text("itemId", "skuId"), row.text("skuName"), count, price, row.text("skuId"),
        "" if sku == "null" else sku, row.text("skuSpec"), image=row.text("skuImage"),
        is_gift=row.whole("skuTag") == 1,
    )  # fmt: skip


def variant(row: Raw) -> ShopProduct:
    """Return one variant of the list: the item and its sku side by side."""
    item, sku = row.inner("item"), row.inner("sku")
    id = item.text("id") or sku.text("itemId", "id")  # noqa: A001 - the field's own word
    if not id:
        raise lacks("item.id")
    price = fen(sku, "price") or 0
    usual = fen(sku, "originalPrice")
    pictures = item.get("images")
    return ShopProduct(
        id, sku.text("id"), item.text("name") or sku.text("name"), price, CURRENCY,
        usual if usual and usual > price else None, sku.text("erpCode"), sku.text("barcode"),
        sku.whole("stock"),
        images=tuple(str(one) for one in pictures) if isinstance(pictures, list) else (),
        is_listed=sku.flag("buyable"),
        updated_at=sku.instant("updateTime") or item.instant("updateTime") or 0,
    )  # fmt: skip
