"""Requests to a shop's address: what the platform signed comes in, everything else stays out."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Final, TypeAlias

import pytest
from tests.unit.sources.shops.golden import PAID_AT, connection, golden, inbound

from huiliu.messages import wechat_crypto
from huiliu.ports.shops import (
    ORDER,
    PRODUCT,
    Inbound,
    Platform,
    Received,
    Refusal,
    ShopConnection,
)
from huiliu.sources.shops import kuaishou, taobao, xiaohongshu
from huiliu.sources.shops.doudian import Doudian, sign_notice, sign_request
from huiliu.sources.shops.kuaishou import Kuaishou
from huiliu.sources.shops.taobao import Taobao
from huiliu.sources.shops.wechat_shop import WechatShop
from huiliu.sources.shops.xiaohongshu import Xiaohongshu

#: The example of WeChat's documents (message push in safe mode).
_WECHAT_EXAMPLE: Final = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcv"
    "ZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3F"
    "n2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSe"
    "OBrebufAlr7F9mFUPAJGj04="
)
_AES_KEY: Final = "A" * 43
_MESSAGE_SECRET: Final = base64.b64encode(bytes(range(16))).decode()


def doudian_request() -> tuple[ShopConnection, Inbound]:
    """Return a golden notice of Doudian, signed."""
    shop = connection("doudian", app_key="700", app_secret="s3cret", shop_id="77977")
    body = json.dumps(golden("doudian/notices"), ensure_ascii=False).encode()
    return shop, inbound(body, headers={"event-sign": sign_notice("700", "s3cret", body)})


def wechat_request() -> tuple[ShopConnection, Inbound]:
    """Return a golden notice of WeChat, encrypted and signed."""
    shop = connection("wechat-shop", app_id="wx01", app_secret="x", token="AAAAA", aes_key=_AES_KEY)
    event = json.dumps(golden("wechat-shop/event")).encode()
    sealed = wechat_crypto.encrypt(event, _AES_KEY, "wx01", b"0123456789abcdef")
    at = str(PAID_AT // 1_000_000)
    sign = wechat_crypto.sign("AAAAA", at, "n1", sealed)
    query = f"timestamp={at}&nonce=n1&encrypt_type=aes&msg_signature={sign}"
    return shop, inbound(json.dumps({"ToUserName": "gh", "Encrypt": sealed}).encode(), query=query)


def xiaohongshu_request() -> tuple[ShopConnection, Inbound]:
    """Return a golden notice of Xiaohongshu, signed."""
    shop = connection("xiaohongshu", app_id="4e3d", app_secret="ef5e", seller_id="60ab")
    at = str(PAID_AT // 1_000_000)
    signed = {"app-key": "4e3d", "timestamp": at, "from": "xhs"}
    headers = {
        "app-key": "4e3d", "timestamp": at,
        "sign": xiaohongshu.sign_notice("/v1/shops/main", signed, "ef5e"),
    }  # fmt: skip
    body = json.dumps(golden("xiaohongshu/notices")).encode()
    return shop, inbound(body, headers=headers, query="from=xhs")


def kuaishou_request() -> tuple[ShopConnection, Inbound]:
    """Return a golden notice of Kuaishou, encrypted."""
    shop = connection("kuaishou", app_key="ks699183844582124027", message_secret=_MESSAGE_SECRET)
    body = kuaishou.encrypt(json.dumps(golden("kuaishou/notice")).encode(), _MESSAGE_SECRET)
    return shop, inbound(body)


Case: TypeAlias = Callable[[], tuple[ShopConnection, Inbound]]
PUSHED: list[tuple[Platform, Case]] = [
    (Doudian(), doudian_request),
    (WechatShop(), wechat_request),
    (Xiaohongshu(), xiaohongshu_request),
    (Kuaishou(), kuaishou_request),
]
EACH = pytest.mark.parametrize(
    ("platform", "request_of"), PUSHED, ids=[platform.name for platform, _ in PUSHED]
)


@EACH
def test_a_signed_notice_points_to_its_order(platform: Platform, request_of: Case) -> None:
    """The notice names the order, and the reply is what the platform wants to hear."""
    shop, request = request_of()

    found = platform.receive(request, shop)

    assert isinstance(found, Received)
    assert {one.kind for one in found.notices} >= {ORDER}
    assert all(one.id and one.deliveries for one in found.notices)
    assert found.reply.status == 200
    assert found.reply.body in {
        b'{"code":0,"msg":"success"}', b"success", b'{"result":1}',
        b'{"success":true,"error_code":0,"error_msg":""}',
    }  # fmt: skip


@EACH
def test_a_repeat_has_the_same_keys(platform: Platform, request_of: Case) -> None:
    """What comes again is known by its delivery, whatever the time of the repeat."""
    shop, request = request_of()
    first, again = platform.receive(request, shop), platform.receive(request, shop)

    assert isinstance(first, Received)
    assert isinstance(again, Received)
    assert [one.deliveries for one in first.notices] == [one.deliveries for one in again.notices]


@pytest.mark.parametrize(
    ("platform", "request_of"),
    [PUSHED[0], PUSHED[1], PUSHED[3]],
    ids=["doudian", "wechat-shop", "kuaishou"],
)
def test_no_byte_of_a_body_can_be_changed(platform: Platform, request_of: Case) -> None:
    """A body in which one byte differs is refused, or says what it said before."""
    shop, request = request_of()
    genuine = platform.receive(request, shop)
    assert isinstance(genuine, Received)

    for at in range(0, len(request.body), 7):
        body = bytearray(request.body)
        body[at] ^= 1
        found = platform.receive(
            Inbound(request.method, request.url, request.query, request.headers, bytes(body),
                    request.received_at), shop
        )  # fmt: skip
        if isinstance(found, Received):
            # WeChat signs the cipher text, not what stands around it. Kuaishou's has no seal: a
            # changed block may still open; then it is a hint to look, never what the state is.
            assert platform.name == "kuaishou" or found == genuine


@EACH
def test_another_shops_secret_lets_nothing_in(platform: Platform, request_of: Case) -> None:
    """The same request under other secrets is refused."""
    shop, request = request_of()
    other = {name: f"{value[:-1]}B" for name, value in shop.config.items()}
    if "message_secret" in other:
        other["message_secret"] = base64.b64encode(b"another secret !").decode()

    found = platform.receive(request, connection(shop.platform, **other))

    assert isinstance(found, Refusal)


@EACH
def test_rubbish_is_refused_and_raises_nothing(platform: Platform, request_of: Case) -> None:
    """Whatever comes is answered by a refusal."""
    shop, _ = request_of()
    for body in (b"", b"{}", b"[]", b"\xff\xfe", b"null", b"[" * 5000, b"a" * 16, b"AAAA" * 8):
        for headers in ({}, {"event-sign": "é", "sign": "é", "app-key": "4e3d", "timestamp": "1"}):
            assert isinstance(platform.receive(inbound(body, headers=headers), shop), Refusal)


def test_doudian_tells_orders_and_products_and_leaves_other_shops_out() -> None:
    """Six messages: three of orders, one of a product, one of another shop, one trial."""
    shop, request = doudian_request()

    found = Doudian().receive(request, shop)

    assert isinstance(found, Received)
    assert [(one.kind, one.topic) for one in found.notices] == [
        (ORDER, "101"), (ORDER, "126"), (ORDER, "206"), (PRODUCT, "400"),
    ]  # fmt: skip
    assert {one.id for one in found.notices if one.kind == ORDER} == {"6917584022931846117"}


def test_wechat_answers_the_handshake_only_when_it_is_signed() -> None:
    """The example of the documents: the echo comes back as it was sent."""
    shop = connection("wechat-shop", token="AAAAA", aes_key=_AES_KEY, app_id="wx01")
    query = (
        "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&echostr=4375120948345356249"
        "&timestamp=1714036504&nonce=1514711492"
    )
    at = 1_714_036_504_000_000

    found = WechatShop().receive(inbound(b"", query=query, method="GET", at=at), shop)
    assert isinstance(found, Received)
    assert found.reply.body == b"4375120948345356249"

    forged = query.replace("nonce=1514711492", "nonce=1514711493")
    assert WechatShop().receive(inbound(b"", query=forged, method="GET", at=at), shop) == Refusal(
        "signature"
    )


def test_wechat_opens_the_example_of_its_documents() -> None:
    """Signature and cipher are those of the vendor's own worked example."""
    said = ("1714112445", "415670741", _WECHAT_EXAMPLE)
    assert wechat_crypto.sign("AAAAA", *said) == "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"

    opened = wechat_crypto.decrypt(_WECHAT_EXAMPLE, _AES_KEY, "wxba5fad812f8e6fb9")

    assert opened is not None
    assert json.loads(opened)["debug_str"] == "hello world"
    assert wechat_crypto.decrypt(_WECHAT_EXAMPLE, _AES_KEY, "wxba5fad812f8e6fb8") is None


