"""Golden orders of six platforms become the same story, told with the same names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sources.shops.golden import connection, golden

from huiliu.kernel.errors import BadInput
from huiliu.kernel.times import as_instant
from huiliu.ports.shops import CHECKOUT, ORDER, PRODUCT, Fetched, Platform, Story
from huiliu.sources.shops.aliexpress import AliExpress
from huiliu.sources.shops.amazon import Amazon
from huiliu.sources.shops.shopee import Shopee
from huiliu.sources.shops.shopify import Shopify
from huiliu.sources.shops.tiktok_shop import TikTokShop
from huiliu.sources.shops.woocommerce import WooCommerce

PLATFORMS: list[Platform] = [
    Shopify(), WooCommerce(), TikTokShop(), Shopee(), AliExpress(), Amazon(),
]  # fmt: skip


def story(platform: Platform, *, statuses: dict[str, str] | None = None, **changes: Any) -> Story:
    """Return what the platform's golden order says, with some members changed."""
    raw = golden(f"{platform.name}/order") | changes
    found = replace(connection(platform.name), statuses=statuses or {})
    return platform.read(Fetched(ORDER, "o1", raw), found)


def names(told: Story) -> list[str]:
    """Return the names of what happened, with the parts."""
    return [f"{one.name}#{one.part}" if one.part else one.name for one in told.happenings]


def at(told: Story, name: str) -> int:
    """Return when something happened."""
    return next(one.at for one in told.happenings if one.name == name)


def test_shopify_tells_payment_parcels_and_a_partial_refund() -> None:
    """Each parcel has its own event; a part of the money back leaves the order's state."""
    told = story(Shopify())

    assert names(told) == [
        "Order Created", "Order Paid", "Order Shipped", "Order Shipped#255858047",
        "Order Out For Delivery", "Order Refunded",
    ]  # fmt: skip
    assert told.word == "fulfilled"
    assert told.version == as_instant("2025-11-24T09:30:00Z")
    assert at(told, "Order Paid") == as_instant("2025-11-22T04:05:00Z")
    refund = told.happenings[-1].properties
    assert (refund["refund"], refund["is_partial"], refund["status"]) == (41.94, True, "shipped")
    assert told.happenings[2].properties["tracking_number"] == "1Z2345"


def test_shopify_tells_who_bought_what() -> None:
    """Contact data of the order go before the customer's; codes and lines are there."""
    told = story(Shopify())

    assert (told.buyer.id, told.buyer.email, told.buyer.country) == (
        "207119551", "bob.norman@mail.example.com", "US",
    )  # fmt: skip
    assert (told.properties["total"], told.properties["currency"]) == (598.94, "USD")
    assert told.properties["coupon"] == "TENOFF"
    assert told.properties["region"] == "Kentucky/Louisville"
    lines = told.properties["products"]
    assert isinstance(lines, list)
    assert lines[0] == {
        "product_id": "632910392", "quantity": 1, "name": "IPod Nano - 8gb - green",
        "variant_id": "39072856", "sku": "IPOD2008GREEN", "variant": "green",
        "image_url": "https://cdn.example/ipod.png", "price": 199.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"displayFinancialStatus": "PENDING", "fulfillments": [], "refunds": []}, "created"),
        ({"displayFinancialStatus": "PAID", "fulfillments": [], "refunds": []}, "paid"),
        ({"displayFinancialStatus": "REFUNDED"}, "refunded"),
        ({"displayFinancialStatus": "VOIDED", "cancelledAt": "2025-11-22T05:00:00Z"}, "cancelled"),
        ({"displayFulfillmentStatus": "PARTIALLY_FULFILLED"}, "shipped"),
    ],
)
def test_shopify_knows_where_an_order_stands(changes: dict[str, Any], said: str) -> None:
    """Of payment and fulfilment, what is further along counts."""
    assert story(Shopify(), **changes).status == said


