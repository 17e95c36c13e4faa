"""Golden orders of five platforms become the same story, told with the same names."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sources.shops.golden import connection, golden

from huiliu.kernel.errors import BadInput
from huiliu.kernel.times import show_instant
from huiliu.ports.shops import ORDER, PRODUCT, Fetched, Platform, Story
from huiliu.sources.shops.doudian import Doudian
from huiliu.sources.shops.kuaishou import Kuaishou
from huiliu.sources.shops.taobao import Taobao
from huiliu.sources.shops.wechat_shop import WechatShop
from huiliu.sources.shops.xiaohongshu import Xiaohongshu


def doudian_raw() -> dict[str, Any]:
    """Return a golden order of Doudian as it is fetched."""
    return {"order": golden("doudian/order")["shop_order_detail"]}


def wechat_raw() -> dict[str, Any]:
    """Return a golden order of WeChat as it is fetched."""
    return {"order": golden("wechat-shop/order")["order"]}


def xiaohongshu_raw() -> dict[str, Any]:
    """Return a golden order of Xiaohongshu as it is fetched."""
    return {"order": golden("xiaohongshu/order")}


def kuaishou_raw() -> dict[str, Any]:
    """Return a golden order of Kuaishou as it is fetched."""
    return {"order": golden("kuaishou/order")}


def taobao_raw() -> dict[str, Any]:
    """Return a golden trade of Taobao as it is fetched, without its refund."""
    return {"order": golden("taobao/trade")["trade_fullinfo_get_response"]["trade"]}


SHOPS: list[tuple[Platform, Any]] = [
    (Doudian(), doudian_raw),
    (WechatShop(), wechat_raw),
    (Xiaohongshu(), xiaohongshu_raw),
    (Kuaishou(), kuaishou_raw),
    (Taobao(), taobao_raw),
]
EACH = pytest.mark.parametrize(
    ("platform", "raw"), SHOPS, ids=[platform.name for platform, _ in SHOPS]
)


def story(platform: Platform, raw: dict[str, Any], **statuses: str) -> Story:
    """Return what a platform reads from an order."""
    shop = connection(platform.name)
    if statuses:
        shop = type(shop)(1, platform.name, "main", {}, statuses=statuses)
    return platform.read(Fetched(ORDER, "x", raw), shop)


def told(found: Story) -> list[tuple[str, str]]:
    """Return the names and times of what a story tells."""
    return [(one.name, show_instant(one.at)) for one in found.happenings]


@EACH
def test_a_shipped_order_tells_its_three_dated_steps(platform: Platform, raw: Any) -> None:
    """Created, paid and shipped stand at the platform's own times, whatever its unit and zone."""
    found = story(platform, raw())

    assert told(found) == [
        ("Order Created", "2025-11-22T04:00:00Z"),
        ("Order Paid", "2025-11-22T04:05:00Z"),
        ("Order Shipped", "2025-11-23T03:00:00Z"),
    ]
    assert found.status == "shipped"
    assert show_instant(found.version) == "2025-11-23T04:00:00Z"
    assert found.buyer.id
    assert found.buyer.phone == ""


@EACH
def test_every_order_carries_the_same_names(platform: Platform, raw: Any) -> None:
    """A journey that reads total, region, promise or products works for every platform."""
    carried = story(platform, raw()).properties

    assert carried["currency"] == "CNY"
    assert carried["paid"] == carried["total"] > 0  # type: ignore[operator] # numbers
    assert carried["country"] == "CN"
    assert str(carried["region"]).count("/") == 2
    assert carried["ship_by"] == "2025-11-24T04:00:00Z"
    assert carried["promise"] == ("delivery" if platform.name == "taobao" else "shipment")
    assert carried["promised_at"] == (
        "2025-11-27T15:59:59Z" if platform.name == "taobao" else carried["ship_by"]
    )
    assert carried["tracking_number"]
    assert carried["carrier"]
    products = carried["products"]
    assert isinstance(products, list)
    for product in products:
        assert isinstance(product, dict)
        assert product["product_id"]
        assert product["name"]
        assert product["price"] > 0  # type: ignore[operator] # a number
        assert isinstance(product["quantity"], int)


@EACH
def test_an_operator_can_say_what_a_word_means(platform: Platform, raw: Any) -> None:
    """The mapping of a shop goes before the platform's own meaning of a status."""
    word = story(platform, raw()).word

    found = story(platform, raw(), **{word: "delivered"})

    assert found.status == "delivered"
    assert told(found)[-1][0] == "Order Delivered"


@EACH
def test_an_answer_without_an_order_is_refused_by_name(platform: Platform, raw: Any) -> None:
    """An answer that lacks what it cannot be read without says which member is missing."""
    del raw
    with pytest.raises(BadInput) as refused:
        story(platform, {"order": {}})
    assert refused.value.problems[0].path


@EACH
def test_whatever_an_answer_holds_reading_ends_in_a_story_or_a_problem(
    platform: Platform, raw: Any
) -> None:
    """Any member may be absent, null or of another type; nothing else ever comes out."""
    wrongs: tuple[Any, ...] = (None, [], {}, "x", -1, True, 10**30)
    for wrong in wrongs:
        for path in _paths(raw()):
            bent = raw()
            _put(bent, path, wrong)
            try:
                found = story(platform, bent)
            except BadInput:
                continue
            assert found.id


