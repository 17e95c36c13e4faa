"""`freshness`: how soon an acknowledged event is in profile, segments and journey.

A `huiliu serve` of its own (web, worker, analyst, PostgreSQL with fsync) gets 5,000 events a second
over HTTP in batches of 100, at a fixed pace whatever it answers, while 100 live segments and a live
journey listen. Everybody has been there before: who is new, and a segment's first members, are
projected before the clock runs. People, facts, memberships and journey entries are committed
together with the projector's cursor, so an event is fresh when the cursor has passed it. The clock
starts when the batch's 200 has arrived, ends when the cursor is seen past the log's end of that
moment, and so counts up to 4 ms of looking too much.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread, local
from typing import Final

import httpx
import msgspec
import psycopg

from huiliu.benches.frame import Measured, Place, Size
from huiliu.bootstrap import House, open_instance
from huiliu.ports.documents import Document
from huiliu.services.apply_journey import apply_journey
from huiliu.services.audience import read_segment
from huiliu.services.create_key import create_key
from huiliu.services.ingest import accept
from huiliu.services.project import project

__all__ = ["run"]

_BRAND: Final = 1
_RATE: Final = 5_000
_BATCH: Final = 100
_SEGMENTS: Final = 100
#: Seconds that are not counted, seconds that are, people.
_SIZES: Final = {"small": (2.0, 10.0, 10_000), "full": (10.0, 60.0, 100_000)}
#: What each did before.
_BEFORE: Final = 3
_LOOK_S: Final = 0.004
_PATIENCE_S: Final = 60.0
_SENDERS: Final = 8
#: Events that are made and projected at once before the clock runs.
_PREPARED: Final = 2_000
_CITIES: Final = ("上海", "北京", "广州", "深圳", "成都", "杭州", "武汉", "西安", "南京", "重庆")
_ORDER: Final = "Order Paid"
_NAMES: Final = (
    "Product Viewed", "Product Searched", "Product Added", "Coupon Claimed", "App Opened",
)  # fmt: skip

_JOURNEY: Final = """huiliu: 1
kind: journey
slug: bench-order-care
name: {en: Order care, zh-CN: 订单关怀}
entry: {event: Order Paid, key: order_id}
exit_when: [{event: Order Shipped}]
nodes:
  patience: {type: wait, for: 3d, next: done}
  done: {type: exit}
