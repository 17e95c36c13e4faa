"""The ledger of points as it is used: heard from the log, asked by servers, closed every day."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest
from tests.integration.people import BRAND, event, identify, log, person, project_all
from tests.integration.rewards.points_books import faults

from huiliu.kernel.errors import Conflict, Refused
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.documents import Document
from huiliu.ports.points import EntryFilter
from huiliu.rewards.points import Kind, Operation
from huiliu.services.book_points import PointsAsked, book_points
from huiliu.services.close_points import close_points, list_closes, verify_points
from huiliu.services.earn_points import follow_points
from huiliu.services.move_points import move_points
from huiliu.services.points_balance import balance
from huiliu.services.points_commit import commit_points
from huiliu.services.points_statement import statement
from huiliu.services.post_points import post
from huiliu.services.unmerge import unmerge

PROGRAMME = """
huiliu: 1
kind: points
slug: default
name: {en: Points, zh-CN: 积分}
pending: 7d
expires: 30d
earn:
  - {id: app-order, on: Order Paid, channels: [app], per: {amount: 1, currency: CNY}, points: 1}
  - {id: check-in, on: Checked In, points: 0.5, limit: {times: 2, every: day}}
"""


@pytest.fixture
def programme(world, store):
    """Put the programme in force."""
    document = Document(BRAND, "points", "default", 0, "live", PROGRAMME, 0, "test")
    with store.system() as tx:
        tx.documents.put(document)


def _tell(world, *events):
    """Log events, project them, and let points hear of them; twice, as after a crash."""
    log(world, *events)
    project_all(world)
    for _ in range(2):
        while follow_points(world, 100):
            pass


def _has(world, who):
    """Return what somebody has: available, pending, owed."""
    with world.store.system() as tx:
        found = balance(tx, world, BRAND, person(world, who) if isinstance(who, str) else who)
    return (found.available, found.pending, found.debt)


def _points(available, pending=0, debt=0):
    """Return amounts as `_has` does."""
    return tuple(Decimal(one) for one in (available, pending, debt))


def _order(name, order="o1", **said):
    """Return an event of an order of Ada's."""
    said = {"order_id": order, "total": 88.8, "currency": "CNY", "channel": "app", **said}
    return event("user_id:ada", name=name, properties=said)


def test_an_order_earns_matures_ends_and_is_taken_back(world, clock, programme, database_url):
    """Paid points are pending, spendable after the return period, gone when they end."""
    _tell(world, _order("Order Paid"), _order("Order Completed"))
    assert _has(world, "user_id:ada") == _points(0, "88.8")
    clock.advance(7 * DAY)
    # What is due counts at once, booked or not.
    assert _has(world, "user_id:ada") == _points("88.8")
    while move_points(world, 100):
        pass
    assert _has(world, "user_id:ada") == _points("88.8")
    asked = PointsAsked("k1", person(world, "user_id:ada"), 80, "app", "gift")
    book_points(world, BRAND, Kind.BURN, asked)
    _tell(world, _order("Order Refunded"), _order("Order Cancelled"))
    assert _has(world, "user_id:ada") == _points(0, 0, 80)
    _tell(world, event("user_id:ada", name="Checked In", at=clock.now(), properties={}))
    assert _has(world, "user_id:ada") == _points(0, 0, "79.5")
    assert faults(database_url) == []


def test_a_part_of_an_order_takes_back_its_share(world, clock, programme, database_url):
    """A refund of a quarter takes a quarter; the rest of it the rest."""
    part = {"total": None, "refund": 22.2, "is_partial": True}
    _tell(world, _order("Order Paid"), _order("Order Refunded", **part))
    assert _has(world, "user_id:ada") == _points(0, "66.6")
    _tell(world, _order("Order Refunded"))
    assert _has(world, "user_id:ada") == _points(0, 0)
    assert faults(database_url) == []


def test_a_rule_gives_to_one_person_only_as_often_as_it_says(world, clock, programme):
    """Checking in five times a day earns twice; the next day again."""
    now = clock.now()
    _tell(world, *(
        event("user_id:ada", name="Checked In", at=now + n, properties={}) for n in range(5)
    ))  # fmt: skip
    assert _has(world, "user_id:ada") == _points(1)
    _tell(world, event("user_id:ada", name="Checked In", at=now - 20 * HOUR, properties={}))
    assert _has(world, "user_id:ada") == _points("1.5")


def test_points_go_with_the_people(world, clock, programme, database_url):
    """Who turns out to be another person brings their points, old keys and old debts."""
    _tell(
        world,
        event("anonymous_id:a1", name="Checked In", properties={}),
        event("user_id:ada", name="Checked In", properties={}),
    )
    before = person(world, "anonymous_id:a1")
    asked = PointsAsked("k1", before, "0.5", "app", "gift")
    first = book_points(world, BRAND, Kind.BURN, asked)
    _tell(world, identify("user_id:ada", "anonymous_id:a1"))
    now_is = person(world, "anonymous_id:a1")
    assert now_is == person(world, "user_id:ada")
    assert _has(world, now_is) == _has(world, before) == _points("0.5")
    again = book_points(world, BRAND, Kind.BURN, asked)
    assert (again.entry, again.is_repeat) == (first.entry, True)
    with pytest.raises(Refused, match="not_enough"):
        book_points(world, BRAND, Kind.BURN, PointsAsked("k2", before, 1, "app", "gift"))
    kinds = [one.kind for one in statement(world, BRAND, EntryFilter([now_is]), 50).rows]
    assert sorted(kinds) == ["burn", "earn", "earn", "fold"]
    assert faults(database_url) == []


