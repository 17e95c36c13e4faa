"""The floor of collecting one event a request: the same server answers, and does nothing else."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

__all__ = ["echo"]

_BODY: Final = b'{"success":true}'
_START: Final = {
    "type": "http.response.start", "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))],
}  # fmt: skip


async def echo(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """Read a request's body and answer."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send(_START)
    await send({"type": "http.response.body", "body": _BODY})


def main() -> None:
    """Serve on the port that the first argument names."""
    server = Server(
        echo, address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.ASGI,
        websockets=False, log_level=LogLevels.error,
    )  # fmt: skip
    asyncio.run(server.serve())


if __name__ == "__main__":
    main()
