"""`ingest`: events a second that are acknowledged after fsync.

A load generator (a process of its own) posts batches of 100 events to the web role (another), which
checks, splits and commits them into the embedded PostgreSQL with fsync; all three share the
machine. The floor copies the very same rows into the very same tables, keys and log with their
indexes, from prebuilt bytes, in transactions of the same size. Beside it: one event a request,
against a bare ASGI echo on the same server.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

import psycopg

from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.load import Load
from huiliu.benches.serving import free_port, running, web
from huiliu.bootstrap import House, open_instance
from huiliu.kernel.events import NewEvent
from huiliu.kernel.ids import digest
from huiliu.services.create_key import create_key
from huiliu.stores.log import copied_keys, copied_rows
from huiliu.stores.queries import query

__all__ = ["run"]

_BATCH: Final = 100
#: Connections that send batches, and that send single events.
_BATCH_LINES: Final = 16
_SINGLE_LINES: Final = 96
#: Seconds of batches, of single events, of the echo; rows of the floor.
_SIZES: Final = {"small": (8.0, 5.0, 4.0, 200_000), "full": (40.0, 20.0, 10.0, 1_000_000)}
_WARM_S: Final = 1.5


def run(size: Size, place: Place) -> Measured:
    """Return the events acknowledged a second, in batches of 100."""
    batch_s, single_s, echo_s, n_rows = _SIZES[size]
    root = place.make_instance()
    with open_instance(root) as house:
        place.watch(house.folder.postgres)
        _, key = create_key(house.world, 1, "bench", "collect")
        with web(root) as port:
            _load(Load(port, key, _BATCH_LINES, _WARM_S, _BATCH))
            before = _state(house)
            batches = _load(Load(port, key, _BATCH_LINES, batch_s, _BATCH))
            after = _state(house)
            _load(Load(port, key, _SINGLE_LINES, _WARM_S, 1))
            singles = _load(Load(port, key, _SINGLE_LINES, single_s, 1))
        n_events = after["head"] - before["head"]
        group = max(_BATCH, n_events // max(1, after["commits"] - before["commits"]))
        floor = _floor(house, n_rows, group)
    with _echo() as port:
        _load(Load(port, key, _SINGLE_LINES, _WARM_S, 1))
        echoed = _load(Load(port, key, _SINGLE_LINES, echo_s, 1))
    single_rate = singles["n_requests"] / singles["seconds"]
    echo_rate = echoed["n_requests"] / echoed["seconds"]
    return Measured(
        figure=batches["n_requests"] * _BATCH / batches["seconds"],
        floor=floor,
        details={
            "p50_ms": round(batches["p50_ms"], 1),
            "p99_ms": round(batches["p99_ms"], 1),
            "failed": batches["n_failed"] + singles["n_failed"],
            "lost": batches["n_requests"] * _BATCH - n_events,
            "event_bytes": round(batches["event_bytes"]),
            "events_a_commit": group,
            "single_requests_per_s": round(single_rate),
            "single_p99_ms": round(singles["p99_ms"], 1),
            "single_bar": 4_000,
            "echo_requests_per_s": round(echo_rate),
            "single_ratio": round(single_rate / echo_rate, 3),
            "size": {"events": n_events, "singles": singles["n_requests"], "floor_rows": n_rows},
        },
    )


def _load(load: Load) -> dict[str, Any]:
    """Run the load generator and return what it printed."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "huiliu.benches.load", json.dumps(asdict(load))],
        check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def _echo() -> Iterator[int]:
    """Run the bare echo and give its port."""
    port = free_port()
    with running([sys.executable, "-m", "huiliu.benches.echo", str(port)], port):
        yield port


def _state(house: House) -> dict[str, int]:
    """Return the log's end and how many transactions moved it."""
    with psycopg.connect(house.database_url, autocommit=True) as connection:
        row = connection.execute(
            "select (select next_offset from log_heads), "
            "(select n_tup_upd from pg_stat_user_tables where relname = 'log_heads')"
        ).fetchone()
    assert row is not None
    return {"head": int(row[0]), "commits": int(row[1])}


def _floor(house: House, n_rows: int, group: int) -> float:
    """Return rows a second of COPY alone: same rows, same tables, same size of transaction."""
    with house.world.store.system() as tx:
        known = tx.log.read(0, 0, group)
        head = tx.log.head()
    today = house.world.clock.now()
    chunks = []
    for first in range(0, n_rows, len(known)):
        events = [
            NewEvent(
                e.brand_id, digest("floor", first + n), today, e.occurred_at, e.name, e.kind,
                e.identifiers, e.subject, e.flags, e.body,
            )
            for n, e in enumerate(known)
        ]  # fmt: skip
        chunks.append((copied_keys(events), copied_rows(events, 0, head + first)))
    began = time.perf_counter()
    with psycopg.connect(house.database_url, autocommit=True) as connection:
        for keys, rows in chunks:
            with connection.transaction():
                for statement, data in (("copy_keys", keys), ("copy_events", rows)):
                    with connection.cursor().copy(query("log", statement)) as copy:
                        copy.write(data)
    return len(chunks) * len(known) / (time.perf_counter() - began)
