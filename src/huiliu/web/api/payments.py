"""Where providers of payments tell that something was paid; their signature is the key."""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.ports.callback import Callback, CallbackAnswer
from huiliu.ports.world import World
from huiliu.services.settle_payment import receive_notice
from huiliu.web.public import admit
from huiliu.web.security import read_body

__all__ = ["routes"]

_LARGEST: Final = 64 * 1024
#: In ten minutes by one address: a provider has few, and is behind them with all its notices.
_MOST: Final = 60_000


async def _receive(request: Request) -> Response:
    """Take a notice in and answer as its provider wants it."""
    admit(request, "payment notice", _MOST)
    body = await read_body(request, _LARGEST)
    answer = await run_in_threadpool(_enter, request.app.state.world, request, body)
    return Response(answer.body, answer.status, media_type=answer.content_type)


def _enter(world: World, request: Request, body: bytes) -> CallbackAnswer:
    """Hand a notice over as it came."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    callback = Callback(request.method, str(request.url), headers, body)
    return receive_notice(world, str(request.path_params["token"]), callback)


routes: Final = [Route("/pay/notices/{token}", _receive, methods=["POST"], name="payment notices")]
