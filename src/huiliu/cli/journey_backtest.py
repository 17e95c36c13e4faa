"""`huiliu journey backtest`: the real log is lived through again; nobody is reached."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, progress, say, table
from huiliu.journeys.explain import explain_refusal
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant
from huiliu.roles.backtester import run_backtest
from huiliu.services.backtest import BacktestAsk

__all__ = ["backtest"]

_BRAND = 1


def backtest(  # noqa: PLR0913 - each is an option
    file: Path,
    /,
    *,
    start: Annotated[str, Parameter(name="--from", help=sentence("cli.journey.backtest.from"))],
    end: Annotated[str, Parameter(name="--to", help=sentence("cli.journey.backtest.to"))],
    seed: Annotated[int, Parameter(help=sentence("cli.journey.backtest.seed"))] = 0,
    with_live: Annotated[
        bool, Parameter(negative="", help=sentence("cli.journey.backtest.with_live"))
    ] = False,
    reachable: Annotated[
        bool, Parameter(negative="", help=sentence("cli.journey.backtest.reachable"))
    ] = False,
    processes: Annotated[int, Parameter(help=sentence("cli.journey.backtest.processes"))] = 0,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Tell what a journey would have done; the same seed, the same bytes."""
    source, period = _read(file), _period(start, end)
    with open_instance(instance) as house:
        house.catch_up()
        ask = BacktestAsk(source, *period, seed, with_live, reachable)
        found = run_backtest(house, _BRAND, ask, _told, processes)
    if json:
        emit(found)
    else:
        _say(found)


def _read(file: Path) -> str:
    """Return what a file holds."""
    try:
        return file.read_text("utf-8")
    except FileNotFoundError as fault:
        raise NotFound("file", str(file)) from fault
    except (OSError, UnicodeDecodeError) as fault:
        problem = Problem(str(file), text("journeys.unreadable", cause=str(fault)))
        raise BadInput((problem,)) from fault


def _period(start: str, end: str) -> tuple[int, int]:
    """Return the period; a date without a zone is UTC, as with `run --over`."""
    found = [as_instant(word) for word in (start, end)]
    problems = [
        Problem(name, text("journeys.no_date", written=word))
        for name, word, instant in zip(("--from", "--to"), (start, end), found, strict=True)
        if instant is None
    ]
    first, past = found
    if first is None or past is None:
        raise BadInput(tuple(problems))
    if first >= past:
        raise BadInput((Problem("--to", text("journeys.no_period")),))
    return first, past


def _told(n_done: int, n_all: int) -> None:
    """Show how far it has come."""
    if n_all > 1 and sys.stderr.isatty():
        progress(text("backtest.progress", done=n_done, all=n_all))


def _say(found: Mapping[str, Any]) -> None:
    """Print a report in words."""
    say(text("backtest.entered", runs=found["entered"], people=found["people"],
             held_out=found["held_out"], active=found["active"]))  # fmt: skip
    _rows(("backtest.node", "backtest.people", "backtest.passed", "backtest.waiting"),
          [(one["node"], one["people"], one["passed"], one["waiting"])
           for one in found["nodes"]])  # fmt: skip
    _rows(("journeys.reason", "journeys.runs"), list(found["exits"].items()))
    messages = found["messages"]
    say(text("backtest.messages", sent=messages["sent"], decided=messages["decided"],
             people=messages["people"]))  # fmt: skip
    _rows(
        ("backtest.channel", "backtest.sent", "backtest.delivered", "backtest.opened",
         "backtest.clicked"),
        [(one["channel"], one["sent"], one.get("delivered", 0), one.get("opened", 0),
          one.get("clicked", 0)) for one in messages["channels"]],
    )  # fmt: skip
    for reason, n in messages["not_sent"].items():
        say(text("backtest.not_sent", n=n, why=text(f"reason.{reason}")))
    say(text("backtest.limits", shifted=found["quiet_hours"]["shifted"],
             caps=found["caps"]["collisions"], tired=found["fatigue"]["people"],
             limit=found["fatigue"]["limit"]))  # fmt: skip
    if found["cost"]["channels"]:
        say(text("backtest.cost", total=found["cost"]["total"]))
    for one in found["competing"]:
        say(text("backtest.competing", journey=one["journey"], people=one["people_in_both"],
                 n=one["messages_within_7d"]))  # fmt: skip
    goal = found["goal"]
    if goal is not None:
        say(text("backtest.goal", k=goal["reached"], n=goal["runs"], share=_percent(goal["share"]),
                 low=_percent(goal["low"]), high=_percent(goal["high"])))  # fmt: skip
    for reason, n in found["not_entered"].items():
        say(text("journeys.not_entered", why=explain_refusal(reason), n=n))
    say(text("backtest.assumes"))


def _rows(headings: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Print a table with headings out of the catalogues."""
    table(tuple(text(key) for key in headings), rows)


def _percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{share * 100:.1f} %"
