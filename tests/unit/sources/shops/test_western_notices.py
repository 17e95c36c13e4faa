"""Signatures of six platforms, held against the vendors' own code, and what is not let in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest
from tests.unit.sources.shops.golden import PAID_AT, connection, golden, inbound

from huiliu.kernel.times import DAY, MINUTE
from huiliu.ports.shops import CHECKOUT, ORDER, PRODUCT, Inbound, Received, Refusal
from huiliu.sources.shops.aliexpress import AliExpress
from huiliu.sources.shops.aliexpress import signed as aliexpress_signed
from huiliu.sources.shops.amazon import Amazon
from huiliu.sources.shops.aws_signature import signed_headers
from huiliu.sources.shops.platform import mac
from huiliu.sources.shops.shopee import Shopee
from huiliu.sources.shops.shopify import Shopify
from huiliu.sources.shops.tiktok_shop import TikTokShop
from huiliu.sources.shops.tiktok_shop import signed as tiktok_signed
from huiliu.sources.shops.woocommerce import WooCommerce

#: A webhook and its signature as the package tiktok-shop-api 0.1.0 verifies it.
TIKTOK_BODY = (
    b'{"type":1,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621",'
    b'"timestamp":1763784000,"data":{"order_id":"576486316948490001","order_status":"UNPAID",'
    b'"is_on_hold_order":false,"update_time":1763783999}}'
)
TIKTOK_SIGN = "397cfde9cfb3ee649413aa085c622873d3750f86d97e4ba91f6af4ef2d353e2b"
TIKTOK = connection("tiktok-shop", app_key="68xu9ks5p4i8", app_secret="e59af819cc")
SHOPIFY = connection("shopify", client_secret="hush", shop="huiliu-demo.myshopify.com")


def shopify(body: bytes, topic: str, secret: str = "hush", **headers: str) -> Inbound:
    """Return a webhook of Shopify, signed."""
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    given = {
        "x-shopify-hmac-sha256": signature.decode(), "x-shopify-topic": topic,
        "x-shopify-shop-domain": "huiliu-demo.myshopify.com", "x-shopify-webhook-id": "w1",
    }  # fmt: skip
    return inbound(body, headers=given | headers)


def test_tiktok_shop_signs_requests_as_its_sdk_does() -> None:
    """Made by the package tiktok-shop-api 0.1.0."""
    query = {
        "app_key": "68xu9ks5p4i8", "timestamp": "1696909648", "page_size": "50",
        "shop_cipher": "ROW_xkMbgAAAeVAQra0eZWebFQq5aIK", "sort_field": "update_time",
    }  # fmt: skip
    body = b'{"update_time_ge":1763780100,"update_time_lt":1763780400}'

    assert tiktok_signed("e59af819cc", "/order/202309/orders/search", query, body) == (
        "55aef1572fd71a9b5e9eea2920e037ca0e4bef72323425d94a012fde63d25355"
    )


def test_aliexpress_signs_calls_as_the_gateways_sdk_does() -> None:
    """Made by the package lazop-sdk 1.0.3; the first is in the vendor's document 120693 too."""
    asked = {
        "app_key": "123456", "access_token": "test", "timestamp": "1517820392000",
        "sign_method": "sha256", "order_id": "1234",
    }  # fmt: skip

    assert aliexpress_signed("helloworld", "/order/get", asked) == (
        "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A"
    )
    assert aliexpress_signed("helloworld", "", asked) == (
        "3B474B29F7DA7DB12014B44655CC5FD021B222CAD26E08F9269B802CFDB91651"
    )


def test_shopee_signs_requests_as_a_package_of_others_does() -> None:
    """Made by pyshopee 1.4.0: of a shop with its token, and of the app alone."""
    path = b"/api/v2/order/get_order_list"
    assert mac("shopee-key", b"2001887" + path + b"1763784000access30011").hex() == (
        "a11afd4929bf4fdf714fc26a52a7bcfdf64d06b24115bb95a57756504830a4ad"
    )
    path = b"/api/v2/auth/access_token/get"
    assert mac("shopee-key", b"2001887" + path + b"1763784000").hex() == (
        "8a32e4014892c8bd52fddee4e3a348dedbd8c5ec95bc3ab25f06f355774a29bd"
    )


