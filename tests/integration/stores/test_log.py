"""The event log: positions, repeats, cursors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from huiliu.kernel.events import Identifier, IdentifierType, Kind, NewEvent
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY
from huiliu.ports.log import RefusedEvent
from huiliu.stores.postgres import PostgresStore

NOW = 1_795_320_000_000_000


def an_event(name: str = "Product Viewed", message: str = "m-1", **changes: object) -> NewEvent:
    """Return an event of the first brand."""
    values: dict[str, object] = {
        "brand_id": 1,
        "message_key": digest("message", 1, message),
        "received_at": NOW,
        "occurred_at": NOW - 1000,
        "name": name,
        "kind": Kind.TRACK,
        "identifiers": (Identifier(IdentifierType.USER_ID, digest("lin")),),
        "subject": None,
        "flags": 0,
        "body": b'{"properties":{"sku":"A1"}}',
    }
    return NewEvent(**{**values, **changes})  # type: ignore[arg-type] # a test's shorthand


def test_what_was_appended_is_read_back_in_order(store: PostgresStore) -> None:
    """Every field survives, positions start at 0 and have no gap."""
    sent = [
        an_event(message="m-1", subject=digest("s")),
        an_event("商品浏览", message="m-2", identifiers=(), flags=3),
    ]

    with store.system() as tx:
        assert tx.log.append(sent) == 2
    with store.system() as tx:
        read = tx.log.read(0, 0, 10)

    assert [event.offset for event in read] == [0, 1]
    for new, event in zip(sent, read, strict=True):
        for field in ("brand_id", "received_at", "occurred_at", "name", "kind", "identifiers",
                      "subject", "flags", "body"):  # fmt: skip
            assert getattr(event, field) == getattr(new, field)


def test_a_repeat_changes_nothing_for_a_day(store: PostgresStore) -> None:
    """A message key is known inside the batch, in later batches, and on the next day."""
    with store.system() as tx:
        assert tx.log.append([an_event(), an_event(name="Other")]) == 1
    with store.system() as tx:
        assert tx.log.append([an_event()]) == 0
    with store.system() as tx:
        assert tx.log.append([an_event(received_at=NOW + DAY), an_event(message="m-2")]) == 1
    with store.system() as tx:
        assert [event.name for event in tx.log.read(0, 0, 10)] == ["Product Viewed"] * 2
        assert tx.log.head() == 2


def test_a_consumer_finds_its_place_again(store: PostgresStore) -> None:
    """A cursor starts at 0 and stays where it was moved."""
    with store.system() as tx:
        assert tx.log.peek_cursor("projector") == 0
        assert tx.log.cursor("projector") == 0
        tx.log.move_cursor("projector", 42)
    with store.system() as tx:
        assert tx.log.cursor("projector") == 42
        assert tx.log.peek_cursor("projector") == 42
        tx.log.record_profiles(0, [(0, NOW, 1, 77), (1, NOW, 1, 78)])
        assert tx.log.read_profiles(0, 0, 0) == {0: 77}


def test_repeats_inside_a_large_batch_leave_the_others(store: PostgresStore) -> None:
    """Old, new and doubled keys in one batch: each new one stands once, in the batch's order."""
    with store.system() as tx:
        tx.log.append([an_event(message=f"m-{n}") for n in range(0, 100, 3)])
    batch = [an_event(str(n), message=f"m-{n}") for n in range(100)]
    with store.system() as tx:
        assert tx.log.append([*batch, *batch]) == 66
        names = [event.name for event in tx.log.read(0, 34, 1000)]

    assert names == [str(n) for n in range(100) if n % 3]


def test_positions_have_no_gap_under_concurrent_writers(store: PostgresStore) -> None:
    """Eight writers, overlapping batches: every key once, offsets from 0 without a gap."""

    def write(writer: int) -> int:
        n_new = 0
        for batch in range(10):
            first = (writer * 7 + batch) * 10
            with store.system() as tx:
                events = [an_event(message=f"m-{n}") for n in range(first, first + 20)]
                n_new += tx.log.append(events)
        return n_new

    with ThreadPoolExecutor(8) as pool:
        n_new = sum(pool.map(write, range(8)))

    with store.system() as tx:
        read = tx.log.read(0, 0, 10_000)
        assert tx.log.head() == n_new == len(read)
    assert [event.offset for event in read] == list(range(n_new))
    # Writers begin at 0, 70, ... 490; each covers 110 messages: 0 .. 600.
    assert n_new == 600


