"""The two readers of conditions and an oracle agree, for every profile, value and instant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, note, settings
from tests.property.oracle import says
from tests.property.oracle_people import Person, instants
from tests.property.population import compiled, facts_of, load, opened
from tests.property.trees import (
    NASTY,
    NOW,
    Drawn,
    people,
    persons,
    populations,
    trees,
)

from huiliu.conditions import NOWHERE, Condition, Surroundings, parse
from huiliu.kernel.times import DAY, HOUR, show_instant


def read(tree: object, around: Surroundings = NOWHERE) -> Condition:
    """Return the condition of a tree that is known to be good."""
    found = parse(tree, "where", around)
    assert not isinstance(found, tuple), found
    return found


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty warehouse in memory."""
    with opened() as connection:
        yield connection


def agree(engine: duckdb.DuckDBPyConnection, drawn: Drawn, now: int) -> None:
    """Hold that both readers and the oracle give the same people for every question."""
    load(engine, drawn.people)
    facts = [facts_of(one) for one in drawn.people]
    for tree in drawn.asked:
        condition = read(tree, drawn.around)
        note(f"{tree} {condition}")
        expected = {one.profile_id for one in drawn.people if says(tree, one, now, drawn.segments)}
        assert {one.profile_id for one in facts if condition.holds(one, now)} == expected, tree
        assert {one.profile_id for one in facts if condition.look(one, now)[0]} == expected, tree
        assert compiled(engine, condition, now) == expected, tree
    # One is enough: what differs as of a moment are the tables, not the conditions.
    assert compiled(engine, condition, now, at=now) == expected, tree


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(populations)
def test_both_readers_and_the_oracle_give_the_same_people(
    engine: duckdb.DuckDBPyConnection, drawn: tuple[Drawn, int]
) -> None:
    """What Python says of each profile is what DuckDB and the oracle say of the population."""
    population, micros = drawn
    agree(engine, population, NOW + micros)


@pytest.mark.trial
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(populations)
def test_both_readers_and_the_oracle_agree_for_long(
    engine: duckdb.DuckDBPyConnection, drawn: tuple[Drawn, int]
) -> None:
    """The same as in every run, with a hundred times as many populations."""
    population, micros = drawn
    agree(engine, population, NOW + micros)


def hold_still(drawn: list[Person], tree: dict[str, Any]) -> None:
    """Hold that no answer changes before its `next_change`, whenever it is asked."""
    condition = read(tree)
    for person in drawn:
        facts = facts_of(person)
        edges = sorted(set(instants(tree, person, NOW)))
        held, change = condition.look(facts, NOW)
        assert condition.next_change(facts, NOW) == change
        assert change is None or change > NOW
        for instant in edges:
            if instant > NOW and (change is None or instant < change):
                assert says(tree, person, instant) == held, (tree, person, instant - NOW)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(people, trees)
def test_nothing_changes_before_the_next_change(drawn: list[Any], tree: dict[str, Any]) -> None:
    """Between now and `next_change` the answer is the same at every instant where it could flip."""
    hold_still(persons(drawn), tree)


@pytest.mark.trial
@settings(max_examples=30_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(people, trees)
def test_nothing_changes_before_the_next_change_for_long(
    drawn: list[Any], tree: dict[str, Any]
) -> None:
    """The same as in every run, with a hundred times as many people."""
    hold_still(persons(drawn), tree)


@settings(max_examples=200, deadline=None)
@given(trees)
def test_the_canonical_tree_means_the_same(tree: object) -> None:
    """A condition is equal to what its own tree parses to, and that tree stays as it is."""
    condition = read(tree)
    again = read(condition.tree())
    assert again == condition
    assert again.tree() == condition.tree()


@pytest.mark.parametrize("micros", [0, 1, 123_457, 999_999])
def test_both_readers_agree_on_each_edge_of_every_window(
    engine: duckdb.DuckDBPyConnection, micros: int
) -> None:
    """One microsecond before, at and after the edge: an event counts or does not in both."""
    edges = [(NOW - length + off) for length in (0, 1000, HOUR, DAY, -DAY) for off in (-1, 0, 1)]
    everybody = persons([({}, [("Order Paid", edge, {})]) for edge in edges], micros)
    load(engine, everybody)
    now = NOW + micros
    fixed = show_instant(now - DAY)
    for window in ({"within": "1ms"}, {"within": "1h"}, {"within": "1d"}, {"since": fixed},
                   {"before": fixed}, {"since": fixed, "before": show_instant(now)}):  # fmt: skip
        for tree in ({"did": "Order Paid", **window}, {"did_not": "Order Paid", **window}):
            condition = read(tree)
            expected = {one.profile_id for one in everybody if says(tree, one, now)}
            assert 0 < len(expected) < len(everybody)
            facts = [facts_of(one) for one in everybody]
            assert {one.profile_id for one in facts if condition.holds(one, now)} == expected
            assert compiled(engine, condition, now) == expected, tree


@pytest.mark.parametrize("micros", [0, 1, 999_999])
def test_both_readers_agree_on_each_edge_of_every_gap(
    engine: duckdb.DuckDBPyConnection, micros: int
) -> None:
    """Exactly so much later still follows and still answers; a microsecond more does not."""
    gaps = [length + off for length in (0, 1000, HOUR) for off in (-1, 0, 1)]
    pairs = [(gap, first) for gap in gaps for first in (True, False)]
    # In both orders of the log, so that ties are decided by the position alone.
    everybody = persons(
        [
            ({}, sorted([("A", NOW - DAY, {}), ("B", NOW - DAY + gap, {})], reverse=not first))
            for gap, first in pairs
        ],
        micros,
    )
    load(engine, everybody)
    for length in ("1ms", "1h"):
        for tree in (
            {"sequence": [{"did": "A"}, {"did": "B", "within": length}]},
            {"then_not": {"did": "B", "within": length}, "after": {"did": "A"}},
        ):
            condition = read(tree)
            for now in (NOW + micros, NOW + micros - DAY + HOUR - 1, NOW + micros - DAY + HOUR):
                expected = {one.profile_id for one in everybody if says(tree, one, now)}
                facts = [facts_of(one) for one in everybody]
                assert {one.profile_id for one in facts if condition.holds(one, now)} == expected
                assert compiled(engine, condition, now) == expected, tree


@pytest.mark.parametrize("comparison", ["is", "is_not", "above", "at_least", "below", "at_most"])
def test_both_readers_agree_on_every_nasty_value_against_every_other(
    engine: duckdb.DuckDBPyConnection, comparison: str
) -> None:
    """Each value is a person's trait once, and a constant once where it may be one."""
    everybody = persons([({"city": value}, []) for value in NASTY])
    load(engine, everybody)
    n_asked = 0
    for constant in NASTY:
        tree = {"trait": "city", comparison: constant}
        condition = parse(tree, "where")
        if isinstance(condition, tuple):
            continue
        n_asked += 1
        expected = {one.profile_id for one in everybody if says(tree, one, NOW)}
        held = {one.profile_id for one in everybody if condition.holds(facts_of(one), NOW)}
        assert held == expected, constant
        assert compiled(engine, condition, NOW) == expected, constant
    assert n_asked > 10
