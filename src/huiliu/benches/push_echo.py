"""The server that `push` sends to: HTTP/2 in clear text, answers everything, by granian."""

from __future__ import annotations

import asyncio
import sys

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from huiliu.benches.echo import echo

__all__ = ["main"]


def main() -> None:
    """Serve on the port that the first argument names."""
    server = Server(
        echo, address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.ASGI,
        websockets=False, log_level=LogLevels.error, http=HTTPModes.http2,
    )  # fmt: skip
    asyncio.run(server.serve())


if __name__ == "__main__":
    main()
