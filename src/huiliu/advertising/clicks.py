"""The marks that ad platforms leave of a click, as they stand in what a page or APP sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from huiliu.advertising.platforms import PLATFORMS

__all__ = ["CLICK_NAMES", "Click", "clicks_in"]

#: (platform, name of the parameter, its value)
Click = tuple[str, str, str]

#: Every parameter that carries a click of some platform.
CLICK_NAMES: Final = frozenset(name for one in PLATFORMS.values() for name in one.clicks)

_LONGEST: Final = 512
_PLACES: Final = ("campaign", "referrer")
#: Words of addresses that mean something else elsewhere count only beside this source.
_SHY: Final[Mapping[str, frozenset[str]]] = {
    "callback": frozenset({"kuaishou", "ks", "kwai"}),
    "click_id": frozenset({"tencent", "gdt", "qq", "weixin", "wechat"}),
}


def clicks_in(properties: Mapping[str, Any], context: Mapping[str, Any]) -> list[Click]:
    """Return the clicks that an event tells of, the platform's best parameter first.

    They are looked for in `context.campaign`, in the page's address, and in the properties.
    """
    found: dict[str, str] = {}
    for name, value in _values(properties, context):
        if isinstance(value, str) and value and len(value) <= _LONGEST:
            found.setdefault(name.lower(), value)
    source = found.get("source") or found.get("utm_source", "")
    clicks: list[Click] = []
    for platform in PLATFORMS.values():
        for name in platform.clicks:
            if name in found and (name not in _SHY or source.lower() in _SHY[name]):
                clicks.append((platform.name, name, found[name]))
                break
    return clicks


def _values(
    properties: Mapping[str, Any], context: Mapping[str, Any]
) -> Iterator[tuple[str, object]]:
    """Yield names and values of every place where a click may stand."""
    for place in _PLACES:
        inner = context.get(place)
        if isinstance(inner, dict):
            yield from inner.items()
    page = context.get("page")
    for holder in (page if isinstance(page, dict) else {}, properties):
        for key in ("url", "search"):
            written = holder.get(key)
            if isinstance(written, str) and "=" in written:
                yield from _query(written)
    yield from properties.items()


def _query(written: str) -> Iterator[tuple[str, str]]:
    """Yield the values of an address's query, or of a query alone."""
    try:
        query = urlsplit(written).query or written.lstrip("?")
        yield from parse_qsl(query, max_num_fields=100)
    except ValueError:
        return