def test_a_merge_that_was_wrong_gives_points_back(world, clock, programme, database_url):
    """Who is somebody else after all gets back what came with them; what came since stays."""
    _tell(
        world,
        event("anonymous_id:a1", name="Checked In", properties={}),
        event("user_id:ada", name="Checked In", properties={}),
    )
    people = {person(world, "anonymous_id:a1"), person(world, "user_id:ada")}
    _tell(world, identify("user_id:ada", "anonymous_id:a1"))
    now_is = person(world, "user_id:ada")
    [gone] = people - {now_is}
    commit_points(world, BRAND, [Operation("own", Kind.EARN, gone, Decimal(3))])
    assert _has(world, now_is) == _points(4)
    unmerge(world, BRAND, gone)
    _tell(world)
    assert _has(world, gone) == _points("0.5")
    assert _has(world, now_is) == _points("3.5")
    assert faults(database_url) == []


def test_callers_who_race_get_what_is_there_and_no_more(world, clock, database_url):
    """Of 200 who want one of 50 points at once, 50 get it; same keys are one wish."""
    commit_points(world, BRAND, [Operation("start", Kind.EARN, 7, Decimal(50))])

    def burn(nth):
        asked = Operation(f"burn {nth % 100}", Kind.BURN, 7, Decimal(1), "app", "race")
        [answer] = commit_points(world, BRAND, [asked])
        return nth % 100, answer

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(burn, range(200)))
    done = {nth for nth, one in answers if not one.refused}
    assert len(done) == 50
    assert {one.refused for nth, one in answers if nth not in done} == {"not_enough"}
    assert _has(world, 7) == _points(0)
    assert faults(database_url) == []


def test_people_who_send_points_in_circles_wait_for_no_one(world, clock, database_url):
    """Transfers between the same people both ways end, and lose nothing."""
    for who in (1, 2, 3):
        commit_points(world, BRAND, [Operation(f"s{who}", Kind.EARN, who, Decimal(100))])

    def send(nth):
        giver, taker = (1, 2, 3)[nth % 3], (1, 2, 3)[(nth + 1 + nth % 2) % 3]
        asked = Operation(f"t{nth}", Kind.TRANSFER, giver, Decimal("0.37"), other=taker)
        with world.store.system() as tx:
            tx.log.append(post(tx, world, BRAND, [asked]).events)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(60)))
    assert sum(_has(world, who)[0] for who in (1, 2, 3)) == 300
    assert faults(database_url) == []


def test_a_key_is_answered_once_whatever_else_is_asked_under_it(world, clock):
    """The first answer is given for ever, a refusal too; another wish needs another key."""
    earn = Operation("k", Kind.EARN, 7, Decimal(5), "app", "gift")
    burn = Operation("b", Kind.BURN, 7, Decimal(9))
    first, refused = commit_points(world, BRAND, [earn, burn])
    commit_points(world, BRAND, [Operation("more", Kind.EARN, 7, Decimal(50))])
    again, same = commit_points(world, BRAND, [earn, burn])
    assert (again.entry, again.available) == (first.entry, first.available)
    assert refused.refused == same.refused == "not_enough"
    other = Operation("k", Kind.EARN, 8, Decimal(5), "app", "gift")
    assert commit_points(world, BRAND, [other])[0].refused == "key_reused"


def test_refunds_undo_what_was_done(world, clock):
    """A refund gives burned points back, else takes earned ones; never more than was booked."""

    def do(kind, amount, order):
        key = f"{kind} {amount} {order}"
        asked = Operation(key, kind, 7, Decimal(amount), order_id=order)
        [answer] = commit_points(world, BRAND, [asked])
        return answer.refused or answer.available

    assert do(Kind.EARN, 100, "o1") == 100
    assert do(Kind.BURN, 30, "o2") == 70
    assert do(Kind.REFUND, 31, "o2") == "more_than_was_booked"
    assert do(Kind.REFUND, 30, "o2") == 100
    assert do(Kind.REFUND, 40, "o1") == 60
    assert do(Kind.REFUND, 61, "o1") == "more_than_was_booked"
    assert do(Kind.REFUND, 1, "") == "more_than_was_booked"


def test_closed_days_are_chained_and_show_every_change(world, clock, database_url):
    """A day's hash covers its entries and the day before; a change of either is found."""
    for n in range(3):
        commit_points(world, BRAND, [Operation(f"e{n}", Kind.EARN, 7, Decimal(n + 1))])
        clock.advance(DAY)
        day = dt.date(2026, 11, 22) + dt.timedelta(days=n)
        close_points(world, BRAND, day, "ada")
    with pytest.raises(Conflict):
        close_points(world, BRAND, dt.date(2026, 11, 24))
    with pytest.raises(Conflict):
        close_points(world, BRAND, dt.date(2026, 11, 25))
    closed = list_closes(world, BRAND)
    assert [one.n_entries for one in closed] == [1, 1, 1]
    assert closed[0].before == closed[1].hash
    assert verify_points(world, BRAND) == []
    change = "update points_entries set reason = 'x' where amount = 2"
    with psycopg.connect(database_url) as connection:
        with pytest.raises(psycopg.errors.RaiseException):
            connection.execute(change)
        connection.rollback()
        connection.execute("alter table points_entries disable trigger points_entries_stay")
        connection.execute(change)
        connection.execute("update points_wallets set available = 99")
    assert [(one.day, one.what) for one in verify_points(world, BRAND)] == [
        ("2026-11-23", "hash"), ("", "wallets"), ("", "lots"),
    ]  # fmt: skip
