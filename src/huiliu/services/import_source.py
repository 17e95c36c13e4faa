"""Load a source into the log: resumable, each record once for ever, bad rows told and left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import digest
from huiliu.ports.sources import Record, Reject
from huiliu.ports.world import World
from huiliu.services.ingest import accept

__all__ = ["Imported", "Watch", "import_source"]

#: Rows between two commits: what a kill may cost to read again, never to load again.
_BATCH: Final = 4_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a source's rows."""

    #: Events that are now in the log and were not before.
    n_events: int = 0
    #: Records that an earlier run, an earlier row or the collecting door had brought already.
    n_known: int = 0
    n_rejected: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """What the caller wants to hear while rows are read."""

    #: Called with how far the source has been read, in the source's unit, after each commit.
    progress: Callable[[int], None]
    #: Called with every row that cannot be used.
    rejected: Callable[[Reject], None]


def import_source(
    world: World, brand_id: int, name: str, path: Path, mapping: Path | None, watch: Watch
) -> Imported:
    """Load what a path holds and return the counts; run again, it goes on where it was killed.

    Raises:
        NotFound: there is no such source.
        BadInput: the path or the mapping cannot be used at all.
    """
    if name not in world.sources:
        raise NotFound("source", name)
    done = Imported()
    for batch in _batches(world.sources[name].read(path, mapping)):
        done = _load(world, brand_id, name, _without_rejects(batch, watch), watch, done)
        n_rejected = sum(1 for row in batch if isinstance(row, Reject))
        done = replace(done, n_rejected=done.n_rejected + n_rejected)
        watch.progress(batch[-1].progress)
    return done


def _batches(rows: Iterator[Record | Reject]) -> Iterator[list[Record | Reject]]:
    """Yield the rows in batches; the next one is read while the database takes the last."""
    with ThreadPoolExecutor(1, "import") as reader:
        coming = reader.submit(lambda: list(islice(rows, _BATCH)))
        while batch := coming.result():
            coming = reader.submit(lambda: list(islice(rows, _BATCH)))
            yield batch


def _without_rejects(batch: Iterable[Record | Reject], watch: Watch) -> Iterator[Record]:
    """Yield the records and tell of the rejects."""
    for row in batch:
        if isinstance(row, Reject):
            watch.rejected(row)
        else:
            yield row


def _load(
    world: World, brand_id: int, name: str, records: Iterable[Record], watch: Watch, done: Imported
) -> Imported:
    """Load the records that no run has loaded, with their ledger rows, in one transaction."""
    n_records = 0
    by_key: dict[bytes, Record] = {}
    for record in records:
        n_records += 1
        by_key.setdefault(digest(record.key), record)
    if not by_key:
        return done
    now = world.clock.now()
    with world.store.system() as tx:
        new = tx.imports.record(brand_id, name, by_key.keys())
        fresh = [(key, record) for key, record in by_key.items() if key in new]
        accepted = accept(
            tx, world, brand_id, [record.message for _, record in fresh],
            received_at=now, historical=True,
        )  # fmt: skip
        refused = dict(accepted.problems)
        if refused:
            # A refused record stays unknown: once its row is mended it can be loaded.
            tx.imports.forget(brand_id, name, [fresh[at][0] for at in refused])
    for at, problem in refused.items():
        record = fresh[at][1]
        told = replace(problem, line=record.line)
        watch.rejected(Reject(record.file, record.line, told, record.progress))
    n_known = n_records - len(refused) - accepted.n_new
    return Imported(
        done.n_events + accepted.n_new, done.n_known + n_known, done.n_rejected + len(refused)
    )