"""


@dataclass(frozen=True, slots=True)
class _Sent:
    """One acknowledged batch."""

    acknowledged_at: float
    #: The log's end just after: the batch stands below it.
    head: int


def run(size: Size, place: Place) -> Measured:
    """Return the 99th percentile in milliseconds from acknowledgement to commit."""
    warm_s, counted_s, n_people = _SIZES[size]
    root = place.make_instance()
    with open_instance(root) as house:
        place.watch(house.folder.postgres)
        n_segments = _prepare(house, n_people)
        _, key = create_key(house.world, _BRAND, "bench", "collect")
    with _serving(root) as (url, database_url):
        load = _Load(url, key, database_url, n_people)
        before = _count(database_url)
        seen, sent = load.run(warm_s + counted_s)
        after = _count(database_url)
    counted = [one for one in sent if one.acknowledged_at >= sent[0].acknowledged_at + warm_s]
    delays = sorted(_delay_ms(one, seen) for one in counted)
    spent = counted[-1].acknowledged_at - counted[0].acknowledged_at
    return Measured(
        figure=round(_share(delays, 0.99), 1),
        details={
            "p50_ms": round(_share(delays, 0.5), 1),
            "max_ms": round(delays[-1], 1),
            "acknowledged_per_s": round(len(counted) * _BATCH / spent),
            "acknowledge_p99_ms": round(_share(sorted(load.answers_ms), 0.99), 1),
            "refused": load.n_refused,
            "unseen": sum(one.head > seen[-1][1] for one in counted),
            **{name: n - before[name] for name, n in after.items()},
            "size": {
                "events": len(sent) * _BATCH, "people": n_people, "segments": n_segments,
                "journeys": 1, "events_per_s": _RATE, "batch": _BATCH,
            },
        },
    )  # fmt: skip


def _prepare(house: House, n_people: int) -> int:
    """Make 100 segments and a journey live, let everybody be there; return how many segments."""
    # As apply_segment stores them; there is nobody yet whom it would have to let in.
    with house.world.store.system() as tx:
        for number in range(_SEGMENTS):
            segment = read_segment(house.world, _BRAND, _segment(number))
            tx.documents.put(
                Document(_BRAND, "segment", segment.slug, 0, "live", segment.source(), 0, "bench")
            )
    apply_journey(house.world, _BRAND, _JOURNEY, "bench")
    now = house.world.clock.now()
    people = _People(n_people, "before")
    for _ in range(n_people * _BEFORE // _PREPARED):
        with house.world.store.system() as tx:
            accept(
                tx, house.world, _BRAND, people.calls(_PREPARED), received_at=now, historical=True
            )
    while project(house.world, _PREPARED):
        pass
    return _SEGMENTS


def _segment(number: int) -> str:
    """Return a segment: a third ask for traits, two thirds for behaviour, every fifth for both."""
    name = _ORDER if number % 7 == 0 else _NAMES[number % len(_NAMES)]
    trait = f"{{trait: city, is: {_CITIES[number % len(_CITIES)]}}}"
    did = (
        f"{{did: {name}, at_least: {1 + number % 6}, within: {7 * (1 + number % 4)}d, "
        f"where: [{{property: price, above: {number}}}]}}"
    )
    did_not = f"{{did_not: {_NAMES[(number + 1) % len(_NAMES)]}, within: 30d}}"
    parts = (trait,) if number % 3 == 0 else (did, did_not)
    if number % 5 == 0:
        parts = (trait, did)
    return (
        f"huiliu: 1\nkind: segment\nslug: bench-{number}\n"
        f"name: {{en: Bench {number}, zh-CN: 压测 {number}}}\n"
        f"where: {{all: [{', '.join(parts)}]}}\n"
    )


class _Load:
    """Sends events at a fixed pace and watches the projector follow."""

    def __init__(self, url: str, key: str, database_url: str, n_people: int) -> None:
        """Prepare a client; nothing is sent yet."""
        self._client = httpx.Client(
            base_url=url, auth=(key, ""), timeout=_PATIENCE_S,
            limits=httpx.Limits(max_connections=_SENDERS),
        )  # fmt: skip
        self._database_url = database_url
        self._people = _People(n_people, "live")
        self.answers_ms: list[float] = []
        self.n_refused = 0
        self._own = local()
        self._opened: list[psycopg.Connection[tuple[object, ...]]] = []

    def run(self, seconds: float) -> tuple[list[tuple[float, int]], list[_Sent]]:
        """Return when the cursor stood where, and what was sent, in order of acknowledgement."""
        seen: list[tuple[float, int]] = []
        n_batches = int(seconds * _RATE / _BATCH)
        bodies = [
            msgspec.json.encode({"batch": self._people.calls(_BATCH)}) for _ in range(n_batches)
        ]
        done = Event()
        watcher = Thread(target=self._watch, args=(seen, done))
        watcher.start()
        began = time.perf_counter()
        with self._client, ThreadPoolExecutor(_SENDERS) as pool:
            pending = []
            for number, body in enumerate(bodies):
                wait = began + number * _BATCH / _RATE - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                pending.append(pool.submit(self._send, body))
            sent = [future.result() for future in pending]
        sent.sort(key=lambda one: one.acknowledged_at)
        last = max(one.head for one in sent)
        deadline = time.perf_counter() + _PATIENCE_S
        while (not seen or seen[-1][1] < last) and time.perf_counter() < deadline:
            time.sleep(_LOOK_S)
        done.set()
        watcher.join()
        for connection in self._opened:
            connection.close()
        return seen, sent

    def _send(self, body: bytes) -> _Sent:
        """Send one batch and return when it was acknowledged."""
        began = time.perf_counter()
        answer = self._client.post(
            "/v1/batch", content=body, headers={"Content-Type": "application/json"}
        )
        acknowledged_at = time.perf_counter()
        self.answers_ms.append((acknowledged_at - began) * 1_000)
        self.n_refused += answer.status_code != 200
        row = self._heads().execute("select next_offset from log_heads").fetchone()
        return _Sent(acknowledged_at, row[0] if row else 0)

    def _heads(self) -> psycopg.Connection[tuple[int]]:
        """Return this sender's connection: one for each batch would cost more than the batch."""
        if not hasattr(self._own, "connection"):
            connection = psycopg.connect(self._database_url, autocommit=True)
            self._own.connection = connection
            self._opened.append(connection)
        found: psycopg.Connection[tuple[int]] = self._own.connection
        return found

    def _watch(self, seen: list[tuple[float, int]], done: Event) -> None:
        """Note when the projector's cursor stands where, until told to stop."""
        asked = "select next_offset from log_cursors where consumer = 'projector'"
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            while not done.wait(_LOOK_S):
                row = connection.execute(asked).fetchone()
                if row and (not seen or row[0] > seen[-1][1]):
                    seen.append((time.perf_counter(), row[0]))


