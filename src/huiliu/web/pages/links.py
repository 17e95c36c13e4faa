"""Links and pictures of messages: followed at once, counted on the way, safe to look at.

`HEAD` leads on and counts nothing. A click is on disk before the answer, but never in its way: if
it cannot be written in time the person still gets where they wanted.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from weakref import WeakKeyDictionary

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.kernel.errors import HuiliuError
from huiliu.kernel.events import NewEvent
from huiliu.ports.store import Store
from huiliu.ports.world import World
from huiliu.services.links import Followed, clicked, follow, opened, read_pixel
from huiliu.services.prepare import Prepared
from huiliu.web.api.group_commit import GroupCommit, Work

__all__ = ["routes"]

#: Source: the GIF89a specification: one transparent dot.
_DOT: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
_LONGEST: Final = 80
#: Links that were followed lately: a campaign's are opened again and again in its first minutes.
_MOST_KNOWN: Final = 20_000
#: Longer than this nobody waits for our count.
_PATIENCE_S: Final = 0.5
_HEADERS: Final = {
    "cache-control": "no-store, private", "referrer-policy": "no-referrer", "x-robots-tag": "none",
}  # fmt: skip


class _Door:
    """What one instance keeps between requests."""

    def __init__(self, world: World) -> None:
        """Start empty."""
        self.commits = GroupCommit(world)
        self.known: OrderedDict[str, Followed] = OrderedDict()


async def _follow(request: Request) -> Response:
    """Lead on to where a link of a message points."""
    found = await _find(request, follow)
    if request.method == "GET" and found.row is not None:
        now = _world(request).clock.now()
        await _count(request, clicked(found.row, found.url, request.headers, now))
    return Response(status_code=302, headers={**_HEADERS, "location": found.url})


async def _picture(request: Request) -> Response:
    """Show a dot that nobody sees."""
    found = await _find(request, read_pixel)
    if request.method == "GET" and found.row is not None:
        now = _world(request).clock.now()
        await _count(request, opened(found.row, request.headers, now))
    return Response(_DOT, media_type="image/gif", headers=_HEADERS)


async def _find(request: Request, find: Callable[[World, str], Followed]) -> Followed:
    """Return what a code stands for, from memory where it was asked for lately."""
    code = str(request.path_params["code"])
    if len(code) > _LONGEST or not code.isascii():
        raise HTTPException(404)
    known = _door(request).known
    key = f"{find.__name__} {code}"
    if key in known:
        known.move_to_end(key)
        return known[key]
    found = await run_in_threadpool(find, _world(request), code)
    known[key] = found
    while len(known) > _MOST_KNOWN:
        known.popitem(last=False)
    return found


async def _count(request: Request, event: NewEvent) -> None:
    """Write an event down; what the database does not take in time is not counted."""
    work = Work(Prepared(event.brand_id, [event]), ())
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await _door(request).commits.submit(work)
    except (HuiliuError, TimeoutError):
        return


def _world(request: Request) -> World:
    """Return the world of the instance."""
    world: World = request.app.state.world
    return world


def _door(request: Request) -> _Door:
    """Return what this instance keeps."""
    world = _world(request)
    if world.store not in _DOORS:
        _DOORS[world.store] = _Door(world)
    return _DOORS[world.store]


_DOORS: Final[WeakKeyDictionary[Store, _Door]] = WeakKeyDictionary()

routes: Final = [
    Route("/r/{code}", _follow, methods=["GET", "HEAD"], name="follow a link"),
    Route("/o/{code}.gif", _picture, methods=["GET", "HEAD"], name="open a picture"),
]
