"""A call of a server: how the twins of the console's actions are entered and answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.kernel.errors import BadInput, Forbidden, Problem, Unauthorised
from huiliu.kernel.texts import text
from huiliu.ports import ApiKey, World
from huiliu.ports.accounts import KEY_AUTHOR
from huiliu.web.api.call_keys import known_keys
from huiliu.web.api.collect_keys import key_in_header
from huiliu.web.security import check_words, read_body

__all__ = ["Answer", "Call", "Lanes", "route"]

_LARGEST_BODY: Final = 512 * 1024
_SCOPE: Final = "api"


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a server."""

    world: World
    key: ApiKey
    request: Request
    body: Mapping[str, Any]

    @property
    def brand_id(self) -> int:
        """Return the brand of the key."""
        return self.key.brand_id

    @property
    def by(self) -> str:
        """Return who documents are said to come from."""
        return f"{KEY_AUTHOR}{self.key.name}"

    def path(self, name: str) -> str:
        """Return a part of the address."""
        return str(self.request.path_params[name])

    def ask(self, name: str) -> str:
        """Return a value of the query string."""
        return self.request.query_params.get(name, "").strip()

    def word(self, name: str) -> str:
        """Return a text of the body.

        Raises:
            BadInput: it is missing, or no text.
        """
        found = self.body.get(name)
        if not isinstance(found, str):
            raise BadInput((Problem(name, text("api.not_a_text")),))
        return found


#: Data to be sent as JSON, or a whole response.
Answer: TypeAlias = Callable[[Call], object]


class Lanes:
    """Lets so many calls work at once; the others wait without a thread.

    Work that is all Python gains nothing from more threads than that: they take the interpreter
    from each other, and what holds a row of the database holds it for so much longer.
    """

    def __init__(self, n: int) -> None:
        """Have so many lanes in each event loop."""
        self._n = n
        self._of: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            WeakKeyDictionary()
        )

    @property
    def here(self) -> asyncio.Semaphore:
        """Return what is to be held while working."""
        loop = asyncio.get_running_loop()
        if loop not in self._of:
            self._of[loop] = asyncio.Semaphore(self._n)
        return self._of[loop]


def route(
    method: str,
    path: str,
    answer: Answer,
    most_bytes: int = _LARGEST_BODY,
    scope: str = _SCOPE,
    lanes: Lanes | None = None,
) -> Route:
    """Return the route of one call; a larger body than the limit, or another key, is refused.

    Args:
        method: of HTTP.
        path: with what varies in braces.
        answer: what to do.
        most_bytes: of the body.
        scope: of the key.
        lanes: what it shares with other calls that are as heavy; None = nothing.
    """

    async def endpoint(request: Request) -> Response:
        """Read the body, then answer in a thread."""
        if most_bytes > _LARGEST_BODY:
            # Nobody without a key makes the server hold so much.
            await run_in_threadpool(_key_of, request, scope)
        body = await _read(request, most_bytes) if method in {"POST", "PUT"} else {}
        async with lanes.here if lanes is not None else nullcontext():
            told = await run_in_threadpool(_enter, answer, scope, request, body)
        if isinstance(told, Response):
            return told
        return Response(msgspec.json.encode(told), media_type="application/json")

    return Route(path, endpoint, methods=[method], name=f"api {method} {path}")


def _key_of(request: Request, scope: str) -> ApiKey:
    """Return the key that a request came with.

    Raises:
        Unauthorised: no key in force came.
        Forbidden: its scope is another.
    """
    world: World = request.app.state.world
    shown = key_in_header(request.headers.get("authorization", "").encode("latin-1"))
    key = known_keys(request.app).find(world, shown)
    if key is None:
        raise Unauthorised("key")
    if key.scope != scope:
        raise Forbidden(scope)
    return key


def _enter(answer: Answer, scope: str, request: Request, body: Mapping[str, Any]) -> object:
    """Check the key, then answer; raises as `_key_of` does."""
    key = _key_of(request, scope)
    check_words(request, body.values())
    return answer(Call(request.app.state.world, key, request, body))


async def _read(request: Request, most_bytes: int) -> Mapping[str, Any]:
    """Return the object in the body.

    Raises:
        HTTPException: 413 when it is too large, 408 when too slow.
        BadInput: it is no JSON object.
    """
    body = await read_body(request, most_bytes)
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise BadInput((Problem("", text("api.not_an_object")),)) from fault
