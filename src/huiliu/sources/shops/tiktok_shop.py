"""TikTok Shop: webhooks signed over key and body, requests signed over everything, tokens renewed.

Source: partner.tiktokshop.com, "Sign your API request", "Webhooks overview", "Get Order List"; the
fields are those of the package tiktok-shop-api 0.1.0, made from the vendor's definitions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import msgspec

from huiliu.kernel.errors import ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY, MINUTE, SECOND
from huiliu.ports.outbound import HttpAnswer
from huiliu.ports.shops import (
    ORDER,
    PRODUCT,
    Answer,
    Buyer,
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
from huiliu.sources.shops.calling import ask, base_url, with_query
from huiliu.sources.shops.platform import BASE_URL, PlatformDefaults, is_same, mac, parsed
from huiliu.sources.shops.properties import Line, Ordered, order_properties, region
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import Case, Refund, happenings, status_of

__all__ = ["TikTokShop", "signed"]

_API: Final = "https://open-api.tiktokglobalshop.com"
_AUTH: Final = "https://auth.tiktok-shops.com"
#: Returns and refunds, which are asked for by their own changes.
_RETURN: Final = "return"
#: Types of webhooks and what they point to: order status, address, package, cancellation, return.
_KINDS: Final = {1: ORDER, 3: ORDER, 4: ORDER, 11: ORDER, 12: _RETURN, 5: PRODUCT, 15: PRODUCT,
                 16: PRODUCT}  # fmt: skip
_REFUNDED: Final = frozenset({
    "RETURN_OR_REFUND_REQUEST_COMPLETE", "REPLACEMENT_REQUEST_REFUND_SUCCESS",
})  # fmt: skip
#: A delivery is tried again for a while; what is older was kept back by somebody.
_OLDEST: Final = 3 * DAY
_AHEAD: Final = 5 * MINUTE
_PAGE: Final = "50"


class TikTokShop(PlatformDefaults):
    """A shop on TikTok Shop."""

    name: ClassVar = "tiktok-shop"
    evidence: ClassVar = Evidence.TRIED
    kinds: ClassVar = (ORDER, _RETURN, PRODUCT)
    fields: ClassVar = (
        ShopField("app_key"),
        ShopField("app_secret", is_secret=True),
        ShopField("shop_cipher"),
        ShopField("shop_id", is_needed=False),
        ShopField("refresh_token", is_secret=True),
        BASE_URL,
    )
    statuses: ClassVar[Mapping[str, str]] = {
        "UNPAID": "created", "ON_HOLD": "created", "AWAITING_SHIPMENT": "paid",
        "AWAITING_COLLECTION": "paid", "PARTIALLY_SHIPPING": "shipped", "IN_TRANSIT": "shipped",
        "DELIVERED": "delivered", "COMPLETED": "delivered", "CANCELLED": "cancelled",
    }  # fmt: skip
    scope: ClassVar = Scope.PLATFORM
    longest_window: ClassVar[int] = 7 * DAY
    renews: ClassVar[bool] = True

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Check the signature and the age, and say what it points to."""
        secret, key = connection.value("app_secret"), connection.value("app_key")
        given = inbound.headers.get("authorization", "")
        if not is_same(given, mac(secret, key.encode() + inbound.body).hex()):
            return Refusal("signature")
        found = parsed(inbound.body)
        if found is None:
            return Refusal("malformed", 400)
        raw = Raw(found)
        at = raw.instant("timestamp")
        if at is None or not -_AHEAD <= inbound.received_at - at <= _OLDEST:
            return Refusal("stale")
        if connection.value("shop_id") not in {"", raw.text("shop_id")}:
            return Refusal("foreign")
        kind = _KINDS.get(raw.whole("type") or 0)
        ids = _pointed(raw, kind)
        topic = raw.text("type")
        key = raw.text("tts_notification_id")
        return Received([
            Notice(kind, one, topic, (f"{key} {one}",) if key else ()) for one in ids if kind
        ])  # fmt: skip

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """Return a page of what changed."""
        since, until = window.since // SECOND, -(-window.until // SECOND)
        bounds = {"update_time_ge": since, "update_time_lt": until}
        query = {"page_size": _PAGE, "page_token": cursor}
        if kind == PRODUCT:
            found = self._call(
                session,
                "POST",
                "/product/202502/products/search",
                query,
                {"update_time_ge": since, "update_time_le": until},
            )
            items = [Fetched(PRODUCT, row.text("id"), None) for row in found.rows("products")]
            return Page(tuple(items), found.text("next_page_token"))
        query |= {"sort_field": "update_time", "sort_order": "ASC"}
        if kind == _RETURN:
            found = self._call(
                session, "POST", "/return_refund/202602/returns/search", query, bounds
            )
            rows = list(found.rows("return_orders"))
            return Page(tuple(self._with_returns(session, rows)), found.text("next_page_token"))
        found = self._call(session, "POST", "/order/202309/orders/search", query, bounds)
        items = [Fetched(ORDER, row.text("id"), row.members) for row in found.rows("orders")]
        return Page(tuple(items), found.text("next_page_token"))

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Return things as they are now."""
        if kind == PRODUCT:
            return [one for each in ids if (one := self._product(session, each))]
        if kind == _RETURN:
            found = self._call(
                session, "POST", "/return_refund/202602/returns/search", {"page_size": _PAGE},
                {"order_ids": list(ids)},
            )  # fmt: skip
            return self._with_returns(session, list(found.rows("return_orders")))
        query = {"ids": ",".join(ids)}
        found = self._call(session, "GET", "/order/202507/orders", query)
        return [Fetched(ORDER, row.text("id"), row.members) for row in found.rows("orders")]

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Return what has happened to an order."""
        raw = Raw(fetched.raw)
        version = raw.instant("update_time", "create_time")
        if version is None:
            raise lacks("update_time")
        word, currency = raw.needed("status"), raw.text("payment.currency")
        case = Case(
            status_of(connection, self.statuses, word), version, currency,
            raw.amount("payment.total_amount", currency),
            {
                "created": raw.instant("create_time"), "paid": raw.instant("paid_time"),
                "shipped": raw.instant("collection_time"),
                "delivered": raw.instant("delivery_time"),
                "cancelled": raw.instant("cancel_time"),
            },
            refunds=[
                Refund(
                    row.text("return_id"), row.instant("update_time"),
                    row.amount("refund_amount.refund_total", currency),
                )
                for row in raw.rows("_returns")
                if row.text("return_status") in _REFUNDED
            ],
            disputes={
                row.text("return_id"): None
                for row in raw.rows("_returns")
                if row.text("arbitration_status")
            },
            pays_later=raw.flag("is_cod"),
        )  # fmt: skip
        told = order_properties(_ordered(raw, fetched.id, currency))
        # The e-mail address is a made-up one of the platform; the phone is the receiver's.
        return Story(ORDER, fetched.id, version, word, case.status, Buyer(raw.text("user_id")),
                     happenings(case), told)  # fmt: skip

    def read_products(self, fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
        """Return a product's variants."""
        del connection
        return [_variant(Raw(fetched.raw), row) for row in Raw(fetched.raw).rows("skus")]

    def renew(self, session: Session) -> Mapping[str, str]:
        """Return new tokens; the one that renews is good until the next."""
        value = session.connection.value
        query = {
            "app_key": value("app_key"), "app_secret": value("app_secret"),
            "refresh_token": value("refresh_token"), "grant_type": "refresh_token",
        }  # fmt: skip
        url = with_query(f"{base_url(session, _AUTH)}/api/v2/token/refresh", query)
        found = Raw(ask(session, url, judge=_judge)).inner("data")
        return {
            "access_token": found.needed("access_token"),
            "refresh_token": found.needed("refresh_token"),
            "expires_at": found.needed("access_token_expire_in"),
        }

    def test(self, session: Session) -> str:
        """Return the shop's name."""
        found = self._call(session, "GET", "/authorization/202309/shops", {}, is_of_shop=False)
        mine = [
            row.text("name")
            for row in found.rows("shops")
            if row.text("cipher") == session.connection.value("shop_cipher")
        ]
        if not mine:
            shop = session.connection.name
            raise ShopFailed(shop, ShopFault.REFUSED, "the app may not see a shop with this cipher")
        return mine[0]

    def _product(self, session: Session, name: str) -> Fetched | None:
        """Return one product as it is now."""
        found = self._call(session, "GET", f"/product/202309/products/{name}", {})
        return Fetched(PRODUCT, name, found.members) if found else None

    def _with_returns(self, session: Session, returns: Sequence[Raw]) -> list[Fetched]:
        """Return the orders of these returns, each with its own."""
        of_order: dict[str, list[Value]] = {}
        for row in returns:
            if row.text("order_id"):
                of_order.setdefault(row.text("order_id"), []).append(dict(row.members))
        orders = self.fetch(session, ORDER, list(of_order)) if of_order else []
        return [
            Fetched(ORDER, one.id, {**(one.raw or {}), "_returns": of_order[one.id]})
            for one in orders
            if one.id in of_order
        ]

    def _call(
        self,
        session: Session,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, object] | None = None,
        *,
        is_of_shop: bool = True,
    ) -> Raw:
        """Return the data of a signed request."""
        value = session.connection.value
        asked = {name: said for name, said in query.items() if said}
        asked |= {"app_key": value("app_key"), "timestamp": str(session.now // SECOND)}
        if is_of_shop:
            asked["shop_cipher"] = value("shop_cipher")
        raw = b"" if body is None else msgspec.json.encode(body)
        asked["sign"] = signed(value("app_secret"), path, asked, raw)
        found = ask(
            session, with_query(base_url(session, _API) + path, asked), method=method,
            headers={
                "Content-Type": "application/json",
                "x-tts-access-token": value("access_token"),
            },
            body=raw, judge=_judge,
        )  # fmt: skip
        return Raw(found).inner("data")


def signed(secret: str, path: str, query: Mapping[str, str], body: bytes) -> str:
    """Return the signature of a request: path, sorted query and body, inside the secret."""
    pairs = "".join(
        f"{name}{query[name]}" for name in sorted(query) if name not in {"sign", "access_token"}
    )
    return mac(secret, secret.encode() + f"{path}{pairs}".encode() + body + secret.encode()).hex()


def _judge(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Return what a code other than 0 says."""
    raw = Raw(found)
    code = raw.whole("code")
    if code is None or code == 0:
        return None
    words = f"{code} {raw.text('message')}"
    if got.status == 429 or code in {36009036, 11021014}:
        return ShopFault.BUSY, words
    if code in {105001, 105002}:
        return ShopFault.EXPIRED, words
    return (ShopFault.DOWN if got.status >= 500 else ShopFault.REFUSED), words


def _pointed(raw: Raw, kind: str | None) -> list[str]:
    """Return the ids that a webhook points to."""
    if kind == PRODUCT:
        return [one for one in (raw.text("data.product_id"),) if one]
    found = [raw.text("data.order_id")]
    for package in raw.rows("data.package_list"):
        listed = package.get("order_id_list")
        found += [str(one) for one in listed] if isinstance(listed, list) else []
    return list(dict.fromkeys(one for one in found if one))


def _ordered(raw: Raw, order_id: str, currency: str) -> Ordered:
    """Return what the events of an order carry; a line stands there once for each piece."""
    lines: dict[str, tuple[Raw, int]] = {}
    for row in raw.rows("line_items"):
        _, n = lines.get(row.text("sku_id"), (row, 0))
        lines[row.text("sku_id")] = (row, n + 1)
    first = next(raw.rows("line_items"), Raw(None))
    return Ordered(
        order_id, currency,
        total=raw.amount("payment.total_amount", currency),
        freight=raw.amount("payment.shipping_fee", currency),
        lines=tuple(
            Line(
                row.text("product_id"), row.text("product_name"), n,
                row.amount("sale_price", currency), sku_id, row.text("seller_sku"),
                row.text("sku_name"), image=row.text("sku_image"),
            )
            for sku_id, (row, n) in lines.items()
        ),
        region=region(
            row.text("address_name") for row in raw.rows("recipient_address.district_info")
        ),
        country=raw.text("recipient_address.region_code"),
        ship_by=raw.instant("rts_sla_time"),
        carrier=raw.text("shipping_provider") or first.text("shipping_provider_name"),
        tracking_number=raw.text("tracking_number") or first.text("tracking_number"),
    )  # fmt: skip


def _variant(raw: Raw, row: Raw) -> ShopProduct:
    """Return one variant of a product."""
    currency = row.text("price.currency") or "USD"
    stock = [place.whole("quantity") or 0 for place in row.rows("inventory")]
    chain = [one.text("local_name") for one in raw.rows("category_chains")]
    images = [url for one in raw.rows("main_images") for url in _urls(one)]
    return ShopProduct(
        raw.needed("id"), row.needed("id"), raw.text("title"),
        row.amount("price.sale_price", currency)
        or row.amount("price.tax_exclusive_price", currency) or 0,
        currency, sku=row.text("seller_sku"), barcode=row.text("identifier_code.code"),
        stock=sum(stock) if stock else None, category="/".join(filter(None, chain)),
        brand=raw.text("brand.name"), images=tuple(images),
        is_listed=raw.text("status") == "ACTIVATE", updated_at=raw.instant("update_time") or 0,
    )  # fmt: skip


def _urls(image: Raw) -> list[str]:
    """Return the first address of an image."""
    found = image.get("urls")
    return [str(found[0])] if isinstance(found, list) and found else []
