"""A shop on Kuaishou: signed queries, encrypted notices, lists with a cursor."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import ClassVar, Final

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from huiliu.fakes.shops.chinese import MILLI, SECOND, ChineseShop, joined
from huiliu.fakes.shops.orders import FakeOrder
from huiliu.fakes.shops.shop import Asked, Delivery, Given

__all__ = ["FakeKuaishou"]

_KEY: Final = "ks699183844582124027"
_SECRET: Final = "ks-fake-secret"  # noqa: S105 - of a fake
_SIGN: Final = "ks-fake-sign"
_MESSAGE: Final = base64.b64encode(b"0123456789abcdef").decode()
_SELLER: Final = 2161524184
_EVENTS: Final = {
    "created": "kwaishop_order_addOrder", "paid": "kwaishop_order_paySuccess",
    "shipped": "kwaishop_order_deliveringSuccess", "delivered": "kwaishop_order_orderSuccess",
    "cancelled": "kwaishop_order_orderFail", "refunded": "kwaishop_aftersales_updateRefund",
}  # fmt: skip
_STATES: Final = {"created": 10, "paid": 30, "shipped": 40, "delivered": 50, "cancelled": 80,
                  "refunded": 80}  # fmt: skip
_FAULTS: Final = {
    "sign": (21, "签名校验失败"), "token": (24, "access_token已过期"),
    "busy": (802000, "调用频次超过限流"), "window": (801001, "时间范围过大"),
    "method": (15, "无权限"),
}  # fmt: skip


class FakeKuaishou(ChineseShop):
    """Kuaishou's side."""

    name: ClassVar[str] = "kuaishou"
    widest: ClassVar[int] = 7 * 86_400 * SECOND
    longest_page: ClassVar[int] = 50

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        return {
            "app_key": _KEY, "app_secret": _SECRET, "sign_secret": _SIGN,
            "message_secret": _MESSAGE, "refresh_token": self.refresh,
            "seller_id": str(_SELLER), "base_url": self.url,
        }  # fmt: skip

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return the encrypted message of what has just happened."""
        event = _EVENTS.get(what, "kwaishop_order_updateNote")
        at = self.now() // MILLI
        info = {"oid": int(order.id), "sellerId": _SELLER, "updateTime": at}
        text = msgspec.json.encode({
            "eventId": f"{order.id}_{order.version}", "bizId": int(order.id), "userId": _SELLER,
            "appKey": _KEY, "event": event, "info": msgspec.json.encode(info).decode(),
            "status": 2, "createTime": at, "updateTime": at,
        })  # fmt: skip
        pad = 16 - len(text) % 16
        writer = Cipher(algorithms.AES(base64.b64decode(_MESSAGE)), modes.CBC(bytes(16)))
        sealer = writer.encryptor()
        body = base64.b64encode(sealer.update(text + bytes((pad,)) * pad) + sealer.finalize())
        return [Delivery(order.id, event, body, {"Content-Type": "text/plain"})]

    def is_token_path(self, path: str) -> bool:
        """Say whether tokens are handed out here."""
        return path == "/oauth2/refresh_token"

    def is_signed(self, asked: Asked) -> bool:
        """Check the signature over the whole query."""
        query = dict(asked.query)
        if self.is_token_path(asked.path):
            return query.get("app_secret") == _SECRET
        signature = query.pop("sign", "")
        said = f"{joined(query, '&', '=')}&signSecret={_SIGN}".encode()
        return signature == base64.b64encode(
            hmac.new(_SIGN.encode(), said, hashlib.sha256).digest()
        ).decode()  # fmt: skip

    def fault(self, kind: str) -> Given:
        """Refuse in Kuaishou's words."""
        code, words = _FAULTS[kind]
        return Given({"result": code, "error_msg": words, "sub_code": str(code)})

    def serve(self, asked: Asked) -> Given:
        """Answer a signed request."""
        query = asked.query
        if self.is_token_path(asked.path):
            return self._renew(query["refresh_token"])
        if query.get("access_token") != self.token:
            return self.fault("token")
        given = msgspec.json.decode(query["param"])
        match query["method"]:
            case "open.order.cursor.list":
                return self._search(given)
            case "open.order.detail":
                order = self.orders.get(str(given["oid"]))
                return _done(self.show(order) if order else {})
            case "open.seller.order.refund.detail":
                return _done(_refund(self.orders[str(given["refundId"]).removesuffix("9")]))
            case "open.item.list.get":
                return _done({"items": [], "totalItemCount": 0})
            case "open.shop.info.get":
                return _done({"shopName": "青山茶铺"})
        return self.fault("method")

    def _renew(self, refresh: str) -> Given:
        """Hand out new tokens; a refresh token is good once."""
        if refresh != self.refresh:
            return Given({"result": 100200100, "error_msg": "refresh token invalid"})
        self.turn_tokens()
        return Given({"result": 1, "access_token": self.token, "refresh_token": self.refresh,
                      "expires_in": 172_800})  # fmt: skip

    def _search(self, given: dict[str, object]) -> Given:
        """Return a page of what changed, and where the next one begins."""
        since, until = int(str(given["beginTime"])), int(str(given["endTime"]))
        found = self.listed(since * MILLI, until * MILLI)
        size = min(int(str(given["pageSize"])), self.page_size)
        if found is None or int(str(given["pageSize"])) > self.longest_page:
            return self.fault("window")
        number = int(str(given["cursor"] or 0))
        rows = self.page(found, number, size)
        is_last = (number + 1) * size >= len(found)
        return _done({
            "orderList": [self.show(one) for one in rows], "pageSize": size,
            "cursor": "nomore" if is_last else str(number + 1),
        })  # fmt: skip

    def show(self, order: FakeOrder) -> dict[str, object]:
        """Return an order as Kuaishou shows it."""
        state = _STATES[order.state]
        if order.state == "refunded" and order.delivered_at is not None:
            state = 50
        [line, *_] = order.lines
        return {
            "orderBaseInfo": {
                "oid": int(order.id), "status": state, "createTime": order.created_at // MILLI,
                "payTime": (order.paid_at or 0) // MILLI, "totalFee": order.total,
                "sendTime": order.parcels[0].shipped_at // MILLI if order.parcels else 0,
                "recvTime": (order.delivered_at or 0) // MILLI, "refundTime": 0,
                "updateTime": order.updated_at // MILLI, "buyerOpenId": order.buyer.id,
                "discountFee": 0, "expressFee": 0,
                "validPromiseShipmentTimeStamp": order.created_at // MILLI + 172_800_000,
            },
            "orderItemInfo": {
                "itemId": line.product_id, "itemTitle": line.name, "num": line.quantity,
                "price": line.price, "skuId": line.variant_id, "skuNick": line.sku,
            },
            "orderRefundList": [{"refundId": int(name)} for name, _, _ in order.refunds],
            "orderLogisticsInfo": [
                {"logisticsId": int(one.id), "expressNo": one.tracking_number, "expressCode": 4}
                for one in order.parcels
            ],
            "orderAddress": {"province": "云南省", "city": "昆明市", "district": "五华区"},
        }  # fmt: skip


def _refund(order: FakeOrder) -> dict[str, object]:
    """Return the refund of an order."""
    name, at, amount = order.refunds[0]
    return {
        "refundId": int(name), "oid": int(order.id), "refundFee": amount, "status": 60,
        "handlingWay": 10, "refundReasonDesc": "多拍/错拍", "createTime": at // MILLI,
        "submitTime": at // MILLI, "updateTime": at // MILLI,
    }  # fmt: skip


def _done(data: dict[str, object]) -> Given:
    """Return an answer."""
    return Given({"result": 1, "data": data})