def test_wechat_keeps_an_order_id_that_is_a_long_number() -> None:
    """19 digits are more than a float holds: none is lost."""
    shop, request = wechat_request()
    found = WechatShop().receive(request, shop)
    assert isinstance(found, Received)
    assert found.notices[0].id == "37423523451235145"


@pytest.mark.parametrize("platform", ["wechat-shop", "xiaohongshu", "kuaishou"])
def test_an_old_notice_is_a_replay(platform: str) -> None:
    """What was signed two days ago is refused, however well it is signed."""
    plug, request_of = next(one for one in PUSHED if one[0].name == platform)
    shop, request = request_of()

    late = Inbound(
        request.method, request.url, request.query, request.headers, request.body,
        request.received_at + 2 * 86_400_000_000,
    )  # fmt: skip

    assert plug.receive(late, shop) == Refusal("stale")


def test_xiaohongshu_signs_as_its_documents_worked_example_says() -> None:
    """The example of school.xiaohongshu.com, and the rule for requests beside it."""
    signed = {
        "app-key": "xhs", "page_no": "1", "page_size": "50", "status": "0",
        "timestamp": "1469902537",
    }  # fmt: skip
    found = xiaohongshu.sign_notice(
        "/ark/open_api/v1/items", signed, "9a539709cafc1efc9ef05838be468a28"
    )
    assert found == "72be6fad4dd0e5104dbdebbcdadb2a06"
    said = "order.getOrderList?appId=a&timestamp=1&version=2.0secret"
    assert xiaohongshu.sign_request("a", "secret", "order.getOrderList", "1") == (
        hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()
    )


