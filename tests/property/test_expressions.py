"""What conditions hand to an engine: it compiles, agrees with Python, and tells in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import duckdb
import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.property.oracle_people import Happened, Person
from tests.property.population import compiled, facts_of, load, opened

from huiliu.conditions import Condition, Surroundings, compile_condition, parse
from huiliu.conditions.comparisons import COMPARISONS
from huiliu.conditions.measures import MEASURES
from huiliu.kernel.calendar import PERIODS, period
from huiliu.kernel.times import DAY, HOUR, MINUTE, as_instant, from_datetime, show_instant
from huiliu.warehouses.views import population

HOME = "Asia/Shanghai"
#: Ordinary days, the year's end, both kinds of February, and days on which clocks change.
NOWS = tuple(
    as_instant(at) or 0
    for at in (
        "2026-11-22T04:00:00Z", "2026-12-31T15:59:59.999999Z", "2026-12-31T16:00:00Z",
        "2027-02-28T23:30:00Z", "2028-02-28T10:00:00Z", "2028-02-29T12:00:00Z",
        "2026-03-29T00:59:00Z", "2026-11-01T04:30:00Z", "2026-04-23T21:59:59Z",
    )
)  # fmt: skip
ZONES = ("Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12", "Africa/Cairo",
         "America/Havana", "asia/shanghai", "nowhere", 8, None)  # fmt: skip
LISTS: tuple[Any, ...] = ([], ["a"], ["a", 1], [1.0, True], ["1"], [["a"]], [{"a": 1}], [None],
                          ['q"u\\o\n'], [2**53 + 1], ["上海", "上海"], "a", {"a": 1})  # fmt: skip
PLACES: tuple[Any, ...] = (
    {"lat": 31.0, "lon": 121.0}, {"lat": 31.5, "lon": 121.5}, {"lat": 32, "lon": 122},
    {"latitude": 31.2345678, "lng": 121.98765}, {"lat": 90, "lon": -180}, {"lat": -90, "lon": 7},
    {"lat": "31", "latitude": 31.4, "longitude": 121.1}, {"lat": 91, "lon": 0}, {"lat": 31},
    {"lat": 10**400, "lon": 0}, {"lat": True, "lon": 1}, [31, 121], "31,121", None,
)  # fmt: skip
DAYS: tuple[Any, ...] = (
    "02-29", "--02-29", "2000-02-29", "2000-02-28", "03-01", "1999-12-31", "01-01", "--11-22",
    "1990-05-01T23:30:00-09:00", "2026-02-29", "02-30", "04-31", "13-01", "0-1-1", "", 501,
    "2026-11-22T04:00:00.000001Z", "9999-12-31T23:59:59Z", "0001-01-01",
)  # fmt: skip
RING = [[120 + n % 7 + n / 1000, 30 + n // 3 / 20] for n in range(180)]
CONSTANTS: dict[str, tuple[Any, ...]] = {
    "not_contains": ("a", "海", "-"), "ends_with": ("a", "1", "海", "Z"),
    "between": ([0, 600], ["1990-01-01", "2026-11-23"]),
    "before": ("2000-01-01", "2026-11-22T04:00:00.000001Z"), "after": ("2026-11-22T04:00:00Z",),
    "within_last": ("1ms", "30d", "36500d"), "older_than": ("1ms", "30d", "36500d"),
    "within_next": ("1ms", "30d", "36500d"), "anniversary_within": (0, 1, 7, 60, 364, 365),
    "has": ("a", 1, True, "上海", 'q"u\\o\n', 2**53), "has_any": (["a", 1], ["1", True]),
    "has_all": (["a", 1], [1, True]), "has_none": (["a"], [1]),
    "length_is": (0, 1), "length_above": (0, 1), "length_at_least": (0, 2), "length_below": (1,),
    "length_at_most": (0, 1),
    "within_radius": ({"lat": 31.5, "lon": 121.5, "km": 80}, {"lat": 90, "lon": 0, "km": 1},
                      {"lat": 0, "lon": 180, "km": 20_015.2}, {"lat": 31, "lon": 121, "km": 0}),
    "within_polygon": ([[121, 31], [122, 31], [122, 32], [121, 32]], RING),
}  # fmt: skip
SIMPLE: dict[str, Any] = {
    "is": "a", "is_not": 1, "in": ["a", 1, True], "not_in": [1], "above": 1, "at_least": 1.5,
    "below": "2026-01-01", "at_most": 3, "contains": "a", "starts_with": "a", "matches": "^a",
    "set": True, "not_set": True,
}  # fmt: skip


def read(tree: object) -> Condition:
    """Return the condition of a tree that is known to be good, for a brand in Shanghai."""
    found = parse(tree, "where", Surroundings(zone=HOME))
    assert not isinstance(found, tuple), found
    return found


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty warehouse in memory."""
    with opened() as connection:
        yield connection


