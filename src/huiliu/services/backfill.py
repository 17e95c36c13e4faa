"""Fills event facts from the log, for event names that a new document asks about."""

from __future__ import annotations

from collections.abc import Collection

from huiliu.ports.store import Tx
from huiliu.services.project import CONSUMER

__all__ = ["backfill_facts"]

_OFFSET_BITS = 48


def backfill_facts(tx: Tx, brand_id: int, names: Collection[str], partition: int = 0) -> int:
    """Keep the facts of all projected events of these canonical names; return how many were new.

    The projector's cursor is locked until the end of the transaction: what stands below it is
    filled here, and what stands above it is kept by the projector itself, which sees the new
    document as soon as this transaction has committed. Call it in the transaction that makes the
    document live.
    """
    if not names:
        return 0
    cursor = tx.log.cursor(CONSUMER, partition)
    return tx.people.backfill_facts(brand_id, names, partition << _OFFSET_BITS | cursor)