def test_a_failed_transaction_uses_up_no_position(store: PostgresStore) -> None:
    """A gap would make a reader wait for ever."""

    def fail() -> None:
        with store.system() as tx:
            tx.log.append([an_event(message="lost")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.system() as tx:
        assert tx.log.append([an_event(message="kept"), an_event(message="lost")]) == 2
        assert [event.offset for event in tx.log.read(0, 0, 10)] == [0, 1]


def test_a_writer_that_waits_is_behind_the_one_that_holds_the_lock(store: PostgresStore) -> None:
    """Offsets follow commits, so a reader that saw an offset never misses a lower one."""

    def write_second() -> None:
        with store.system() as second:
            second.log.append([an_event(message="second")])

    with ThreadPoolExecutor(1) as pool:
        with store.system() as first:
            first.log.append([an_event(message="first")])
            waiting = pool.submit(write_second)
            with store.system() as reader:
                assert reader.log.read(0, 0, 10) == []
            assert not waiting.done()
        waiting.result(timeout=60)
    with store.system() as tx:
        assert tx.log.head() == 2


def test_commits_are_told_to_those_who_listen(store: PostgresStore) -> None:
    """A worker wakes at once instead of looking again and again."""
    with psycopg.connect(store.url, autocommit=True) as listener:
        listener.execute("listen huiliu_log")
        with store.system() as tx:
            tx.log.append([an_event()])
        heard = list(listener.notifies(timeout=60, stop_after=1))

    assert [notice.channel for notice in heard] == ["huiliu_log"]


def test_refused_events_are_kept_newest_first(store: PostgresStore) -> None:
    """They are paged by time."""
    kept = [
        RefusedEvent(1, NOW + n, 7, "collect.bad_time", "timestamp", "…", bytes([n]))
        for n in range(3)
    ]
    with store.system() as tx:
        tx.log.refuse(kept)
    with store.transaction(1) as tx:
        assert tx.log.refused(1, 2) == [kept[2], kept[1]]
        assert tx.log.refused(1, 2, before=NOW + 1) == [kept[0]]


def test_another_brand_sees_nothing(store: PostgresStore) -> None:
    """Row-level security is the second wall: not even a wrong query crosses it."""
    with store.system() as tx:
        tx.log.append([an_event()])
        tx.log.refuse([RefusedEvent(1, NOW, 7, "r", "", "", b"")])
    with store.transaction(2) as tx:
        assert tx.log.refused(1, 10) == []
        assert tx.log.read(0, 0, 10) == []
    with store.transaction(1) as tx:
        assert len(tx.log.read(0, 0, 10)) == 1


@pytest.mark.parametrize("table", ["event_log_default", "event_keys", "event_log_202611"])
def test_the_wall_has_no_door_through_a_partition(store: PostgresStore, table: str) -> None:
    """A partition has no policy of its own, so requests may not touch it."""
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        store.transaction(2) as tx,
    ):
        tx.connection.execute(f"select * from {table}")  # type: ignore[attr-defined] # as an attacker would


def test_writers_with_the_same_keys_do_not_wait_for_each_other(store: PostgresStore) -> None:
    """Batches that share keys in opposite order both end, and each key stands once."""
    batch = [an_event(message=f"m-{n}") for n in range(200)]
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(_append, store, batch[:: 1 if turn % 2 else -1]) for turn in range(40)]
        assert sum(each.result() for each in done) == len(batch)
    with store.system() as tx:
        assert tx.log.head() == len(batch)
        assert len({event.offset for event in tx.log.read(0, 0, 1000)}) == len(batch)


def _append(store: PostgresStore, events: list[NewEvent]) -> int:
    """Append in a transaction of its own."""
    with store.system() as tx:
        return tx.log.append(events)
