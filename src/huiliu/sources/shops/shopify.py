"""Shopify: webhooks signed with the app's secret, orders by the Admin API's GraphQL.

Source: shopify.dev, "Verify webhook deliveries", "Admin GraphQL API: Order", version 2025-07; the
REST field names of webhook bodies are those of "REST Admin API: Order".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import msgspec

from huiliu.kernel.errors import Problem, ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, show_instant
from huiliu.ports.outbound import HttpAnswer
from huiliu.ports.shops import (
    CHECKOUT,
    ORDER,
    PRODUCT,
    Answer,
    Evidence,
    Fetched,
    Inbound,
    Notice,
    Page,
    Received,
    Refusal,
    Scope,
    Session,
    ShopConnection,
    ShopField,
    ShopProduct,
    Story,
    Window,
)
from huiliu.sources.shops.calling import ask, base_url
from huiliu.sources.shops.platform import BASE_URL, CURRENCY, PlatformDefaults, is_same
from huiliu.sources.shops.shopify_queries import QUERIES, SEARCH
from huiliu.sources.shops.shopify_reading import read_checkout, read_order, read_products

__all__ = ["Shopify"]

_SHOP: Final = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
_VERSION: Final = "2025-07"
#: The first word of a topic -> what it points to.
_KINDS: Final = {
    "orders": ORDER, "fulfillments": ORDER, "fulfillment_events": ORDER, "refunds": ORDER,
    "order_transactions": ORDER, "disputes": ORDER, "checkouts": CHECKOUT, "products": PRODUCT,
}  # fmt: skip
_GIDS: Final = {ORDER: "Order", CHECKOUT: "AbandonedCheckout", PRODUCT: "Product"}
_PAGE: Final = 50


class Shopify(PlatformDefaults):
    """A shop on Shopify."""

    name: ClassVar = "shopify"
    evidence: ClassVar = Evidence.DOCUMENTS
    kinds: ClassVar = (ORDER, CHECKOUT, PRODUCT)
    fields: ClassVar = (
        ShopField("shop"),
        ShopField("access_token", is_secret=True),
        ShopField("client_secret", is_secret=True),
        # While a secret is rotated, Shopify signs with the old one for up to an hour.
        ShopField("old_client_secret", is_secret=True, is_needed=False),
        ShopField("api_version", is_needed=False, default=_VERSION),
        CURRENCY,
        BASE_URL,
    )
    statuses: ClassVar[Mapping[str, str]] = {
        "pending": "created", "authorized": "created", "expired": "created",
        "partially_paid": "created", "paid": "paid", "partially_refunded": "paid",
        "in_progress": "paid", "on_hold": "paid", "scheduled": "paid",
        "partially_fulfilled": "shipped", "fulfilled": "shipped", "delivered": "delivered",
        "voided": "cancelled", "cancelled": "cancelled", "refunded": "refunded",
    }  # fmt: skip
    scope: ClassVar = Scope.ANY
    longest_window: ClassVar[int] = 30 * DAY

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return what is wrong with the shop's domain."""
        if config.get("shop") and not _SHOP.fullmatch(config["shop"]):
            return [Problem("shop", text("shops.shopify.shop"))]
        return ()

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Check the signature by the secret and the one before it, and say what it points to."""
        given = inbound.headers.get("x-shopify-hmac-sha256", "")
        secrets = [connection.value(name) for name in ("client_secret", "old_client_secret")]
        if not any(is_same(given, _signed(one, inbound.body)) for one in secrets if one):
            return Refusal("signature")
        shop = inbound.headers.get("x-shopify-shop-domain", "")
        if shop and shop != connection.value("shop"):
            return Refusal("foreign")
        topic = inbound.headers.get("x-shopify-topic", "")
        kind = _KINDS.get(topic.partition("/")[0])
        if kind is None:
            return Received(())
        thing = _pointed(topic, inbound.body)
        if thing is None:
            return Refusal("malformed", 400)
        # The id of a delivery is not signed, so the body is a key too: two that are the same letter
        # for letter show the same state.
        keys = (
            inbound.headers.get("x-shopify-webhook-id", ""),
            hashlib.sha256(inbound.body).hexdigest(),
        )
        return Received([Notice(kind, thing, topic, keys)] if thing else [])

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """Return orders, checkouts or products that changed in the window."""
        since, until = show_instant(window.since), show_instant(window.until)
        bounds = f"updated_at:>='{since}' AND updated_at:<'{until}'"
        variables: dict[str, object] = {"n": _PAGE, "after": cursor or None, "query": bounds}
        found = _of(self._graphql(session, SEARCH[kind], variables), "found")
        nodes = found.get("nodes")
        info = _of(found, "pageInfo")
        return Page(
            tuple(_item(kind, node) for node in (nodes if isinstance(nodes, list) else ())),
            str(info.get("endCursor") or "") if info.get("hasNextPage") else "",
        )

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Return things as they are now."""
        gids = [f"gid://shopify/{_GIDS[kind]}/{one}" for one in ids if one.isdecimal()]
        if not gids:
            return []
        data = self._graphql(session, QUERIES[kind], {"ids": gids})
        nodes = data.get("nodes")
        return [_item(kind, node) for node in (nodes if isinstance(nodes, list) else ()) if node]

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Return what has happened to an order or a checkout."""
        if fetched.kind == CHECKOUT:
            return read_checkout(fetched)
        return read_order(fetched, connection, self.statuses)

    def read_products(self, fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
        """Return a product's variants."""
        return read_products(fetched, connection)

    def test(self, session: Session) -> str:
        """Return the shop's name."""
        data = self._graphql(session, "{ shop { name myshopifyDomain } }", {})
        return str(_of(data, "shop").get("name") or "")

    def _graphql(
        self, session: Session, query: str, variables: Mapping[str, object]
    ) -> Mapping[str, Value]:
        """Return the data of a query."""
        usual = f"https://{session.connection.value('shop')}"
        version = session.connection.value("api_version") or _VERSION
        found = ask(
            session,
            f"{base_url(session, usual)}/admin/api/{version}/graphql.json",
            method="POST",
            headers={
                "Content-Type": "application/json",
                "X-Shopify-Access-Token": session.connection.value("access_token"),
            },
            body=msgspec.json.encode({"query": query, "variables": variables}),
            judge=_judge,
        )
        data = found.get("data") if isinstance(found, dict) else None
        if not isinstance(data, dict):
            raise ShopFailed(session.connection.name, ShopFault.DOWN, "no data in the answer")
        return data


