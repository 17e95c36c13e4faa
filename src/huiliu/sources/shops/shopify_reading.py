"""What Shopify's orders, checkouts and products mean. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.ports.shops import (
    CHECKOUT,
    ORDER,
    Buyer,
    Fetched,
    Happening,
    ShopConnection,
    ShopProduct,
    Story,
)
from huiliu.sources.shops.platform import CURRENCY
from huiliu.sources.shops.properties import Line, Ordered, order_properties, region
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import Case, Parcel, Refund, happenings, status_of

__all__ = ["read_checkout", "read_order", "read_products"]

#: Words of a fulfilment that has not begun: then the payment says where an order stands.
_UNSHIPPED: Final = frozenset({
    "", "unfulfilled", "open", "request_declined", "pending_fulfillment",
})  # fmt: skip


def read_order(fetched: Fetched, connection: ShopConnection, statuses: Mapping[str, str]) -> Story:
    """Return what has happened to an order."""
    raw = Raw(fetched.raw)
    version = raw.instant("updatedAt")
    if version is None:
        raise lacks("updatedAt")
    word = _word(raw)
    currency = raw.text("totalPriceSet.shopMoney.currencyCode", "currencyCode")
    paid_at = [
        at
        for row in raw.rows("transactions")
        if row.text("status") == "SUCCESS" and row.text("kind") in {"SALE", "CAPTURE"}
        and (at := row.instant("processedAt")) is not None
    ]  # fmt: skip
    financial = raw.text("displayFinancialStatus").lower()
    was_paid = financial in {"paid", "partially_refunded", "refunded"}
    case = Case(
        status_of(connection, statuses, word),
        version,
        currency,
        _money(raw, "totalPriceSet", currency),
        {
            "created": raw.instant("createdAt"),
            "paid": (max(paid_at) if paid_at else raw.instant("processedAt")) if was_paid else None,
            "cancelled": raw.instant("cancelledAt"),
        },
        [_parcel(row) for row in raw.rows("fulfillments") if _is_sent(row)],
        [
            Refund(
                row.text("legacyResourceId"), row.instant("createdAt"),
                _money(row, "totalRefundedSet", currency),
            )
            for row in raw.rows("refunds")
            if _money(row, "totalRefundedSet", currency)
        ],
        {row.text("id").rpartition("/")[2]: None for row in raw.rows("disputes")},
        # What is sent before it is paid is paid at the door.
        pays_later=not was_paid and word not in {"voided", "cancelled"},
    )  # fmt: skip
    return Story(
        ORDER, fetched.id, version, word, case.status, _buyer(raw), happenings(case),
        order_properties(_ordered(raw, fetched.id, currency)),
    )  # fmt: skip


def read_checkout(fetched: Fetched) -> Story:
    """Return what has happened to a checkout that was left; one that was completed is an order."""
    raw = Raw(fetched.raw)
    version, began = raw.instant("updatedAt"), raw.instant("createdAt")
    if version is None or began is None:
        raise lacks("updatedAt")
    currency = raw.text("totalPriceSet.shopMoney.currencyCode")
    told = order_properties(_ordered(raw, fetched.id, currency))
    del told["order_id"]
    if link := raw.text("abandonedCheckoutUrl"):
        told["checkout_url"] = link
    return Story(
        CHECKOUT, fetched.id, version, "completed" if raw.text("completedAt") else "open", "",
        _buyer(raw), (Happening("Checkout Started", began),), told,
    )  # fmt: skip


def read_products(fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
    """Return a product's variants."""
    raw = Raw(fetched.raw)
    images = tuple(url for row in raw.rows("media.nodes") if (url := row.text("preview.image.url")))
    currency = connection.value(CURRENCY.name) or CURRENCY.default
    found: list[ShopProduct] = []
    for row in raw.rows("variants.nodes"):
        title = row.text("title")
        own = row.text("image.url")
        found.append(
            ShopProduct(
                fetched.id,
                row.needed("legacyResourceId"),
                raw.text("title") + (f" {title}" if title not in {"", "Default Title"} else ""),
                row.amount("price", currency) or 0,
                currency,
                row.amount("compareAtPrice", currency),
                row.text("sku"),
                row.text("barcode"),
                row.whole("inventoryQuantity") if row.flag("inventoryItem.tracked") else None,
                raw.text("productType"),
                raw.text("vendor"),
                raw.text("onlineStoreUrl"),
                (own, *(url for url in images if url != own)) if own else images,
                _texts(raw.get("tags")),
                raw.text("status") == "ACTIVE",
                raw.instant("updatedAt") or 0,
            )
        )
    return found