class _People:
    """What people do in a shop, the same each time."""

    def __init__(self, n_people: int, name: str) -> None:
        """Begin; the name tells the calls of two of these apart."""
        self._random = Random(name)  # noqa: S311 - a bench, seeded to be the same each time
        self._n_people = n_people
        self._name = name
        self._n_calls = 0

    def calls(self, n: int) -> list[dict[str, object]]:
        """Return the next calls."""
        return [self._call() for _ in range(n)]

    def _call(self) -> dict[str, object]:
        """Return one call: 5 % tell a trait, 10 % are a paid order, the rest looks around."""
        self._n_calls += 1
        number, roll = self._n_calls, self._random.random()
        who = self._random.randrange(self._n_people)
        call: dict[str, object] = {
            "messageId": f"{self._name}-{number}", "userId": f"u{who}", "anonymousId": f"a{who}",
            "context": {"library": {"name": "bench", "version": "1"}, "locale": "zh-CN",
                        "timezone": "Asia/Shanghai"},
        }  # fmt: skip
        if roll < 0.05:
            return call | {"type": "identify", "traits": {"city": _CITIES[who % len(_CITIES)]}}
        properties: dict[str, object] = {
            "product_id": f"sku-{number % 1_000}", "price": number % 200, "currency": "CNY",
        }  # fmt: skip
        if roll < 0.15:
            properties["order_id"] = f"order-{self._name}-{number}"
            return call | {"type": "track", "event": _ORDER, "properties": properties}
        return call | {
            "type": "track", "event": _NAMES[number % len(_NAMES)], "properties": properties,
        }  # fmt: skip


@contextmanager
def _serving(root: Path) -> Iterator[tuple[str, str]]:
    """Run `huiliu serve` on an instance; yield its address and its database's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "huiliu", "serve", "--instance", str(root), "--port", str(port)]
    with (root / "serve.log").open("wb") as output:
        process = subprocess.Popen(words, stdout=output, stderr=output)  # noqa: S603 - ourselves
    try:
        _await_ready(url, process)
        with open_instance(root) as house:
            yield url, house.database_url
    finally:
        process.terminate()
        process.wait(20)


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the instance takes events."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the instance of the bench did not become ready")


def _delay_ms(sent: _Sent, seen: Sequence[tuple[float, int]]) -> float:
    """Return how long after its acknowledgement a batch was projected.

    A batch that was not projected while anyone looked counts as if it had been at the end.
    """
    at = bisect_left(seen, sent.head, key=lambda one: one[1])
    until = seen[at][0] if at < len(seen) else sent.acknowledged_at + _PATIENCE_S
    return max(0.0, until - sent.acknowledged_at) * 1_000


def _share(ordered: Sequence[float], share: float) -> float:
    """Return the value that this share of an ordered list does not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _count(database_url: str) -> dict[str, int]:
    """Return what the events led to: all of it must have been there."""
    asked = {
        "membership_changes": "select count(*) from event_log where name like 'Segment %'",
        "journeys_entered": "select count(*) from journey_runs",
        "set_aside": "select count(*) from refused_events",
    }
    with psycopg.connect(database_url) as connection:
        rows = {name: connection.execute(sql).fetchone() for name, sql in asked.items()}
    return {name: row[0] if row else 0 for name, row in rows.items()}
