"""The two readers of conditions agree, for every profile, value and instant."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huiliu.conditions import Condition, compile_condition, parse
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.times import DAY, HOUR, as_instant, show_duration, show_instant
from huiliu.warehouses.load import prepare
from huiliu.warehouses.views import population

NOW = as_instant("2026-11-22T04:00:00Z") or 0
_RANK = 1 << 56

TRAITS = ("city", "age", "born", "vip", "address", "a.b", "$os", "城市")
EVENTS = ("Order Paid", "Product Viewed", "页面 浏览")
PATHS = ("total", "category", "shipping.city", "0", "at", "é")
#: Values that have broken other products: empty, huge, tiny, of the wrong type, almost dates.
NASTY: tuple[Any, ...] = (
    None, "", " ", "0", "1", "1.0", "true", "null", "上海", "Ünï", "é", "e\u0301", "a%b_c\\", "'\"",
    "x\ny", "\u2028", "😀", 0, -0.0, 1, 1.0, 1.5, -1, 0.1, 0.30000000000000004, 1e-320, 1e308,
    2**53, 2**53 + 1, -(2**63), 2**64, 10**30, 10**400, True, False, [], ["上海"], [1], {},
    {"city": "上海"}, {"city": None}, "2026-11-22", "2026-11-22T04:00:00Z",
    "2026-11-22T04:00:00.000001+00:00",
    "2026-11-22 12:00:00+08:00", "2026-02-30", "0000-01-01", "0001-01-01T00:00:00+14:00",
    "2026-11-22T04:00", "2026-11-22T04:00:00.1234567Z", "2026-11-22T24:00:00", "20261122",
    "2026-11-22T04:00:60Z", "９９９９-01-01", "2026-11-22\n", "9999-12-31T23:59:59-23:59",
)  # fmt: skip

numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-3, 3),
)
dates = st.builds(
    lambda days, micros, form: form(NOW + days * DAY + micros),
    st.integers(-3, 3),
    st.sampled_from((0, 1, -1, HOUR)),
    st.sampled_from((show_instant, lambda at: show_instant(at)[:10])),
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
scalars = st.one_of(st.sampled_from(NASTY), numbers, texts, st.booleans(), dates)
values = st.one_of(scalars, st.dictionaries(st.sampled_from(("city", "0")), scalars, max_size=2))
constants = scalars.filter(
    lambda one: isinstance(one, str | bool) or (isinstance(one, int | float) and abs(one) < 1e308)
)
ordered = st.one_of(numbers.filter(lambda one: abs(one) < 1e308), dates)
patterns = st.sampled_from(
    (".", "^a", "海$", "(?i)Ü", r"\d+", "x.y", "(?s)x.y", r"\pL", "^$", "[é]", r"a%b_c\\", "^1$")
)
tests = st.one_of(
    st.fixed_dictionaries({"is": constants}),
    st.fixed_dictionaries({"is_not": constants}),
    st.fixed_dictionaries({"above": ordered}),
    st.fixed_dictionaries({"at_least": ordered, "below": ordered}),
    st.fixed_dictionaries({"at_most": ordered}),
    st.fixed_dictionaries({"in": st.lists(constants, min_size=1, max_size=4)}),
    st.fixed_dictionaries({"not_in": st.lists(constants, min_size=1, max_size=4)}),
    st.fixed_dictionaries({"contains": texts.filter(bool)}),
    st.fixed_dictionaries({"starts_with": texts.filter(bool)}),
    st.fixed_dictionaries({"matches": patterns}),
    st.fixed_dictionaries({"set": st.just(True)}),
    st.fixed_dictionaries({"not_set": st.just(True)}),
    st.fixed_dictionaries({"is_not": constants, "set": st.just(True)}),
)
trait_paths = st.sampled_from(
    ("city", "age", "born", "vip", "address.city", "$os", "城市", "none")
) | st.just(["a.b"])
traits = st.builds(lambda name, test: {"trait": name, **test}, trait_paths, tests)
filters = st.builds(lambda name, test: {"property": name, **test}, st.sampled_from(PATHS), tests)
lengths = st.sampled_from((1000, HOUR, DAY, 2 * DAY, 30 * DAY)).map(show_duration)
instants = st.integers(-3, 3).map(lambda days: show_instant(NOW + days * DAY))
windows: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"within": lengths}),
    st.fixed_dictionaries({"since": instants}),
    st.fixed_dictionaries({"before": instants}),
)
counts: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"at_least": st.integers(0, 3)}),
    st.fixed_dictionaries({"at_most": st.integers(0, 3)}),
    st.fixed_dictionaries({"exactly": st.integers(0, 3)}),
    st.fixed_dictionaries({"at_least": st.integers(0, 2), "at_most": st.integers(2, 3)}),
)
wheres = st.one_of(
    st.just({}), st.fixed_dictionaries({"where": st.lists(filters, min_size=1, max_size=2)})
)
#: With a synonym: it means the same as its canonical name.
names = st.sampled_from((*EVENTS, "Order Completed", "Never"))
dids = st.builds(
    lambda name, *parts: {"did": name} | _merged(parts), names, counts, windows, wheres
)
did_nots = st.builds(
    lambda name, *parts: {"did_not": name} | _merged(parts), names, windows, wheres
)
leaves = st.one_of(traits, dids, did_nots)
trees = st.recursive(
    leaves,
    lambda below: st.one_of(
        st.lists(below, min_size=1, max_size=3).map(lambda each: {"all": each}),
        st.lists(below, min_size=1, max_size=3).map(lambda each: {"any": each}),
        below.map(lambda one: {"not": one}),
    ),
    max_leaves=4,
)
#: Around the edges of every window.
moments = st.builds(
    lambda length, off: NOW - length + off,
    st.sampled_from((0, 1000, HOUR, DAY, 2 * DAY, 30 * DAY, -DAY)),
    st.sampled_from((-1, 0, 1)),
)
properties = st.one_of(
    st.dictionaries(st.sampled_from(("total", "category", "0", "at", "é")), values, max_size=3),
    st.dictionaries(st.just("shipping"), values, max_size=1),
)
happenings = st.lists(st.tuples(st.sampled_from(EVENTS), moments, properties), max_size=5)
people = st.lists(
    st.tuples(st.dictionaries(st.sampled_from(TRAITS), values, max_size=4), happenings),
    min_size=1, max_size=6,
)  # fmt: skip


def _merged(parts: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """Return all keys of all parts."""
    return {key: value for part in parts for key, value in part.items()}


def read(tree: object) -> Condition:
    """Return the condition of a tree that is known to be good."""
    found = parse(tree, "where")
    assert not isinstance(found, tuple), found
    return found


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty warehouse in memory."""
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        prepare(connection)
        yield connection


