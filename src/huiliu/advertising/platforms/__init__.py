"""The ad platforms: one a file, a line each in the table."""

from huiliu.advertising.platforms import (
    google_ads,
    kuaishou,
    meta,
    ocean_engine,
    tencent_ads,
    tiktok,
)
from huiliu.advertising.platforms.base import AdField, Limit, Platform, Tokens
from huiliu.kernel.registry import Registry

__all__ = ["PLATFORMS", "AdField", "Limit", "Platform", "Tokens"]

PLATFORMS: Registry[Platform] = Registry((
    ocean_engine.PLATFORM, kuaishou.PLATFORM, tencent_ads.PLATFORM, meta.PLATFORM,
    google_ads.PLATFORM, tiktok.PLATFORM,
))  # fmt: skip
