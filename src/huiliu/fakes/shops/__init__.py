"""Shops that behave like the platforms' own: they sign, repeat, reorder, serve orders, and fail."""

from typing import Final

from huiliu.fakes.shops.aliexpress import FakeAliExpress
from huiliu.fakes.shops.amazon import FakeAmazon
from huiliu.fakes.shops.doudian import FakeDoudian
from huiliu.fakes.shops.kuaishou import FakeKuaishou
from huiliu.fakes.shops.shop import Delivery, FakeShop
from huiliu.fakes.shops.shopee import FakeShopee
from huiliu.fakes.shops.shopify import FakeShopify
from huiliu.fakes.shops.taobao import FakeTaobao
from huiliu.fakes.shops.tiktok_shop import FakeTikTokShop
from huiliu.fakes.shops.wechat_shop import FakeWechatShop
from huiliu.fakes.shops.woocommerce import FakeWooCommerce
from huiliu.fakes.shops.xiaohongshu import FakeXiaohongshu

__all__ = ["FAKE_SHOPS", "Delivery", "FakeShop"]

#: Platform -> its fake.
FAKE_SHOPS: Final[dict[str, type[FakeShop]]] = {
    kind.name: kind
    for kind in (
        FakeShopify, FakeWooCommerce, FakeTikTokShop, FakeShopee, FakeAliExpress,
        FakeAmazon, FakeDoudian, FakeTaobao, FakeWechatShop, FakeXiaohongshu, FakeKuaishou,
    )
}  # fmt: skip
