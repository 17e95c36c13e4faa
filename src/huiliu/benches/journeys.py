"""`journeys`: steps a second of one worker, beside the same rows by bare SQL.

A step moves one run on: 40 % come out of a wait and send (the message's outbox row, two lines of
trace, the token at its next wait), 30 % take a branch that asks about the person's events and
traits, 30 % enter by an event (run, token, a line of trace). Entering is the projector's part and
runs in its transaction, beside advancing, in two loops of one process as in `huiliu serve`. Claim,
facts, decisions and writes are all in the figure. The events themselves, their people and the log
are not: `freshness` and `ingest` measure those.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
import psycopg

from huiliu.benches.bare_journeys import bare_rows
from huiliu.benches.frame import Measured, Place, Size, collecting_late
from huiliu.bootstrap import House
from huiliu.journeys import parsed
from huiliu.kernel.events import Event, Kind
from huiliu.kernel.facts import Projected, Value
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY, HOUR, Instant
from huiliu.ports.documents import Document
from huiliu.ports.runs import RunRow, TokenRow
from huiliu.services.advance import advance
from huiliu.services.enter import enter
from huiliu.services.live import live
from huiliu.stores.clock import SimulatedClock

__all__ = ["run"]

T = TypeVar("T")

_BRAND: Final = 1
_NOW: Final = 20_000 * DAY
_SIZES: Final = {"small": 60_000, "full": 400_000}
#: What a loop takes in one transaction, as in `huiliu serve`.
_CHUNK: Final = 2_000
_PEOPLE: Final = 20_000
_JOURNEY: Final = "bench-order-care"

SOURCE: Final = f"""huiliu: 1
kind: journey
slug: {_JOURNEY}
name: {{en: Order care, zh-CN: 订单关怀}}
entry: {{event: Order Paid, key: order_id}}
exit_when: [{{event: Order Shipped}}, {{event: Order Cancelled}}]
nodes:
  patience: {{type: wait, for: 3d, next: apologise}}
  apologise: {{type: send, channel: email, template: late, class: service, next: pause}}
  pause: {{type: wait, for: 7d, next: which}}
  which:
    type: branch
    ways:
      - when:
          all:
            - {{trait: tier, is: gold}}
            - {{did: Product Viewed, at_least: 2, within: 30d}}
        next: long
    else: short
  long: {{type: wait, for: 30d, next: done}}
  short: {{type: wait, for: 1d, next: done}}
  done: {{type: exit}}
