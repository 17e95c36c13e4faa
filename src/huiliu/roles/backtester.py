"""Runs backtests: slices of people shared out to processes, and those that the console asked for.

A backtest keeps processors busy for minutes, so it never runs where timers fire or pages are
served: the worker starts a process of its own for each that waits.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, Final, cast

import structlog

from huiliu.bootstrap import House, defer_collection, join
from huiliu.journeys.backtest import Counts
from huiliu.kernel.errors import HuiliuError, Unavailable
from huiliu.ports.backtests import BacktestRow
from huiliu.services.backtest import (
    BacktestAsk,
    Prepared,
    finish,
    live_through,
    prepare,
    read_costs,
)
from huiliu.services.backtest_jobs import end_job, next_job, question_of, tell_job
from huiliu.settings import Settings, load
from huiliu.stores.instance import Folder
from huiliu.warehouses.engines import Owned
from huiliu.warehouses.server import Server

__all__ = ["ask_with", "run_backtest", "run_job", "watch"]

#: Fewer rows than this are not worth another process.
_WORTH: Final = 400_000
_LOOK_S: Final = 1.0

Told = Callable[[int, int], None]

log = structlog.get_logger()


def ask_with(settings: Settings, ask: BacktestAsk) -> BacktestAsk:
    """Return a question with the prices and limits of an instance."""
    return replace(
        ask, costs=read_costs(settings.message_costs), fatigue_limit=settings.fatigue_limit
    )


def run_backtest(
    house: House, brand_id: int, ask: BacktestAsk, told: Told | None = None, processes: int = 0
) -> dict[str, Any]:
    """Return the report of a backtest, lived through by as many processes as are worth it.

    Args:
        house: the open instance.
        brand_id: whose past.
        ask: what is asked.
        told: is told how many slices are done, and of how many.
        processes: how many; 0 = one a processor, where there is so much to do.

    Raises:
        BadInput: the journey cannot be read, or the period is none.
        Unavailable: a process died.
    """
    asked = ask_with(house.settings, ask)
    prepared = prepare(house.world, brand_id, asked)
    wanted = processes or (os.cpu_count() or 1 if prepared.n_rows > _WORTH else 1)
    n_processes = min(wanted, prepared.n_slices)
    if n_processes == 1:
        slices = range(prepared.n_slices)
        counts, n_events = live_through(house.world, prepared, slices, told)
    else:
        with _served(house):
            counts, n_events = _share_out(house, brand_id, prepared, n_processes, told)
    return finish(prepared, counts, n_events)


def _share_out(
    house: House, brand_id: int, prepared: Prepared, n_processes: int, told: Told | None
) -> tuple[Counts, int]:
    """Let processes live through every n-th slice each, and add up what they found."""
    context = multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    children = [
        context.Process(
            target=_live_share,
            args=(house.folder.root, brand_id, prepared.ask, (nth, n_processes), results),
            daemon=True,
        )
        for nth in range(n_processes)
    ]
    for child in children:
        child.start()
    total: Counts = Counter()
    n_events = n_done = n_ended = 0
    try:
        while n_ended < n_processes:
            while results.empty():
                if any(child.exitcode for child in children):
                    raise Unavailable("backtest", "a process ended before its work was done")
                time.sleep(0.02)
            found = results.get()
            if isinstance(found, HuiliuError):
                raise found
            if found is None:
                n_done += 1
                if told is not None:
                    told(n_done, prepared.n_slices)
                continue
            counts, n_met = found
            total.update(counts)
            n_events += n_met
            n_ended += 1
    finally:
        for child in children:
            if n_ended < n_processes:
                child.terminate()
            child.join()
    return total, n_events


def _live_share(
    root: Path, brand_id: int, ask: BacktestAsk, share: tuple[int, int], results: Any
) -> None:
    """Live through every n-th slice, in a process of its own, and send what was counted."""
    folder = Folder(root)
    nth, of = share
    try:
        with _collecting_late(), join(folder, load(root)) as house:
            prepared = prepare(house.world, brand_id, ask)
            slices = range(nth, prepared.n_slices, of)
            counts, n_events = live_through(
                house.world, prepared, slices, lambda _done, _of: results.put(None)
            )
            results.put((counts, n_events))
    except HuiliuError as fault:
        results.put(fault)


def watch(house: House, stop: Event) -> None:
    """Start a process for each backtest that waits, one at a time, until `stop` is set."""
    command = [sys.executable, "-m", "huiliu.roles.backtester", str(house.folder.root)]
    while not stop.wait(_LOOK_S):
        try:
            row = next_job(house.world)
        except Unavailable:
            continue
        if row is None:
            continue
        words = [*command, str(row.brand_id), str(row.backtest_id)]
        with subprocess.Popen(words) as process:  # noqa: S603 - our own program, our own words
            while process.poll() is None:
                if stop.wait(_LOOK_S):
                    process.terminate()
                    break
        if process.returncode:
            _bury(house, row)


def run_job(house: House, row: BacktestRow) -> None:
    """Live through a backtest that was asked for, and keep what it found."""

    def told(n_done: int, n_all: int) -> None:
        """Say how far it has come."""
        if not tell_job(house.world, row, n_done, n_all):
            raise _Cancelled

    try:
        house.catch_up()
        report = run_backtest(house, row.brand_id, question_of(row), told)
    except _Cancelled:
        return
    except HuiliuError as fault:
        end_job(house.world, row, None, str(fault) or type(fault).__name__)
        return
    end_job(house.world, row, report)


class _Cancelled(Exception):
    """Somebody does not want to know any more."""


def _bury(house: House, row: BacktestRow) -> None:
    """Say that the process of a backtest died."""
    try:
        end_job(house.world, row, None, "gone")
    except Unavailable:
        log.warning("backtest_died", backtest=row.backtest_id)


@contextmanager
def _collecting_late() -> Iterator[None]:
    """Look for garbage rarely until the block ends: each slice frees its people by itself."""
    before = gc.get_threshold()
    defer_collection()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def _served(house: House) -> Iterator[None]:
    """Let other processes ask the warehouse while this one owns it."""
    if house.attached:
        yield
        return
    server = Server(cast("Owned", house.world.warehouse), house.folder.data)
    try:
        yield
    finally:
        server.close()


def main(words: Sequence[str]) -> None:
    """Run one backtest: instance, brand and number are the words."""
    root, brand_id, backtest_id = Path(words[0]), int(words[1]), int(words[2])
    os.nice(10)
    with _collecting_late(), join(Folder(root), load(root)) as house:
        with house.world.store.system() as tx:
            row = tx.backtests.get(brand_id, backtest_id)
        run_job(house, row)


if __name__ == "__main__":
    main(sys.argv[1:])