def test_requests_to_a_queue_are_signed_as_botocore_does() -> None:
    """Made by botocore 1.44.5 for the same instant."""
    body = (
        b'{"QueueUrl":"https://sqs.us-east-1.amazonaws.com/123456789012/orders",'
        b'"MaxNumberOfMessages":10,"WaitTimeSeconds":0,"VisibilityTimeout":120}'
    )
    made = signed_headers(
        "https://sqs.us-east-1.amazonaws.com/",
        {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "AmazonSQS.ReceiveMessage",
        },
        body, access_key="AKIDEXAMPLE", secret_key="aws-secret", region="us-east-1",
        service="sqs", now=1_795_320_000_000_000,
    )  # fmt: skip

    assert made["X-Amz-Date"] == "20261122T040000Z"
    assert made["Authorization"].endswith(
        "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="
        "00e1af8c5f2345abbd8fa269f98515d732eb031f1622ccc09962c7ce8738e51b"
    )


@pytest.mark.parametrize(
    ("topic", "body", "kind", "thing"),
    [
        ("orders/paid", b'{"id":450789469,"updated_at":"x"}', ORDER, "450789469"),
        ("fulfillments/create", b'{"id":1,"order_id":450789469}', ORDER, "450789469"),
        ("refunds/create", b'{"id":2,"order_id":450789469}', ORDER, "450789469"),
        ("disputes/create", b'{"id":3,"order_id":450789469}', ORDER, "450789469"),
        ("checkouts/create", b'{"id":901,"token":"t"}', CHECKOUT, "901"),
        ("products/update", b'{"id":632910392}', PRODUCT, "632910392"),
    ],
)
def test_shopifys_topics_point_to_what_is_to_be_looked_at(
    topic: str, body: bytes, kind: str, thing: str
) -> None:
    """A parcel and a refund point to their order."""
    found = Shopify().receive(shopify(body, topic), SHOPIFY)

    assert isinstance(found, Received)
    [notice] = found.notices
    assert (notice.kind, notice.id, notice.topic) == (kind, thing, topic)
    assert notice.deliveries[0] == "w1"


def test_shopifys_old_secret_is_good_while_it_is_rotated() -> None:
    """Shopify signs with the one before for a while."""
    body = b'{"id":1}'
    rotated = connection(
        "shopify", client_secret="new", old_client_secret="hush", shop="huiliu-demo.myshopify.com"
    )

    assert isinstance(Shopify().receive(shopify(body, "orders/paid"), rotated), Received)
    without = replace(rotated, config={**rotated.config, "old_client_secret": ""})
    assert Shopify().receive(shopify(body, "orders/paid"), without) == Refusal("signature")


def test_shopifys_headers_cannot_lead_to_another_shop_or_sense() -> None:
    """The shop's domain must be this one's; a signed body without sense is malformed."""
    other = shopify(b'{"id":1}', "orders/paid", **{"x-shopify-shop-domain": "x.myshopify.com"})

    assert Shopify().receive(other, SHOPIFY) == Refusal("foreign")
    for body in (b"", b"[]", b"{", b"\xff", b"[" * 100_000):
        assert Shopify().receive(shopify(body, "orders/paid"), SHOPIFY) == Refusal("malformed", 400)
    found = Shopify().receive(shopify(b'{"id":1}', "shop/update"), SHOPIFY)
    assert isinstance(found, Received)
    assert list(found.notices) == []


def test_tiktok_shop_takes_what_its_sdk_verifies_and_nothing_else() -> None:
    """One letter of body, key or signature more, and it is refused."""
    good = inbound(TIKTOK_BODY, headers={"authorization": TIKTOK_SIGN})
    found = TikTokShop().receive(good, TIKTOK)

    assert isinstance(found, Received)
    assert [(one.kind, one.id) for one in found.notices] == [(ORDER, "576486316948490001")]
    bad = [
        replace(good, body=TIKTOK_BODY + b" "),
        replace(good, headers={"authorization": TIKTOK_SIGN.upper()}),
        replace(good, headers={"authorization": ""}),
        replace(good, headers={}),
        replace(good, headers={"authorization": "é" * 64}),
    ]
    assert [TikTokShop().receive(one, TIKTOK) for one in bad] == [Refusal("signature")] * len(bad)


@pytest.mark.parametrize(("age", "is_let_in"), [
    (0, True), (2 * DAY, True), (4 * DAY, False), (-4 * MINUTE, True), (-6 * MINUTE, False),
])  # fmt: skip
def test_what_was_kept_back_for_days_is_stale(age: int, is_let_in: bool) -> None:
    """A signature is good for as long as a platform tries again."""
    at = 1_763_784_000_000_000 + age
    good = inbound(TIKTOK_BODY, headers={"authorization": TIKTOK_SIGN}, at=at)

    assert isinstance(TikTokShop().receive(good, TIKTOK), Received) is is_let_in


