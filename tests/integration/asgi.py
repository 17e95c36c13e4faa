"""A synchronous client of an ASGI application, usable from many threads at once."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import Any, Self

import httpx

__all__ = ["AsgiClient"]


class AsgiClient:
    """Speaks to an application in this process, on a loop of its own."""

    def __init__(self, app: Any, auth: tuple[str, str] | None = None) -> None:
        """Hold the application; `auth` goes with every request that names no other."""
        self.auth = auth
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://testserver", timeout=60
        )
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        """Start the loop."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the loop."""
        self._wait(self._client.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Return the answer."""
        options.setdefault("auth", self.auth)
        answer: httpx.Response = self._wait(self._client.request(method, path, **options))
        return answer

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Return the answer to a GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Return the answer to a POST."""
        return self.request("POST", path, **options)

    def options(self, path: str, **options: Any) -> httpx.Response:
        """Return the answer to a preflight."""
        return self.request("OPTIONS", path, **options)

    def _wait(self, coroutine: Any) -> Any:
        """Run on the loop from any thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)
