"""Reports in the console, as files, for servers, and by mail: once each, whoever dies when."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import Visitor, sign_in, signed_in, token, visitor
from tests.integration.outbox import Recorder, with_providers
from tests.integration.people import BRAND, NOW, event, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.errors import EngineFailed
from huiliu.kernel.times import DAY, HOUR, as_instant
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.printers.csv import csv_rows
from huiliu.reports.kinds import REPORTS
from huiliu.services import report_schedules
from huiliu.services.create_key import create_key
from huiliu.services.publish import publish
from huiliu.services.report_schedules import (
    list_schedules,
    make_due_reports,
    remove_schedule,
)
from huiliu.services.tell_house import send_house_mail
from huiliu.stores.clock import SimulatedClock

SCHEDULE = """\
huiliu: 1
kind: report_schedule
slug: daily-retention
name: {en: Daily retention, zh-CN: 每日留存}
report: cohort-retention
over: last_365_days
when: {every: day, at: "09:00"}
to: {roles: [admin]}
language: en
"""
make = partial(make_due_reports, write=csv_rows)


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a shop that sold for a year."""
    with with_warehouse(world, tmp_path) as opened:
        events = [
            event(f"user_id:u{nth % 12}", name="Order Paid", at=NOW - nth * 9 * DAY,
                  properties={"order_id": f"o{nth}", "total": 50, "currency": "CNY"})
            for nth in range(36)
        ]  # fmt: skip
        log(opened, *events)
        settle(opened)
        yield opened


def post(client: Visitor, path: str, **typed: str) -> Any:
    """Send a form of the console and return the answer."""
    return client.post(path, data={"csrf": token(client, "/people?lang=en"), **typed})


def test_every_report_has_its_page_its_file_and_its_api(shop: World, tmp_path: Path) -> None:
    """One answer by three ways; days that are none are told, reports that are none not found."""
    client, key = signed_in(shop, tmp_path), create_key(shop, BRAND, "test", "api")[1]
    server = visitor(shop, tmp_path)

    def call(path: str) -> Any:
        """Return the answer to a server."""
        return server.get(path, auth=(key, ""))

    listed = client.get("/reports").text
    assert {one["report"] for one in call("/v1/reports").json()["reports"]} == set(REPORTS)
    days = "from=2026-01-01&until=2026-11-22"
    for name in REPORTS:
        assert f'href="/reports/{name}"' in listed
        shown = client.get(f"/reports/{name}?{days}").text.replace("&amp;", "&")
        assert f"/reports/{name}/table?{days}" in shown
    for name in ("rfm", "channel-matrix"):
        assert "Method" in client.get(f"/reports/{name}/table?{days}").text
    path = f"cohort-retention?{days}&language=en"
    file = client.get(f"/reports/cohort-retention.csv?{days}")
    assert file.headers["content-type"].startswith("text/csv")
    assert len(call(f"/v1/reports/{path}").json()["rows"]) == len(file.text.splitlines()) - 1
    assert call(f"/v1/reports/{path}&format=csv").content == file.content
    assert client.get("/reports/rfm?from=soon").status_code == 422
    assert client.get("/reports/horoscope").status_code == 404
    assert call("/v1/reports/rfm?from=2026-02-01&until=2026-01-01").status_code == 422


def test_a_schedule_is_written_in_the_console_and_comes_by_mail(
    shop: World, tmp_path: Path, clock: SimulatedClock
) -> None:
    """The letter carries the file that the page of the schedule lists; nothing comes twice."""
    recorder = Recorder()
    world = with_providers(shop, recorder)
    client = signed_in(world, tmp_path)
    assert "No schedules yet" in client.get("/report-schedules").text
    wrong = post(client, "/report-schedules/apply", source=SCHEDULE.replace("09:00", "9"))
    assert wrong.status_code == 422
    seen = post(client, "/report-schedules/check", source=SCHEDULE).text
    assert "every day at 09:00" in seen
    done = post(client, "/report-schedules/apply", source=SCHEDULE, version="0")
    assert done.headers["location"].startswith("/report-schedules/daily-retention")

    assert make(world, 1) == 1
    clock.set(as_instant("2026-11-23T01:00:00Z") or 0)
    assert make(world, 1) == 1
    assert make(world, 1) == 0
    while send_house_mail(world, 5):
        pass
    assert [one.address for one in recorder.sent] == ["admin@shop.example"]
    parts = recorder.sent[0].parts
    assert parts["subject"] == "Cohort retention: 2025-11-23 to 2026-11-22"
    name = "file:cohort-retention_2025-11-23_2026-11-22.csv"
    run = as_instant("2026-11-23T01:00:00Z")
    assert sign_in(client) == 303
    file = client.get(f"/report-schedules/daily-retention/runs/{run}.csv")
    assert parts[name].encode() == file.content
    shown = client.get("/report-schedules/daily-retention").text
    assert "sent 1" in shown
    assert "2025-11-23" in shown
    assert post(client, "/report-schedules/daily-retention/remove").status_code == 303
    clock.advance(2 * DAY)
    assert make(world, 1) == 0


