"""A shop on Shopify: GraphQL with a cost quota, webhooks signed with the client secret."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from decimal import Decimal
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.shops.orders import FakeOrder, FakeParcel
from huiliu.fakes.shops.shop import Asked, Delivery, FakeShop, Given

__all__ = ["FakeShopify"]

_SECRET: Final = "hush"  # noqa: S105 - of a fake
_TOKEN: Final = "shpat_fake"  # noqa: S105 - same
_BOUNDS: Final = re.compile(r"updated_at:>='([^']+)' AND updated_at:<'([^']+)'")
_TOPICS: Final = {
    "created": "orders/create", "paid": "orders/paid", "shipped": "fulfillments/create",
    "out": "fulfillment_events/create", "delivered": "fulfillment_events/create",
    "cancelled": "orders/cancelled", "refunded": "refunds/create",
}  # fmt: skip
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class FakeShopify(FakeShop):
    """Shopify's side."""

    name: ClassVar = "shopify"

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        return {
            "shop": "huiliu-demo.myshopify.com", "access_token": _TOKEN, "client_secret": _SECRET,
            "base_url": self.url,
        }  # fmt: skip

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return the webhooks of what has just happened: its own, and orders/updated."""
        topics = dict.fromkeys((_TOPICS.get(what, "orders/updated"), "orders/updated"))
        return [self.signed(order, topic) for topic in topics]

    def signed(self, order: FakeOrder, topic: str, secret: str = _SECRET) -> Delivery:
        """Return one webhook as REST writes the order, signed with a secret."""
        named = {"id": int(order.id)} if topic.startswith("orders/") else {
            "id": int(order.id) + 1, "order_id": int(order.id),
        }  # fmt: skip
        body = msgspec.json.encode({
            **named, "updated_at": _iso(order.updated_at), "version": order.version,
            "financial_status": _financial(order), "total_price": _amount(order.total),
        })  # fmt: skip
        signature = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        mark = hashlib.sha256(body + topic.encode()).hexdigest()
        return Delivery(
            order.id, topic, body,
            {
                "Content-Type": "application/json",
                "X-Shopify-Topic": topic,
                "X-Shopify-Hmac-Sha256": base64.b64encode(signature).decode(),
                "X-Shopify-Shop-Domain": self.config["shop"],
                "X-Shopify-API-Version": "2025-07",
                "X-Shopify-Webhook-Id": f"{mark[:8]}-{mark[8:12]}-{mark[12:16]}",
                "X-Shopify-Triggered-At": str(_iso(order.updated_at)),
            },
        )  # fmt: skip

    def answer(self, asked: Asked) -> Given:
        """Answer a GraphQL query."""
        if not re.fullmatch(r"/admin/api/[\d-]+/graphql\.json", asked.path):
            return Given({"errors": "Not Found"}, 404)
        if asked.headers.get("x-shopify-access-token") != _TOKEN:
            return Given({"errors": "[API] Invalid API key or access token"}, 401)
        given = asked.json()
        variables = given.get("variables")
        values = variables if isinstance(variables, dict) else {}
        query = str(given.get("query"))
        if "shop {" in query:
            return _data({"shop": {"name": "Huiliu Demo", "myshopifyDomain": self.config["shop"]}})
        if "ids" in values:
            return _data({"nodes": [self._node(str(gid)) for gid in values["ids"]]})
        return self._search(query, values)

    def too_many(self) -> Given:
        """Answer that the bucket of query costs is empty: with 200, as GraphQL does."""
        return Given({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]})

    def _search(self, query: str, values: dict[str, object]) -> Given:
        """Return a page of what changed."""
        bounds = _BOUNDS.search(str(values.get("query")))
        if bounds is None or "found: orders" not in query:
            return _page([], "")
        found = self.between(_micros(bounds[1]), _micros(bounds[2]))
        after = str(values.get("after") or "")
        if after:
            at, name = after.split("|")
            found = [one for one in found if (one.updated_at, one.id) > (int(at), name)]
        some = found[: self.page_size]
        last = some[-1] if len(found) > len(some) else None
        return _page(
            [self.show(one) for one in some], f"{last.updated_at}|{last.id}" if last else ""
        )

    def _node(self, gid: str) -> dict[str, object] | None:
        """Return an order by its global id."""
        order = self.orders.get(gid.rpartition("/")[2])
        return None if order is None else self.show(order)

    def show(self, order: FakeOrder) -> dict[str, object]:
        """Return an order as GraphQL shows it."""
        paid = _iso(order.paid_at)
        return {
            "id": f"gid://shopify/Order/{order.id}", "legacyResourceId": order.id,
            "name": f"#{order.id[-4:]}", "createdAt": _iso(order.created_at),
            "updatedAt": _iso(order.updated_at), "processedAt": _iso(order.created_at),
            "cancelledAt": _iso(order.cancelled_at), "test": False, "discountCodes": [],
            "displayFinancialStatus": _financial(order).upper(),
            "displayFulfillmentStatus": "FULFILLED" if order.parcels else "UNFULFILLED",
            "currencyCode": order.currency, "email": order.buyer.email, "phone": order.buyer.phone,
            "totalPriceSet": _money(order.total, order.currency),
            "totalReceivedSet": _money(order.total if paid else 0, order.currency),
            "customer": {"legacyResourceId": order.buyer.id, "displayName": order.buyer.name},
            "billingAddress": {"countryCodeV2": "US"},
            "shippingAddress": {
                "province": "California", "city": "San Francisco", "countryCodeV2": "US",
            },
            "lineItems": {"nodes": [
                {
                    "sku": line.sku, "name": line.name, "quantity": line.quantity,
                    "product": {"legacyResourceId": line.product_id},
                    "variant": {"legacyResourceId": line.variant_id},
                    "originalUnitPriceSet": _money(line.price, order.currency),
                }
                for line in order.lines
            ]},
            "transactions": [{"kind": "SALE", "status": "SUCCESS", "processedAt": paid}]
            if paid else [],
            "fulfillments": [_fulfilment(one) for one in order.parcels],
            "refunds": [
                {
                    "legacyResourceId": name, "createdAt": _iso(at),
                    "totalRefundedSet": _money(amount, order.currency),
                }
                for name, at, amount in order.refunds
            ],
            "disputes": [],
        }  # fmt: skip


def _fulfilment(parcel: FakeParcel) -> dict[str, object]:
    """Return a parcel as a fulfilment."""
    events = [{"status": "OUT_FOR_DELIVERY", "happenedAt": _iso(parcel.out_at)}]
    return {
        "legacyResourceId": parcel.id, "status": "SUCCESS", "createdAt": _iso(parcel.shipped_at),
        "deliveredAt": _iso(parcel.delivered_at),
        "trackingInfo": [
            {
                "company": parcel.carrier, "number": parcel.tracking_number,
                "url": f"https://track.example/{parcel.tracking_number}",
            }
        ],
        "events": {"nodes": events if parcel.out_at is not None else []},
    }  # fmt: skip


def _financial(order: FakeOrder) -> str:
    """Return REST's word for where the payment stands."""
    if order.state == "refunded":
        return "refunded"
    if order.paid_at is not None:
        return "paid"
    return "voided" if order.cancelled_at is not None else "pending"


def _data(data: dict[str, object]) -> Given:
    """Return an answer of GraphQL."""
    return Given({"data": data})


def _page(nodes: list[dict[str, object]], cursor: str) -> Given:
    """Return a page of a connection."""
    info = {"hasNextPage": bool(cursor), "endCursor": cursor or None}
    return _data({"found": {"nodes": nodes, "pageInfo": info}})


def _money(minor: int, currency: str) -> dict[str, object]:
    """Return an amount in the shop's money."""
    return {"shopMoney": {"amount": _amount(minor), "currencyCode": currency}}


def _amount(minor: int) -> str:
    """Return an amount as text."""
    return str(Decimal(minor).scaleb(-2))


def _iso(at: int | None) -> str | None:
    """Return an instant as ISO 8601."""
    if at is None:
        return None
    return (_EPOCH + dt.timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")


def _micros(written: str) -> int:
    """Return the instant of an ISO 8601 time."""
    past = dt.datetime.fromisoformat(written) - _EPOCH
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds
