"""WooCommerce: webhooks signed with each one's own secret, orders by the REST API, version 3.

Source: github.com/woocommerce/woocommerce, class-wc-webhook.php; woocommerce.github.io,
"WooCommerce REST API". Its webhooks go out by wp-cron, so they may come late; five failures in a
row switch one off, which nobody is told of: the poll is what can be relied upon.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY, SECOND, as_datetime
from huiliu.ports.shops import (
    ORDER,
    PRODUCT,
    Answer,
    Buyer,
    Evidence,
    Fetched,
    Happening,
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
from huiliu.sources.shops.calling import answer, ask, with_query
from huiliu.sources.shops.platform import CURRENCY, PlatformDefaults, is_same, mac, parsed
from huiliu.sources.shops.properties import Line, Ordered, order_properties, region
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import Case, Refund, happenings, status_of

__all__ = ["WooCommerce"]

_KINDS: Final = {"order": (ORDER, "orders"), "product": (PRODUCT, "products")}
_PAGE: Final = 50
#: Not orders yet, or no more.
_NO_ORDER: Final = frozenset({"checkout-draft", "auto-draft", "trash", "draft"})


class WooCommerce(PlatformDefaults):
    """A shop on WordPress with WooCommerce."""

    name: ClassVar = "woocommerce"
    evidence: ClassVar = Evidence.DOCUMENTS
    kinds: ClassVar = (ORDER, PRODUCT)
    fields: ClassVar = (
        ShopField("url", kind="url"),
        ShopField("consumer_key", is_secret=True),
        ShopField("consumer_secret", is_secret=True),
        ShopField("webhook_secret", is_secret=True),
        CURRENCY,
    )
    statuses: ClassVar[Mapping[str, str]] = {
        "pending": "created", "on-hold": "created", "failed": "created", "processing": "paid",
        # Many shops set it when they ship, and none of them when the parcel arrives.
        "completed": "shipped",
        "cancelled": "cancelled", "refunded": "refunded",
    }  # fmt: skip
    scope: ClassVar = Scope.ANY
    longest_window: ClassVar[int] = 30 * DAY

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Check the signature, and say what it points to."""
        given = inbound.headers.get("x-wc-webhook-signature", "")
        if not given and inbound.body.startswith(b"webhook_id="):
            # WooCommerce tries the address when a webhook is made, without a signature.
            return Received(())
        made = base64.b64encode(mac(connection.value("webhook_secret"), inbound.body)).decode()
        if not is_same(given, made):
            return Refusal("signature")
        found = parsed(inbound.body)
        if found is None or not Raw(found).text("id"):
            return Refusal("malformed", 400)
        kind = _KINDS.get(inbound.headers.get("x-wc-webhook-resource", ""))
        if kind is None:
            return Received(())
        topic = inbound.headers.get("x-wc-webhook-topic", "")
        # The id of a delivery is not signed; what was deleted and restored has the same body again.
        key = f"{topic} {hashlib.sha256(inbound.body).hexdigest()}"
        deliveries = (inbound.headers.get("x-wc-webhook-delivery-id", ""), key)
        return Received([Notice(kind[0], Raw(found).text("id"), topic, deliveries)])

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """Return a page of what changed, the last page first.

        What changes while a list is read leaves the window and moves the rest towards the first
        page, so whoever reads towards the first page misses nothing.
        """
        page = int(cursor) if cursor.isdecimal() else 1
        query = {
            "modified_after": _gmt(window.since - SECOND), "modified_before": _gmt(window.until),
            "dates_are_gmt": "true", "orderby": "modified", "order": "asc",
            "per_page": str(_PAGE), "page": str(page),
        }  # fmt: skip
        headers, found = self._get(session, kind, query)
        items = tuple(self._item(session, kind, row) for row in _rows(found))
        if not cursor:
            last = Raw(dict(headers)).whole("x-wp-totalpages") or 1
            return Page(items, str(last) if last > 1 else "")
        return Page(items, str(page - 1) if page > 1 else "")

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Return things as they are now."""
        wanted = ",".join(one for one in ids if one.isdecimal())
        if not wanted:
            return []
        query = {"include": wanted, "per_page": "100", "status": "any"}
        _, found = self._get(session, kind, query)
        return [self._item(session, kind, row) for row in _rows(found)]

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Return what has happened to an order."""
        raw = Raw(fetched.raw)
        version = raw.instant("date_modified_gmt", "date_created_gmt")
        if version is None:
            raise lacks("date_modified_gmt")
        word, currency = raw.needed("status"), raw.text("currency")
        status = status_of(connection, self.statuses, word)
        completed = status_of(connection, self.statuses, "completed")
        case = Case(
            status, version, currency, raw.amount("total", currency),
            {
                "created": raw.instant("date_created_gmt"), "paid": raw.instant("date_paid_gmt"),
                completed: raw.instant("date_completed_gmt"),
            },
            refunds=[
                Refund(row.text("id"), None, abs(row.amount("total", currency) or 0))
                for row in raw.rows("refunds")
            ],
            pays_later=raw.text("payment_method") == "cod",
        )  # fmt: skip
        told: tuple[Happening, ...] = () if word in _NO_ORDER else happenings(case)
        return Story(ORDER, fetched.id, version, word, status, _buyer(raw), told,
                     order_properties(_ordered(raw, connection, currency)))  # fmt: skip

    def read_products(self, fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
        """Return a product, or its variations."""
        raw = Raw(fetched.raw)
        variations = list(raw.rows("_variations"))
        return [_product(raw, row, connection) for row in variations or [raw]]

    def test(self, session: Session) -> str:
        """Return the address of the shop, as its API says it."""
        url = f"{session.connection.value('url').rstrip('/')}/wp-json/wc/v3/system_status"
        found = Raw(ask(session, url, headers=_key(session)))
        return found.text("environment.site_url", "environment.home_url")

    def _get(
        self, session: Session, kind: str, query: Mapping[str, str]
    ) -> tuple[Mapping[str, str], Value]:
        """Return an answer of the API."""
        path = "orders" if kind == ORDER else "products"
        url = f"{session.connection.value('url').rstrip('/')}/wp-json/wc/v3/{path}"
        return answer(session, with_query(url, query), headers=_key(session))

    def _item(self, session: Session, kind: str, row: Mapping[str, Value]) -> Fetched:
        """Return a row; a product with variations is asked for them."""
        found = Fetched(kind, Raw(row).text("id"), row)
        if kind == ORDER or Raw(row).text("type") != "variable":
            return found
        path = f"/wp-json/wc/v3/products/{found.id}/variations?per_page=100"
        url = f"{session.connection.value('url').rstrip('/')}{path}"
        variations = ask(session, url, headers=_key(session))
        return Fetched(kind, found.id, {**row, "_variations": variations})


def _key(session: Session) -> dict[str, str]:
    """Return the header that carries the key."""
    value = session.connection.value
    pair = f"{value('consumer_key')}:{value('consumer_secret')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _rows(found: Value) -> list[Mapping[str, Value]]:
    """Return the objects of a list."""
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _gmt(at: int) -> str:
    """Return an instant as WooCommerce reads it, in whole seconds."""
    return as_datetime(at).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _buyer(raw: Raw) -> Buyer:
    """Return who bought; guests have no id."""
    customer = raw.text("customer_id")
    name = f"{raw.text('billing.first_name')} {raw.text('billing.last_name')}".strip()
    return Buyer(
        customer if customer != "0" else "", raw.clear("billing.phone"), raw.clear("billing.email"),
        name, country=raw.text("billing.country"),
    )  # fmt: skip


def _ordered(raw: Raw, connection: ShopConnection, currency: str) -> Ordered:
    """Return what the events of an order carry; numbers of orders begin at 1 in every shop."""
    return Ordered(
        f"{connection.name}-{raw.text('id')}", currency,
        total=raw.amount("total", currency), discount=raw.amount("discount_total", currency),
        freight=raw.amount("shipping_total", currency),
        lines=tuple(
            Line(
                row.text("product_id"), row.text("name"), row.whole("quantity") or 1,
                row.amount("price", currency),
                row.text("variation_id") if row.text("variation_id") != "0" else "",
                row.text("sku"), image=row.text("image.src"),
            )
            for row in raw.rows("line_items")
        ),
        region=region((raw.text("shipping.state"), raw.text("shipping.city"))),
        country=raw.text("shipping.country", "billing.country"),
        coupons=tuple(row.text("code") for row in raw.rows("coupon_lines")),
        more={"payment_method": raw.text("payment_method")},
    )  # fmt: skip


def _stock(own: Raw) -> int | None:
    """Return how many there are; None where the shop does not count and does have some."""
    if own.flag("manage_stock"):
        return own.whole("stock_quantity")
    return 0 if own.text("stock_status") == "outofstock" else None


def _product(raw: Raw, own: Raw, connection: ShopConnection) -> ShopProduct:
    """Return one variation of a product, or a product that has none."""
    currency = connection.value(CURRENCY.name) or CURRENCY.default
    price = own.amount("price", currency) or 0
    regular = own.amount("regular_price", currency)
    options = " ".join(row.text("option") for row in own.rows("attributes") if row.text("option"))
    is_variation = own is not raw
    return ShopProduct(
        raw.needed("id"), own.needed("id"),
        " ".join(filter(None, (raw.text("name"), options if is_variation else ""))),
        price, currency, regular if regular is not None and regular > price else None,
        own.text("sku") or raw.text("sku"),
        own.text("global_unique_id"),
        _stock(own),
        next((row.text("name") for row in raw.rows("categories")), ""),
        next((row.text("name") for row in raw.rows("brands")), ""),
        own.text("permalink") or raw.text("permalink"),
        tuple(url for row in raw.rows("images") if (url := row.text("src"))),
        tuple(row.text("name") for row in raw.rows("tags")),
        raw.text("status") == "publish" and own.text("status") in {"", "publish"},
        raw.instant("date_modified_gmt") or 0,
    )  # fmt: skip
