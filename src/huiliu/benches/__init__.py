"""Benches: how fast Huiliu is on this machine, each figure beside its bar and its floor.

A bench is a file with `run(size, place) -> Measured` and one line in this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from huiliu.benches.frame import Run
from huiliu.kernel.registry import Registry

__all__ = ["BENCHES", "Bench"]


@dataclass(frozen=True, slots=True)
class Bench:
    """One bench: what it measures and the bar that DESIGN.md section 6 sets."""

    name: str
    #: The module whose `run` measures; imported when asked for, as benches import much.
    place: str
    unit: str
    bar: float
    #: False where less is better: milliseconds, seconds.
    more_is_better: bool = True

    @property
    def run(self) -> Run:
        """Return what measures it."""
        return cast("Run", import_module(self.place).run)


BENCHES = Registry(
    (
        Bench("ingest", "huiliu.benches.ingest", "events/s", 80_000),
        Bench("freshness", "huiliu.benches.freshness", "ms p99", 1_000, more_is_better=False),
        Bench("segments", "huiliu.benches.segments", "ms p95", 300, more_is_better=False),
        Bench("tags", "huiliu.benches.tags", "seconds", 60, more_is_better=False),
        Bench("journeys", "huiliu.benches.journeys", "steps/s", 25_000),
        Bench("timers", "huiliu.benches.timers", "ms p99", 1_000, more_is_better=False),
        Bench("campaign", "huiliu.benches.campaign", "seconds", 60, more_is_better=False),
        Bench("backtest", "huiliu.benches.backtest", "people-days/s", 150_000),
        Bench("dispatch", "huiliu.benches.dispatch", "messages/s", 4_000),
        Bench("caps", "huiliu.benches.caps", "messages over", 0, more_is_better=False),
        Bench("guard", "huiliu.benches.guard", "false pauses", 1, more_is_better=False),
        Bench("dashboard", "huiliu.benches.dashboard", "ms p95", 1_000, more_is_better=False),
        Bench("whitepaper", "huiliu.benches.whitepaper", "seconds", 20, more_is_better=False),
        Bench("points", "huiliu.benches.points", "operations/s", 3_000),
        Bench("redeem", "huiliu.benches.redeem", "ms p99", 50, more_is_better=False),
        Bench("smtp", "huiliu.benches.smtp", "messages/s", 1_200),
        Bench("smpp", "huiliu.benches.smpp", "messages/s", 1_200),
        Bench("push", "huiliu.benches.push", "messages/s", 1_000),
    )
)
