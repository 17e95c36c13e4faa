"""A shop on TikTok Shop: every request's signature is checked, tokens end and are renewed once."""

from __future__ import annotations

import hashlib
import hmac
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.shops.orders import FakeOrder
from huiliu.fakes.shops.shop import Asked, Delivery, FakeShop, Given

__all__ = ["FakeTikTokShop"]

_KEY: Final = "68xu9ks5p4i8"
_SECRET: Final = "tts-secret"  # noqa: S105 - of a fake
_CIPHER: Final = "ROW_fake"
_SECOND: Final = 1_000_000
_STATES: Final = {
    "created": "UNPAID", "paid": "AWAITING_SHIPMENT", "shipped": "IN_TRANSIT",
    "delivered": "DELIVERED", "cancelled": "CANCELLED",
}  # fmt: skip


class FakeTikTokShop(FakeShop):
    """TikTok Shop's side."""

    name: ClassVar = "tiktok-shop"
    cannot_tell: ClassVar = frozenset({"Order Out For Delivery"})
    #: The tokens that are good now; the second is good for one renewal.
    _n_renewed = 0

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        return {
            "app_key": _KEY, "app_secret": _SECRET, "shop_cipher": _CIPHER, "shop_id": "7494",
            "refresh_token": "refresh-0", "base_url": self.url,
        }  # fmt: skip

    def order_id(self, number: int) -> str:
        """Return the id of the so-manieth order."""
        return str(576_486_316_948_490_000 + number)

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return the webhook, signed over key and body."""
        type_ = 12 if what == "refunded" else 1
        data: dict[str, object] = {
            "order_id": order.id, "update_time": order.updated_at // _SECOND,
            "order_status": _state(order),
        }  # fmt: skip
        if type_ == 12:
            data["return_status"] = "RETURN_OR_REFUND_REQUEST_COMPLETE"
        body = msgspec.json.encode({
            "type": type_, "tts_notification_id": f"{order.id}{order.version:03}",
            "shop_id": "7494", "timestamp": order.updated_at // _SECOND, "data": data,
        })  # fmt: skip
        sign = hmac.new(_SECRET.encode(), _KEY.encode() + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Authorization": sign}
        return [Delivery(order.id, str(type_), body, headers)]

    def is_token_path(self, path: str) -> bool:
        """Say whether tokens are renewed here."""
        return path == "/api/v2/token/refresh"

    def not_good_any_more(self) -> Given:
        """Answer that the token has expired."""
        return Given({"code": 105002, "message": "Expired credentials.", "data": None}, 401)

    def answer(self, asked: Asked) -> Given:
        """Answer a request."""
        if self.is_token_path(asked.path):
            return self._renew(asked)
        if asked.query.get("sign") != _signed(asked):
            return Given({"code": 106001, "message": "The 'sign' is invalid.", "data": None}, 401)
        if asked.headers.get("x-tts-access-token") != f"access-{self._n_renewed}":
            return self.not_good_any_more()
        if asked.path == "/authorization/202309/shops":
            return _data({"shops": [{"name": "Huiliu Demo", "cipher": _CIPHER, "id": "7494"}]})
        if asked.path == "/order/202507/orders":
            wanted = asked.query["ids"].split(",")
            found = [self.show(self.orders[one]) for one in wanted if one in self.orders]
            return _data({"orders": found})
        return self._search(asked)

    def _search(self, asked: Asked) -> Given:
        """Return a page of what changed."""
        body = asked.json()
        since, until = (
            int(str(body.get(name, 0))) * _SECOND for name in ("update_time_ge", "update_time_lt")
        )
        changed = self.between(since, until) if until else list(self.orders.values())
        if asked.path.endswith("/products/search"):
            return _data({"products": [], "next_page_token": ""})
        if asked.path.endswith("/returns/search"):
            ids = body.get("order_ids")
            rows = [
                row for one in changed if not isinstance(ids, list) or one.id in ids
                for row in _returns(one)
            ]  # fmt: skip
            return _data({"return_orders": rows, "next_page_token": ""})
        after = asked.query.get("page_token", "")
        if after:
            at, name = after.split("|")
            changed = [one for one in changed if (one.updated_at, one.id) > (int(at), name)]
        some = changed[: min(self.page_size, int(asked.query["page_size"]))]
        more = len(changed) > len(some)
        token = f"{some[-1].updated_at}|{some[-1].id}" if more else ""
        return _data({"orders": [self.show(one) for one in some], "next_page_token": token})

    def _renew(self, asked: Asked) -> Given:
        """Return new tokens for the one that is good."""
        if asked.query.get("refresh_token") != f"refresh-{self._n_renewed}":
            return Given({"code": 36004004, "message": "refresh token is invalid", "data": None})
        self._n_renewed += 1
        self.expired = 0
        return _data({
            "access_token": f"access-{self._n_renewed}",
            "access_token_expire_in": self.now() // _SECOND + 7 * 86_400,
            "refresh_token": f"refresh-{self._n_renewed}",
            "refresh_token_expire_in": self.now() // _SECOND + 30 * 86_400,
        })  # fmt: skip

    def show(self, order: FakeOrder) -> dict[str, object]:
        """Return an order as the API shows it."""
        sent = min((one.shipped_at for one in order.parcels), default=None)
        found: dict[str, object] = {
            "id": order.id, "status": _state(order), "user_id": order.buyer.id,
            "create_time": order.created_at // _SECOND, "update_time": order.updated_at // _SECOND,
            "payment": {"currency": order.currency, "total_amount": _amount(order.total)},
            "rts_sla_time": order.created_at // _SECOND + 3 * 86_400, "is_cod": False,
            "buyer_email": "v4bc@scs.tiktokw.us",
            "recipient_address": {
                "region_code": "US", "phone_number": "(+1)415*****01",
                "district_info": [{"address_name": "USA"}, {"address_name": "California"}],
            },
            "line_items": [
                {
                    "id": f"{order.id}{number}{piece}", "sku_id": line.variant_id,
                    "product_id": line.product_id, "product_name": line.name,
                    "seller_sku": line.sku, "sale_price": _amount(line.price),
                    "currency": order.currency,
                }
                for number, line in enumerate(order.lines)
                for piece in range(line.quantity)
            ],
        }  # fmt: skip
        times = {
            "paid_time": order.paid_at, "collection_time": sent,
            "delivery_time": order.delivered_at, "cancel_time": order.cancelled_at,
        }  # fmt: skip
        found |= {name: at // _SECOND for name, at in times.items() if at is not None}
        if order.parcels:
            found["tracking_number"] = order.parcels[0].tracking_number
            found["shipping_provider"] = order.parcels[0].carrier
        return found


def _signed(asked: Asked) -> str:
    """Return the signature that a request should have, as the vendor's page tells it."""
    text = asked.path + "".join(
        f"{name}{asked.query[name]}" for name in sorted(asked.query) if name != "sign"
    )
    whole = f"{_SECRET}{text}{asked.body.decode()}{_SECRET}"
    return hmac.new(_SECRET.encode(), whole.encode(), hashlib.sha256).hexdigest()


def _returns(order: FakeOrder) -> list[dict[str, object]]:
    """Return an order's refunds as the API shows them."""
    return [
        {
            "return_id": name, "order_id": order.id,
            "return_status": "RETURN_OR_REFUND_REQUEST_COMPLETE",
            "create_time": at // _SECOND, "update_time": at // _SECOND,
            "refund_amount": {"currency": order.currency, "refund_total": _amount(amount)},
        }
        for name, at, amount in order.refunds
    ]  # fmt: skip


def _state(order: FakeOrder) -> str:
    """Return TikTok's word; a refund does not change it."""
    if order.state != "refunded":
        return _STATES[order.state]
    if order.delivered_at is not None:
        return "COMPLETED"
    return "IN_TRANSIT" if order.parcels else "AWAITING_SHIPMENT"


def _amount(minor: int) -> str:
    """Return an amount as text."""
    return f"{minor // 100}.{minor % 100:02}"


def _data(data: dict[str, object]) -> Given:
    """Return an answer."""
    return Given({"code": 0, "message": "Success", "data": data, "request_id": "2026112204"})
