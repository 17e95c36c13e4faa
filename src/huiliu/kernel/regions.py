"""Regions as shops write them: whether an order goes to a place that somebody named."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["lies_in", "region_parts"]

#: How people and shops separate a province from its city.
_BETWEEN: Final = re.compile(r"[/,，、>|]+")
#: What one writes and another leaves out; longer ones first.
_KINDS: Final = (
    "维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "自治州", "地区",
    "省", "市", "区", "县",
)  # fmt: skip
_SHORTEST: Final = 2


def region_parts(written: str) -> tuple[str, ...]:
    """Return the parts of a region, from the widest, so that two ways of writing one are the same.

    广东省/广州市 -> 广东, 广州. What would leave less than two letters is not taken away.
    """
    normal = unicodedata.normalize("NFKC", written).casefold()
    return tuple(part for one in _BETWEEN.split(normal) if (part := _bare(one.strip())))


def lies_in(region: str, country: str, named: str, named_country: str) -> bool:
    """Say whether a region lies in the one that was named.

    The named parts stand together somewhere in the region's own, so 深圳 is enough for
    广东省/深圳市/南山区, and 上海/浦东 is not in 上海/静安. No named parts = the whole country.

    Args:
        region: where it goes, such as 广东省/广州市/海珠区.
        country: ISO 3166, "" = unknown.
        named: the place that was named.
        named_country: the country it is in, "" = any.
    """
    if named_country and country.casefold() != named_country.casefold():
        return False
    asked, parts = region_parts(named), region_parts(region)
    if not asked:
        return bool(named_country)
    spread = len(asked)
    return any(parts[at : at + spread] == asked for at in range(len(parts) - spread + 1))


def _bare(part: str) -> str:
    """Return a name without the word that says what kind of region it is."""
    for kind in _KINDS:
        if part.endswith(kind) and len(part) - len(kind) >= _SHORTEST:
            return part.removesuffix(kind)
    return part
