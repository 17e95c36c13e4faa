"""A shop on WooCommerce: pages by number, webhooks with the whole order in them."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from decimal import Decimal
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.shops.orders import FakeOrder
from huiliu.fakes.shops.shop import Asked, Delivery, FakeShop, Given

__all__ = ["FakeWooCommerce"]

_SECRET: Final = "woo-secret"  # noqa: S105 - of a fake
_EPOCH: Final = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - its times name no zone
_STATES: Final = {
    "created": "pending", "paid": "processing", "shipped": "completed", "delivered": "completed",
    "cancelled": "cancelled", "refunded": "refunded",
}  # fmt: skip


class FakeWooCommerce(FakeShop):
    """WooCommerce's side; it knows nothing of parcels once they have left."""

    name: ClassVar = "woocommerce"
    cannot_tell: ClassVar = frozenset({"Order Out For Delivery", "Order Delivered"})

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        return {
            "url": self.url, "consumer_key": "ck_fake", "consumer_secret": "cs_fake",
            "webhook_secret": _SECRET,
        }  # fmt: skip

    def order_id(self, number: int) -> str:
        """Return the id of the so-manieth order."""
        return str(700 + number)

    def told_id(self, order_id: str) -> str:
        """Return the order's id as events carry it."""
        return f"main-{order_id}"

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return the webhook: the whole order, signed."""
        topic = "order.created" if what == "created" else "order.updated"
        body = msgspec.json.encode(self.show(order))
        signature = base64.b64encode(hmac.new(_SECRET.encode(), body, hashlib.sha256).digest())
        mark = hashlib.sha256(body + topic.encode()).hexdigest()
        return [
            Delivery(
                order.id, topic, body,
                {
                    "Content-Type": "application/json", "X-WC-Webhook-Source": self.url,
                    "X-WC-Webhook-Topic": topic, "X-WC-Webhook-Resource": "order",
                    "X-WC-Webhook-Event": topic.partition(".")[2],
                    "X-WC-Webhook-Signature": signature.decode(), "X-WC-Webhook-ID": "1",
                    "X-WC-Webhook-Delivery-ID": mark[:32],
                },
            )
        ]  # fmt: skip

    def answer(self, asked: Asked) -> Given:
        """Answer a request of the REST API."""
        pair = base64.b64encode(b"ck_fake:cs_fake").decode()
        if asked.headers.get("authorization") != f"Basic {pair}":
            return Given({"code": "woocommerce_rest_cannot_view"}, 401)
        if asked.path.endswith("/system_status"):
            return Given({"environment": {"site_url": self.url}})
        if not re.fullmatch(r"/wp-json/wc/v3/(orders|products)", asked.path):
            return Given({"code": "rest_no_route"}, 404)
        if asked.path.endswith("products"):
            return Given([], headers={"X-WP-TotalPages": "0"})
        if wanted := asked.query.get("include"):
            found = [one for name in wanted.split(",") if (one := self.orders.get(name))]
        else:
            found = self.between(
                _micros(asked.query["modified_after"]) + 1_000_000,
                _micros(asked.query["modified_before"]),
            )
        page = int(asked.query.get("page", "1"))
        per_page = min(int(asked.query["per_page"]), self.page_size)
        some = found[(page - 1) * per_page : page * per_page]
        pages = -(-len(found) // per_page)
        return Given([self.show(one) for one in some], headers={"X-WP-TotalPages": str(pages)})

    def show(self, order: FakeOrder) -> dict[str, object]:
        """Return an order as the REST API shows it."""
        sent = min((one.shipped_at for one in order.parcels), default=None)
        first, _, last = order.buyer.name.partition(" ")
        return {
            "id": int(order.id), "status": _STATES[order.state], "currency": order.currency,
            "date_created_gmt": _gmt(order.created_at), "date_modified_gmt": _gmt(order.updated_at),
            "date_paid_gmt": _gmt(order.paid_at), "date_completed_gmt": _gmt(sent),
            "total": _amount(order.total), "discount_total": "0.00", "shipping_total": "0.00",
            "customer_id": int(order.buyer.id), "payment_method": "stripe",
            "billing": {
                "first_name": first, "last_name": last, "email": order.buyer.email,
                "phone": order.buyer.phone, "country": "US",
            },
            "shipping": {"state": "CA", "city": "San Francisco", "country": "US"},
            "line_items": [
                {
                    "id": 1, "name": line.name, "product_id": int(line.product_id),
                    "variation_id": 0, "quantity": line.quantity, "sku": line.sku,
                    "price": float(_amount(line.price)),
                }
                for line in order.lines
            ],
            "coupon_lines": [],
            "refunds": [
                {"id": int(name), "reason": "", "total": f"-{_amount(amount)}"}
                for name, _, amount in order.refunds
            ],
            "customer_note": order.note,
        }  # fmt: skip


def _amount(minor: int) -> str:
    """Return an amount as text."""
    return str(Decimal(minor).scaleb(-2))


def _gmt(at: int | None) -> str | None:
    """Return an instant in whole seconds, without a zone."""
    return None if at is None else (_EPOCH + dt.timedelta(seconds=at // 1_000_000)).isoformat()


def _micros(written: str) -> int:
    """Return the instant of such a time."""
    return int((dt.datetime.fromisoformat(written) - _EPOCH).total_seconds()) * 1_000_000
