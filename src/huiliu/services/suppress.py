"""Puts addresses on the list of those not written to, and takes them off: always told to the log.

Dispatch asks the list itself. The events let segments know that ask who can be reached, at the
moment and as of any moment; of who only wants no marketing, consent tells that.
"""

from __future__ import annotations

from collections.abc import Collection

from huiliu.kernel.events import NewEvent
from huiliu.messages.suppression import scope_of
from huiliu.ports.people import SuppressionRow
from huiliu.ports.store import Tx
from huiliu.services.message_events import internal_event

__all__ = ["restore", "suppress"]


def suppress(  # noqa: PLR0913 - who, why, for how long, and who said so
    tx: Tx,
    brand_id: int,
    addresses: Collection[bytes],
    reason: str,
    now: int,
    *,
    until: int = 0,
    source: str = "",
) -> list[NewEvent]:
    """Put keyed address hashes on the list; return the events, which the caller appends last.

    Args:
        tx: an open transaction.
        brand_id: whose list.
        addresses: keyed hashes.
        reason: one of `messages.suppression.REASONS`; it says whether service messages go on.
        now: the present instant.
        until: when they leave the list by themselves; 0 = never.
        source: where it came in: a file, an account.
    """
    if not addresses:
        return []
    scope = scope_of(reason)
    tx.people.suppress(
        brand_id,
        [SuppressionRow(each, reason, scope, now, until, source) for each in set(addresses)],
    )
    if scope != "all":
        return []
    return _events(tx, brand_id, addresses, "Address Suppressed", reason, now)


def restore(
    tx: Tx, brand_id: int, addresses: Collection[bytes], reason: str, now: int
) -> list[NewEvent]:
    """Take addresses off that stand there for this reason; return the events."""
    if not addresses:
        return []
    before = _closed(tx, brand_id, addresses)
    tx.people.unsuppress(brand_id, addresses, reason)
    gone = before - _closed(tx, brand_id, before)
    return _events(tx, brand_id, sorted(gone), "Address Restored", reason, now)


def _closed(tx: Tx, brand_id: int, addresses: Collection[bytes]) -> set[bytes]:
    """Return the addresses to which nothing at all is written."""
    found = tx.people.suppressions(brand_id, addresses) if addresses else {}
    return {address for address, scopes in found.items() if "all" in scopes}


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