def test_cash_on_delivery_is_shipped_before_it_is_paid() -> None:
    """Nobody is thanked for money that has not come."""
    told = story(Shopify(), displayFinancialStatus="PENDING", transactions=[], refunds=[])

    assert "Order Shipped" in names(told)
    assert "Order Paid" not in names(told)


def test_a_left_checkout_is_told_with_its_link() -> None:
    """The link leads back to what was left."""
    raw = golden("shopify/order") | {"abandonedCheckoutUrl": "https://s.example/recover"}
    told = Shopify().read(Fetched(CHECKOUT, "c1", raw), connection("shopify"))

    assert names(told) == ["Checkout Started"]
    assert told.properties["checkout_url"] == "https://s.example/recover"
    assert "order_id" not in told.properties


def test_woocommerces_completed_is_what_the_shop_says() -> None:
    """Shipped, unless an operator maps it; then the date of completion is that of the delivery."""
    usual = story(WooCommerce())
    mapped = story(WooCommerce(), statuses={"completed": "delivered"})

    assert names(usual) == ["Order Created", "Order Paid", "Order Shipped", "Order Refunded"]
    assert names(mapped)[-2:] == ["Order Delivered", "Order Refunded"]
    assert at(mapped, "Order Delivered") == as_instant("2025-11-23T08:00:00Z")
    assert usual.properties["order_id"] == "main-727"


def test_woocommerces_guest_is_known_by_contact_data_read_as_of_the_country() -> None:
    """Customer 0 is nobody."""
    buyer = story(WooCommerce()).buyer

    assert (buyer.id, buyer.country, buyer.name) == ("", "FR", "John Doe")


def test_a_draft_of_woocommerce_is_no_order_yet() -> None:
    """The checkout saves drafts that may never become orders."""
    assert story(WooCommerce(), status="checkout-draft").happenings == ()


def test_a_word_of_a_plug_in_means_nothing_until_it_is_mapped() -> None:
    """Dates still tell what happened; the word adds to it once an operator says what it means."""
    custom: dict[str, Any] = {"status": "at-door", "date_completed_gmt": None, "refunds": []}

    assert names(story(WooCommerce(), **custom)) == ["Order Created", "Order Paid"]
    assert names(story(WooCommerce(), statuses={"at-door": "delivered"}, **custom)) == [
        "Order Created", "Order Paid", "Order Shipped", "Order Delivered",
    ]  # fmt: skip


def test_tiktok_shop_tells_an_order_and_its_return() -> None:
    """A return that is done gives money back; of one piece of two it is a part."""
    told = story(TikTokShop(), _returns=[golden("tiktok-shop/return")])

    assert names(told) == ["Order Created", "Order Paid", "Order Shipped", "Order Refunded"]
    assert told.happenings[-1].properties["is_partial"] is True
    assert told.properties["products"] == [{
        "product_id": "1729592969712207000", "quantity": 2, "name": "Women's Winter Crochet",
        "variant_id": "1729592969712207012", "sku": "red_iphone", "variant": "Iron",
        "image_url": "https://p16.example/a.jpg", "price": 20.0,
    }]  # fmt: skip
    assert told.properties["promise"] == "shipment"
    assert (told.buyer.id, told.buyer.phone, told.buyer.email) == ("7021436810468230477", "", "")


def test_a_return_that_goes_to_arbitration_is_a_dispute() -> None:
    """The platform decides: then there is a dispute."""
    row = golden("tiktok-shop/return") | {
        "return_status": "REFUND_OR_RETURN_REQUEST_REJECT", "arbitration_status": "IN_PROGRESS",
    }  # fmt: skip

    assert "Dispute Opened" in names(story(TikTokShop(), _returns=[row]))