@pytest.mark.parametrize("name", CONSTANTS)
def test_both_readers_agree_on_values_made_for_each_comparison(
    engine: duckdb.DuckDBPyConnection, name: str
) -> None:
    """Lists, places, days of the year and moments, under many clocks, around every edge."""
    edges = tuple(
        show_instant(NOWS[0] + sign * length + off)
        for length in (0, 1000, 30 * DAY) for sign in (-1, 1) for off in (-1, 0, 1)
    )  # fmt: skip
    values = (*LISTS, *PLACES, *DAYS, *edges, 0, 599.99, 600, "上海", None)
    people = [
        Person(number, (), {"it": value, "zone": ZONES[number % len(ZONES)]})
        for number, value in enumerate(values, start=1)
    ]
    load(engine, people)
    facts = [facts_of(one) for one in people]
    answers = set()
    for constant in CONSTANTS[name]:
        condition = read({"trait": "it", name: constant})
        for now in NOWS if name == "anniversary_within" else NOWS[:1]:
            expected = frozenset(one.profile_id for one in facts if condition.holds(one, now))
            assert compiled(engine, condition, now) == expected, (constant, now)
            answers.add(expected)
    assert any(0 < len(one) < len(people) for one in answers)


@pytest.mark.parametrize("word", PERIODS)
def test_both_readers_agree_on_the_edges_of_calendar_windows_in_every_zone(
    engine: duckdb.DuckDBPyConnection, word: str
) -> None:
    """The first and last microsecond of a window belong to it, wherever somebody lives."""
    for now in NOWS[::3]:
        people = []
        for number, zone in enumerate(ZONES * 6):
            own = period(word, now, zone if zone in ZONES[:6] else HOME)
            edge = (own.since - 1, own.since, own.before - 1, own.before, own.ends, now)
            happened = [Happened(edge[number // len(ZONES)], number, "X", {})]
            people.append(Person(number + 1, happened, {"zone": zone}))
        load(engine, people)
        facts = [facts_of(one) for one in people]
        for extra in ({}, {"zone": "brand"}, {"zone": "America/Havana"}):
            condition = read({"did": "X", "during": word, **extra})
            expected = {one.profile_id for one in facts if condition.holds(one, now)}
            assert 0 < len(expected) < len(people)
            assert compiled(engine, condition, now) == expected, (word, extra, now)


def _timed() -> st.SearchStrategy[dict[str, Any]]:
    """Return conditions that time alone may change, rolling windows aside."""
    tests = st.sampled_from([
        {name: constant}
        for name in ("within_last", "older_than", "within_next", "anniversary_within")
        for constant in CONSTANTS[name]
    ])  # fmt: skip
    lengths = st.sampled_from(("1ms", "1h", "1d", "30d"))
    return st.one_of(
        tests.map(lambda test: {"trait": "born", **test}),
        st.tuples(tests, tests).map(lambda two: {"trait": "born", **two[0], **two[1]}),
        st.builds(lambda word: {"did": "X", "during": word}, st.sampled_from(tuple(PERIODS))),
        st.builds(lambda word: {"did_not": "X", "during": word}, st.sampled_from(tuple(PERIODS))),
        tests.map(lambda test: {"did": "X", "where": [{"property": "born", **test}]}),
        tests.map(lambda test: {"did": "X", "last": {"property": "born", **test}}),
        st.builds(lambda length: {"did": "X", "first_time": {"older_than": length}}, lengths),
        st.builds(lambda length: {"did": "X", "last_time": {"within_last": length}}, lengths),
    )


def _moments(now: int) -> st.SearchStrategy[int]:
    """Return instants around which something may change."""
    offs = st.sampled_from((0, 1000, HOUR, DAY, 2 * DAY, 30 * DAY, 364 * DAY, 4 * MINUTE))
    return st.builds(
        lambda off, sign, micros: now + sign * off + micros,
        offs, st.sampled_from((1, -1)), st.sampled_from((-1, 0, 1)),
    )  # fmt: skip


@st.composite
def _cases(draw: st.DrawFn) -> tuple[int, list[Person], list[dict[str, Any]]]:
    """Return an instant, people and conditions that time may change."""
    now = draw(st.sampled_from(NOWS))
    days = st.one_of(
        st.sampled_from(DAYS),
        _moments(now).map(show_instant),
        _moments(now).map(lambda at: show_instant(at)[:10]),
        _moments(now).map(lambda at: show_instant(at)[5:10]),
    )
    people = []
    for number in range(1, 7):
        happened = [
            Happened(
                min(draw(_moments(now)), now + 5 * MINUTE), position, "X", {"born": draw(days)}
            )
            for position in range(draw(st.integers(0, 3)))
        ]
        traits = {"born": draw(days), "zone": draw(st.sampled_from(ZONES))}
        people.append(Person(number, happened, traits))
    return now, people, draw(st.lists(_timed(), min_size=1, max_size=2))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(_cases())
def test_whoever_time_will_change_is_due_in_time(
    engine: duckdb.DuckDBPyConnection, case: tuple[int, list[Person], list[dict[str, Any]]]
) -> None:
    """What a first fill sets as timers is never later than the first real change."""
    now, people, trees = case
    load(engine, people)
    facts = [facts_of(one) for one in people]
    for tree in trees:
        condition = read(tree)
        assert compiled(engine, condition, now) == {
            one.profile_id for one in facts if condition.holds(one, now)
        }
        due = _dues(engine, condition, now)
        for one in facts:
            held, change = condition.look(one, now)
            turns = sorted(_turns(condition, one, now))
            for at in turns:
                answer = condition.holds(one, at)
                if change is None or at < change:
                    assert answer == held, (tree, one, at)
            first = next((at for at in turns if condition.holds(one, at) != held), None)
            assert first is None or due[one.profile_id] <= first, (tree, one, first)


def _dues(engine: duckdb.DuckDBPyConnection, condition: Condition, now: int) -> dict[int, int]:
    """Return when the warehouse says that each person may change first."""
    found: dict[int, int] = {}
    for timed in condition.mentions.timed:
        statement = ibis.to_sql(timed.dues(population(1, None), now), dialect="duckdb")
        rows = engine.sql(str(statement)).to_arrow_table()
        for profile, due in zip(
            *(rows[name].to_pylist() for name in rows.column_names), strict=True
        ):
            at = from_datetime(due.replace(tzinfo=dt.UTC))
            found[profile] = min(at, found.get(profile, at))
    return found


def _turns(condition: Condition, facts: Any, now: int) -> Iterator[int]:
    """Yield instants to come at which an answer may flip: the changes, and others beside them."""
    at: int | None = now
    for _ in range(4):
        at = condition.next_change(facts, at) if at is not None else None
        if at is not None:
            yield from (at - 1, at)
    for hours in (1, 5, 11, 23, 25, 49, 24 * 7, 24 * 29, 24 * 31, 24 * 100, 24 * 364, 24 * 366):
        yield now + hours * HOUR


GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda below: st.lists(below, max_size=3)
    | st.dictionaries(
        st.sampled_from((*COMPARISONS, *MEASURES, "did", "did_not", "trait", "where", "property",
                         "within", "since", "before", "during", "zone", "exactly", "lat", "km")),
        below, max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(("did", "did_not", "trait")),
    st.text(max_size=3) | GARBAGE,
    st.dictionaries(
        st.sampled_from((*COMPARISONS, *MEASURES, "where", "within", "since", "during", "zone")),
        GARBAGE, max_size=4,
    ),
)  # fmt: skip
def test_whatever_is_written_is_a_condition_or_a_list_of_problems(
    operator: str, named: object, rest: dict[str, object]
) -> None:
    """No document, however wrong, ends in an error of the program's own."""
    found = parse({operator: named, **rest}, "where")

    assert found
    if not isinstance(found, tuple):
        again = parse(found.tree(), "where")
        assert again == found


@pytest.mark.parametrize(
    "tree",
    [
        *({"trait": "it", name: all_[0]} for name, all_ in CONSTANTS.items()),
        *({"trait": "it", name: constant} for name, constant in SIMPLE.items()),
        *({"did": "X", name: {"property": "p", "at_least": 1}} for name in MEASURES
          if MEASURES[name].has_property),
        {"did": "X", "first_time": {"before": "2026-01-01"}},
        {"did": "X", "last_time": {"older_than": "30d"}, "at_most": 3},
        {"did": "X", "where": [{"property": "p", "anniversary_within": 7}], "exactly": 0},
        *({"did": "X", "during": word} for word in PERIODS),
    ],
    ids=str,
)  # fmt: skip
def test_every_expression_compiles_for_both_engines(tree: dict[str, Any]) -> None:
    """Also what sets the timers of a first fill."""
    pytest.importorskip("pyspark")
    assert ibis.pyspark is not None, "its options are there once it was asked for"
    condition = read(tree)
    asked = [compile_condition(condition, population(1, None), NOWS[0])]
    asked += [one.dues(population(1, None), NOWS[0]) for one in condition.mentions.timed]
    for expression in asked:
        for dialect in ("duckdb", "pyspark"):
            assert "SELECT" in str(ibis.to_sql(expression, dialect=dialect))


def test_every_comparison_is_tried_here() -> None:
    """A new one is missed until somebody says with which constants."""
    assert CONSTANTS.keys() | SIMPLE.keys() == set(COMPARISONS)
