"""A WeChat shop: encrypted notices with `msg_signature`, and a stable token."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import ClassVar, Final
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from huiliu.fakes.shops.chinese import SECOND, ChineseShop, seconds
from huiliu.fakes.shops.orders import FakeOrder
from huiliu.fakes.shops.shop import Asked, Delivery, Given

__all__ = ["FakeWechatShop"]

_APP: Final = "wxfake0123456789ab"
_SECRET: Final = "wechat-fake-secret"  # noqa: S105 - of a fake
_TOKEN: Final = "AAAAA"  # noqa: S105 - same
_AES: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFE"
_EVENTS: Final = {
    "created": "channels_ec_order_new", "paid": "channels_ec_order_pay",
    "shipped": "channels_ec_order_deliver", "delivered": "channels_ec_order_confirm",
    "cancelled": "channels_ec_order_cancel", "refunded": "channels_ec_aftersale_update",
}  # fmt: skip
_STATES: Final = {"created": 10, "paid": 20, "shipped": 30, "delivered": 100, "cancelled": 250,
                  "refunded": 200}  # fmt: skip
_FAULTS: Final = {
    "sign": (40125, "invalid appsecret"), "token": (42001, "access_token expired"),
    "busy": (45009, "reach max api daily quota limit"), "window": (10020050, "time range too long"),
    "method": (48001, "api unauthorized"),
}  # fmt: skip


class FakeWechatShop(ChineseShop):
    """WeChat's side."""

    name: ClassVar[str] = "wechat-shop"
    widest: ClassVar[int] = 7 * 86_400 * SECOND

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        return {"app_id": _APP, "app_secret": _SECRET, "token": _TOKEN, "aes_key": _AES,
                "base_url": self.url}  # fmt: skip

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return the encrypted event of what has just happened."""
        event = _EVENTS.get(what, "channels_ec_order_ext_info_update")
        named = "finder_shop_aftersale_status_update" if what == "refunded" else "order_info"
        message = msgspec.json.encode({
            "ToUserName": "gh_fake", "FromUserName": order.buyer.id, "MsgType": "event",
            "CreateTime": seconds(self.now()), "Event": event,
            named: {"order_id": int(order.id) if named == "order_info" else order.id},
        })  # fmt: skip
        return [self._sealed(order, event, message)]

    def _sealed(self, order: FakeOrder, event: str, message: bytes) -> Delivery:
        """Return a message as WeChat encrypts and signs it."""
        key = base64.b64decode(f"{_AES}=")
        text = b"0123456789abcdef" + len(message).to_bytes(4, "big") + message + _APP.encode()
        pad = 32 - len(text) % 32
        writer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        sealed = base64.b64encode(
            writer.update(text + bytes((pad,)) * pad) + writer.finalize()
        ).decode()
        at, nonce = str(seconds(self.now())), "1547642357"
        query = urlencode({
            "signature": _sha1(_TOKEN, at, nonce), "timestamp": at, "nonce": nonce,
            "encrypt_type": "aes", "msg_signature": _sha1(_TOKEN, at, nonce, sealed),
        })  # fmt: skip
        body = msgspec.json.encode({"ToUserName": "gh_fake", "Encrypt": sealed})
        return Delivery(order.id, event, body, {"Content-Type": "application/json"}, f"?{query}")

    def forge(self, delivery: Delivery) -> Delivery:
        """Return a notice with another text under the same signature."""
        return replace(delivery, body=delivery.body[:-10] + b'AAAAAAAA"}')

    def is_token_path(self, path: str) -> bool:
        """Say whether tokens are handed out here."""
        return path == "/cgi-bin/stable_token"

    def is_signed(self, asked: Asked) -> bool:
        """Check the secret; there is no other signature, the token is the proof."""
        return not self.is_token_path(asked.path) or asked.json().get("secret") == _SECRET

    def fault(self, kind: str) -> Given:
        """Refuse in WeChat's words."""
        code, words = _FAULTS[kind]
        return Given({"errcode": code, "errmsg": words})

    def serve(self, asked: Asked) -> Given:
        """Answer a request."""
        given = asked.json()
        if self.is_token_path(asked.path):
            if self.expired:
                self.turn_tokens()
            return Given({"access_token": self.token, "expires_in": 7200})
        if asked.query.get("access_token") != self.token:
            return self.fault("token")
        order = self.orders.get(str(given.get("order_id", "")))
        match asked.path:
            case "/channels/ec/order/list/get":
                return self._search(given)
            case "/channels/ec/order/get":
                return _done({"order": self.show(order)} if order else {})
            case "/channels/ec/aftersale/getaftersaleorder":
                case = str(given["after_sale_order_id"])
                return _done({"after_sale_order": _case(self.orders[case.removesuffix("9")])})
            case "/channels/ec/product/list/get":
                return _done({"product_ids": [], "total_num": 0})
            case "/channels/ec/basics/info/get":
                return _done({"info": {"nickname": "青山茶铺"}})
        return self.fault("method")

    def _search(self, given: dict[str, object]) -> Given:
        """Return a page of the ids of what changed."""
        window = given["update_time_range"]
        assert isinstance(window, dict)
        found = self.listed(window["start_time"] * SECOND, window["end_time"] * SECOND)
        if found is None:
            return self.fault("window")
        number, size = int(str(given.get("next_key") or 0)), int(str(given["page_size"]))
        rows = self.page(found, number, min(size, self.page_size))
        has_more = (number + 1) * min(size, self.page_size) < len(found)
        return _done({
            "order_id_list": [one.id for one in rows], "has_more": has_more,
            "next_key": str(number + 1) if has_more else "",
        })  # fmt: skip

    def show(self, order: FakeOrder) -> dict[str, object]:
        """Return an order as WeChat shows it."""
        state = _STATES[order.state]
        if order.state == "refunded" and order.delivered_at is not None:
            state = 100
        shipped = seconds(order.parcels[0].shipped_at) if order.parcels else 0
        return {
            "order_id": order.id, "status": state, "openid": order.buyer.id,
            "unionid": f"u-{order.buyer.id}", "create_time": seconds(order.created_at),
            "update_time": seconds(order.updated_at),
            "order_detail": {
                "product_infos": [
                    {"product_id": line.product_id, "sku_id": line.variant_id,
                     "sku_cnt": line.quantity, "title": line.name, "sale_price": line.price,
                     "sku_code": line.sku, "sku_attrs": [],
                     "delivery_deadline": seconds(order.created_at) + 172_800}
                    for line in order.lines
                ],
                "pay_info": {"pay_time": seconds(order.paid_at)} if order.paid_at else {},
                "price_info": {"order_price": order.total, "freight": 0},
                "delivery_info": {
                    "address_info": {"province_name": "广东省", "city_name": "广州市",
                                     "county_name": "海珠区", "tel_number": order.buyer.phone},
                    "delivery_product_info": [
                        {"waybill_id": one.tracking_number, "delivery_name": "顺丰速运",
                         "delivery_time": seconds(one.shipped_at)}
                        for one in order.parcels
                    ],
                    "ship_done_time": shipped,
                },
                "ext_info": {"confirm_receipt_time": seconds(order.delivered_at)},
            },
            "aftersale_detail": {"aftersale_order_list": [
                {"aftersale_order_id": name, "status": 13} for name, _, _ in order.refunds
            ]},
        }  # fmt: skip


def _case(order: FakeOrder) -> dict[str, object]:
    """Return the after-sale case of an order."""
    name, at, amount = order.refunds[0]
    return {
        "after_sale_order_id": name, "status": "MERCHANT_REFUND_SUCCESS", "order_id": order.id,
        "refund_info": {"amount": amount}, "create_time": seconds(at), "update_time": seconds(at),
        "reason_text": "不想要了", "type": "REFUND", "complaint_id": "0",
    }  # fmt: skip


def _sha1(*parts: str) -> str:
    """Return WeChat's signature of these parts."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def _done(data: dict[str, object]) -> Given:
    """Return an answer."""
    return Given({"errcode": 0, "errmsg": "ok", **data})
