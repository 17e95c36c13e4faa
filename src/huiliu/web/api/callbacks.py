"""Where providers push receipts and replies to; the code in the address is the key."""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.ports.channel import Callback, CallbackAnswer
from huiliu.ports.world import World
from huiliu.services.callbacks import receive_callback
from huiliu.web.security import read_body

__all__ = ["routes"]

#: Providers push up to a thousand receipts at once.
_LARGEST: Final = 2 * 1024 * 1024


async def _receive(request: Request) -> Response:
    """Take a push in and answer as the provider wants it."""
    body = await read_body(request, _LARGEST)
    world: World = request.app.state.world
    answer = await run_in_threadpool(_enter, world, request, body)
    return Response(answer.body, answer.status, media_type=answer.content_type)


def _enter(world: World, request: Request, body: bytes) -> CallbackAnswer:
    """Hand a request over as it came, under the address that the provider knows."""
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{world.public_url.rstrip('/')}{request.url.path}{query}"
    headers = {name.lower(): value for name, value in request.headers.items()}
    callback = Callback(request.method, url, headers, body)
    return receive_callback(world, str(request.path_params["secret"]), callback)


routes: Final = [
    Route("/callbacks/{secret}", _receive, methods=["GET", "POST"], name="provider callbacks")
]
