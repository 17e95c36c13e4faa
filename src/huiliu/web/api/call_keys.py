"""Keys that servers called with a moment ago: looked up once in three seconds, not at each call."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from huiliu.ports.accounts import ApiKey
from huiliu.ports.world import World
from huiliu.services.create_key import key_hash

__all__ = ["KnownKeys", "known_keys"]

#: A key that was ended by another process is refused after this long at the latest.
_REMEMBERED_S: Final = 3.0
_MOST_REMEMBERED: Final = 1024


class KnownKeys:
    """Looks keys up, and remembers those in force; one that is none is looked for each time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Know no key yet; the clock tells seconds."""
        self._clock = clock
        self._remembered: dict[bytes, tuple[float, ApiKey]] = {}

    def find(self, world: World, shown: str) -> ApiKey | None:
        """Return the key in force."""
        if not shown:
            return None
        hashed, now = key_hash(shown), self._clock()
        # What is looked up while a key is ended goes where nobody looks any more.
        remembered = self._remembered
        found = remembered.get(hashed)
        if found is not None and now < found[0]:
            return found[1]
        with world.store.system() as tx:
            key = tx.accounts.key_by_hash(hashed)
        if key is None:
            remembered.pop(hashed, None)
            return None
        if len(remembered) >= _MOST_REMEMBERED:
            remembered.clear()
        remembered[hashed] = (now + _REMEMBERED_S, key)
        return key

    def forget(self) -> None:
        """Look every key up again: one was ended here, and is to be refused from now on."""
        self._remembered = {}


def known_keys(app: Any) -> KnownKeys:  # ASGI has no type of its own
    """Return those of an application."""
    state = app.state
    if not hasattr(state, "known_keys"):
        state.known_keys = KnownKeys()
    found: KnownKeys = state.known_keys
    return found
