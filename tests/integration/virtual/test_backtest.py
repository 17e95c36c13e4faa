"""A backtest lives the real log through again: the same bytes, nobody reached, and by request."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.integration.console.visiting import signed_in, token
from tests.integration.journeys import APOLOGY, order_event, put_journey
from tests.integration.people import BRAND, NOW, identify, log, project_all
from tests.integration.warehouses import with_warehouse

from huiliu.bootstrap import make_instance, open_instance
from huiliu.cli import run
from huiliu.journeys import parsed
from huiliu.kernel.errors import BadInput
from huiliu.kernel.times import DAY, show_instant
from huiliu.ports.world import World
from huiliu.services.backtest import BacktestAsk, finish, live_through, prepare
from huiliu.services.backtest_jobs import (
    ask_backtest,
    cancel_backtest,
    end_job,
    next_job,
    show_backtest,
    tell_job,
    written,
)
from huiliu.services.rehearse import rehearse
from huiliu.stores.clock import SimulatedClock

PERIOD = (NOW, NOW + 30 * DAY)


def history(world: World) -> None:
    """Let ten people order, and most of them get their goods in time."""
    for nth in range(10):
        who, at = f"p{nth}", NOW + nth * DAY
        log(world, identify(f"user_id:{who}", at=at - DAY, email="vlt_1"))
        log(world, order_event("Order Paid", f"o{nth}", at=at, who=who))
        if nth % 3:
            log(world, order_event("Order Shipped", f"o{nth}", at=at + DAY, who=who))
    project_all(world)


def reached(*_arguments: object, **_more: object) -> object:
    """Stand for any way out of this process."""
    raise AssertionError("a backtest reaches nobody")


def test_slices_of_people_give_the_bytes_of_the_whole(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However people are divided, and with no channel, no outbound call and no socket at all."""
    history(world)
    with with_warehouse(world, tmp_path) as whole:
        whole.warehouse.catch_up(30)
        ask = BacktestAsk(APOLOGY, *PERIOD, seed=3, assumes_reach=True)
        prepared = prepare(whole, BRAND, ask)
        monkeypatch.setattr(socket.socket, "connect", reached)
        deaf = replace(whole, providers={}, store=None)  # type: ignore[arg-type] # nothing but the past
        once = finish(prepared, *live_through(deaf, prepared, [0]))
        cut = replace(prepared, n_slices=4)
        told: list[tuple[int, int]] = []
        parts = finish(
            cut, *live_through(deaf, cut, range(4), lambda done, of: told.append((done, of)))
        )
        monkeypatch.undo()
        found = rehearse(whole, BRAND, parsed(APOLOGY), PERIOD)

    assert written(once) == written(parts)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert once["messages"]["sent"] == 4
    assert once["exits"] == {"Order Shipped": 6, "completed": 4} == found.exits


