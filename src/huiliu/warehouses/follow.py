"""Reads the next batch of the log and loads it, in the same way for every engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from huiliu.ports.feed import EventColumns
from huiliu.ports.store import Store
from huiliu.warehouses.arrivals import IdentityRow, ToldRow
from huiliu.warehouses.load import Loader

__all__ = ["LogBatch", "load_batch", "read_batch"]


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Events of the log, and the identifiers that they brought."""

    partition: int
    events: EventColumns
    identities: Sequence[IdentityRow]


def read_batch(store: Store, first: int, limit: int, partition: int = 0) -> LogBatch | None:
    """Return the next events from an offset on, at most `limit`; None = there are none yet."""
    with store.system() as tx:
        events = tx.feed.events(partition, first, limit)
        if not events.n_events:
            return None
        return LogBatch(partition, events, tx.feed.identities(partition, first, events.past))


def load_batch(store: Store, loader: Loader, batch: LogBatch) -> None:
    """Load a batch and all facts that follow from it."""
    for told in _told(store, loader.events(batch.events, batch.partition)):
        loader.told(told)
    loader.identities(batch.identities)


def _told(store: Store, whom: Sequence[tuple[int, int]]) -> Iterator[list[ToldRow]]:
    """Yield the zones and languages that stand for profiles, a brand at a time."""
    brands: dict[int, list[int]] = {}
    for brand_id, profile_id in whom:
        brands.setdefault(brand_id, []).append(profile_id)
    for brand_id, profiles in brands.items():
        with store.system() as tx:
            yield tx.feed.told(brand_id, profiles)