def test_a_worker_that_dies_over_a_report_neither_loses_nor_doubles_it(
    shop: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not committed is made again; what missed days is made once, for the last of them."""
    recorder = Recorder()
    world = with_providers(shop, recorder)
    signed = SCHEDULE.replace("roles: [admin]", "users: [1]")
    publish(world, BRAND, signed, "test", kind="report_schedule")
    make(world, 1)
    clock.advance(3 * DAY)

    class Killed(BaseException):
        """The process is gone."""

    real = report_schedules.readers_of

    def die(*_: object) -> Any:
        """End before anything is committed."""
        raise Killed

    monkeypatch.setattr(report_schedules, "readers_of", die)
    with pytest.raises(Killed):
        make(world, 1)
    monkeypatch.setattr(report_schedules, "readers_of", real)
    assert make(world, 1) == 1
    assert make(world, 1) == 0
    with world.store.transaction(BRAND) as tx:
        runs = tx.report_schedules.runs(BRAND, "daily-retention", 9)

    assert [one.run_at for one in runs] == [as_instant("2026-11-25T01:00:00Z")]


def test_a_report_that_cannot_be_made_is_tried_again_and_then_told(
    shop: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five tries with pauses; then a notice, and the next time stands."""
    publish(shop, BRAND, SCHEDULE, "test", kind="report_schedule")
    make(shop, 1)
    clock.advance(DAY)
    tries = []

    def fail(*_: object) -> Any:
        """Fail as an engine does."""
        tries.append(clock.now())
        raise EngineFailed("DuckDB", "select", "away")

    monkeypatch.setattr(report_schedules, "run_report", fail)
    for _ in range(12):
        make(shop, 1)
        clock.advance(HOUR // 2)
    with shop.store.transaction(BRAND) as tx:
        kinds = [one.kind for one in tx.notices.page(BRAND, 1, None, 9)]
        row = tx.report_schedules.all(BRAND)["daily-retention"]

    assert (len(tries), kinds) == (5, ["report_failed"])
    assert (row.n_failures, row.next_at > clock.now()) == (0, True)


def test_a_schedule_that_is_understood_no_more_stops_no_other(
    shop: World, clock: SimulatedClock
) -> None:
    """New or already due, it is told once and left; the others are made, and it stays removable."""
    publish(shop, BRAND, SCHEDULE, "test", kind="report_schedule")
    publish(
        shop, BRAND, SCHEDULE.replace("daily-retention", "a-broken"), "test", kind="report_schedule"
    )
    make(shop, 1)
    with shop.store.system() as tx:
        for slug in ("a-broken", "b-broken"):
            # As a stricter release finds what an older one took.
            source = SCHEDULE.replace("daily-retention", slug).replace("at:", "at_hour:")
            tx.documents.put(Document(BRAND, "report_schedule", slug, 0, "live", source, 1, "old"))
    clock.advance(DAY)
    for _ in range(4):
        make(shop, 1)

    with shop.store.transaction(BRAND) as tx:
        kinds = [one.kind for one in tx.notices.page(BRAND, 1, None, 9)]
        made = tx.report_schedules.runs(BRAND, "daily-retention", 9)
    assert (len(made), kinds) == (1, ["report_unreadable", "report_unreadable"])
    assert [one.schedule.slug for one in list_schedules(shop, BRAND)] == ["daily-retention"]
    remove_schedule(shop, BRAND, "a-broken")
