"""The way out of marketing: looking at the page changes nothing, one POST without a cookie does.

Source: RFC 8058 section 3.2: the POST carries neither cookies nor sign-in, and is not redirected.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.kernel.texts import LOCALES
from huiliu.services.opt_out import one_click, peek
from huiliu.web.doors import Visit, visit
from huiliu.web.rendering import channel_name, page
from huiliu.web.security import read_body

__all__ = ["routes"]

#: What the POST says; a form and a mail program send it alike. Source: RFC 8058 section 3.1.
_WANTED: Final = (b"List-Unsubscribe", b"One-Click")
_LARGEST_BODY: Final = 8 * 1024


async def show(request: Request) -> Response:
    """Show what the button will do; mail scanners that follow links change nothing."""
    found = _visit(request)
    channel = await run_in_threadpool(peek, found.world, request.path_params["token"])
    return _page(found, channel, is_done=False)


async def leave(request: Request) -> Response:
    """Withdraw the consent that the link's message was sent under."""
    body = await read_body(request, _LARGEST_BODY)
    if not all(word in body for word in _WANTED):
        raise HTTPException(400)
    found = _visit(request)
    row = await run_in_threadpool(one_click, found.world, request.path_params["token"])
    return _page(found, row.queued.channel, is_done=True)


def _visit(request: Request) -> Visit:
    """Return the visit in the language that the link asks for, else the browser's."""
    found = visit(request)
    chosen = found.ask("lang")
    return replace(found, locale=chosen) if chosen in LOCALES else found


def _page(found: Visit, channel: str, *, is_done: bool) -> Response:
    """Return the page; nobody else may keep it, and it sends no address on."""
    shown = page(
        found, "pages/unsubscribe.html",
        channel=channel_name(found.locale, channel), is_done=is_done,
    )  # fmt: skip
    shown.headers["cache-control"] = "no-store"
    shown.headers["referrer-policy"] = "no-referrer"
    return shown


routes = [
    Route("/u/{token}", show, methods=["GET"], name="unsubscribe"),
    Route("/u/{token}", leave, methods=["POST"], name="unsubscribe.leave"),
]
