"""What is kept of connected shops: how they fare, what waits, what was told of their orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import msgspec

from huiliu.ports.shops import Notice, ShopConnection

__all__ = ["QUEUE", "Poll", "ShopKey", "ShopState", "ShopStore", "Told", "WaitingNotice"]

#: The kind of the poll that empties a platform's queue.
QUEUE: Final = "queue"

#: (brand_id, platform, name)
ShopKey: TypeAlias = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class ShopState:
    """A connection and how it fares."""

    connection: ShopConnection
    is_on: bool
    #: Nothing is asked of it before this instant.
    rests_until: int = 0
    #: Failures in a row; 0 = it works.
    failures: int = 0
    #: Why the last question failed: a kernel.errors.ShopFault, and the platform's own words.
    fault: str = ""
    response: str = ""
    failed_at: int = 0
    #: When it last answered; when the last notice was let in. 0 = never.
    worked_at: int = 0
    noticed_at: int = 0

    @property
    def key(self) -> ShopKey:
        """Return what it is known by."""
        found = self.connection
        return found.brand_id, found.platform, found.name


class Poll(msgspec.Struct, frozen=True):
    """How far a shop has been looked through for one kind of thing."""

    kind: str
    #: Everything that changed before this instant has been seen.
    reached: int
    due_at: int
    #: The window under way ends here; 0 = none is.
    until: int = 0
    cursor: str = ""
    polled_at: int = 0
    #: Why this kind is refused, in the platform's own words; "" = it is not.
    response: str = ""


class WaitingNotice(msgspec.Struct, frozen=True):
    """A notice that has not been followed yet."""

    notice_id: int
    kind: str
    thing_id: str
    attempts: int


class Told(msgspec.Struct, frozen=True):
    """What has been told of one thing of a shop."""

    version: int = -1
    status: str = ""
    word: str = ""
    #: Names of events, with `#` and the part where there are several.
    names: frozenset[str] = frozenset()
    #: The authentication code of the buyer's contact data as they were told last.
    buyer: bytes = b""


class ShopStore(Protocol):
    """Connections to shops, inside one transaction."""

    def put(self, connection: ShopConnection, kinds: Sequence[str], since: int) -> None:
        """Store or replace a connection; what its token renewals gave is forgotten.

        A new one is polled for these kinds from `since` on.
        """
        ...

    def states(self, brand_id: int | None = None) -> list[ShopState]:
        """Return the connections of a brand, or of all, by platform and name."""
        ...

    def state(self, key: ShopKey, *, lock: bool = False) -> ShopState | None:
        """Return one connection; with `lock` nobody else changes it until the end."""
        ...

    def remove(self, key: ShopKey) -> None:
        """Forget a connection and what waits for it, not what was told; raise NotFound."""
        ...

    def switch(self, key: ShopKey, *, is_on: bool) -> None:
        """Ask it, or leave it alone; raise NotFound."""
        ...

    def map_statuses(self, key: ShopKey, statuses: Mapping[str, str]) -> None:
        """Replace the operator's words; raise NotFound."""
        ...

    def keep_grant(self, key: ShopKey, grant: Mapping[str, str]) -> None:
        """Keep what a renewal gave, sealed."""
        ...

    def worked(self, key: ShopKey, at: int) -> None:
        """Note that it answered."""
        ...

    def failed(self, key: ShopKey, fault: str, response: str, *, at: int, rests_until: int) -> None:
        """Note that it did not, and let it rest."""
        ...

    def count(self, key: ShopKey, what: str, at: int, n: int = 1) -> None:
        """Count what became of notices and answers: taken, repeated, refused_signature ..."""
        ...

    def counts(self, brand_id: int) -> dict[ShopKey, dict[str, tuple[int, int]]]:
        """Return for each connection: what -> (how often, when last)."""
        ...

    def are_new(self, key: ShopKey, deliveries: Collection[bytes], at: int) -> bool:
        """Remember deliveries (16-byte digests); say whether none of them was known."""
        ...

    def forget_deliveries(self, before: int) -> int:
        """Forget deliveries that came earlier; return how many."""
        ...

    def add_notices(self, key: ShopKey, notices: Sequence[Notice], at: int) -> None:
        """Keep notices until they are followed."""
        ...

    def backlogs(self, brand_id: int) -> dict[ShopKey, tuple[int, int]]:
        """Return for each connection with waiting notices: (how many, when the oldest came)."""
        ...

    def next_shop(self, now: int) -> ShopKey | None:
        """Return whose notice has been due longest, among those that are on and rested."""
        ...

    def claim_notices(self, key: ShopKey, now: int, limit: int, until: int) -> list[WaitingNotice]:
        """Take due notices, oldest first; nobody else takes them before `until`."""
        ...

    def drop_notices(self, brand_id: int, ids: Collection[int]) -> None:
        """Forget notices that were followed."""
        ...

    def postpone_notices(self, brand_id: int, ids: Collection[int], until: int) -> None:
        """Follow these later."""
        ...

    def polls(self, key: ShopKey) -> list[Poll]:
        """Return how far each kind has been looked through."""
        ...

    def claim_poll(self, now: int, until: int) -> tuple[ShopKey, Poll] | None:
        """Take the poll that has been due longest; nobody else takes it before `until`."""
        ...

    def save_poll(self, key: ShopKey, poll: Poll) -> None:
        """Keep how far it went and when it is due again."""
        ...

    def hurry_polls(self, key: ShopKey, now: int) -> None:
        """Let every poll be due now."""
        ...

    def lock_stories(self, key: ShopKey, kind: str, ids: Collection[str]) -> dict[str, Told]:
        """Return what was told of these things, each locked to the end; new ones begin empty."""
        ...

    def save_stories(self, key: ShopKey, kind: str, told: Mapping[str, Told], at: int) -> None:
        """Keep what was told."""
        ...

    def words(self, key: ShopKey) -> dict[str, int]:
        """Return the platform's words that orders stand at -> how many."""
        ...
