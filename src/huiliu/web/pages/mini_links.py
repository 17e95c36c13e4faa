"""The page behind a link into a mini-program: a button, and on its press an address for one person.

A link is made only when somebody presses: programs that look at addresses before people do use up
nothing of the day's quota.
"""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.services.mini_links import open_link, see_link
from huiliu.services.permission import permission
from huiliu.web.public import admit, brand_facts, public_page, public_visit

__all__ = ["routes"]

_MOST_OPENED: Final = 60


async def _show(request: Request) -> Response:
    """Show the button."""
    return await run_in_threadpool(_shown, request)


async def _open(request: Request) -> Response:
    """Lead into the mini-program."""
    return await run_in_threadpool(_opened, request)


def _shown(request: Request) -> Response:
    """Show the page of a link."""
    admit(request, "mini link")
    found = public_visit(request)
    link = see_link(found.world, str(request.path_params["code"]))
    with found.world.store.transaction(link.brand_id) as tx:
        asks = permission(tx, found.world, link.brand_id)
    return public_page(
        found, "pages/mini_link.html", link=link, closed="", leads_to="",
        **brand_facts(found, asks),
    )  # fmt: skip


def _opened(request: Request) -> Response:
    """Have an address made, and lead there; else say where to go instead.

    A form may not be redirected to another site under our policy: the page leads on by itself.
    """
    admit(request, "mini link opened", _MOST_OPENED)
    found = public_visit(request)
    code = str(request.path_params["code"])
    link = see_link(found.world, code)
    opened = open_link(found.world, code)
    with found.world.store.transaction(link.brand_id) as tx:
        asks = permission(tx, found.world, link.brand_id)
    return public_page(
        found, "pages/mini_link.html", 200 if opened.url else 503, link=link,
        closed=opened.reason, leads_to=opened.url, **brand_facts(found, asks),
    )  # fmt: skip


routes: Final = [
    Route("/w/{code}", _show, methods=["GET"], name="mini-program link"),
    Route("/w/{code}", _open, methods=["POST"], name="mini-program link opened"),
]
