"""Short links: where they lead, and whose message carried them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

__all__ = ["LinkStore", "ShortLink", "Target"]


class Target(msgspec.Struct, frozen=True, gc=False):
    """An address that links lead to; many messages share one."""

    brand_id: int
    #: Eight bytes of a keyed hash of the address.
    key: bytes
    #: The address, sealed: it may say who it was made for.
    sealed: bytes
    made_at: int


class ShortLink(msgspec.Struct, frozen=True, gc=False):
    """One person's link in a message where letters are dear."""

    #: What stands in the address.
    code: str
    brand_id: int
    message_id: bytes
    target: bytes
    made_at: int


class LinkStore(Protocol):
    """Links, inside one transaction."""

    def put(self, targets: Sequence[Target], links: Sequence[ShortLink]) -> None:
        """Write down what is not there yet; what is there stays."""
        ...

    def link(self, code: str) -> ShortLink | None:
        """Return what a code stands for."""
        ...

    def target(self, brand_id: int, key: bytes) -> bytes | None:
        """Return a sealed address."""
        ...

    def forget(self, before: int, limit: int) -> int:
        """Drop up to `limit` links, and addresses, made before an instant; return how many."""
        ...
