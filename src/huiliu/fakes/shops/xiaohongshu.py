"""A shop on Xiaohongshu: one gateway, windows of half an hour, notices signed in their headers."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final
from urllib.parse import urlsplit

import msgspec

from huiliu.fakes.shops.chinese import MILLI, SECOND, ChineseShop, joined, md5, seconds
from huiliu.fakes.shops.orders import FakeOrder
from huiliu.fakes.shops.shop import Asked, Delivery, Given

__all__ = ["FakeXiaohongshu"]

_APP: Final = "fakeapp0123456789"
_SECRET: Final = "xhs-fake-secret"  # noqa: S105 - of a fake
_SELLER: Final = "60ab"
_STATES: Final = {"created": 1, "paid": 4, "shipped": 6, "delivered": 7, "cancelled": 9,
                  "refunded": 8}  # fmt: skip
_FAULTS: Final = {
    "sign": (1006, "签名错误"), "token": (1004, "accessToken已过期"), "busy": (1005, "请求被限流"),
    "window": (1002, "查询时间跨度不能超过30分钟"), "method": (1003, "方法无权限"),
}  # fmt: skip


class FakeXiaohongshu(ChineseShop):
    """Xiaohongshu's side."""

    name: ClassVar[str] = "xiaohongshu"
    widest: ClassVar[int] = 1_800 * SECOND

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        return {"app_id": _APP, "app_secret": _SECRET, "refresh_token": self.refresh,
                "seller_id": _SELLER, "base_url": self.url}  # fmt: skip

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return what has just happened; only path and headers are signed, not the body."""
        tag = "msg_after_sale_status_change" if what == "refunded" else (
            "msg_fulfillment_status_change"
        )  # fmt: skip
        data = {"orderId": order.id, "updateTime": order.updated_at // MILLI,
                "orderStatus": _STATES[order.state], "version": order.version}  # fmt: skip
        body = msgspec.json.encode([{
            "msgTag": tag, "sellerId": _SELLER, "data": msgspec.json.encode(data).decode(),
        }])  # fmt: skip
        signed = {"app-key": _APP, "timestamp": str(seconds(self.now()))}
        said = f"{urlsplit(self.notice_url).path}?{joined(signed, '&', '=')}{_SECRET}"
        return [Delivery(order.id, tag, body, {
            "Content-Type": "application/json", **signed, "sign": md5(said),
        })]  # fmt: skip

    def forge(self, delivery: Delivery) -> Delivery:
        """Return a notice with a made-up signature."""
        return replace(delivery, headers={**delivery.headers, "sign": "0" * 32})

    def is_token_request(self, asked: Asked) -> bool:
        """Say whether a request asks for tokens: the address is the same for all."""
        return asked.json().get("method") == "oauth.refreshToken"

    def is_signed(self, asked: Asked) -> bool:
        """Check the signature over method and time."""
        given = asked.json()
        said = {name: str(given.get(name)) for name in ("appId", "timestamp", "version")}
        whole = f"{given.get('method')}?{joined(said, '&', '=')}{_SECRET}"
        return given.get("appId") == _APP and given.get("sign") == md5(whole)

    def fault(self, kind: str) -> Given:
        """Refuse in Xiaohongshu's words."""
        code, words = _FAULTS[kind]
        return Given({"success": False, "error_code": code, "error_msg": words})

    def serve(self, asked: Asked) -> Given:
        """Answer a signed request."""
        given = asked.json()
        if self.is_token_request(asked):
            if given.get("refreshToken") != self.refresh:
                return self.fault("token")
            self.turn_tokens()
            return _done({"accessToken": self.token, "refreshToken": self.refresh,
                          "sellerName": "青山茶铺",
                          "accessTokenExpiresAt": self.now() // MILLI + 604_800_000})  # fmt: skip
        if given.get("accessToken") != self.token:
            return self.fault("token")
        order = self.orders.get(str(given.get("orderId", "")))
        match given["method"]:
            case "order.getOrderList":
                return self._search(given)
            case "order.getOrderDetail":
                return _done(self.show(order) if order else {})
            case "afterSale.listAfterSaleInfos":
                # The newer interfaces have an envelope of their own inside.
                cases = _cases(order) if order else []
                return _done({"success": True, "code": 0, "data": {"afterSaleBasicInfos": cases}})
            case "product.getDetailSkuList":
                return _done({"total": 0, "data": []})
        return self.fault("method")

    def _search(self, given: dict[str, object]) -> Given:
        """Return a page of what changed."""
        since, until = int(str(given["startTime"])), int(str(given["endTime"]))
        found = self.listed(since * SECOND, until * SECOND)
        if found is None:
            return self.fault("window")
        rows = self.page(found, int(str(given["pageNo"])) - 1, int(str(given["pageSize"])))
        return _done({"total": len(found), "orderList": [{"orderId": one.id} for one in rows]})

    def show(self, order: FakeOrder) -> dict[str, object]:
        """Return an order as Xiaohongshu shows it."""
        state = _STATES[order.state]
        if order.state == "refunded" and order.delivered_at is not None:
            state = 7
        parcel = order.parcels[0] if order.parcels else None
        return {
            "orderId": order.id, "orderStatus": state,
            "orderAfterSalesStatus": 3 if order.refunds else 1, "userId": order.buyer.id,
            "createdTime": order.created_at // MILLI, "updateTime": order.updated_at // MILLI,
            "paidTime": (order.paid_at or 0) // MILLI,
            "cancelTime": (order.cancelled_at or 0) // MILLI,
            "finishTime": (order.delivered_at or 0) // MILLI,
            "deliveryTime": parcel.shipped_at // MILLI if parcel else 0,
            "promiseLastDeliveryTime": order.created_at // MILLI + 172_800_000,
            "receiverProvinceName": "江苏省", "receiverCityName": "苏州市",
            "receiverDistrictName": "相城区", "totalPayAmount": order.total,
            "totalShippingFree": 0, "expressTrackingNo": parcel.tracking_number if parcel else "",
            "expressCompanyCode": "yuantong" if parcel else "",
            "skuList": [
                {"skuId": line.variant_id, "itemId": line.product_id, "skuName": line.name,
                 "erpcode": line.sku, "skuQuantity": line.quantity,
                 "totalPaidAmount": line.price * line.quantity}
                for line in order.lines
            ],
        }  # fmt: skip


def _cases(order: FakeOrder) -> list[dict[str, object]]:
    """Return the after-sale cases of an order."""
    return [
        {"returnsId": name, "returnType": 1, "status": 4, "orderId": order.id,
         "reasonNameZh": "七天无理由", "applyTime": at // MILLI, "updatedAt": at // MILLI,
         "refundAmountYuan": amount / 100}
        for name, at, amount in order.refunds
    ]  # fmt: skip


def _done(data: dict[str, object]) -> Given:
    """Return an answer."""
    return Given({"success": True, "error_code": 0, "error_msg": "", "data": data})