def facts_of(population_: list[Any], micros: int = 0) -> list[Facts]:
    """Return the facts of drawn people, ids from 1; all happened so much later."""
    positions = itertools.count(1)
    found = []
    for number, (traits_, happened) in enumerate(population_, start=1):
        events: dict[str, list[EventFact]] = {}
        for name, at, props in happened:
            events.setdefault(name, []).append(EventFact(name, at + micros, next(positions), props))
        found.append(Facts(number, traits_, events))
    return found


def load(engine: duckdb.DuckDBPyConnection, population_: list[Facts]) -> None:
    """Put the people's facts into the warehouse's tables."""
    for table in ("present", "people", "latest_traits", "traits", "events", "identity_map"):
        engine.execute(f"delete from facts.{table}")
    engine.executemany(
        "insert into facts.people values (1, ?, make_timestamp(0), make_timestamp(0))",
        [[one.profile_id] for one in population_],
    )
    engine.execute("insert into facts.present select brand_id, profile_id from facts.people")
    traits_ = [
        [one.profile_id, name, json.dumps(value, ensure_ascii=False)]
        for one in population_
        for name, value in one.traits.items()
    ]
    if traits_:
        engine.executemany(
            "insert into facts.traits select 1, ?, ?, json_extract(?, '$'), 1, make_timestamp(0)",
            traits_,
        )
    engine.execute("insert into facts.latest_traits select * exclude (replay_at) from facts.traits")
    events = [
        [fact.position, fact.name, fact.name, one.profile_id, fact.occurred_at,
         json.dumps(fact.properties, ensure_ascii=False)]
        for one in population_
        for each in one.events.values()
        for fact in each
    ]  # fmt: skip
    if events:
        engine.executemany(
            "insert into facts.events select 1, ?, ?, ?, 'track', ?, make_timestamp(?::bigint),"
            " make_timestamp(0), make_timestamp(0), 0, json_extract(?, '$'), null, null",
            events,
        )


