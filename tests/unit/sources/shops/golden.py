"""Golden payloads: what the platforms' documents show, with values of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from huiliu.ports.shops import Inbound, ShopConnection

#: 2025-11-22 12:05:00 in Beijing, when the golden orders are paid.
PAID_AT: Final = 1_763_784_300_000_000
_FOLDER: Final = Path(__file__).parent / "golden"


def golden(path: str) -> Any:
    """Return a payload, fresh: a test may change it."""
    return json.loads((_FOLDER / f"{path}.json").read_text("utf-8"))


def connection(platform: str, **config: str) -> ShopConnection:
    """Return a connection of a platform with these fields."""
    return ShopConnection(1, platform, "main", config)


def inbound(
    body: bytes,
    *,
    headers: dict[str, str] | None = None,
    url: str = "https://tea.example/v1/shops/main",
    query: str = "",
    method: str = "POST",
    at: int = PAID_AT,
) -> Inbound:
    """Return a request as it came."""
    return Inbound(method, url, query, headers or {}, body, at)