def test_xiaohongshu_leaves_other_sellers_and_unknown_tags_out() -> None:
    """Four messages: two of our orders, one of another seller, one of an item."""
    shop, request = xiaohongshu_request()
    found = Xiaohongshu().receive(request, shop)
    assert isinstance(found, Received)
    assert [one.id for one in found.notices] == ["P768291112062421411"] * 2
    assert len({one.deliveries for one in found.notices}) == 2


def test_a_trial_of_kuaishou_is_answered_and_points_to_nothing() -> None:
    """A heartbeat gets its answer."""
    shop, _ = kuaishou_request()
    message = golden("kuaishou/notice") | {"test": True}
    body = kuaishou.encrypt(json.dumps(message).encode(), _MESSAGE_SECRET)

    found = Kuaishou().receive(inbound(body), shop)

    assert isinstance(found, Received)
    assert not found.notices


def test_nothing_is_pushed_by_taobao() -> None:
    """TOP has a queue: whatever comes over HTTP is somebody else's."""
    found = Taobao().receive(inbound(b"{}"), connection("taobao"))
    assert found == Refusal("signature")


def test_requests_are_signed_as_the_vendors_clients_sign() -> None:
    """What `doudian` 0.6, the example of TOP's documents and ks-sdk's rule give for the same."""
    params = '{"order_id":"1"}'
    assert sign_request("700", "s3cret", "order.orderDetail", params, "1763784300") == (
        "c5f3dc8fef042f835b3b425996a1f7d8403249978c9090ad09c3837e0880e62e"
    )
    published = {
        "method": "taobao.item.seller.get", "app_key": "12345678", "session": "test",
        "timestamp": "2016-01-01 12:00:00", "format": "json", "v": "2.0", "sign_method": "md5",
        "fields": "num_iid,title,nick,price,num", "num_iid": "11223344",
    }  # fmt: skip
    assert taobao.sign_request(published, "helloworld") == "66987CB115214E59E6EC978214934FB8"
    asked = {
        "access_token": "token", "appkey": "ks123", "method": "open.seller.order.list",
        "param": '{"title":"短袖"}', "signMethod": "HMAC_SHA256", "timestamp": "1583271919000",
        "version": "1",
    }  # fmt: skip
    assert kuaishou.sign_request(asked, "sign-secret") == (
        "ZpPrG0oB1g/T93FyyVD+VCzRey41yqxZoCqcGg7upYM="
    )
