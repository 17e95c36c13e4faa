"""Backtests for servers: what the console's pages of backtests do, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.times import show_instant
from huiliu.ports.backtests import BacktestRow
from huiliu.services.backtest_jobs import (
    ask_backtest,
    cancel_backtest,
    list_backtests,
    show_backtest,
)
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import read_number

__all__ = ["routes"]

_FIELDS: Final = ("slug", "source", "from", "to", "seed", "with_live", "reachable")


def _backtests(call: Call) -> object:
    """Return the last backtests, of one journey if it is named."""
    rows = list_backtests(call.world, call.brand_id, call.ask("journey"))
    return {"backtests": [_row(row) for row in rows]}


def _ask(call: Call) -> object:
    """Keep a backtest to be run."""
    given = {name: _word(call.body[name]) for name in _FIELDS if name in call.body}
    return _row(ask_backtest(call.world, call.brand_id, given, call.by))


def _backtest(call: Call) -> object:
    """Return one backtest with its report; null until it is done."""
    found = show_backtest(call.world, call.brand_id, _number(call))
    return _row(found.row) | {"report": found.report}


def _cancel(call: Call) -> object:
    """Let a backtest end where it is."""
    number = _number(call)
    return {"id": number, "cancelled": cancel_backtest(call.world, call.brand_id, number)}


def _word(value: object) -> str:
    """Return a value of the body as the form would send it."""
    if isinstance(value, bool):
        return "true" if value else ""
    return str(value)


def _number(call: Call) -> int:
    """Return the number of the address."""
    number = read_number(call.path("backtest"))
    if number is None:
        raise NotFound("backtest", call.path("backtest"))
    return number


def _row(row: BacktestRow) -> dict[str, object]:
    """Return one backtest as data."""
    return {
        "id": row.backtest_id,
        "journey": row.journey,
        "from": show_instant(row.from_at),
        "to": show_instant(row.to_at),
        "seed": row.seed,
        "with_live": row.with_live,
        "reachable": row.assumes_reach,
        "state": row.state,
        "done": row.n_done,
        "of": row.n_all,
        "fault": row.fault or None,
        "asked_by": row.asked_by,
        "asked_at": show_instant(row.asked_at),
        "ended_at": show_instant(row.ended_at) if row.ended_at else None,
    }


routes: Final = [
    route("GET", "/v1/backtests", _backtests),
    route("POST", "/v1/backtests", _ask),
    route("GET", "/v1/backtests/{backtest}", _backtest),
    route("DELETE", "/v1/backtests/{backtest}", _cancel),
]