def compiled(
    engine: duckdb.DuckDBPyConnection, condition: Condition, now: int, at: int | None = None
) -> set[int]:
    """Return who meets the condition by the Ibis reader on DuckDB."""
    expression = compile_condition(condition, population(1, at), now)
    rows: pa.Table = engine.sql(ibis.to_sql(expression, dialect="duckdb")).to_arrow_table()
    found = rows["profile_id"].to_pylist()
    assert len(found) == len(set(found)), "a profile is there once"
    return set(found)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(people, st.lists(trees, min_size=1, max_size=6), st.integers(0, 999_999) | st.just(0))
def test_both_readers_give_the_same_people(
    engine: duckdb.DuckDBPyConnection, population_: list[Any], drawn: list[Any], micros: int
) -> None:
    """What Python says of each profile is what DuckDB says of the population."""
    everybody = facts_of(population_, micros)
    load(engine, everybody)
    now = NOW + micros

    for tree in drawn:
        condition = read(tree)
        expected = {one.profile_id for one in everybody if condition.holds(one, now)}
        assert compiled(engine, condition, now) == expected, tree
        assert compiled(engine, condition, now, at=now) == expected, tree


@settings(max_examples=150, deadline=None)
@given(people, trees)
def test_nothing_changes_before_the_next_change(population_: list[Any], tree: object) -> None:
    """Between now and `next_change` the answer is the same at every instant where it could flip."""
    condition = read(tree)
    for facts in facts_of(population_):
        change = condition.next_change(facts, NOW)
        assert change is None or change > NOW
        flips = {
            fact.occurred_at + window + off
            for each in facts.events.values()
            for fact in each
            for _, window in condition.mentions.rolling
            for off in (-1, 0)
        }
        until = NOW + 90 * DAY if change is None else change
        held = condition.holds(facts, NOW)
        for instant in sorted(flips):
            if NOW < instant < until:
                assert condition.holds(facts, instant) == held


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
    everybody = facts_of([({}, [("Order Paid", edge, {})]) for edge in edges], micros)
    load(engine, everybody)
    now = NOW + micros
    fixed = show_instant(now - DAY)
    for window in ({"within": "1ms"}, {"within": "1h"}, {"within": "1d"}, {"since": fixed},
                   {"before": fixed}, {"since": fixed, "before": show_instant(now)}):  # fmt: skip
        for tree in ({"did": "Order Paid", **window}, {"did_not": "Order Paid", **window}):
            condition = read(tree)
            expected = {one.profile_id for one in everybody if condition.holds(one, now)}
            assert 0 < len(expected) < len(everybody)
            assert compiled(engine, condition, now) == expected, tree


@pytest.mark.parametrize("comparison", ["is", "is_not", "above", "at_least", "below", "at_most"])
def test_both_readers_agree_on_every_nasty_value_against_every_other(
    engine: duckdb.DuckDBPyConnection, comparison: str
) -> None:
    """Each value is a person's trait once, and a constant once where it may be one."""
    everybody = facts_of([({"city": value}, []) for value in NASTY])
    load(engine, everybody)
    n_asked = 0
    for constant in NASTY:
        condition = parse({"trait": "city", comparison: constant}, "where")
        if isinstance(condition, tuple):
            continue
        n_asked += 1
        expected = {one.profile_id for one in everybody if condition.holds(one, NOW)}
        assert compiled(engine, condition, NOW) == expected, constant
    assert n_asked > 10