def test_shopee_tells_both_parcels_and_masked_places_are_left_out() -> None:
    """A masked value is no value."""
    told = story(Shopee())

    assert names(told) == [
        "Order Created", "Order Paid", "Order Shipped", "Order Shipped#2489999798002",
        "Order Delivered",
    ]  # fmt: skip
    assert "region" not in told.properties
    assert told.properties["ship_by"] == told.properties["promised_at"]


def test_aliexpress_times_are_of_the_pacific() -> None:
    """20:00 there is 04:00 in Greenwich on the next day."""
    told = story(AliExpress())

    assert at(told, "Order Created") == as_instant("2025-11-22T04:00:00Z")
    assert at(told, "Order Shipped") == as_instant("2025-11-22T16:00:00Z")
    assert names(told) == ["Order Created", "Order Paid", "Order Shipped", "Dispute Opened"]


def test_aliexpress_finish_without_payment_is_a_cancellation() -> None:
    """The platform ends unpaid orders with the same word."""
    told = story(
        AliExpress(), order_status="FINISH", gmt_pay_success=None, logistic_info_list=None,
        gmt_trade_end="2025-11-23 00:00:00",
    )  # fmt: skip

    assert names(told)[:2] == ["Order Created", "Order Cancelled"]


def test_amazon_tells_nobodys_address() -> None:
    """Not the made-up e-mail either; the order alone says who it is."""
    told = story(Amazon())

    assert told.buyer.email == told.buyer.id == ""
    assert names(told) == ["Order Created", "Order Paid", "Order Shipped", "Order Delivered"]
    products = told.properties["products"]
    assert isinstance(products, list)
    assert products[0] == {
        "product_id": "B00551Q3CS", "quantity": 2, "name": "A can opener", "sku": "CAN-1",
        "price": 11.0,
    }  # fmt: skip


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda one: one.name)
@pytest.mark.parametrize("raw", [{}, {"status": 7}, {"line_items": "x", "lineItems": [1]}])
def test_nonsense_is_refused_by_a_problem_with_its_place(
    platform: Platform, raw: dict[str, Any]
) -> None:
    """Never by a crash: one bad order stops no others."""
    with pytest.raises(BadInput):
        platform.read(Fetched(ORDER, "o1", raw), connection(platform.name))


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda one: one.name)
def test_every_member_may_be_absent_null_or_of_another_type(platform: Platform) -> None:
    """Whatever one member is, the order is read or refused by a problem."""
    raw = golden(f"{platform.name}/order")
    values: tuple[Any, ...] = (None, [], {}, "x", 0, [None], [[]], {"nodes": 3})
    n_read = n_refused = 0
    for name in raw:
        for value in values:
            try:
                platform.read(Fetched(ORDER, "o1", raw | {name: value}), connection(platform.name))
                n_read += 1
            except BadInput:
                n_refused += 1

    assert n_read + n_refused == len(raw) * len(values)
    assert n_read > n_refused


def test_shopifys_product_is_told_a_variant_each() -> None:
    """With the price before a reduction, and stock only where the shop counts it."""
    raw = golden("shopify/product")
    pink, red = Shopify().read_products(Fetched(PRODUCT, "632910392", raw), connection("shopify"))

    assert (pink.title, pink.price, pink.list_price, pink.stock) == (
        "IPod Nano Pink",
        19900,
        22900,
        10,
    )
    assert (red.stock, red.list_price, red.barcode) == (None, None, "")
    assert pink.images == ("https://cdn.example/pink.png", "https://cdn.example/ipod.png")


def test_prices_of_products_are_in_the_currency_that_the_shop_sells_in() -> None:
    """What a platform tells without a currency is in the connection's own; else in dollars."""
    raw = golden("shopify/product")
    fetched = Fetched(PRODUCT, "632910392", raw)
    usual, *_ = Shopify().read_products(fetched, connection("shopify"))
    yen, *_ = Shopify().read_products(fetched, connection("shopify", currency="JPY"))

    assert (usual.currency, usual.price) == ("USD", 19900)
    assert (yen.currency, yen.price) == ("JPY", 199)
