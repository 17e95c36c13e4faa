"""An import ends the same however often it is killed and however often it is repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from huiliu.kernel.errors import NotFound
from huiliu.kernel.events import Flag
from huiliu.kernel.times import DAY
from huiliu.ports.sources import Record, Reject
from huiliu.ports.world import World
from huiliu.services import import_source as service
from huiliu.services.import_source import Imported, Watch, import_source
from huiliu.sources import SOURCES
from huiliu.stores.clock import SimulatedClock


def load(world: World, path: Path, told: list[Reject] | None = None) -> Imported:
    """Import JSON lines and return the counts."""
    rejects = [] if told is None else told
    ready = replace(world, sources=SOURCES)
    watch = Watch(progress=lambda _: None, rejected=rejects.append)
    return import_source(ready, 1, "segment-jsonl", path, None, watch)


def lines(path: Path, n: int) -> Path:
    """Write n events."""
    events = (
        {"type": "track", "event": "Order Paid", "userId": f"u{i}", "messageId": f"m{i}",
         "timestamp": "2020-02-29T12:00:00Z", "properties": {"order_id": f"o{i}"}}
        for i in range(n)
    )  # fmt: skip
    path.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
    return path


def in_log(world: World) -> int:
    """Return how many events the log holds."""
    with world.store.system() as tx:
        return tx.log.head()


class _Killed(BaseException):
    """Stands for kill -9: nothing after it runs, what was committed stays."""


def test_an_import_that_was_killed_goes_on_and_loads_nothing_twice(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the second commit of three, run again: all 100 events stand once."""
    monkeypatch.setattr(service, "_BATCH", 40)
    path = lines(tmp_path / "events.jsonl", 100)
    ready, n_commits = replace(world, sources=SOURCES), iter(range(10))

    def die(_: int) -> None:
        if next(n_commits) == 1:
            raise _Killed

    with pytest.raises(_Killed):
        import_source(ready, 1, "segment-jsonl", path, None, Watch(die, lambda _: None))
    assert in_log(world) == 80

    assert load(world, path) == Imported(n_events=20, n_known=80, n_rejected=0)
    assert in_log(world) == 100


def test_a_kill_inside_a_transaction_leaves_neither_events_nor_ledger(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ledger and log are written together or not at all."""
    path = lines(tmp_path / "events.jsonl", 50)

    def die(*_: object) -> None:
        raise _Killed

    monkeypatch.setattr("huiliu.stores.imports.PostgresImports.record", die)
    with pytest.raises(_Killed):
        load(world, path)
    assert in_log(world) == 0
    monkeypatch.undo()

    assert load(world, path) == Imported(50, 0, 0)


def test_repeating_an_import_after_years_changes_nothing(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """The ledger outlives the day for which messageIds are remembered."""
    path = lines(tmp_path / "events.jsonl", 30)
    load(world, path)
    clock.advance(1000 * DAY)

    assert load(world, path) == Imported(0, 30, 0)
    assert in_log(world) == 30


def test_imported_events_are_historical_and_keep_their_time(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """They trigger nothing live; a leap day of 2020 stays what it was."""
    load(world, lines(tmp_path / "events.jsonl", 1))

    with world.store.system() as tx:
        [event] = tx.log.read(0, 0, 10)
    assert event.flags & Flag.HISTORICAL
    assert event.occurred_at == 1_582_977_600_000_000
    assert event.received_at == clock.now()


def test_a_repeated_row_of_one_file_counts_as_known(world: World, tmp_path: Path) -> None:
    """The same messageId twice in a file is one event."""
    path = lines(tmp_path / "events.jsonl", 3)
    path.write_text(path.read_text("utf-8") * 2, "utf-8")

    assert load(world, path) == Imported(3, 3, 0)


def test_what_the_collecting_rules_refuse_is_told_with_its_line_and_can_be_mended(
    world: World, tmp_path: Path
) -> None:
    """A refused record is not taken for done: mended, the next run loads it."""
    path = tmp_path / "events.jsonl"
    good = '{"type":"track","event":"A","userId":"u1","messageId":"m1"}\n'
    path.write_text(good + '{"type":"dance","userId":"u1","messageId":"m2"}\n', "utf-8")
    told: list[Reject] = []

    assert load(world, path, told) == Imported(1, 0, 1)
    assert [(r.file, r.line) for r in told] == [("events.jsonl", 2)]

    path.write_text(good + '{"type":"page","userId":"u1","messageId":"m2"}\n', "utf-8")
    assert load(world, path) == Imported(1, 1, 0)


def test_an_unknown_source_is_not_found(world: World, tmp_path: Path) -> None:
    """The name is in the error."""
    with pytest.raises(NotFound):
        import_source(world, 1, "shoebox", tmp_path, None, Watch(lambda _: None, lambda _: None))


def test_progress_never_goes_back_and_ends_at_the_size(tmp_path: Path) -> None:
    """A progress bar needs a promise."""
    path = lines(tmp_path / "events.jsonl", 200)
    source = SOURCES["segment-jsonl"]

    done = [row.progress for row in _records(source.read(path, None))]

    assert done == sorted(done)
    assert done[-1] == source.size(path)


def _records(rows: Iterator[Record | Reject]) -> list[Record]:
    """Return the records."""
    return [row for row in rows if isinstance(row, Record)]


def test_a_file_cannot_tell_what_only_huiliu_tells(world: World, tmp_path: Path) -> None:
    """A file is anybody's word: its row is rejected with the reason, the others are loaded."""
    path, told = lines(tmp_path / "events.jsonl", 2), list[Reject]()
    for name in ("Message Delivered", "Journey Ended", "List Entered", "Price Changed"):
        forged = {"type": "track", "event": name, "userId": "u1", "messageId": name}
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(forged) + "\n")

    done = load(world, path, told)

    assert (done.n_events, done.n_rejected) == (2, 4)
    assert [(one.line, one.problem.text.key) for one in told] == [
        (line, "collect.reserved_name") for line in (3, 4, 5, 6)
    ]
