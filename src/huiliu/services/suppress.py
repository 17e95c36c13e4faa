"""Puts addresses on the list of those never written to, and takes them off: always told to the log.

Dispatch asks the list itself. The events let segments know that ask who can be reached, at the
moment and as of any moment.
"""

from __future__ import annotations

from collections.abc import Collection

from huiliu.kernel.events import NewEvent
from huiliu.ports.store import Tx
from huiliu.services.message_events import internal_event

__all__ = ["restore", "suppress"]


def suppress(
    tx: Tx, brand_id: int, addresses: Collection[bytes], reason: str, now: int
) -> list[NewEvent]:
    """Put keyed address hashes on the list; return the events, which the caller appends last."""
    if not addresses:
        return []
    tx.people.suppress(brand_id, [(address, reason, now) for address in addresses])
    return _events(tx, brand_id, addresses, "Address Suppressed", reason, now)


def restore(
    tx: Tx, brand_id: int, addresses: Collection[bytes], reason: str, now: int
) -> list[NewEvent]:
    """Take addresses off that stand there for this reason; return the events."""
    before = tx.people.suppressed(brand_id, addresses)
    tx.people.unsuppress(brand_id, addresses, reason)
    gone = before - tx.people.suppressed(brand_id, before)
    return _events(tx, brand_id, sorted(gone), "Address Restored", reason, now)


def _events(
    tx: Tx, brand_id: int, addresses: Collection[bytes], name: str, reason: str, now: int
) -> list[NewEvent]:
    """Return an event for each address, about whoever holds it; 0 = nobody does yet."""
    holders = tx.people.resolve(brand_id, addresses) if addresses else {}
    return [
        internal_event(
            brand_id, holders.get(address, 0), name,
            {"address": address.hex(), "reason": reason}, now, address, now,
        )
        for address in sorted(set(addresses))
    ]  # fmt: skip
