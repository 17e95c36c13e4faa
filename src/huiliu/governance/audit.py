"""The hash chain of what users did: what somebody edits, removes or cuts off later shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

__all__ = ["GENESIS", "Break", "Head", "Link", "first_break", "link_hash"]

#: What stands before the first link of a brand.
GENESIS: Final = b""


class Link(Protocol):
    """What a row of the list holds, as far as the chain reads it."""

    @property
    def nth(self) -> int:
        """Its place in the brand's chain, from 1."""
        ...

    @property
    def brand_id(self) -> int:
        """Whose list it stands in."""
        ...

    @property
    def at(self) -> int:
        """When it was done."""
        ...

    @property
    def user_id(self) -> int:
        """By whom."""
        ...

    @property
    def what(self) -> str:
        """What was done."""
        ...

    @property
    def subject(self) -> str:
        """To what."""
        ...

    @property
    def prev(self) -> bytes:
        """The hash of the row before it."""
        ...

    @property
    def row_hash(self) -> bytes:
        """Its own hash."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """Where a brand's chain ends, as it stands beside the rows."""

    n: int
    row_hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which a chain does not hold."""

    #: Its place in the chain.
    nth: int
    #: changed = a row says something else than was written; missing = a row is gone;
    #: cut = rows at the end are gone, or some stand there that nobody wrote through the chain.
    kind: str


def link_hash(prev: bytes, link: Link) -> bytes:
    """Return the hash of a row and of all rows of its brand before it.

    PostgreSQL computes the same when it writes the row (`record_action` in console.sql): how long
    `what` is keeps its border to `subject` where it was.
    """
    plain = (link.nth, link.brand_id, link.at, link.user_id, len(link.what), link.what)
    said = "|".join([*map(str, plain), link.subject])
    return hashlib.sha256(prev + said.encode()).digest()


def first_break(links: Iterable[Link], head: Head, after: Link | None = None) -> Break | None:
    """Return where a brand's chain does not hold first; None = it does.

    Args:
        links: every row, by `nth`.
        head: the end that the writer noted.
        after: the row before the first of them, which is taken as it stands; None = they are read
            from the beginning.
    """
    last, n = (GENESIS, 0) if after is None else (after.row_hash, after.nth)
    for link in links:
        if link.nth != n + 1:
            return Break(n + 1, "missing" if link.nth > n + 1 else "changed")
        n += 1
        if link.prev != last or link.row_hash != link_hash(last, link):
            return Break(n, "changed")
        last = link.row_hash
    if n != head.n:
        return Break(min(n, head.n) + 1, "cut")
    return Break(n, "cut") if last != head.row_hash else None
