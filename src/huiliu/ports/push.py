"""What makers of phones still show of an APP's marketing, and what push tokens there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from huiliu.ports.contacts import ContactPoint

__all__ = ["PushStore", "TokenGroup"]


class TokenGroup(msgspec.Struct, frozen=True, gc=False):
    """How many push tokens of one kind there are."""

    app: str
    platform: str
    vendor: str
    provider: str
    live: int
    #: Heard of in the last 30 days, in the last 90, and longer ago.
    seen_30: int
    seen_90: int
    older: int
    #: Ended in the last 30 days.
    ended_30: int


class PushStore(Protocol):
    """Push's own rows, inside one transaction."""

    def take_places(
        self, brand_id: int, message_id: bytes, day: int, most: Sequence[tuple[ContactPoint, int]]
    ) -> set[bytes]:
        """Take a place of the day at each contact point for a message; return where it has one.

        Args:
            brand_id: whose.
            message_id: asked again it has the same places.
            day: days since 1970 in China.
            most: contact points, each with how many places its day has.
        """
        ...

    def free_places(self, brand_id: int, messages: Collection[bytes], day: int) -> None:
        """Give back what messages took that never reached a phone."""
        ...

    def forget_places(self, brand_id: int, before: int) -> None:
        """Drop the places of days before this one."""
        ...

    def groups(self, brand_id: int, now: int) -> list[TokenGroup]:
        """Return the push tokens by app, platform, maker and provider."""
        ...

    def reasons(self, brand_id: int, since: int) -> Mapping[str, int]:
        """Return why push tokens ended since then, with how many."""
        ...
