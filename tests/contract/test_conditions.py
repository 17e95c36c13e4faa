"""Every operator says the same on Spark as the plain Python oracle does, and so as DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.contract.asking import Question, copy_facts, members
from tests.contract.spark import ON_SPARK
from tests.property.oracle import says
from tests.property.oracle_people import Happened, Person
from tests.property.population import load, opened
from tests.property.trees import NOW, Drawn, populations

from huiliu.conditions import parse
from huiliu.kernel.times import DAY, HOUR
from huiliu.warehouses.spark.session import Spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


pytestmark = ON_SPARK


def drawn(n: int, seed: int) -> list[tuple[Drawn, int]]:
    """Return so many populations with what is asked of them, always the same."""
    found: list[tuple[Drawn, int]] = []

    @settings(
        max_examples=n, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(populations)
    def collect(one: tuple[Drawn, int]) -> None:
        found.append(one)

    collect()
    return found[seed:]


def together(each: Sequence[tuple[Drawn, int]]) -> list[list[Person]]:
    """Return the people of every population with ids and positions that no other has."""
    found, n_people, n_events = [], 0, 0
    for population, _ in each:
        group = []
        for person in population.people:
            n_people += 1
            events = [row._replace(position=row.position + n_events) for row in person.events]
            group.append(replace(person, profile_id=n_people, events=events))
        n_events += 1_000
        found.append(group)
    return found


def hold(
    session: SparkSession, each: Sequence[tuple[Drawn, int]], *, as_of: bool = True
) -> list[set[int]]:
    """Hold that Spark gives the oracle's people for every question; return whom.

    With `as_of` each is asked a second time, by the tables as of its own instant.
    """
    everybody = [person for group in together(each) for person in group]
    asked, expected, trees = [], [], []
    for population, micros in each:
        now = NOW + micros
        for tree in population.asked:
            condition = parse(tree, "where", population.around)
            assert not isinstance(condition, tuple), condition
            right = {
                one.profile_id for one in everybody if says(tree, one, now, population.segments)
            }
            for at in (None, now) if as_of else (None,):
                asked.append(Question(condition, now, at))
                expected.append(right)
                trees.append(tree)
    with opened() as engine:
        load(engine, everybody)
        copy_facts(engine, session)
    found = members(session, asked)
    assert [
        (tree, question.at, sorted(right ^ got))
        for tree, question, right, got in zip(trees, asked, expected, found, strict=True)
        if right != got
    ] == []
    return found


#: One small condition of each operator and of each comparison that needs words of Spark's own.
EACH: list[dict[str, Any]] = [
    {"trait": "city", "is": "上海"},
    {"trait": "city", "matches": "^.海$"},
    {"trait": "age", "between": [1, 40]},
    {"trait": "vip", "is": True},
    {"trait": "born", "before": "2001-01-01"},
    {"trait": "born", "anniversary_within": 20},
    {"trait": "tags", "has": "gold"},
    {"trait": "tags", "length_above": 1},
    {"trait": "home", "within_radius": {"lat": 31.2, "lon": 121.4, "km": 20}},
    {"did": "Order Paid", "at_least": 2, "within": "30d"},
    {"did": "Order Paid", "during": "this_month", "where": [{"property": "total", "above": 9.5}]},
    {"did": "Order Paid", "sum": {"property": "total", "at_least": 20}},
    {"did_not": "Order Paid", "within": "1d"},
    {"sequence": [{"did": "Product Viewed"}, {"did": "Order Paid", "within": "2h"}]},
    {"then_not": {"did": "Order Paid", "within": "2h"}, "after": {"did": "Product Viewed"}},
    {"message": "opened", "channel": "email"},
    {"consent": "marketing", "channel": "sms"},
    {"list": "vip"},
    {"bucket": "salt", "from": 0, "below": 50},
    {"all": [{"not": {"list": "vip"}}, {"any": [{"trait": "age", "set": True}]}]},
]


def somebody(n: int) -> Person:
    """Return a person who meets some of those."""
    each: list[dict[str, Any]] = [
        {"city": "上海", "age": 30 + n, "vip": True, "born": "1990-11-30", "tags": ["gold", 1]},
        {"city": "上海\n", "age": "30", "born": "2004-02-29T08:00:00+08:00", "tags": ["silver"],
         "home": {"lat": 31.23, "lon": 121.47}},
        {"age": 0.1, "vip": "true", "home": {"lat": 39.9, "lon": 116.4}},
    ]  # fmt: skip
    every: list[tuple[str, int, dict[str, Any]]] = [
        ("Product Viewed", 5 * HOUR, {}), ("Order Paid", 4 * HOUR, {"total": 9.5}),
        ("Order Paid", 5 * DAY, {"total": 10.5}), ("List Entered", DAY, {"list": "vip"}),
        ("Message Opened", HOUR, {"channel": "email"}),
        ("Consent Granted", DAY, {"channel": "sms", "purpose": "marketing"}),
    ]  # fmt: skip
    events = [
        Happened(NOW - ago, 100 * n + nth, name, properties)
        for nth, (name, ago, properties) in enumerate(every[n % 2 : n % 6 + 1])
    ]
    return Person(n + 1, events, each[n % 3])


def test_each_operator_means_the_same_on_spark(spark: Spark):
    """It gives whom the oracle gives: some and not all; three of them also as of the instant."""
    everybody = [somebody(n) for n in range(10)]
    session = spark.session()
    answers = hold(session, [(Drawn(everybody, {}, EACH), 0)], as_of=False)
    assert len(answers) == len(EACH)
    assert {0 < len(answer) < len(everybody) for answer in answers} == {True}
    hold(session, [(Drawn(everybody, {}, [EACH[0], EACH[9], EACH[16]]), 0)])


@pytest.mark.trial
@pytest.mark.parametrize("part", range(6))
def test_random_conditions_mean_the_same_on_spark(spark: Spark, part: int):
    """Random populations under every operator, by the present tables and as of the instant."""
    each = drawn(180, 0)[part * 30 : (part + 1) * 30]
    assert len(hold(spark.session(), each)) > 100
