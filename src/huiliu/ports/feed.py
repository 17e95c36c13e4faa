"""What the analyst reads of PostgreSQL: plain rows in bulk, in an order that never changes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

__all__ = ["EventColumns", "FeedStore"]


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events of one partition as columns: numbers one after another, most significant byte first.

    Texts are joined without anything between them and told apart by their lengths in bytes.
    """

    n_events: int
    #: The offset behind the last event.
    past: int
    #: 8 bytes each.
    offsets: bytes
    #: 2 bytes each.
    brand_ids: bytes
    #: 8 bytes each, microseconds.
    received_at: bytes
    occurred_at: bytes
    names: bytes
    #: 4 bytes each.
    name_lengths: bytes
    #: 2 bytes each.
    kinds: bytes
    flags: bytes
    bodies: bytes
    #: 4 bytes each.
    body_lengths: bytes
    #: 8 bytes each: the profile that the event came with; 0 where it has no person.
    profile_ids: bytes


class FeedStore(Protocol):
    """Bulk reads for a warehouse that follows, inside one transaction."""

    def events(self, partition: int, first: int, limit: int) -> EventColumns:
        """Return projected events from an offset on, at most `limit`, in order."""
        ...

    def identities(
        self, partition: int, first: int, past: int
    ) -> list[tuple[int, int, bytes, int, int, int]]:
        """Return identifiers first seen at offsets in [first, past).

        Each is (brand_id, type, key, the profile_id it came with, first_seen_at, position).
        """
        ...

    def steps(
        self, after: tuple[int, int], limit: int
    ) -> list[tuple[int, int, int, bytes, str, int, int, str, int, int, str, bytes]]:
        """Return journey steps after (txid, step_id), at most `limit`, in that order.

        Only those are seen before which no transaction can still commit one. Each is (txid,
        step_id, brand_id, run_id, journey, version, profile_id, node, visit, at, what, details).
        """
        ...

    def last_step(self) -> tuple[int, int]:
        """Return (txid, step_id) of the last step that `steps` can give; (0, 0) = there is none."""
        ...

    def told(
        self, brand_id: int, profiles: Collection[int]
    ) -> list[tuple[int, int, str, str, int, int]]:
        """Return the zone and language that stand for profiles, merged or not.

        Each is (brand_id, present profile_id, `zone` or `locale`, JSON value, set_at, position).
        """
        ...
