"""The way out of marketing: looking at the page changes nothing, one POST without a cookie does.

Source: RFC 8058 section 3.2: the POST carries neither cookies nor sign-in, and is not redirected.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.messages.permission import Permission
from huiliu.ports.messages import MessageRow
from huiliu.ports.world import World
from huiliu.services.opt_out import one_click, peek
from huiliu.services.permission import permission
from huiliu.services.preferences import preferences_url
from huiliu.web.doors import Visit
from huiliu.web.public import brand_facts, public_page, public_visit
from huiliu.web.rendering import channel_name
from huiliu.web.security import read_body

__all__ = ["routes"]

#: What the POST says; a form and a mail program send it alike. Source: RFC 8058 section 3.1.
_WANTED: Final = (b"List-Unsubscribe", b"One-Click")
_LARGEST_BODY: Final = 8 * 1024


async def show(request: Request) -> Response:
    """Show what the button will do; mail scanners that follow links change nothing."""
    found = public_visit(request)
    row = await run_in_threadpool(peek, found.world, request.path_params["token"])
    return await run_in_threadpool(_page, found, row, is_done=False)


async def leave(request: Request) -> Response:
    """Withdraw the consent that the link's message was sent under."""
    body = await read_body(request, _LARGEST_BODY)
    if not all(word in body for word in _WANTED):
        raise HTTPException(400)
    found = public_visit(request)
    row = await run_in_threadpool(one_click, found.world, request.path_params["token"])
    return await run_in_threadpool(_page, found, row, is_done=True)


def _page(found: Visit, row: MessageRow, *, is_done: bool) -> Response:
    """Return the page; from it the page of choices is one step away."""
    queued = row.queued
    url = urlsplit(preferences_url(found.world, queued.brand_id, queued.message_id)).path
    return public_page(
        found, "pages/unsubscribe.html", is_done=is_done,
        channel=channel_name(found.locale, queued.channel),
        preferences=f"{url}?lang={found.locale}",
        **brand_facts(found, _asks(found.world, queued.brand_id)),
    )  # fmt: skip


def _asks(world: World, brand_id: int) -> Permission:
    """Return how a brand asks for permission."""
    with world.store.system() as tx:
        return permission(tx, world, brand_id)


routes = [
    Route("/u/{token}", show, methods=["GET"], name="unsubscribe"),
    Route("/u/{token}", leave, methods=["POST"], name="unsubscribe.leave"),
]
