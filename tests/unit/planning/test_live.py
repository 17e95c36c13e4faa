"""A live session is read with every problem, booked by its own documents, counted by minute."""

from __future__ import annotations

from huiliu.kernel.documents import load
from huiliu.kernel.times import HOUR, MINUTE, as_instant
from huiliu.planning.live_booking import build_booking, waiting_nodes
from huiliu.planning.live_session import LiveSession, parse_live_session
from huiliu.planning.minutes import Sale, curve_of

SESSION = """\
huiliu: 1
kind: live_session
slug: office-skin
name: {zh-CN: 职场护肤专场, en: Office skin care}
platform: kuaishou
starts_at: "2026-12-01T20:00"
zone: Asia/Shanghai
minutes: 60
code: OFFICE20
room: https://live.example/u/1
products: [p0]
script:
  - {at: 30, do: product, product: p2, say: 第二款}
  - {at: 0, do: open, say: 欢迎}
  - {at: 10, do: product, product: p1}
booking: {ask: [sms, email], remind: [15m, 1d], news: true}
"""
START = as_instant("2026-12-01T20:00", "Asia/Shanghai") or 0


def parsed(source: str = SESSION) -> LiveSession:
    """Return the session of a document that is right."""
    found = parse_live_session(source)
    assert isinstance(found, LiveSession), found
    return found


def sale(order: str, minute: int, *products: str, code: bool = False, shop: bool = False) -> Sale:
    """Return an order of 10 yuan."""
    at = START + minute * MINUTE + 1
    return Sale(order, at, 1_000, "CNY", code, shop, frozenset(products))


def test_a_session_is_read_with_its_script_by_minute() -> None:
    """Lines may stand in any order; products of the script are shown, too."""
    found = parsed()

    assert found.starts_at == START
    assert [one.at for one in found.script] == [0, 10, 30]
    assert found.shown == ("p0", "p1", "p2")
    assert (found.state(START - 1), found.state(START)) == ("coming", "on_air")
    assert found.state(START + HOUR) == "over"
    assert parsed(found.source) == found


def test_every_problem_of_a_session_has_its_path_and_line() -> None:
    """All at once, as with every document."""
    bad = (
        SESSION.replace("kuaishou", "wechat_group")
        .replace("minutes: 60", "minutes: 0")
        .replace('"2026-12-01T20:00"', "soon")
        .replace("{at: 0, do: open", "{at: 10, do: dance")
        .replace("[sms, email]", "[fax]")
        .replace("[15m, 1d]", "[1d, 1d]")
        .replace("https://live.example/u/1", "javascript:x")
    )
    found = parse_live_session(bad)

    assert isinstance(found, tuple)
    assert {(one.path, one.line > 0) for one in found} == {
        ("platform", True), ("minutes", True), ("starts_at", True), ("script[1].do", True),
        ("script[2].at", True), ("booking.ask", True), ("booking.remind", True), ("room", True),
    }  # fmt: skip


def test_a_zone_that_there_is_not_is_a_problem_and_no_crash() -> None:
    """Whatever somebody types."""
    for zone in ("Mars/Base", "../etc", "Asia"):
        found = parse_live_session(SESSION.replace("Asia/Shanghai", zone))
        assert isinstance(found, tuple)
        assert [one.path for one in found] == ["zone"]


def test_booking_is_a_form_reminders_and_a_journey() -> None:
    """Nobody is asked for more than the ways of the reminders; a late booker gets the next one."""
    trees = [load(one).tree for one in build_booking(parsed(), "UTC", "https://h.example/g/abc")]
    form, journey = trees[0], trees[-1]

    assert [(one["kind"], one["slug"]) for one in trees] == [
        ("form", "live-office-skin"), ("template", "live-office-skin-sms"),
        ("template", "live-office-skin-email"), ("journey", "live-office-skin"),
    ]  # fmt: skip
    assert [one["ask"] for one in form["questions"]] == ["phone", "email"]  # type: ignore[union-attr,index,call-overload] # a list
    assert [one["purpose"] for one in form["consents"]] == ["service", "marketing"]  # type: ignore[union-attr,index,call-overload] # a list
    nodes = journey["nodes"]
    assert isinstance(nodes, dict)
    assert nodes["wait-1"] == {
        "type": "wait", "until": {"date": "2026-12-01T12:00:00Z", "offset": "-1d"},
        "next": "remind-1", "else": "wait-2",
    }  # fmt: skip
    assert nodes["wait-2"]["else"] == "too-late"  # type: ignore[index,call-overload] # a map
    assert waiting_nodes(parsed()) == {"wait-1", "wait-2"}
    assert "12月1日 20:00" in str(trees[1]["locales"])
    assert "https://h.example/g/abc" in str(trees[1]["locales"])


def test_a_name_in_one_language_is_booked_in_that_language() -> None:
    """Nothing of the form is missing, nor in a language that nobody wrote the name in."""
    found = parsed(SESSION.replace("{zh-CN: 职场护肤专场, en: Office skin care}", "{en: Office}"))
    trees = [load(one).tree for one in build_booking(found, "UTC", "https://h.example/g/abc")]

    assert set(trees[0]["title"]) == {"en"}  # type: ignore[arg-type] # a map
    assert "1 December, 20:00" in str(trees[1]["locales"])


def test_orders_are_counted_by_the_minute_beside_the_script() -> None:
    """The code counts, and what the session shows; other orders do not."""
    found = curve_of(parsed(), [
        sale("a", 0, code=True), sale("b", 12, "p1"), sale("c", 12, "p1", "p2", code=True),
        sale("d", 45, "p2"), sale("e", 70, "p0"), sale("before", -5, "p1"), sale("other", 20),
        sale("far", 121, "p1"),
    ])  # fmt: skip
    of = {one.cue.at: one for one in found.cues}

    assert (found.n_orders, found.n_with_code, found.n_before, found.n_after) == (5, 2, 1, 1)
    assert found.revenue == {"CNY": 5_000}
    assert found.minutes[12].n_orders == 2
    assert found.best is not None
    assert found.best.at == 12
    assert len(found.minutes) == 71
    assert {at: (one.n_orders, one.n_of_product) for at, one in of.items()} == {
        0: (1, None), 10: (2, 2), 30: (1, 1),
    }  # fmt: skip
    # Two orders in 20 minutes, against four in 60.
    assert of[10].lift == 1.5
    assert found.products == {"p0": 1, "p1": 2, "p2": 2}


def test_a_session_with_a_shop_counts_all_of_its_orders_and_no_others() -> None:
    """The products of another shop are somebody else's sale, unless the code came along."""
    found = curve_of(parsed(SESSION + "shop: kuaishou/7\n"), [
        sale("a", 1, shop=True), sale("b", 2, "p1"), sale("c", 3, code=True),
    ])  # fmt: skip

    assert found.n_orders == 2


def test_a_session_that_sold_nothing_says_so() -> None:
    """Nothing is divided by nought."""
    found = curve_of(parsed(), [])

    assert (found.n_orders, found.best, found.currency) == (0, None, "")
    assert [one.lift for one in found.cues] == [None, None, None]
    assert len(found.minutes) == 60