def _word(raw: Raw) -> str:
    """Return the one word for where an order stands, of payment and fulfilment the later."""
    financial = raw.text("displayFinancialStatus").lower()
    if financial == "refunded":
        return financial
    if raw.text("cancelledAt"):
        return "cancelled"
    sent = raw.text("displayFulfillmentStatus").lower()
    parcels = [row for row in raw.rows("fulfillments") if _is_sent(row)]
    if sent == "fulfilled" and parcels and all(row.text("deliveredAt") for row in parcels):
        return "delivered"
    return sent if parcels and sent not in _UNSHIPPED else financial


def _is_sent(row: Raw) -> bool:
    """Say whether a fulfilment stands: one that was cancelled or failed never left."""
    return row.text("status") in {"SUCCESS", "OPEN", "PENDING"}


def _parcel(row: Raw) -> Parcel:
    """Return a fulfilment as a parcel."""
    events = {one.text("status"): one.instant("happenedAt") for one in row.rows("events.nodes")}
    info = next(row.rows("trackingInfo"), Raw(None))
    return Parcel(
        row.text("legacyResourceId"),
        row.instant("createdAt"),
        events.get("OUT_FOR_DELIVERY"),
        row.instant("deliveredAt") or events.get("DELIVERED"),
        info.text("company"),
        info.text("number"),
        info.text("url"),
    )


def _buyer(raw: Raw) -> Buyer:
    """Return who bought: the customer, or the contact data of the order where there is none."""
    return Buyer(
        raw.text("customer.legacyResourceId"),
        raw.clear("phone", "customer.defaultPhoneNumber.phoneNumber"),
        raw.clear("email", "customer.defaultEmailAddress.emailAddress"),
        raw.clear("customer.displayName"),
        country=raw.text("billingAddress.countryCodeV2", "shippingAddress.countryCodeV2"),
    )


def _ordered(raw: Raw, order_id: str, currency: str) -> Ordered:
    """Return what the events of an order carry."""
    more: dict[str, Value] = {"order_name": raw.text("name")}
    if raw.flag("test"):
        more["test"] = True
    return Ordered(
        order_id,
        currency,
        total=_money(raw, "totalPriceSet", currency),
        paid=_money(raw, "totalReceivedSet", currency),
        discount=_money(raw, "totalDiscountsSet", currency),
        freight=_money(raw, "totalShippingPriceSet", currency),
        lines=tuple(_line(row, currency) for row in raw.rows("lineItems.nodes")),
        region=region((raw.text("shippingAddress.province"), raw.text("shippingAddress.city"))),
        country=raw.text("shippingAddress.countryCodeV2"),
        coupons=_texts(raw.get("discountCodes")),
        more=more,
    )


def _line(row: Raw, currency: str) -> Line:
    """Return one thing that was ordered."""
    return Line(
        row.text("product.legacyResourceId", "sku", "name", "title"),
        row.text("name", "title"),
        row.whole("quantity") or 1,
        _money(row, "originalUnitPriceSet", currency),
        row.text("variant.legacyResourceId"),
        row.text("sku"),
        row.text("variantTitle"),
        image=row.text("image.url"),
    )


def _money(raw: Raw, name: str, currency: str) -> int | None:
    """Return an amount in the shop's own money."""
    return raw.amount(f"{name}.shopMoney.amount", currency)


def _texts(found: Value) -> tuple[str, ...]:
    """Return the texts of a list."""
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
