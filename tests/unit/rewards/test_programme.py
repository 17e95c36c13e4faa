"""The document `kind: points`: what things earn, and what is wrong with a document."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from huiliu.rewards.programme import Programme, parse_programme, parsed_programme

DAY = dt.date(2026, 11, 22)
SOURCE = """
huiliu: 1
kind: points
slug: default
name: {en: Points, zh-CN: 积分}
value: {amount: 0.01, currency: CNY}
pending: 7d
expires: 365d
earn:
  - {id: app-order, on: Order Paid, channels: [app], per: {amount: 1, currency: CNY}, points: 1}
  - {id: shop-order, on: Order Paid, channels: [store],
     per: {amount: 2, currency: CNY}, points: 1.5}
  - {id: check-in, on: Checked In, channels: [wechat], points: 0.5, limit: {times: 1, every: day}}
  - {id: review, on: Review Posted, points: 20, where: [{property: rating, at_least: 1}]}
multipliers:
  - {id: eleven, factor: 2, from: 2026-11-11, until: 2026-11-11, rules: [app-order]}
"""


def _earned(event, channel, properties, day=DAY, tier=1):
    """Return what an event earns, by rule."""
    found = parsed_programme(SOURCE).earned(event, channel, properties, day, Decimal(tier))
    return {one.rule.id: one.points for one in found}


@pytest.mark.parametrize(
    ("event", "channel", "said", "points"),
    [
        ("Order Paid", "app", {"total": 88.8, "currency": "CNY"}, {"app-order": "88.80"}),
        ("Order Paid", "store", {"total": 100, "currency": "CNY"}, {"shop-order": "75.00"}),
        ("Order Paid", "web", {"total": 100, "currency": "CNY"}, {}),
        ("Order Paid", "app", {"total": 100, "currency": "USD"}, {}),
        ("Checked In", "wechat", {}, {"check-in": "0.50"}),
        ("Checked In", "app", {}, {}),
        ("Review Posted", "app", {"rating": 1}, {"review": "20.00"}),
        ("Review Posted", "app", {}, {}),
    ],
)
def test_every_channel_earns_at_its_own_rate(event, channel, said, points):
    """One yuan is a point in the APP, two are 1.5 in a shop, a check-in on WeChat is half a one."""
    assert _earned(event, channel, said) == {rule: Decimal(n) for rule, n in points.items()}


def test_points_are_rounded_line_by_line_half_even():
    """Each line of an order is rounded by itself, ties to the even cent."""
    lines = [{"price": 0.02, "quantity": 1}, {"price": 0.06, "quantity": 1}]
    said = {"total": 0.08, "currency": "CNY", "products": lines}
    # 0.015 -> 0.02 and 0.045 -> 0.04.
    assert _earned("Order Paid", "store", said) == {"shop-order": Decimal("0.06")}
    # 0.0225 -> 0.02, three times; the total would earn 0.07.
    said = {
        "total": 0.09, "currency": "CNY", "products": [{"price": 0.03, "quantity": 1}] * 3,
    }  # fmt: skip
    assert _earned("Order Paid", "store", said) == {"shop-order": Decimal("0.06")}


def test_lines_that_do_not_add_up_to_what_was_paid_are_not_believed():
    """A discount on the whole order earns on what was paid."""
    lines = [{"price": 60, "quantity": 2}]
    said = {"total": 100, "currency": "CNY", "products": lines}
    assert _earned("Order Paid", "app", said) == {"app-order": Decimal("100.00")}


def test_the_highest_multiplier_and_the_tier_multiply():
    """Double day for members who earn half as much again: three times."""
    said = {"total": 10, "currency": "CNY"}
    eleven = dt.date(2026, 11, 11)
    assert _earned("Order Paid", "app", said, eleven, "1.5") == {"app-order": Decimal("30.00")}
    assert _earned("Order Paid", "store", said, eleven) == {"shop-order": Decimal("7.50")}


def test_orders_are_pending_and_the_rest_is_not():
    """What can be sent back waits for the return period; a check-in does not."""
    rules = {one.id: one for one in parsed_programme(SOURCE).rules}
    assert rules["app-order"].pending > 0
    assert rules["check-in"].pending == 0


def test_a_document_reads_back_as_it_was():
    """The canonical form of a programme is the same programme."""
    read = parsed_programme(SOURCE)
    again = parse_programme(read.source)
    assert isinstance(again, Programme)
    assert (again.rules, again.multipliers, again.terms) == (
        read.rules, read.multipliers, read.terms,
    )  # fmt: skip


def test_all_problems_of_a_document_are_told_at_once_with_their_lines():
    """Nobody mends a document fault by fault."""
    wrong = """
huiliu: 1
kind: points
slug: other
name: {en: Points, zh-CN: 积分}
pending: soon
debt: maybe
earn:
  - {id: a b, on: Order Paid, points: 1.234}
  - {id: loop, on: Points Earned, points: 1}
  - {id: loop, on: X, per: {amount: 1}}
multipliers:
  - {id: m, factor: 0, rules: [nobody]}
"""
    problems = parse_programme(wrong)
    assert isinstance(problems, tuple)
    found = {one.path for one in problems}
    assert {
        "slug", "pending", "debt", "earn[0].id", "earn[0].points", "earn[1].on", "earn",
        "earn[2].points", "earn[2].per.currency", "multipliers[0].factor", "multipliers[0].rules",
    } <= found  # fmt: skip
    assert all(one.line for one in problems)