"""


@dataclass(frozen=True, slots=True)
class _Load:
    """What one measurement works through."""

    n_waits: int
    n_branches: int
    n_entries: int
    #: Tells the runs of two loads apart.
    name: str

    @property
    def n_steps(self) -> int:
        """How many steps it is."""
        return self.n_waits + self.n_branches + self.n_entries


def run(size: Size, place: Place) -> Measured:
    """Return the steps a second of one worker and of bare SQL."""
    n_steps = _SIZES[size]
    loads = [
        _Load(n_steps * 4 // 10, n_steps * 3 // 10, n_steps * 3 // 10, name)
        for name in ("bare", "huiliu")
    ]
    with collecting_late(), place.house(SimulatedClock(Instant(_NOW))) as house:
        _put_journey(house)
        _put_people(house)
        bare = bare_rows(house.database_url, _standing(loads[0]), _begun(loads[0]), _CHUNK)
        _put_standing(house, loads[1])
        entries = list(_entries(loads[1]))
        with psycopg.connect(house.database_url, autocommit=True) as connection:
            connection.execute("vacuum analyze")
        seconds = _work(house, loads[1], entries)
        found = _count(house.database_url)
    assert found["messages"] == loads[1].n_waits, found
    details = {
        "size": {"steps": n_steps, "people": _PEOPLE, "chunk": _CHUNK},
        "seconds": round(seconds, 2),
        "rows": found,
    }
    return Measured(loads[1].n_steps / seconds, bare, details)


def _put_journey(house: House) -> None:
    """Make the journey live."""
    journey = parsed(SOURCE)
    with house.world.store.system() as tx:
        tx.documents.put(
            Document(_BRAND, "journey", _JOURNEY, 0, "live", journey.source(), _NOW, "bench")
        )


def _put_people(house: House) -> None:
    """Write people of whom every second is gold, each with three product views."""
    with psycopg.connect(house.database_url) as connection:
        connection.execute(
            "insert into profiles (brand_id, profile_id, first_seen_at, last_seen_at, traits) "
            "select 1, n, %s, %s, jsonb_build_object('tier', jsonb_build_array("
            "case when n %% 2 = 0 then 'gold' else 'silver' end, %s::bigint, n)) "
            "from generate_series(1, %s) n",
            (_NOW - 90 * DAY, _NOW - DAY, _NOW - 90 * DAY, _PEOPLE),
        )
        connection.execute(
            "insert into event_facts "
            "(brand_id, profile_id, name, occurred_at, position, properties) "
            "select 1, n, 'Product Viewed', %s - k * %s, n * 4 + k, '{\"product_id\": \"p1\"}' "
            "from generate_series(1, %s) n, generate_series(1, 3) k",
            (_NOW, 10 * DAY, _PEOPLE),
        )


def _standing(load: _Load) -> list[tuple[RunRow, TokenRow]]:
    """Return runs that stand at a wait that is over, or before a branch, mixed."""
    found = []
    for nth in range(load.n_waits + load.n_branches):
        waits = nth % 7 < 4
        run_row = _run_row(load, nth)
        node = "patience" if waits else "which"
        memory = b"%d" % (_NOW - HOUR) if waits else b""
        found.append(
            (run_row, TokenRow(_BRAND, run_row.run_id, node, 1, _NOW - HOUR + nth, memory))
        )
    return found


def _run_row(load: _Load, nth: int) -> RunRow:
    """Return one active run."""
    order = f"{load.name}-{nth}"
    entry = msgspec.json.encode(
        {
            "name": "Order Paid",
            "occurred_at": _NOW - 3 * DAY,
            "properties": {"order_id": order, "total": nth % 500, "currency": "CNY"},
        }
    )
    return RunRow(
        _BRAND, digest(load.name, nth), _JOURNEY, 1, nth % _PEOPLE + 1, order, _NOW - 3 * DAY,
        "active", "", entry,
    )  # fmt: skip


def _begun(load: _Load) -> list[RunRow]:
    """Return the runs that entering begins, for the floor."""
    first = load.n_waits + load.n_branches
    return [_run_row(load, first + nth) for nth in range(load.n_entries)]


def _put_standing(house: House, load: _Load) -> None:
    """Write the runs that stand ready."""
    standing = _standing(load)
    for chunk in _chunks(standing, 20_000):
        with house.world.store.system() as tx:
            tx.runs.start([row for row, _ in chunk], [token for _, token in chunk])


def _entries(load: _Load) -> Iterator[Projected]:
    """Yield the events that begin runs, as the projector hands them on."""
    for row in _begun(load):
        properties: dict[str, Value] = {"order_id": row.key, "total": 99, "currency": "CNY"}
        nth = int(row.key.rpartition("-")[2])
        event = Event(
            partition=0, offset=nth, brand_id=_BRAND, received_at=_NOW, occurred_at=_NOW,
            name="Order Paid", kind=Kind.TRACK, identifiers=(), subject=None, flags=0, body=b"{}",
        )  # fmt: skip
        yield Projected(event, row.profile_id, "Order Paid", properties, {}, triggers=True)


def _work(house: House, load: _Load, entries: Sequence[Projected]) -> float:
    """Enter and advance side by side, as the loops of one worker do; return the seconds."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as loops:
        entering = loops.submit(_enter_all, house, entries)
        advancing = loops.submit(_advance_all, house, load.n_waits + load.n_branches)
        entering.result()
        advancing.result()
    return time.perf_counter() - begun


def _enter_all(house: House, entries: Sequence[Projected]) -> None:
    """Do the projector's part."""
    for chunk in _chunks(entries, _CHUNK):
        with house.world.store.system() as tx:
            enter(tx, _BRAND, live(tx, house.world, _BRAND), chunk)


def _advance_all(house: House, n_due: int) -> None:
    """Do the timers' part."""
    done = 0
    while done < n_due:
        done += advance(house.world, _CHUNK)


def _chunks(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the rows in chunks."""
    for first in range(0, len(rows), size):
        yield rows[first : first + size]


def _count(url: str) -> dict[str, int]:
    """Return how many rows there are now, without those of the floor."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "select (select count(*) from journey_runs where key like 'huiliu-%'),"
            " (select count(*) from messages where template = 'late'),"
            " (select count(*) from journey_steps where version = 1)"
        ).fetchone()
    assert found is not None
    return {"runs": found[0], "messages": found[1], "steps": found[2]}
