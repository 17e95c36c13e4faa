"""Push tokens: how many installations can be reached, by app, platform, maker and age."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.services.push_tokens import push_tokens
from huiliu.web.doors import Visit
from huiliu.web.rendering import page

__all__ = ["show"]


def show(visit: Visit) -> Response:
    """Show the tokens of a brand."""
    found = push_tokens(visit.world, visit.brand_id)
    return page(visit, "pages/push_tokens.html", section="push_tokens", found=found)
