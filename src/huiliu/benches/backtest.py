"""How many days of people's lives a backtest takes in each second.

A made-up warehouse of 90 days is lived through by a journey that hears four of every five events,
writes to people under the policy, and competes with a live one; by as many processes as there are
processors, over the analyst's socket. The floor is the same events read in the same order by bare
DuckDB into Python, and nothing done with them.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.population import DAYS, make_population
from huiliu.bootstrap import make_instance, open_instance
from huiliu.kernel.times import DAY, as_instant, show_instant
from huiliu.ports.documents import Document

__all__ = ["run"]

_SIZES: Final = {"small": (15_000, 300_000), "full": (1_000_000, 20_000_000)}
_NOW: Final = as_instant("2026-11-22T00:00:00Z") or 0
_BRAND: Final = 1

#: What is tried: everyone who looks around, followed through a week.
_JOURNEY: Final = """huiliu: 1
kind: journey
slug: bench-looked
name: {en: Looked around}
entry: {event: Product Viewed, again: 7d}
exit_when: [{event: Order Paid}]
goal: {event: Order Paid, within: 3d}
nodes:
  pause: {type: wait, for: 2h, next: ask}
  ask:
    type: branch
    ways:
      - when: {did: Product Viewed, at_least: 3, within: 7d}
        next: hot
      - when: {did: Page Opened, within: 1d}
        next: warm
    else: wait-more
  hot: {type: send, channel: email, template: hot, class: marketing, next: after}
  warm: {type: send, channel: email, template: warm, class: marketing, next: after}
  wait-more:
    type: wait_for
    ways: [{event: App Opened, next: warm}]
    timeout: 2d
    else: done
  after: {type: wait, for: 1d, next: done}
  done: {type: exit}
"""
#: What lives beside it.
_LIVE: Final = """huiliu: 1
kind: journey
slug: bench-carts
name: {en: Left in the cart}
entry: {event: Product Added, again: 1d}
exit_when: [{event: Order Paid}]
nodes:
  hour: {type: wait, for: 1h, next: remind}
  remind: {type: send, channel: email, template: cart, class: marketing, next: done}
  done: {type: exit}
"""
_FLOOR: Final = """
select replay_at, position, profile_id, name, occurred_at, properties::varchar, kind
from facts.events where name in ({names}) and profile_id % {of} = {nth}
order by replay_at, position
"""
_FLOOR_NAMES: Final = ("App Opened", "Order Paid", "Page Opened", "Product Added", "Product Viewed")


def run(size: Size, place: Place) -> Measured:
    """Return people-days a second."""
    n_people, n_events = _SIZES[size]
    folder = make_instance(place.root / "history")
    make_population(folder.warehouse, n_people, n_events, _NOW)
    with open_instance(folder.root) as house, house.world.store.system() as tx:
        tx.documents.put(
            Document(_BRAND, "journey", "bench-carts", 0, "live", _LIVE, _NOW, "bench")
        )
    place.watch(folder.postgres)
    began = time.perf_counter()
    found = _backtest(place, folder.root)
    took = time.perf_counter() - began
    floor_s = _bare_s(folder.warehouse, max(1, n_events // 250_000))
    people_days = n_people * DAYS
    details = {
        "size": {"people": n_people, "days": DAYS, "events": n_events},
        "seconds": round(took, 1),
        "events_met": found["events"],
        "events_a_second": round(found["events"] / took),
        "runs": found["entered"],
        "messages_decided": found["messages"]["decided"],
        "messages_sent": found["messages"]["sent"],
        "stopped_by_the_cap": found["caps"]["collisions"],
        "processes": 2,
        "bare_read_seconds": round(floor_s, 1),
    }
    return Measured(people_days / took, people_days / floor_s, details)


def _backtest(place: Place, instance: Path) -> dict[str, Any]:
    """Return the report of a backtest, as anybody would ask for it."""
    file = place.root / "journey.yaml"
    file.write_text(_JOURNEY, "utf-8")
    words = [
        "journey", "backtest", str(file), "--from", show_instant(_NOW - DAYS * DAY),
        "--to", show_instant(_NOW), "--seed", "1", "--with-live", "--reachable",
        "--processes", "2", "--instance", str(instance), "--json",
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "huiliu", *words], check=True, capture_output=True
    )
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def _bare_s(file: Path, slices: int) -> float:
    """Return the seconds that reading the same events takes, on one processor of Python."""
    names = ", ".join(f"'{name}'" for name in _FLOOR_NAMES)
    with duckdb.connect(str(file), read_only=True) as connection:
        began = time.perf_counter()
        for nth in range(slices):
            statement = _FLOOR.format(names=names, of=slices, nth=nth)
            for batch in connection.sql(statement).to_arrow_reader(20_000):
                for column in batch.columns:
                    column.to_pylist()
        return time.perf_counter() - began
