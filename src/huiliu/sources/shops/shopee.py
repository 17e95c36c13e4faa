"""Shopee: pushes signed over address and body, requests signed over path, time, token and shop.

Source: open.shopee.com, "API v2.0 call flow", "Push mechanism"; requests were held against the
package pyshopee 1.4.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import msgspec

from huiliu.kernel.errors import ShopFault
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
from huiliu.sources.shops.stages import Case, Parcel, Refund, happenings, status_of

__all__ = ["Shopee"]

_API: Final = "https://partner.shopeemobile.com"
_RETURN: Final = "return"
#: Codes of pushes that point to an order: status, tracking number, shipping document, package.
_ORDER_CODES: Final = frozenset({3, 4, 15, 30})
_PRODUCT_CODES: Final = frozenset({6, 8, 11, 16, 22})
_FIELDS: Final = (
    "buyer_user_id,buyer_username,item_list,pay_time,total_amount,package_list,shipping_carrier,"
    "recipient_address,actual_shipping_fee,estimated_shipping_fee,pickup_done_time,cancel_reason"
)
#: Pushes are tried again for a while; what is older was kept back by somebody.
_OLDEST: Final = 3 * DAY
_AHEAD: Final = 5 * MINUTE
_AT_ONCE: Final = 50
_ON_ITS_WAY: Final = frozenset({"LOGISTICS_PICKUP_DONE", "LOGISTICS_DELIVERY_DONE"})
_REFUNDED: Final = frozenset({"REFUND_PAID", "CLOSED_REFUNDED"})


class Shopee(PlatformDefaults):
    """A shop on Shopee."""

    name: ClassVar = "shopee"
    evidence: ClassVar = Evidence.DOCUMENTS
    kinds: ClassVar = (ORDER, _RETURN, PRODUCT)
    fields: ClassVar = (
        ShopField("partner_id"),
        ShopField("partner_key", is_secret=True),
        ShopField("shop_id"),
        ShopField("refresh_token", is_secret=True),
        # Where it is not this instance's own address that Shopee was given, such as a proxy's.
        ShopField("push_url", is_needed=False, kind="url"),
        BASE_URL,
    )
    statuses: ClassVar[Mapping[str, str]] = {
        "UNPAID": "created", "PENDING": "created", "INVOICE_PENDING": "created",
        "READY_TO_SHIP": "paid", "PROCESSED": "paid", "RETRY_SHIP": "paid", "SHIPPED": "shipped",
        "TO_CONFIRM_RECEIVE": "delivered", "COMPLETED": "delivered", "TO_RETURN": "shipped",
        "IN_CANCEL": "", "CANCELLED": "cancelled",
    }  # fmt: skip
    scope: ClassVar = Scope.PLATFORM
    longest_window: ClassVar[int] = 15 * DAY
    renews: ClassVar[bool] = True

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Check the signature and the age, and say what it points to."""
        if not inbound.body:
            # Shopee looks whether the address answers before it takes it.
            return Received(())
        url = connection.value("push_url") or inbound.url
        expected = mac(connection.value("partner_key"), f"{url}|".encode() + inbound.body).hex()
        if not is_same(inbound.headers.get("authorization", ""), expected):
            return Refusal("signature")
        found = parsed(inbound.body)
        if found is None:
            return Refusal("malformed", 400)
        raw = Raw(found)
        at = raw.instant("timestamp")
        if at is not None and not -_AHEAD <= inbound.received_at - at <= _OLDEST:
            return Refusal("stale")
        if raw.text("shop_id") not in {"", connection.value("shop_id")}:
            return Refusal("foreign")
        code = raw.whole("code") or 0
        if code in _ORDER_CODES and (order := raw.text("data.ordersn", "data.order_sn")):
            return Received([Notice(ORDER, order, f"{code} {raw.text('data.status')}".strip())])
        if code in _PRODUCT_CODES and (item := raw.text("data.item_id")):
            return Received([Notice(PRODUCT, item, str(code))])
        return Received(())

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """Return a page of what changed."""
        since, until = window.since // SECOND, -(-window.until // SECOND)
        if kind == _RETURN:
            return self._returns(session, since, until, int(cursor or 0))
        if kind == PRODUCT:
            found = self._call(session, "/api/v2/product/get_item_list", {
                "offset": cursor or "0", "page_size": "100", "update_time_from": str(since),
                "update_time_to": str(until), "item_status": "NORMAL",
            })  # fmt: skip
            items = [Fetched(PRODUCT, row.text("item_id"), None) for row in found.rows("item")]
            after = found.text("next_offset") if found.flag("has_next_page") else ""
            return Page(tuple(items), after)
        found = self._call(session, "/api/v2/order/get_order_list", {
            "time_range_field": "update_time", "time_from": str(since), "time_to": str(until),
            "page_size": "100", "cursor": cursor,
        })  # fmt: skip
        items = [Fetched(ORDER, row.text("order_sn"), None) for row in found.rows("order_list")]
        return Page(tuple(items), found.text("next_cursor") if found.flag("more") else "")

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Return things as they are now."""
        some: list[Fetched] = []
        for start in range(0, len(ids), _AT_ONCE):
            wanted = ",".join(ids[start : start + _AT_ONCE])
            if kind == PRODUCT:
                some += self._products(session, wanted)
            else:
                found = self._call(session, "/api/v2/order/get_order_detail", {
                    "order_sn_list": wanted, "response_optional_fields": _FIELDS,
                })  # fmt: skip
                some += [
                    Fetched(ORDER, row.text("order_sn"), row.members)
                    for row in found.rows("order_list")
                ]
        return some

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Return what has happened to an order."""
        raw = Raw(fetched.raw)
        version = raw.instant("update_time", "create_time")
        if version is None:
            raise lacks("update_time")
        word, currency = raw.needed("order_status"), raw.text("currency")
        status = status_of(connection, self.statuses, word)
        sent = [row for row in raw.rows("package_list")
                if row.text("logistics_status") in _ON_ITS_WAY]  # fmt: skip
        case = Case(
            status, version, currency, raw.amount("total_amount", currency),
            {
                "created": raw.instant("create_time"), "paid": raw.instant("pay_time"),
                "shipped": raw.instant("pickup_done_time"),
                "cancelled": version if status == "cancelled" else None,
            },
            # Several parcels are told apart; one alone is the order itself.
            parcels=[
                Parcel(row.text("package_number"), raw.instant("pickup_done_time"),
                       carrier=row.text("shipping_carrier"))
                for row in (sent if len(sent) > 1 and status in {"shipped", "delivered"} else ())
            ],
            refunds=[
                Refund(row.text("return_sn"), row.instant("update_time"),
                       row.amount("refund_amount", currency))
                for row in raw.rows("_returns")
                if row.text("status") in _REFUNDED
            ],
            pays_later=raw.flag("cod"),
        )  # fmt: skip
        return Story(
            ORDER, fetched.id, version, word, status, Buyer(raw.text("buyer_user_id")),
            happenings(case), order_properties(_ordered(raw, fetched.id, currency)),
        )  # fmt: skip

    def read_products(self, fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
        """Return a product's models, or the product where it has none."""
        del connection
        raw = Raw(fetched.raw)
        return [_product(raw, row) for row in list(raw.rows("_models")) or [raw]]

    def renew(self, session: Session) -> Mapping[str, str]:
        """Return new tokens; each renews once."""
        value = session.connection.value
        path, at = "/api/v2/auth/access_token/get", session.now // SECOND
        sign = mac(value("partner_key"), f"{value('partner_id')}{path}{at}".encode()).hex()
        query = {"partner_id": value("partner_id"), "timestamp": str(at), "sign": sign}
        body = {
            "shop_id": _number(value("shop_id")), "refresh_token": value("refresh_token"),
            "partner_id": _number(value("partner_id")),
        }  # fmt: skip
        found = Raw(ask(
            session, with_query(base_url(session, _API) + path, query), method="POST",
            headers={"Content-Type": "application/json"}, body=msgspec.json.encode(body),
            judge=_judge,
        ))  # fmt: skip
        return {
            "access_token": found.needed("access_token"),
            "refresh_token": found.needed("refresh_token"),
            "expires_at": str(at + (found.whole("expire_in") or 0)),
        }

    def test(self, session: Session) -> str:
        """Return the shop's name."""
        return self._call(session, "/api/v2/shop/get_shop_info", {}, inside="").text("shop_name")

    def _returns(self, session: Session, since: int, until: int, page: int) -> Page:
        """Return the orders whose returns changed, each with them."""
        found = self._call(session, "/api/v2/returns/get_return_list", {
            "page_no": str(page), "page_size": "40", "update_time_from": str(since),
            "update_time_to": str(until),
        })  # fmt: skip
        of_order: dict[str, list[Value]] = {}
        for row in found.rows("return"):
            of_order.setdefault(row.text("order_sn"), []).append(dict(row.members))
        orders = self.fetch(session, ORDER, [one for one in of_order if one])
        items = tuple(
            Fetched(ORDER, one.id, {**(one.raw or {}), "_returns": of_order.get(one.id, [])})
            for one in orders
        )
        return Page(items, str(page + 1) if found.flag("more") else "")

    def _products(self, session: Session, wanted: str) -> list[Fetched]:
        """Return products with their models."""
        found = self._call(session, "/api/v2/product/get_item_base_info", {"item_id_list": wanted})
        some: list[Fetched] = []
        for row in found.rows("item_list"):
            item = dict(row.members)
            if row.flag("has_model"):
                models = self._call(
                    session, "/api/v2/product/get_model_list", {"item_id": row.text("item_id")}
                )
                item["_models"] = models.get("model")
            some.append(Fetched(PRODUCT, row.text("item_id"), item))
        return some

    def _call(
        self, session: Session, path: str, query: Mapping[str, str], inside: str = "response"
    ) -> Raw:
        """Return the answer to a signed request."""
        value, at = session.connection.value, session.now // SECOND
        token, shop = value("access_token"), value("shop_id")
        base = f"{value('partner_id')}{path}{at}{token}{shop}".encode()
        asked = {
            "partner_id": value("partner_id"), "timestamp": str(at), "access_token": token,
            "shop_id": shop, "sign": mac(value("partner_key"), base).hex(), **query,
        }  # fmt: skip
        found = Raw(ask(session, with_query(base_url(session, _API) + path, asked), judge=_judge))
        return found.inner(inside) if inside else found


def _judge(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Return what the field `error` says."""
    raw = Raw(found)
    code = raw.text("error")
    if not code:
        return None
    words = f"{code} {raw.text('message')}"
    if got.status == 429 or "limit" in code or "busy" in code or "too_many" in code:
        return ShopFault.BUSY, words
    # Shopee itself writes `invalid_acceess_token`.
    if "token" in code or code == "error_auth":
        return ShopFault.EXPIRED, words
    is_down = got.status >= 500 or any(one in code for one in ("server", "inner", "system"))
    return (ShopFault.DOWN if is_down else ShopFault.REFUSED), words


def _number(written: str) -> int | str:
    """Return a number as JSON wants it."""
    return int(written) if written.isdecimal() else written


def _ordered(raw: Raw, order_id: str, currency: str) -> Ordered:
    """Return what the events of an order carry."""
    return Ordered(
        order_id, currency,
        total=raw.amount("total_amount", currency),
        freight=raw.amount("actual_shipping_fee", currency),
        lines=tuple(
            Line(
                row.text("item_id"), row.text("item_name"),
                row.whole("model_quantity_purchased") or 1,
                row.amount("model_discounted_price", currency),
                row.text("model_id") if row.text("model_id") != "0" else "",
                row.text("model_sku", "item_sku"), row.text("model_name"),
                image=row.text("image_info.image_url"),
            )
            for row in raw.rows("item_list")
        ),
        region=region((raw.clear("recipient_address.state"), raw.clear("recipient_address.city"))),
        country=raw.text("region"),
        ship_by=raw.instant("ship_by_date"),
        carrier=raw.text("shipping_carrier"),
    )  # fmt: skip


def _product(raw: Raw, own: Raw) -> ShopProduct:
    """Return one model of a product, or a product that has none."""
    price = next(own.rows("price_info"), Raw(None))
    currency = price.text("currency") or "USD"
    now = price.amount("current_price", currency) or 0
    before = price.amount("original_price", currency)
    images = raw.get("image.image_url_list")
    is_model = own is not raw
    return ShopProduct(
        raw.needed("item_id"), own.needed("model_id" if is_model else "item_id"),
        " ".join(filter(None, (raw.text("item_name"), own.text("model_name")))), now, currency,
        before if before is not None and before > now else None,
        own.text("model_sku", "item_sku"),
        own.text("gtin_code") or raw.text("gtin_code"),
        own.whole("stock_info_v2.summary_info.total_available_stock"),
        raw.text("category_id"), raw.text("brand.original_brand_name"),
        images=tuple(str(one) for one in images) if isinstance(images, list) else (),
        is_listed=raw.text("item_status") == "NORMAL",
        updated_at=raw.instant("update_time") or 0,
    )  # fmt: skip
