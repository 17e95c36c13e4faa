"""Which write key came with a request, and whether it is in force."""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Final

from huiliu.ports.accounts import ApiKey
from huiliu.ports.world import World
from huiliu.services.create_key import key_hash

__all__ = ["KeyRing", "key_in_header", "name_and_secret"]

#: A key that was ended is refused after this long at the latest.
_REMEMBERED_S: Final = 3.0
_MOST_REMEMBERED: Final = 4096
_LONGEST_KEY: Final = 256


class KeyRing:
    """Looks keys up and remembers the answer for three seconds."""

    def __init__(self, world: World) -> None:
        """Know no key yet."""
        self._world = world
        self._remembered: dict[str, tuple[float, ApiKey | None]] = {}

    async def find(self, shown: str) -> ApiKey | None:
        """Return the key in force; raise Unavailable when the database cannot tell."""
        now = asyncio.get_running_loop().time()
        found = self._remembered.get(shown)
        if found is not None and now < found[0]:
            return found[1]
        if not shown or len(shown) > _LONGEST_KEY:
            return None
        key = await asyncio.to_thread(self._look_up, shown)
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[shown] = (now + _REMEMBERED_S, key)
        return key

    def _look_up(self, shown: str) -> ApiKey | None:
        """Ask the database."""
        with self._world.store.system() as tx:
            return tx.accounts.key_by_hash(key_hash(shown))


def key_in_header(authorization: bytes) -> str:
    """Return the user name of a Basic authorization or the token of a Bearer one, or ""."""
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() == b"bearer":
        return token.strip().decode("latin-1")
    return name_and_secret(authorization)[0]


def name_and_secret(authorization: bytes) -> tuple[str, str]:
    """Return user name and password of a Basic authorization, each "" where it is missing."""
    scheme, _, encoded = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, secret
