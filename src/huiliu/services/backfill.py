"""Fills event facts from the log, for event names that a new document asks about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.project import CONSUMER

__all__ = ["NOT_AHEAD", "Ahead", "backfill_ahead", "backfill_facts"]

#: Offsets that one transaction reads while nobody waits.
_STRIDE: Final = 200_000


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was filled while the projector went on."""

    #: The offset behind the last event that was looked at.
    reached: int = 0
    #: Facts that were not kept before.
    n_facts: int = 0
    #: Canonical names of the events that were filled.
    names: frozenset[str] = frozenset()


NOT_AHEAD: Final = Ahead()


def backfill_ahead(
    world: World, brand_id: int, names: Collection[str], partition: int = 0
) -> Ahead:
    """Keep the facts of all events of these names that are projected by now.

    Nobody waits meanwhile: the projector goes on, and what it passes after the last look is left
    to `backfill_facts`. Facts that in the end no document asks about do no harm.
    """
    first, n_facts, reached = 0, 0, 1 if names else 0
    while first < reached:
        with world.store.system() as tx:
            reached = tx.log.peek_cursor(CONSUMER, partition)
            past = min(reached, first + _STRIDE)
            n_facts += tx.people.backfill_facts(brand_id, names, past, first, partition)
        first = past
    return Ahead(first, n_facts, frozenset(names))


def backfill_facts(
    tx: Tx, brand_id: int, names: Collection[str], partition: int = 0, first: int = 0
) -> int:
    """Keep the facts of all projected events of these canonical names; return how many were new.

    The projector's cursor is locked until the end of the transaction: what stands below it is
    filled here, and what stands above it is kept by the projector itself, which sees the new
    document as soon as this transaction has committed. Call it in the transaction that makes the
    document live. Events before the offset `first` are left out: `backfill_ahead` had them.
    """
    if not names:
        return 0
    past = tx.log.cursor(CONSUMER, partition)
    return tx.people.backfill_facts(brand_id, names, past, first, partition)
