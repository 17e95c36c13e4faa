"""What the public may write into events: nothing of it stops the readers of the log for others."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.integration.people import BRAND, event, identify, log, person, project_all
from tests.integration.rewards.points_books import faults

from huiliu.ports.documents import Document
from huiliu.ports.tiers import TierFact
from huiliu.rewards.points import Kind, Operation
from huiliu.services.earn_points import follow_points
from huiliu.services.member_tiers import follow_tiers
from huiliu.services.points_balance import balance
from huiliu.services.points_commit import commit_points

PROGRAMME = """
huiliu: 1
kind: points
slug: default
name: {en: Points, zh-CN: 积分}
earn:
  - {id: order, on: Order Paid, per: {amount: 1, currency: CNY}, points: 1}
  - {id: check-in, on: Checked In, points: 0.5}
"""
TIERS = """
huiliu: 1
kind: tiers
slug: members
name: {en: Members, zh-CN: 会员}
measure: spend
currency: CNY
window: 365d
period: 365d
levels:
  - {id: silver, name: {en: Silver, zh-CN: 银卡}, from: 10}
"""
_LINES = [{"price": 1e12, "quantity": 1e12}, {"price": 0.01, "quantity": 1e-300}]


@pytest.fixture
def programmes(world, store):
    """Put a programme of points and a ladder in force."""
    with store.system() as tx:
        for kind, slug, source in (("points", "default", PROGRAMME), ("tiers", "members", TIERS)):
            tx.documents.put(Document(BRAND, kind, slug, 0, "live", source, 0, "test"))


def _read_all(world):
    """Let both readers hear everything."""
    while follow_points(world, 100) + follow_tiers(world, 100):
        pass


def _has(world, who):
    """Return what somebody has: available, pending, owed."""
    with world.store.system() as tx:
        found = balance(tx, world, BRAND, person(world, f"user_id:{who}"))
    return (found.available, found.pending, found.debt)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Order Paid", {"order_id": "a\0b", "total": 5}),
        ("Order Refunded", {"order_id": "a\0b"}),
        ("Order Paid", {"order_id": "c1", "total": 5, "channel": "app\0"}),
        ("Checked In", {"channel": "\0"}),
        ("Order Paid", {"order_id": "c2", "products": _LINES}),
        ("Order Paid", {"order_id": "c3", "total": 1e308}),
        ("Order Paid", {"order_id": "c4", "total": 1e-300, "products": [{"price": -1}]}),
        ("Order Refunded", {"order_id": "c5", "is_partial": True, "refund": 1e308, "total": 1e-9}),
        ("Order Refunded", {"order_id": "c6", "is_partial": True, "refund": 10**30, "total": True}),
        ("Order Paid", {"order_id": "x" * 5000, "total": 5, "channel": "y" * 5000}),
        ("Order Paid", {"order_id": 10**30, "total": 5}),
    ],
)  # fmt: skip
def test_no_event_stops_the_readers(world, programmes, database_url, name, said):
    """Whatever one event says, the next person's points are booked."""
    log(world, event("user_id:eve", name=name, properties=said),
        event("user_id:ada", name="Checked In", properties={}))  # fmt: skip
    project_all(world)
    _read_all(world)
    assert _has(world, "ada")[0] == Decimal("0.5")
    assert faults(database_url) == []


def test_debts_are_paid_when_two_people_turn_out_to_be_one(world, programmes, database_url):
    """What one of two owed is taken from what the other had, at once."""
    log(world, identify("user_id:ada"), identify("user_id:bob"))
    project_all(world)
    ada, bob = person(world, "user_id:ada"), person(world, "user_id:bob")
    ten, five = Decimal(10), Decimal(5)
    commit_points(world, BRAND, [
        Operation("a1", Kind.EARN, ada, ten), Operation("b1", Kind.EARN, bob, five, order_id="o"),
        Operation("b2", Kind.BURN, bob, five), Operation("b3", Kind.CLAW_BACK, bob, five,
                                                         order_id="o"),
    ])  # fmt: skip
    assert _has(world, "bob") == (0, 0, 5)
    commit_points(world, BRAND, [Operation("f1", Kind.FOLD, bob, other=ada)])
    assert _has(world, "ada") == (5, 0, 0)
    assert faults(database_url) == []


def test_an_order_may_be_cancelled_as_often_as_anybody_likes(world, programmes):
    """The sum of what came back is bounded: it never outgrows its column."""
    fact = TierFact(7, b"o" * 16, 0, 0, 9_222 * 10**15)
    with world.store.system() as tx:
        tx.tiers.add_facts(BRAND, "members", [fact])
        for _ in range(2):
            assert tx.tiers.refund(BRAND, "members", fact.ref, 10**15) == [7]
        tx.tiers.add_facts(BRAND, "members", [TierFact(7, fact.ref, 5, 1_000, 10**15)])
        assert tx.tiers.measures(BRAND, "members", {7}, 0) == {7: 0}
