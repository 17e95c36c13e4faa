"""Is it alive, and can it take events: /healthz and /readyz, for supervisors and load balancers."""

from __future__ import annotations

import shutil
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from huiliu.kernel.errors import Unavailable
from huiliu.ports.world import World
from huiliu.settings import Settings

__all__ = ["routes"]

#: Less free disk than this, and PostgreSQL may stop in the middle of a batch.
_LEAST_FREE_BYTES: Final = 100_000_000


async def healthz(_request: Request) -> Response:
    """Answer 200 while this process lives, whatever the rest does."""
    return JSONResponse({"status": "alive"})


async def readyz(request: Request) -> Response:
    """Answer 200 only when an event sent now would be kept; else 503 and why."""
    state = request.app.state
    problem = await run_in_threadpool(_why_not_ready, state.world, state.settings)
    if problem:
        return JSONResponse({"status": "not ready", "why": problem}, status_code=503)
    return JSONResponse({"status": "ready"})


def _why_not_ready(world: World, settings: Settings) -> str:
    """Return what keeps events from being taken; "" when nothing does."""
    try:
        if shutil.disk_usage(settings.instance).free < _LEAST_FREE_BYTES:
            return "disk full"
    except OSError:
        return "instance folder gone"
    try:
        with world.store.system() as tx:
            tx.log.head()
    except Unavailable:
        return "PostgreSQL does not answer"
    return ""


routes: Final = [
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
]
