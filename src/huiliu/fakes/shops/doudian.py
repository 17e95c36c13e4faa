"""A shop on Doudian: HMAC-signed JSON, self-granted tokens that turn, notices in arrays."""

from __future__ import annotations

import hashlib
import hmac
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.shops.chinese import SECOND, ChineseShop, md5, seconds
from huiliu.fakes.shops.orders import FakeOrder
from huiliu.fakes.shops.shop import Asked, Delivery, Given

__all__ = ["FakeDoudian"]

_KEY: Final = "7000000000000000001"
_SECRET: Final = "doudian-fake-secret"  # noqa: S105 - of a fake
_SHOP: Final = 77977
_TAGS: Final = {
    "created": "100", "paid": "101", "shipped": "102", "delivered": "103", "cancelled": "106",
    "refunded": "206",
}  # fmt: skip
_STATES: Final = {"created": 1, "paid": 2, "shipped": 3, "delivered": 5, "cancelled": 4,
                  "refunded": 21}  # fmt: skip
_FAULTS: Final = {
    "sign": (40003, "isv.parameter-invalid:2", "sign不正确"),
    "token": (30001, "isv.access-token-expired:20", "access_token已过期"),
    "busy": (80000, "isv.limit:101", "接口调用超过流量限制"),
    "window": (40004, "isv.parameter-invalid:3", "时间范围过大"),
    "method": (10001, "isv.method-invalid", "接口未开放"),
}  # fmt: skip


class FakeDoudian(ChineseShop):
    """Doudian's side."""

    name: ClassVar[str] = "doudian"
    widest: ClassVar[int] = 90 * 86_400 * SECOND

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        return {"app_key": _KEY, "app_secret": _SECRET, "shop_id": str(_SHOP),
                "base_url": self.url}  # fmt: skip

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return what has just happened, with another shop's message and a trial beside it."""
        tag = _TAGS.get(what, "113")
        data = {"p_id": int(order.id), "shop_id": _SHOP, "s_ids": [int(order.id)]}
        other = {"p_id": 1, "shop_id": 11111}
        body = msgspec.json.encode([
            {"tag": tag, "msg_id": f"{order.id}:{order.version}",
             "data": msgspec.json.encode(data).decode()},
            {"tag": "101", "msg_id": f"x{order.id}:{order.version}",
             "data": msgspec.json.encode(other).decode()},
            {"tag": "0", "msg_id": "0", "data": "2026-11-22 12:00:00"},
        ])  # fmt: skip
        signature = md5(_KEY.encode() + body + _SECRET.encode())
        return [Delivery(order.id, tag, body, {
            "Content-Type": "application/json", "event-sign": signature, "app-id": _KEY,
        })]  # fmt: skip

    def is_token_path(self, path: str) -> bool:
        """Say whether tokens are handed out here."""
        return path.startswith("/token/")

    def is_signed(self, asked: Asked) -> bool:
        """Check the signature over method, body and time."""
        query, body = asked.query, asked.body.decode()
        said = (
            f"{_SECRET}app_key{query.get('app_key')}method{query.get('method')}param_json{body}"
            f"timestamp{query.get('timestamp')}v{query.get('v')}{_SECRET}"
        )
        signed = hmac.new(_SECRET.encode(), said.encode(), hashlib.sha256).hexdigest()
        return query.get("sign") == signed and query.get("app_key") == _KEY

    def fault(self, kind: str) -> Given:
        """Refuse in Doudian's words."""
        code, sub, words = _FAULTS[kind]
        return Given({"code": code, "msg": words, "sub_code": sub, "sub_msg": words, "data": {}})

    def serve(self, asked: Asked) -> Given:
        """Answer a signed request."""
        method, given = asked.query["method"], asked.json()
        if method in {"token.create", "token.refresh"}:
            if method == "token.refresh" and given.get("refresh_token") != self.refresh:
                return self.fault("token")
            self.turn_tokens()
            return _data({"access_token": self.token, "refresh_token": self.refresh,
                          "expires_in": 604_800, "shop_name": "青山茶铺"})  # fmt: skip
        if asked.query.get("access_token") != self.token:
            return self.fault("token")
        if method == "order.searchList":
            return self._search(given)
        if method == "order.orderDetail":
            order = self.orders.get(str(given["shop_order_id"]))
            return _data({"shop_order_detail": self.show(order) if order else None})
        if method == "afterSale.List":
            order = self.orders.get(str(given["order_id"]))
            return _data({"items": _cases(order) if order else [], "has_more": False})
        if method == "product.listV2":
            return _data({"data": [], "total": 0})
        return self.fault("method")

    def _search(self, given: dict[str, object]) -> Given:
        """Return a page of what changed."""
        since, until = int(str(given["update_time_start"])), int(str(given["update_time_end"]))
        found = self.listed(since * SECOND, until * SECOND)
        if found is None:
            return self.fault("window")
        number, size = int(str(given["page"])), int(str(given["size"]))
        return _data({
            "total": len(found), "page": number, "size": size,
            "shop_order_list": [self.show(one) for one in self.page(found, number, size)],
        })  # fmt: skip

    def show(self, order: FakeOrder) -> dict[str, object]:
        """Return an order as the platform shows it."""
        state = _STATES[order.state]
        arrived = seconds(order.delivered_at)
        refunded = 3 if order.refunds else 0
        return {
            "shop_id": _SHOP, "order_id": order.id, "main_status": state, "order_status": state,
            "create_time": seconds(order.created_at), "update_time": seconds(order.updated_at),
            "pay_time": seconds(order.paid_at), "pay_type": 2,
            "finish_time": seconds(order.cancelled_at or order.delivered_at),
            "ship_time": seconds(order.parcels[0].shipped_at) if order.parcels else 0,
            "exp_ship_time": seconds(order.created_at) + 172_800,
            "order_amount": order.total, "pay_amount": order.total if order.paid_at else 0,
            "post_amount": 0, "promotion_amount": 0, "doudian_open_id": order.buyer.id,
            "mask_post_receiver": order.buyer.name, "mask_post_tel": order.buyer.phone,
            "post_addr": {"province": {"name": "广东省"}, "city": {"name": "广州市"},
                          "town": {"name": "海珠区"}},
            "logistics_info": [
                {"delivery_id": one.id, "tracking_no": one.tracking_number,
                 "company_name": "顺丰速运", "ship_time": seconds(one.shipped_at)}
                for one in order.parcels
            ],
            "sku_order_list": [
                {"product_id_str": line.product_id, "product_name": line.name,
                 "item_num": line.quantity, "origin_amount": line.price,
                 "sku_id": int(line.variant_id), "code": line.sku,
                 "logistics_receipt_time": arrived,
                 "after_sale_info": {"after_sale_status": 12 if refunded else 0,
                                     "refund_status": refunded}}
                for line in order.lines
            ],
        }  # fmt: skip


def _cases(order: FakeOrder) -> list[dict[str, object]]:
    """Return the after-sale cases of an order."""
    return [
        {
            "aftersale_info": {
                "aftersale_id": name, "aftersale_type": 1, "aftersale_status": 12,
                "refund_status": 3, "arbitrate_status": 0, "apply_time": seconds(at),
                "update_time": seconds(at), "refund_amount": amount,
            },
            "text_part": {"reason_text": "不想要了"},
        }
        for name, at, amount in order.refunds
    ]  # fmt: skip


def _data(data: dict[str, object]) -> Given:
    """Return an answer."""
    return Given({"code": 10000, "msg": "success", "data": data})
