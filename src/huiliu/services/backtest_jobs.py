"""Backtests that the console and servers ask for: kept, run beside everything else, and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from huiliu.journeys import parse
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import MINUTE, as_instant
from huiliu.ports.backtests import BacktestRow
from huiliu.ports.world import World
from huiliu.services.apply_journey import check_journey
from huiliu.services.backtest import BacktestAsk

__all__ = [
    "Shown",
    "ask_backtest",
    "cancel_backtest",
    "end_job",
    "list_backtests",
    "next_job",
    "question_of",
    "show_backtest",
    "tell_job",
    "written",
]

#: A process that was not heard of for so long is gone.
_SILENCE: Final = 5 * MINUTE
_SHOWN: Final = 50
_MOST_SEED: Final = 1 << 53


@dataclass(frozen=True, slots=True)
class Shown:
    """A backtest as a page shows it."""

    row: BacktestRow
    #: None until it is done.
    report: Mapping[str, Any] | None

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will come."""
        return self.row.state in {"done", "failed", "cancelled"}


def ask_backtest(world: World, brand_id: int, given: Mapping[str, str], by: str) -> BacktestRow:
    """Keep a backtest to be run as soon as a worker looks.

    Args:
        world: the instance.
        brand_id: whose past.
        given: `slug` of a stored journey or `source` of one; `from`, `to` (ISO dates or times, in
            the brand's zone where they name none), `seed`, `with_live` and `reachable` ("true").
        by: who asks.

    Raises:
        NotFound: there is no such journey.
        BadInput: with everything that is wrong.
    """
    source = given.get("source", "")
    with world.store.transaction(brand_id) as tx:
        if not source:
            source = tx.documents.latest(brand_id, "journey", given.get("slug", "")).source
    problems: list[Problem] = []
    start, end = (_instant(world, given, name, problems) for name in ("from", "to"))
    seed = given.get("seed", "") or "0"
    if not seed.isdigit() or int(seed) > _MOST_SEED:
        problems.append(Problem("seed", text("backtest.bad_seed")))
    if not problems and start >= end:
        problems.append(Problem("to", text("journeys.no_period")))
    journey, wrong = parse(source)
    with world.store.system() as tx:
        if journey is not None:
            journey, found = check_journey(tx, world, brand_id, source)
            # A template that is not there yet keeps nobody from trying.
            wrong = () if journey is not None else found
    problems += wrong
    if problems or journey is None:
        raise BadInput(tuple(problems))
    row = BacktestRow(
        brand_id, 0, journey.slug, source, start, end, int(seed),
        given.get("with_live") == "true", given.get("reachable") == "true", by,
        world.clock.now(),
    )  # fmt: skip
    with world.store.transaction(brand_id) as tx:
        number = tx.backtests.ask(row)
    return msgspec.structs.replace(row, backtest_id=number)


def show_backtest(world: World, brand_id: int, backtest_id: int) -> Shown:
    """Return a backtest with its report; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        row = tx.backtests.get(brand_id, backtest_id)
    return Shown(row, msgspec.json.decode(row.result) if row.result else None)


def list_backtests(world: World, brand_id: int, journey: str = "") -> Sequence[BacktestRow]:
    """Return the last backtests, of one journey if it is named, newest first."""
    with world.store.transaction(brand_id) as tx:
        return tx.backtests.latest(brand_id, journey, _SHOWN)


def cancel_backtest(world: World, brand_id: int, backtest_id: int) -> bool:
    """Let a backtest end where it is; False = it was over. Raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.backtests.get(brand_id, backtest_id)
        return tx.backtests.cancel(brand_id, backtest_id, world.clock.now())


def next_job(world: World) -> BacktestRow | None:
    """Take the next backtest that waits; one runs at a time."""
    now = world.clock.now()
    with world.store.system() as tx:
        return tx.backtests.take(now, now - _SILENCE)


def tell_job(world: World, row: BacktestRow, n_done: int, n_all: int) -> bool:
    """Say how far a backtest has come; False = it was cancelled."""
    with world.store.system() as tx:
        return tx.backtests.tell(row.brand_id, row.backtest_id, n_done, n_all, world.clock.now())


def end_job(
    world: World, row: BacktestRow, report: Mapping[str, Any] | None, fault: str = ""
) -> None:
    """Keep what a backtest found, or why it failed."""
    result = b"" if report is None else written(report)
    with world.store.system() as tx:
        tx.backtests.end(row.brand_id, row.backtest_id, result, fault, world.clock.now())


def written(report: Mapping[str, Any]) -> bytes:
    """Return a report as JSON: the same report, the same bytes."""
    return msgspec.json.encode(report)


def question_of(row: BacktestRow) -> BacktestAsk:
    """Return what was asked."""
    return BacktestAsk(
        row.source, row.from_at, row.to_at, row.seed, row.with_live, row.assumes_reach
    )


def _instant(world: World, given: Mapping[str, str], name: str, problems: list[Problem]) -> int:
    """Return an instant of the question."""
    word = given.get(name, "")
    found = as_instant(word, world.zone) if word else None
    if found is None:
        problems.append(Problem(name, text("journeys.no_date", written=word)))
        return 0
    return found