def test_a_webhook_of_another_shop_of_the_same_app_is_foreign() -> None:
    """One app serves many shops; each connection takes its own."""
    mine = connection("tiktok-shop", app_key="68xu9ks5p4i8", app_secret="e59af819cc", shop_id="1")
    good = inbound(TIKTOK_BODY, headers={"authorization": TIKTOK_SIGN})

    assert TikTokShop().receive(good, mine) == Refusal("foreign")


def test_a_package_of_tiktok_shop_points_to_all_its_orders() -> None:
    """Combined parcels hold several."""
    body = json.dumps({
        "type": 4, "tts_notification_id": "n", "shop_id": "1", "timestamp": 1_763_784_300,
        "data": {"package_list": [{"package_id": "p", "order_id_list": ["1", "2"]}]},
    }).encode()  # fmt: skip
    sign = mac("e59af819cc", b"68xu9ks5p4i8" + body).hex()
    found = TikTokShop().receive(inbound(body, headers={"authorization": sign}), TIKTOK)

    assert isinstance(found, Received)
    assert [(one.id, one.deliveries) for one in found.notices] == [("1", ("n 1",)), ("2", ("n 2",))]


def test_woocommerces_first_call_has_no_signature_and_no_effect() -> None:
    """It is answered well, so that the webhook is kept; it points to nothing."""
    mine = connection("woocommerce", webhook_secret="s")
    found = WooCommerce().receive(inbound(b"webhook_id=7"), mine)

    assert isinstance(found, Received)
    assert list(found.notices) == []
    assert WooCommerce().receive(inbound(b'{"id":1}'), mine) == Refusal("signature")


def test_shopee_signs_the_address_too() -> None:
    """The one it was given: behind a proxy an operator enters that."""
    body = json.dumps(golden("shopee/push")).encode()
    url = "https://tea.example/v1/shops/shopee/main/notices"
    sign = mac("k", f"{url}|".encode() + body).hex()
    asked = inbound(body, headers={"authorization": sign}, url="http://10.0.0.7/notices")
    given = connection("shopee", partner_key="k", shop_id="30011")

    assert Shopee().receive(asked, given) == Refusal("signature")
    proxied = connection("shopee", partner_key="k", shop_id="30011", push_url=url)
    found = Shopee().receive(asked, proxied)
    assert isinstance(found, Received)
    assert [one.id for one in found.notices] == ["2112132KAD867D"]
    foreign = connection("shopee", partner_key="k", shop_id="1", push_url=url)
    assert Shopee().receive(asked, foreign) == Refusal("foreign")
    assert isinstance(Shopee().receive(replace(asked, body=b""), proxied), Received)


def test_an_empty_secret_opens_nothing() -> None:
    """A connection whose secret is missing takes no notice at all."""
    body = b'{"id":1}'
    made = hmac.new(b"", body, hashlib.sha256)
    in_base64 = base64.b64encode(made.digest()).decode()
    for platform, headers in (
        (Shopify(), {"x-shopify-hmac-sha256": in_base64}),
        (WooCommerce(), {"x-wc-webhook-signature": in_base64}),
        (TikTokShop(), {"authorization": made.hexdigest()}),
        (AliExpress(), {"authorization": made.hexdigest()}),
        (TikTokShop(), {"authorization": ""}),
    ):
        found = platform.receive(inbound(body, headers=headers), connection(platform.name))
        assert found == Refusal("signature")


def test_amazon_takes_nothing_at_an_address() -> None:
    """Amazon's changes lie in a queue; who sends them here is somebody else."""
    asked = inbound(json.dumps(golden("amazon/message")).encode(), at=PAID_AT)

    assert Amazon().receive(asked, connection("amazon")) == Refusal("signature")


def test_a_forged_push_of_aliexpress_is_refused() -> None:
    """Key and body are signed."""
    body = b'{"seller_id":"1","data":{"trade_order_id":"3031265788145237"}}'
    mine = connection("aliexpress", app_key="k", app_secret="s")
    good = inbound(body, headers={"authorization": mac("s", b"k" + body).hex()})
    found = AliExpress().receive(good, mine)

    assert isinstance(found, Received)
    assert [one.id for one in found.notices] == ["3031265788145237"]
    assert AliExpress().receive(replace(good, body=body + b" "), mine) == Refusal("signature")