def _judge(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Return what GraphQL's own errors say; a quota is answered with 200."""
    if got.status in {401, 403}:
        return ShopFault.REFUSED, "the access token is not good for this"
    errors = found.get("errors") if isinstance(found, dict) else None
    if not errors:
        return None
    rows = errors if isinstance(errors, list) else [errors]
    words = "; ".join(str(row.get("message") if isinstance(row, dict) else row) for row in rows)
    codes = {str(_of(row, "extensions").get("code")) for row in rows if isinstance(row, dict)}
    if "THROTTLED" in codes:
        return ShopFault.BUSY, words
    return (ShopFault.DOWN if "INTERNAL_SERVER_ERROR" in codes else ShopFault.REFUSED), words


def _signed(secret: str, body: bytes) -> str:
    """Return the signature of a body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _pointed(topic: str, body: bytes) -> str | None:
    """Return the id of what a notice points to; "" = nothing of ours, None = it cannot be read."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    own = topic.startswith(("orders/", "checkouts/", "products/"))
    if own and found.get("id") is not None:
        return str(found["id"])
    return "" if found.get("order_id") is None else str(found["order_id"])


def _item(kind: str, node: Value) -> Fetched:
    """Return a node of an answer."""
    raw = node if isinstance(node, dict) else {}
    return Fetched(
        kind, str(raw.get("legacyResourceId") or raw.get("id", "")).rpartition("/")[2], raw
    )


def _of(found: Mapping[str, Value], name: str) -> Mapping[str, Value]:
    """Return an object inside, an empty one where there is none."""
    inner = found.get(name)
    return inner if isinstance(inner, dict) else {}
