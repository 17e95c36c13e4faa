"""Where platforms send their notices to; their signature is the key, so no other is asked for."""

from __future__ import annotations

import re
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.ports.shop_store import ShopKey
from huiliu.ports.shops import Inbound, Reply
from huiliu.ports.world import World
from huiliu.services.list_shops import notice_url
from huiliu.services.receive_shop_notice import receive_shop_notice
from huiliu.web.security import read_body

__all__ = ["routes"]

#: An order with hundreds of lines, as a platform sends it with its notice.
_LARGEST: Final = 4 * 1024 * 1024
#: `main`, or `2.main` for another brand than the first.
_DOOR: Final = re.compile(r"(?:(\d{1,5})\.)?([a-z0-9]+(?:-[a-z0-9]+)*)")


async def _receive(request: Request) -> Response:
    """Take a notice in, or a handshake, and answer as the platform wants it."""
    key = _key(request)
    body = await read_body(request, _LARGEST)
    world: World = request.app.state.world
    reply = await run_in_threadpool(_enter, world, key, request, body)
    return Response(reply.body, reply.status, media_type=reply.content_type)


def _enter(world: World, key: ShopKey, request: Request, body: bytes) -> Reply:
    """Hand a request over as it came."""
    inbound = Inbound(
        request.method, notice_url(world, key), request.url.query,
        {name.lower(): value for name, value in request.headers.items()}, body, world.clock.now(),
    )  # fmt: skip
    return receive_shop_notice(world, key, inbound)


def _key(request: Request) -> ShopKey:
    """Return which connection an address is of.

    Raises:
        HTTPException: 404, as there can be none.
    """
    platform = str(request.path_params["platform"])
    found = _DOOR.fullmatch(str(request.path_params["connection"]))
    brand_id = 0 if found is None else int(found[1] or 1)
    if found is None or not 0 < brand_id < 32_768 or "\0" in platform:
        raise HTTPException(404)
    return brand_id, platform, found[2]


routes: Final = [
    Route(
        "/v1/shops/{platform}/{connection}/notices",
        _receive,
        methods=["GET", "POST"],
        name="shop notices",
    )
]
