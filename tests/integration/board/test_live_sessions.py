"""A live session is booked with consent, who booked is reminded, orders stand by minute."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs
from tests.integration.console.visiting import Visitor, visitor
from tests.integration.forms.filling import fill
from tests.integration.outbox import Recorder, with_providers
from tests.integration.people import BRAND, event, log, project_all
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.errors import BadInput, Conflict, NotFound
from huiliu.kernel.times import DAY, MINUTE, as_instant
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.content_outcomes import import_outcomes
from huiliu.services.live_sessions import (
    build,
    list_sessions,
    publish_session,
    remove_session,
    show_curve,
    show_session,
)

START = as_instant("2026-11-25T20:00", "Asia/Shanghai") or 0
SESSION = """\
huiliu: 1
kind: live_session
slug: office-skin
name: {zh-CN: 职场护肤专场, en: Office skin care}
about: {zh-CN: 三款新品。, en: Three new things.}
platform: kuaishou
starts_at: "2026-11-25T20:00"
minutes: 60
host: Lin
code: OFFICE20
room: https://live.example/u/1
script:
  - {at: 0, do: open, say: 欢迎}
  - {at: 10, do: product, product: p1}
booking: {ask: [email], remind: [1d, 15m], news: true}
"""


@pytest.fixture
def house(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a world with a warehouse, a carrier and a session that can be booked."""
    with with_warehouse(world, tmp_path) as opened:
        wired = with_providers(opened, Recorder())
        publish_session(wired, BRAND, SESSION, "test")
        build(wired, BRAND, "office-skin", "test")
        yield wired


@pytest.fixture
def browser(house: World, tmp_path: Path) -> Visitor:
    """Come without a cookie."""
    return visitor(house, tmp_path)


def book(house: World, browser: Visitor, address: str) -> None:
    """Book the session with an e-mail address."""
    page = browser.get("/live/office-skin?lang=en")
    assert "Remind me" in page.text
    form = browser.get("/live/office-skin/book").headers["location"]
    done = fill(house, browser, {"q.email": address, "c.remind": "1"}, form)
    assert 'data-done="taken"' in done.text
    run(house)


def run(house: World) -> None:
    """Let everything take effect that is due."""
    project_all(house)
    while advance(house):
        pass


def go_to(house: World, at: int) -> list[tuple[str, str]]:
    """Go to a time and return the messages that were queued by then: (template, class)."""
    house.clock.advance(at - house.clock.now())  # type: ignore[attr-defined] # the simulated clock's own
    run(house)
    with house.store.system() as tx:
        rows = tx.connection.execute(  # type: ignore[attr-defined] # PostgresTx
            "select template, message_class, node from messages where journey <> '' "
            "order by queued_at"
        )
        return [(f"{template} {node}", kind) for template, kind, node in rows]


def test_who_books_is_reminded_at_each_time_and_agreed_to_it(
    house: World, browser: Visitor
) -> None:
    """Twice before it begins, as service; the yes is in the ledger with its words."""
    book(house, browser, "li@mail.example")

    assert go_to(house, START - DAY - 1) == []
    template = "live-office-skin-email"
    assert go_to(house, START - DAY + 1) == [(f"{template} remind-1", "service")]
    assert len(go_to(house, START)) == 2
    found = show_session(house, BRAND, "office-skin")
    assert (found.n_booked, found.state) == (1, "on_air")
    with house.store.system() as tx:
        [row] = tx.connection.execute(  # type: ignore[attr-defined] # PostgresTx
            "select channel, purpose, state, method from consents"
        )
    assert tuple(row) == ("email", "service", "granted", "form")


def test_who_books_late_gets_the_reminder_that_is_left(house: World, browser: Visitor) -> None:
    """And whoever books twice is reminded once."""
    go_to(house, START - 60 * MINUTE)
    book(house, browser, "li@mail.example")
    form = browser.get("/live/office-skin/book").headers["location"]
    again = fill(house, browser, {"q.email": "li@mail.example", "c.remind": "1"}, form)
    run(house)

    assert 'data-done="before"' in again.text
    assert [one for one, _ in go_to(house, START)] == ["live-office-skin-email remind-2"]


def test_a_session_that_is_moved_takes_its_bookers_with_it(house: World, browser: Visitor) -> None:
    """Who booked waits for the new time, and reads it in the reminder."""
    book(house, browser, "li@mail.example")
    moved = SESSION.replace("2026-11-25T20:00", "2026-11-27T20:00")
    publish_session(house, BRAND, moved, "test")
    build(house, BRAND, "office-skin", "test")
    run(house)

    assert go_to(house, START) == []
    assert len(go_to(house, START + DAY + 1)) == 1
    assert len(go_to(house, START + 2 * DAY)) == 2


