"""Push tokens for servers: what the console's page shows, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.services.push_tokens import push_tokens, tokens_as_data
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _tokens(call: Call) -> object:
    """Return the push tokens by app, platform, maker and provider."""
    return tokens_as_data(push_tokens(call.world, call.brand_id))


routes: Final = [route("GET", "/v1/push/tokens", _tokens)]
