"""Backtests that were asked for: waiting, running, and what they found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

__all__ = ["BacktestRow", "BacktestStore"]


class BacktestRow(msgspec.Struct, frozen=True, gc=False):
    """One backtest."""

    brand_id: int
    #: 0 = not stored yet.
    backtest_id: int
    journey: str
    #: The journey's YAML as it was when it was asked for.
    source: str
    from_at: int
    to_at: int
    seed: int
    with_live: bool
    assumes_reach: bool
    asked_by: str
    asked_at: int
    #: waiting, running, done, failed or cancelled.
    state: str = "waiting"
    #: Slices of people that are done, and how many there are.
    n_done: int = 0
    n_all: int = 0
    started_at: int = 0
    #: When its process was last heard of.
    alive_at: int = 0
    ended_at: int = 0
    #: Why it failed.
    fault: str = ""
    #: JSON of the report; b"" until it is done.
    result: bytes = b""


class BacktestStore(Protocol):
    """Backtests, inside one transaction."""

    def ask(self, row: BacktestRow) -> int:
        """Store a backtest that waits; return its number."""
        ...

    def get(self, brand_id: int, backtest_id: int) -> BacktestRow:
        """Return a backtest; raise NotFound."""
        ...

    def latest(self, brand_id: int, journey: str, limit: int) -> Sequence[BacktestRow]:
        """Return backtests without their reports, newest first; of one journey if it is named."""
        ...

    def take(self, now: int, gone_before: int) -> BacktestRow | None:
        """Lock the first one that waits and let it run; None where one runs or none waits.

        Those whose process was not heard of since `gone_before` have failed.
        """
        ...

    def tell(self, brand_id: int, backtest_id: int, n_done: int, n_all: int, now: int) -> bool:
        """Say how far one has come; False = it was cancelled."""
        ...

    def end(self, brand_id: int, backtest_id: int, result: bytes, fault: str, now: int) -> None:
        """Say that one is done, or why it failed; one that was cancelled stays so."""
        ...

    def cancel(self, brand_id: int, backtest_id: int, now: int) -> bool:
        """Let one that is not over end; False = it was over."""
        ...
