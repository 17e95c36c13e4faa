"""The analyst role: owns the warehouse, follows the log, and answers over its socket."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

import psycopg
import structlog

from huiliu.bootstrap import House, open_warehouse
from huiliu.roles.logs import fault_facts
from huiliu.warehouses.engines import Owned
from huiliu.warehouses.server import Server

__all__ = ["run"]

#: Without a notice, it looks for new events this often.
_IDLE_S: Final = 0.25
_PAUSE_AFTER_FAULT_S: Final = 1.0
_DRAIN_S: Final = 5.0
#: After a batch of fewer rows it rests so many times as long as the batch took.
_MANY: Final = 50_000
_REST: Final = 4
_LONGEST_REST_S: Final = 2.0

log = structlog.get_logger()


def run(house: House, stop: Event, on_ready: Callable[[], None]) -> None:
    """Answer questions and follow the log until `stop` is set; a batch under way is ended."""
    with open_warehouse(house.folder, house.settings, house.store) as warehouse:
        _work(house, warehouse, stop, on_ready)
    log.info("analyst_stopped")


def _work(house: House, warehouse: Owned, stop: Event, on_ready: Callable[[], None]) -> None:
    """Answer and follow with an open warehouse."""
    server = Server(warehouse, house.folder.data)
    hint = Event()
    threads = [
        Thread(target=_follow, args=(warehouse, hint, stop), name="follow", daemon=True),
        Thread(target=_listen, args=(house.database_url, hint, stop), name="listen", daemon=True),
    ]
    for thread in threads:
        thread.start()
    log.info("analyst_started", reached=warehouse.reached(), begins_anew=warehouse.begins_anew)
    on_ready()
    stop.wait()
    hint.set()
    for thread in threads:
        thread.join(_DRAIN_S)
    server.close()


def _follow(warehouse: Owned, hint: Event, stop: Event) -> None:
    """Load batch after batch."""
    while not stop.is_set():
        hint.clear()
        began = time.monotonic()
        try:
            n_loaded = warehouse.step()
        except Exception as fault:  # noqa: BLE001 - the outermost loop: it must outlive any fault
            log.warning("load_failed", **fault_facts(fault))
            stop.wait(_PAUSE_AFTER_FAULT_S)
            continue
        took = time.monotonic() - began
        if n_loaded == 0:
            hint.wait(_IDLE_S)
        if n_loaded < _MANY:
            # A batch costs much the same whatever its size, and nobody waits for this one: who
            # asks for all of the log loads it at once.
            stop.wait(max(warehouse.gather_s, min(_LONGEST_REST_S, _REST * took)))


def _listen(url: str, hint: Event, stop: Event) -> None:
    """Turn PostgreSQL's notices into hints."""
    while not stop.is_set():
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("listen huiliu_log")
                while not stop.is_set():
                    for _ in connection.notifies(timeout=1.0, stop_after=1):
                        hint.set()
        except psycopg.Error:
            stop.wait(_PAUSE_AFTER_FAULT_S)