def test_a_backtest_is_asked_for_run_and_shown(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """One runs at a time, says how far it has come, and what is cancelled stays so."""
    put_journey(world, APOLOGY)
    given = {"slug": "late-shipment-apology", "from": "2026-11-01", "to": "2026-12-01"}
    first = ask_backtest(world, BRAND, given, "ada")
    second = ask_backtest(world, BRAND, given | {"seed": "7"}, "ada")

    running = next_job(world)
    assert running is not None
    assert running.backtest_id == first.backtest_id
    assert next_job(world) is None
    assert tell_job(world, running, 1, 2)
    assert show_backtest(world, BRAND, first.backtest_id).row.n_done == 1
    end_job(world, running, {"entered": 1})
    assert show_backtest(world, BRAND, first.backtest_id).report == {"entered": 1}

    again = next_job(world)
    assert again is not None
    assert cancel_backtest(world, BRAND, second.backtest_id)
    assert not tell_job(world, again, 1, 2)
    end_job(world, again, {"entered": 1})
    assert show_backtest(world, BRAND, second.backtest_id).row.state == "cancelled"

    third = ask_backtest(world, BRAND, given, "ada")
    assert next_job(world) is not None
    clock.advance(DAY)
    assert next_job(world) is None
    assert show_backtest(world, BRAND, third.backtest_id).row.fault == "gone"


def test_a_question_that_makes_no_sense_is_told_whole(world: World) -> None:
    """Every fault at once, none of them a crash."""
    put_journey(world, APOLOGY)
    given = {"slug": "late-shipment-apology", "from": "soon", "to": "", "seed": "-1"}

    with pytest.raises(BadInput) as caught:
        ask_backtest(world, BRAND, given, "ada")

    assert [problem.path for problem in caught.value.problems] == ["from", "to", "seed"]


def test_the_pages_show_a_backtest_from_the_form_to_the_csv(world: World, tmp_path: Path) -> None:
    """Asked for in the console, watched, cancelled, and read when it is done."""
    history(world)
    put_journey(world, APOLOGY)
    client = signed_in(world, tmp_path)
    assert client.get("/backtests").status_code == 200
    form = {
        "csrf": token(client, "/backtests"), "slug": "late-shipment-apology",
        "from": "2026-11-01", "to": "2027-01-01", "seed": "1", "reachable": "true",
    }  # fmt: skip

    wrong = client.post("/backtests", data=form | {"to": "2026-01-01"})
    asked = client.post("/backtests", data=form)
    waiting = client.get("/backtests/1")
    assert client.get("/backtests/1/days.csv").status_code == 404
    row = next_job(world)
    assert row is not None
    with with_warehouse(world, tmp_path) as whole:
        whole.warehouse.catch_up(30)
        prepared = prepare(whole, BRAND, BacktestAsk(row.source, row.from_at, row.to_at, 1,
                                                     assumes_reach=True))  # fmt: skip
        end_job(world, row, finish(prepared, *live_through(whole, prepared, [0])))
    done, table = client.get("/backtests/1"), client.get("/backtests/1/days.csv")
    state = client.get("/backtests/1/state")

    assert (wrong.status_code, asked.status_code) == (422, 303)
    assert asked.headers["location"] == "/backtests/1"
    assert 'hx-trigger="every 1s"' in waiting.text
    assert (done.status_code, state.status_code) == (200, 200)
    assert "backtest-days" in done.text
    assert "behaved as they did" in done.text
    assert len(table.text.strip().splitlines()) == 5
    assert client.get("/backtests/99").status_code == 404
    assert client.get("/backtests/x").status_code == 404
    assert client.post("/backtests/1/cancel", data={"csrf": form["csrf"]}).status_code == 303


def test_the_command_tells_the_same_bytes_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one process or two, the JSON is the same to the byte."""
    instance = make_instance(tmp_path / "shop").root
    file = tmp_path / "apology.yaml"
    file.write_text(APOLOGY, "utf-8")
    with open_instance(instance) as house, house.world.store.system() as tx:
        paid = [
            order_event("Order Paid", f"o{nth}", at=NOW + nth, who=f"p{nth}") for nth in range(20)
        ]
        tx.log.append([msgspec.structs.replace(event, flags=1) for event in paid])
    words = [
        "journey", "backtest", str(file), "--from", show_instant(NOW), "--to",
        show_instant(NOW + 9 * DAY), "--seed", "4", "--reachable", "--instance", str(instance),
    ]  # fmt: skip
    capsys.readouterr()

    codes = [run([*words, "--json"])]
    once = capsys.readouterr().out
    codes.append(run([*words, "--json"]))
    twice = capsys.readouterr().out
    codes.append(run(words))

    assert codes == [0, 0, 0]
    assert once == twice
    assert json.loads(once)["messages"]["sent"] == 20
    assert run([*words[:3], "--from", "x", "--to", "y", "--instance", str(instance)]) == 2
    assert run(["journey", "backtest", str(tmp_path / "none"), *words[3:]]) == 3
