"""A shop on Shopee: lists of ids, details apart, returns apart, tokens of four hours."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.shops.orders import FakeOrder
from huiliu.fakes.shops.shop import Asked, Delivery, FakeShop, Given

__all__ = ["FakeShopee"]

_ID: Final = "2001887"
_KEY: Final = "shopee-key"
_SHOP: Final = "30011"
_SECOND: Final = 1_000_000
_STATES: Final = {
    "created": "UNPAID", "paid": "READY_TO_SHIP", "shipped": "SHIPPED",
    "delivered": "TO_CONFIRM_RECEIVE", "cancelled": "CANCELLED",
}  # fmt: skip


class FakeShopee(FakeShop):
    """Shopee's side."""

    name: ClassVar = "shopee"
    currency: ClassVar = "SGD"
    cannot_tell: ClassVar = frozenset({"Order Out For Delivery"})
    _n_renewed = 0

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        return {
            "partner_id": _ID, "partner_key": _KEY, "shop_id": _SHOP,
            "refresh_token": "refresh-0", "base_url": self.url,
        }  # fmt: skip

    def order_id(self, number: int) -> str:
        """Return the id of the so-manieth order."""
        return f"261122KAD{number:05}"

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return the push, signed over the address and the body."""
        if what == "refunded":
            return []
        at = order.updated_at // _SECOND
        body = msgspec.json.encode({
            "data": {"items": [], "ordersn": order.id, "status": _state(order), "update_time": at},
            "shop_id": int(_SHOP), "code": 3, "timestamp": at,
        })  # fmt: skip
        base = f"{self.notice_url}|".encode() + body
        sign = hmac.new(_KEY.encode(), base, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Authorization": sign}
        return [Delivery(order.id, "3", body, headers)]

    def is_token_path(self, path: str) -> bool:
        """Say whether tokens are renewed here."""
        return path == "/api/v2/auth/access_token/get"

    def too_many(self) -> Given:
        """Answer that there were too many requests."""
        return Given({"error": "error_rate_limit", "message": "rate limit", "request_id": "1"})

    def not_good_any_more(self) -> Given:
        """Answer that the token has expired, in Shopee's spelling."""
        found = {"error": "invalid_acceess_token", "message": "Invalid access_token."}
        return Given(found, 403)

    def answer(self, asked: Asked) -> Given:
        """Answer a request."""
        query = asked.query
        token = query.get("access_token", "")
        base = f"{_ID}{asked.path}{query.get('timestamp')}{token}{query.get('shop_id', '')}"
        sign = hmac.new(_KEY.encode(), base.encode(), hashlib.sha256).hexdigest()
        if query.get("sign") != sign:
            return Given({"error": "error_sign", "message": "Wrong sign."}, 403)
        if self.is_token_path(asked.path):
            return self._renew(asked)
        if token != f"access-{self._n_renewed}":
            return self.not_good_any_more()
        known: dict[str, Callable[[Mapping[str, str]], Given]] = {
            "get_shop_info": lambda _: Given({"shop_name": "Huiliu Demo", "region": "SG"}),
            "get_order_list": self._list,
            "get_order_detail": self._details,
            "get_return_list": self._returns,
            "get_item_list": lambda _: _response({"item": [], "has_next_page": False}),
        }
        return known[asked.path.rpartition("/")[2]](query)

    def _details(self, query: Mapping[str, str]) -> Given:
        """Return orders by their ids."""
        wanted = query["order_sn_list"].split(",")
        found = [self.show(self.orders[one]) for one in wanted if one in self.orders]
        return _response({"order_list": found})

    def _list(self, query: Mapping[str, str]) -> Given:
        """Return a page of the ids that changed."""
        found = self.between(int(query["time_from"]) * _SECOND, int(query["time_to"]) * _SECOND)
        after = query.get("cursor", "")
        if after:
            at, name = after.split("|")
            found = [one for one in found if (one.updated_at, one.id) > (int(at), name)]
        some = found[: min(self.page_size, int(query["page_size"]))]
        more = len(found) > len(some)
        return _response({
            "more": more, "next_cursor": f"{some[-1].updated_at}|{some[-1].id}" if more else "",
            "order_list": [{"order_sn": one.id} for one in some],
        })  # fmt: skip

    def _returns(self, query: Mapping[str, str]) -> Given:
        """Return the refunds that changed."""
        since, until = int(query["update_time_from"]), int(query["update_time_to"])
        rows = [
            {
                "return_sn": name, "order_sn": one.id, "status": "REFUND_PAID",
                "refund_amount": amount / 100, "currency": one.currency,
                "create_time": at // _SECOND, "update_time": at // _SECOND,
            }
            for one in self.orders.values()
            for name, at, amount in one.refunds
            if since * _SECOND <= at < until * _SECOND
        ]  # fmt: skip
        return _response({"more": False, "return": rows})

    def _renew(self, asked: Asked) -> Given:
        """Return new tokens for the one that is good."""
        if asked.json().get("refresh_token") != f"refresh-{self._n_renewed}":
            return Given({"error": "error_param", "message": "Invalid refresh_token."}, 403)
        self._n_renewed += 1
        self.expired = 0
        return Given({
            "access_token": f"access-{self._n_renewed}", "error": "", "message": "",
            "refresh_token": f"refresh-{self._n_renewed}", "expire_in": 14_400,
        })  # fmt: skip

    def show(self, order: FakeOrder) -> dict[str, object]:
        """Return an order as the API shows it."""
        sent = min((one.shipped_at for one in order.parcels), default=None)
        found: dict[str, object] = {
            "order_sn": order.id, "order_status": _state(order), "region": "SG",
            "currency": order.currency, "cod": False, "total_amount": order.total / 100,
            "create_time": order.created_at // _SECOND, "update_time": order.updated_at // _SECOND,
            "ship_by_date": order.created_at // _SECOND + 3 * 86_400,
            "buyer_user_id": int(order.buyer.id), "buyer_username": "b****1",
            "recipient_address": {"region": "SG", "state": "****", "phone": "******38"},
            "item_list": [
                {
                    "item_id": int(line.product_id), "item_name": line.name,
                    "item_sku": line.sku, "model_id": int(line.variant_id),
                    "model_quantity_purchased": line.quantity,
                    "model_discounted_price": line.price / 100,
                }
                for line in order.lines
            ],
            "package_list": [
                {"package_number": one.id, "logistics_status": "LOGISTICS_PICKUP_DONE",
                 "shipping_carrier": one.carrier}
                for one in order.parcels
            ],
        }  # fmt: skip
        times = {"pay_time": order.paid_at, "pickup_done_time": sent}
        return found | {name: at // _SECOND for name, at in times.items() if at is not None}


def _state(order: FakeOrder) -> str:
    """Return Shopee's word; a refund leaves it where it stood."""
    if order.state != "refunded":
        return _STATES[order.state]
    if order.delivered_at is not None:
        return "COMPLETED"
    return "TO_RETURN" if order.parcels else "READY_TO_SHIP"


def _response(found: dict[str, object]) -> Given:
    """Return an answer."""
    return Given({"error": "", "message": "", "response": found, "request_id": "1"})