def test_fewer_reminders_leave_nobody_standing(house: World, browser: Visitor) -> None:
    """Who waited for a reminder that is gone waits for the last one there is."""
    book(house, browser, "li@mail.example")
    publish_session(house, BRAND, SESSION.replace("[1d, 15m]", "[15m]"), "test")
    build(house, BRAND, "office-skin", "test")
    run(house)

    assert [one for one, _ in go_to(house, START)] == ["live-office-skin-email remind-1"]


def test_nothing_is_booked_without_the_box_or_after_it_is_over(
    house: World, browser: Visitor
) -> None:
    """The page says how it stands, in both languages, and keeps nothing in a browser."""
    form = browser.get("/live/office-skin/book").headers["location"]
    refused = fill(house, browser, {"q.email": "li@mail.example"}, form)
    assert 'data-done="taken"' not in refused.text

    go_to(house, START + 5 * MINUTE)
    on_air = browser.get("/live/office-skin?lang=zh-CN")
    assert "正在直播" in on_air.text
    assert "预约提醒" not in on_air.text
    assert "set-cookie" not in on_air.headers
    go_to(house, START + 61 * MINUTE)
    over = browser.get("/live/office-skin?lang=en").text
    assert "is over" in over
    assert "Watch" not in over
    for address in ("/live/nobody", "/live/2.office-skin", "/live/..%2fx", "/live/nobody/book"):
        assert browser.get(address).status_code == 404
    with pytest.raises(Conflict):
        build(house, BRAND, "office-skin", "test")


def test_a_session_that_is_gone_reminds_nobody(house: World, browser: Visitor) -> None:
    """Neither its page nor its form is there any more."""
    book(house, browser, "li@mail.example")

    remove_session(house, BRAND, "office-skin")
    run(house)

    assert go_to(house, START + 1) == []
    assert browser.get("/live/office-skin").status_code == 404
    assert browser.get("/f/live-office-skin").status_code == 404
    assert list_sessions(house, BRAND) == []
    with pytest.raises(NotFound):
        remove_session(house, BRAND, "office-skin")


def test_orders_stand_beside_the_script(house: World) -> None:
    """By code, in small letters too, by product, each order once; others stay out."""
    house.clock.advance(START + 90 * MINUTE - house.clock.now())  # type: ignore[attr-defined] # simulated
    minute = START + 12 * MINUTE

    def paid(order: str, at: int, **more: object) -> None:
        """Log a paid order."""
        told = {"total": 10.5, "currency": "CNY", **more}
        body = {"order_id": order} | told
        made = event("user_id:ada", name="Order Paid", at=at, properties=body)
        log(house, structs.replace(made, received_at=at))

    paid("a", minute, coupon="office20")
    paid("a", minute + 1, coupon="office20")
    paid("b", minute, coupons=["X", "OFFICE20"], products=[{"product_id": "p1", "quantity": 1}])
    paid("c", START + MINUTE, products=[{"product_id": "p1", "quantity": 2}])
    paid("d", minute, products=[{"product_id": "p9", "quantity": 2}], coupon="OTHER")
    paid("e", START - MINUTE, products=[{"product_id": "p1", "quantity": 2}])
    settle(house)

    found = show_curve(house, BRAND, "office-skin")

    assert (found.n_orders, found.n_with_code, found.n_before) == (3, 2, 1)
    assert found.revenue == {"CNY": 3_150}
    assert [(one.cue.at, one.n_orders, one.n_of_product) for one in found.cues] == [
        (0, 1, None), (10, 2, 1),
    ]  # fmt: skip


def test_figures_of_a_session_come_from_its_platforms_table(house: World) -> None:
    """By its slug; a session that there is not is told."""
    data = (
        '场次,观看人数,最高在线,成交金额\noffice-skin,3.2万,1200,"12,300"\nnobody,1,1,1\n'.encode()
    )

    noted = import_outcomes(house, BRAND, "live", data, "test")

    assert list(noted.subjects) == ["office-skin"]
    assert [said for _, said in noted.strangers] == ["nobody"]
    [outcome] = show_session(house, BRAND, "office-skin").outcomes
    assert outcome.figures == {"views": 32_000, "peak": 1_200}
    assert outcome.revenue == 1_230_000


def test_a_session_is_checked_before_it_goes_live(world: World) -> None:
    """Every problem with its line; nothing is stored of a wrong one."""
    with pytest.raises(BadInput) as fault:
        publish_session(world, BRAND, SESSION.replace("minutes: 60", "minutes: lots"), "test")

    assert {(one.path, one.line) for one in fault.value.problems} >= {("minutes", 8)}
    assert list_sessions(world, BRAND) == []