def _paths(tree: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every member of a tree."""
    rows = tree.items() if isinstance(tree, dict) else enumerate(tree)
    found: list[tuple[Any, ...]] = []
    for name, value in rows:
        found.append((*at, name))
        if isinstance(value, dict | list):
            found += _paths(value, (*at, name))
    return found


def _put(tree: Any, path: tuple[Any, ...], value: Any) -> None:
    """Put a value at a path."""
    for name in path[:-1]:
        tree = tree[name]
    tree[path[-1]] = value


def test_a_doudian_refund_is_asked_for_fought_and_given() -> None:
    """After-sale cases become Refund Requested, Dispute Opened, Order Refunded and its outcome."""
    raw = doudian_raw() | {"after_sales": golden("doudian/after_sales")["items"]}

    found = story(Doudian(), raw)

    after = [(one.name, show_instant(one.at)) for one in found.happenings[3:]]
    assert after == [
        ("Refund Requested", "2025-11-24T04:53:20Z"),
        ("Order Refunded", "2025-11-25T05:53:20Z"),
        ("Dispute Opened", "2025-11-25T05:53:20Z"),
        ("Dispute Resolved", "2025-11-25T05:53:20Z"),
    ]
    refunded = found.happenings[4].properties
    assert refunded["refund"] == 64.5
    assert refunded["is_partial"] is True
    assert found.happenings[-1].properties["outcome"] == "buyer"


def test_a_wechat_refund_brings_its_amount() -> None:
    """The after-sale case of the WeChat shop is asked for and given."""
    raw = wechat_raw() | {"after_sales": [golden("wechat-shop/after_sale")["after_sale_order"]]}

    found = story(WechatShop(), raw)

    assert [one.name for one in found.happenings[3:]] == ["Refund Requested", "Order Refunded"]
    assert found.happenings[-1].properties["refund"] == 10.5
    assert (found.buyer.openid, found.buyer.unionid) == ("oBuyerOpenid01", "oUnion01")


def test_a_xiaohongshu_refund_is_read_in_yuan() -> None:
    """Its after-sale list writes yuan where its orders write fen."""
    cases = golden("xiaohongshu/after_sales")["data"]["afterSaleBasicInfos"]

    found = story(Xiaohongshu(), xiaohongshu_raw() | {"after_sales": cases})

    assert found.happenings[-1].name == "Order Refunded"
    assert found.happenings[-1].properties["refund"] == 99.0


def test_a_kuaishou_order_that_failed_after_its_refund_is_refunded() -> None:
    """Kuaishou has one word (80) for cancelled and refunded: the refund tells them apart."""
    raw = kuaishou_raw()
    raw["order"]["orderBaseInfo"]["status"] = 80
    assert story(Kuaishou(), raw).status == "cancelled"

    found = story(Kuaishou(), raw | {"after_sales": [golden("kuaishou/refund")]})

    assert found.status == "refunded"
    assert "Order Cancelled" not in [one.name for one in found.happenings]
    assert found.happenings[-1].properties.get("is_partial") is None


def test_a_taobao_refund_of_one_line_leaves_the_order_shipped() -> None:
    """A refund of part says so; staff that decided for the buyer end the dispute."""
    refund = golden("taobao/refund")["refund_get_response"]["refund"]

    found = story(Taobao(), taobao_raw() | {"after_sales": [refund]})

    last = found.happenings[-1]
    assert (last.name, last.properties["outcome"]) == ("Dispute Resolved", "buyer")
    [refunded] = [one for one in found.happenings if one.name == "Order Refunded"]
    assert refunded.properties["is_partial"] is True
    assert refunded.properties["refund"] == 123.58


def test_an_exchange_asks_for_no_money() -> None:
    """A case that only exchanges goods is no refund."""
    cases = golden("xiaohongshu/after_sales")["data"]["afterSaleBasicInfos"]
    cases[0]["returnType"] = 2

    found = story(Xiaohongshu(), xiaohongshu_raw() | {"after_sales": cases})

    assert [one.name for one in found.happenings][-1] == "Order Shipped"


PRODUCTS: list[tuple[Platform, Any, int]] = [
    (Doudian(), lambda: golden("doudian/product"), 2),
    (WechatShop(), lambda: golden("wechat-shop/product")["product"], 1),
    (Xiaohongshu(), lambda: golden("xiaohongshu/product"), 1),
    (Kuaishou(), lambda: golden("kuaishou/product"), 1),
    (Taobao(), lambda: golden("taobao/item")["item_seller_get_response"]["item"], 2),
]


@pytest.mark.parametrize(
    ("platform", "raw", "variants"), PRODUCTS, ids=[platform.name for platform, _, _ in PRODUCTS]
)
def test_a_product_is_read_with_its_variants(platform: Platform, raw: Any, variants: int) -> None:
    """Each variant has its own price in fen and its own stock."""
    found = platform.read_products(Fetched(PRODUCT, "x", raw()), connection(platform.name))

    assert len(found) == variants
    for one in found:
        assert one.product_id
        assert one.variant_id
        assert one.title
        assert one.price >= 2000
        assert one.currency == "CNY"
        assert one.stock is not None
        assert one.is_listed
        assert one.updated_at == 1_763_784_000_000_000
        assert one.images
