"""Shops: a platform a file, reached by this table; all I/O is through the way out it is given.

What they share: `platform` (defaults), `calling` (requests), `raw` (reading answers), `stages`
(from a state to what has happened).
"""

from typing import Final

from huiliu.kernel.registry import Registry
from huiliu.ports.shops import Platform
from huiliu.sources.shops.aliexpress import AliExpress
from huiliu.sources.shops.amazon import Amazon
from huiliu.sources.shops.doudian import Doudian
from huiliu.sources.shops.kuaishou import Kuaishou
from huiliu.sources.shops.shopee import Shopee
from huiliu.sources.shops.shopify import Shopify
from huiliu.sources.shops.taobao import Taobao
from huiliu.sources.shops.tiktok_shop import TikTokShop
from huiliu.sources.shops.wechat_shop import WechatShop
from huiliu.sources.shops.woocommerce import WooCommerce
from huiliu.sources.shops.xiaohongshu import Xiaohongshu

__all__ = ["PLATFORMS"]

#: Every kind of shop that can be connected.
PLATFORMS: Final[Registry[Platform]] = Registry((
    Shopify(), WooCommerce(), TikTokShop(), Shopee(), AliExpress(), Amazon(),
    Doudian(), Taobao(), WechatShop(), Xiaohongshu(), Kuaishou(),
))  # fmt: skip
