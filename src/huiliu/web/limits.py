"""How often each address asked lately: in memory, by a hash that only this process can make.

Public pages ask it before they do anything that costs. Several web processes count apart, so a
limit is that of one process; what must be exact is counted in the store.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from starlette.requests import Request

from huiliu.kernel.times import MINUTE, Instant

__all__ = ["Limits", "asked_lately", "client_address"]

_WINDOW: Final = 10 * MINUTE
_MOST_ADDRESSES: Final = 100_000


class Limits:
    """Counts by address over the last ten minutes: this window's, and the share left of the last.

    Two numbers an address instead of a list of instants: Cloudflare, "How we built rate limiting
    capable of scaling to millions of domains", 2017.
    """

    def __init__(self) -> None:
        """Start with nobody."""
        self._key = secrets.token_bytes(16)
        self._window = 0
        self._now: dict[bytes, int] = {}
        self._before: dict[bytes, int] = {}

    def count(self, what: str, address: str, now: Instant) -> int:
        """Count one more and return how many there were in the last ten minutes, with it."""
        window, passed = divmod(now, _WINDOW)
        if window != self._window:
            self._before = self._now if window == self._window + 1 else {}
            self._now, self._window = {}, window
        named = f"{what}\0{address}".encode()
        hashed = hashlib.blake2b(named, key=self._key, digest_size=16).digest()
        if hashed not in self._now and len(self._now) >= _MOST_ADDRESSES:
            # Under an attack from everywhere everybody is counted as one.
            hashed = b""
        self._now[hashed] = self._now.get(hashed, 0) + 1
        left = self._before.get(hashed, 0) * (_WINDOW - passed) // _WINDOW
        return self._now[hashed] + left


def asked_lately(request: Request, what: str) -> int:
    """Return how often the client of a request did something in ten minutes, with this time."""
    state = request.app.state
    if not hasattr(state, "limits"):
        state.limits = Limits()
    limits: Limits = state.limits
    return limits.count(what, client_address(request), state.world.clock.now())


def client_address(request: Request) -> str:
    """Return the address that a request came from, as the server in front says it."""
    return request.client.host if request.client else ""
