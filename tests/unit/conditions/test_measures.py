"""What people's events amount to, exactly and in whatever order they come."""

from __future__ import annotations

import random

import pytest

from huiliu.conditions import Condition, parse
from huiliu.conditions.measures import MEASURES
from huiliu.kernel.facts import EventFact, Facts, Value
from huiliu.kernel.texts import LOCALES, catalogue, render
from huiliu.kernel.times import DAY, HOUR, as_instant

NOW = as_instant("2026-11-22T04:00:00Z") or 0


def read(tree: object) -> Condition:
    """Return the condition of a good tree."""
    found = parse(tree, "where")
    assert not isinstance(found, tuple), found
    return found


def did(*totals: Value, at: int = NOW - HOUR, apart: int = 1) -> Facts:
    """Return a person who paid so often, one after the other; None has no total."""
    rows = [
        EventFact("Order Paid", at + n * apart, n, {} if total is None else {"total": total})
        for n, total in enumerate(totals)
    ]
    return Facts(1, {}, {"Order Paid": rows})


def measured(name: str, facts: Facts, **test: object) -> bool:
    """Say whether a measure of totals passes, people who never paid included."""
    tree = {"did": "Order Paid", "at_least": 0, name: {"property": "total", **test}}
    return read(tree).holds(facts, NOW)


@pytest.mark.parametrize(
    ("name", "totals", "value"),
    [
        ("sum", [0.1] * 10, 1), ("sum", [0.1, 0.2], 0.3), ("sum", [19.99, 20.01, None], 40),
        ("sum", [], 0), ("sum", ["5", True, None, [1]], 0), ("sum", [4.9e-7, 5e-7], 0.000001),
        ("sum", [-5e-7], 0), ("sum", [1e12, 1e12], 2e12), ("sum", [1e13, 10**400, 5], 5),
        ("sum", [1e12] * 10, 9e12), ("sum", [2**53, 1], 1),
        ("avg", [1, 2], 1.5), ("avg", [0.1, 0.1, 0.1], 0.1), ("avg", [7, None, "x"], 7),
        ("avg", [1, 1, 2], 4 / 3),
        ("min", [3, 1, "0", 2], 1), ("max", [3, 10**400, 2], float("inf")), ("max", [-1, True], -1),
        ("distinct", ["a", "b", "a"], 2), ("distinct", [1, 1.0, "1", True], 3),
        ("distinct", [0.0, -0.0, 2**53, 2**53 + 1], 2), ("distinct", [[1], {}, None], 0),
        ("last", [1, 2, None], 2), ("last", ["a", 5], 5),
    ],
)  # fmt: skip
def test_the_value_of_a_measure(name: str, totals: list[Value], value: float):
    """Exactly this, and neither more nor less."""
    if value == float("inf"):
        assert measured(name, did(*totals), above=1e308)
        return
    assert measured(name, did(*totals), at_least=value, at_most=value)
    assert measured(name, did(*totals), **{"is": value})
    assert not measured(name, did(*totals), is_not=value)


@pytest.mark.parametrize("name", ["avg", "min", "max", "last"])
def test_of_nothing_there_is_no_mean_and_no_extreme(name: str):
    """No comparison holds, but its opposite does."""
    for facts in (did(), did("x" if name != "last" else None), Facts(1)):
        assert not measured(name, facts, at_least=-1e300)
        assert not measured(name, facts, **{"is": 0})
        assert measured(name, facts, is_not=0)


def test_the_order_of_events_changes_no_sum():
    """Doubles added in another order would differ in their last bits; these do not."""
    chance = random.Random(1)
    totals: list[Value] = [
        round(chance.uniform(-1e6, 1e6), chance.randrange(9)) for _ in range(200)
    ]
    condition = MEASURES["sum"]
    rows = did(*totals).events["Order Paid"]
    first = condition.of(rows, ("total",))
    for _ in range(20):
        shuffled = chance.sample(list(rows), len(rows))
        assert condition.of(shuffled, ("total",)) == first


def test_the_last_value_is_that_of_the_latest_event_by_time_then_position():
    """Whatever came in first; and a missing value is no value."""
    rows = [
        EventFact("Order Paid", NOW - 2, 9, {"total": 1}),
        EventFact("Order Paid", NOW - 1, 3, {"total": 2}),
        EventFact("Order Paid", NOW - 1, 4, {"total": 3}),
        EventFact("Order Paid", NOW - 0, 1, {"total": None}),
    ]
    facts = Facts(1, {}, {"Order Paid": rows})

    assert measured("last", facts, **{"is": 3})


def test_without_a_number_of_times_only_those_who_did_it_are_asked():
    """`at_least: 0` asks everybody."""
    spent = {"sum": {"property": "total", "below": 100}}

    assert not read({"did": "Order Paid", **spent}).holds(Facts(1), NOW)
    assert read({"did": "Order Paid", "at_least": 0, **spent}).holds(Facts(1), NOW)
    assert read({"did": "Order Paid", **spent}).holds(did(None), NOW)


def test_number_window_filters_and_several_measures_hold_together():
    """All of them are asked of the same events."""
    condition = read(
        {
            "did": "Order Paid", "at_least": 2, "within": "30d",
            "where": [{"property": "total", "above": 10}],
            "sum": {"property": "total", "at_least": 100},
            "max": {"property": "total", "below": 90},
        }
    )  # fmt: skip
    assert condition.holds(did(50, 60), NOW)
    assert not condition.holds(did(50, 5, 45), NOW)
    assert not condition.holds(did(100), NOW)
    assert not condition.holds(did(95, 20), NOW)
    assert not condition.holds(did(50, 60, at=NOW - 31 * DAY), NOW)
    assert condition.mentions.rolling == {("Order Paid", 30 * DAY)}


def test_a_sum_in_a_rolling_window_falls_with_each_event_that_leaves():
    """The next change is when the oldest leaves, to the microsecond."""
    condition = read(
        {"did": "Order Paid", "within": "1d", "sum": {"property": "total", "at_least": 50}}
    )
    facts = did(10, 30, 30, at=NOW - 3 * HOUR, apart=HOUR)
    leaves = [NOW - 3 * HOUR + n * HOUR + DAY for n in range(3)]

    assert condition.look(facts, NOW) == (True, leaves[0])
    assert condition.look(facts, leaves[0]) == (True, leaves[1])
    assert condition.look(facts, leaves[1] - 1) == (True, leaves[1])
    assert condition.look(facts, leaves[1]) == (False, leaves[2])
    assert condition.look(facts, leaves[2]) == (False, None)


def test_the_first_and_the_last_time_are_compared_as_moments():
    """With fixed dates, and with the present to the microsecond."""
    facts = did(1, 1, at=NOW - 10 * DAY, apart=5 * DAY)
    first = read({"did": "Order Paid", "first_time": {"older_than": "11d"}})
    last = read({"did": "Order Paid", "last_time": {"within_last": "6d"}})

    assert first.look(facts, NOW) == (False, NOW + DAY)
    assert first.look(facts, NOW + DAY) == (True, None)
    assert last.look(facts, NOW) == (True, NOW + DAY)
    assert last.look(facts, NOW + DAY) == (False, None)
    assert read({"did": "Order Paid", "last_time": {"after": "2026-11-17"}}).holds(facts, NOW)
    assert not read({"did": "Order Paid", "first_time": {"after": "2026-11-17"}}).holds(facts, NOW)
    assert not first.holds(Facts(1), NOW)


def test_a_filter_may_compare_with_the_present_and_foretells_its_change():
    """A coupon that expires within three days, to the microsecond."""
    condition = read(
        {"did": "Coupon Received", "where": [{"property": "until", "within_next": "3d"}]}
    )
    rows = [EventFact("Coupon Received", NOW - DAY, 1, {"until": "2026-11-27T04:00:00Z"})]
    facts = Facts(1, {}, {"Coupon Received": rows})

    assert condition.look(facts, NOW) == (False, NOW + 2 * DAY)
    assert condition.look(facts, NOW + 2 * DAY) == (True, NOW + 5 * DAY)
    assert condition.look(facts, NOW + 5 * DAY) == (False, None)


@pytest.mark.parametrize(
    ("asked", "faults"),
    [
        ({"sum": 5}, ["want_measure"]),
        ({"sum": {"above": 5}}, ["want_measure"]),
        ({"sum": {"property": "total"}}, ["want_comparison"]),
        ({"avg": {"property": "", "above": 1}}, ["bad_name"]),
        ({"max": {"property": "total", "contains": "x"}}, ["unknown_key", "want_comparison"]),
        ({"last": {"property": "total", "above": "x"}}, ["want_ordered"]),
        ({"first_time": {"property": "total", "before": "2026-01-01"}}, ["want_time"]),
        ({"last_time": {"within_next": "1d"}}, ["unknown_key", "want_comparison"]),
        ({"median": {"property": "total", "above": 1}}, ["unknown_key"]),
    ],
)
def test_each_wrong_measure_has_its_sentence(asked: dict[str, object], faults: list[str]):
    """All that is wrong is said, in words that exist."""
    found = parse({"did": "Order Paid", **asked}, "where")

    assert isinstance(found, tuple)
    assert [one.text.key for one in found] == [f"conditions.{fault}" for fault in faults]
    assert all("conditions." not in render(one.text, "en") for one in found)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_said_and_named_in_both_languages(name: str):
    """Its sentence, and its name in menus."""
    for locale in LOCALES:
        assert f"conditions.measure.{name}" in catalogue(locale)
        assert f"conditions.field.{name}" in catalogue(locale)


def test_a_measure_reads_as_a_sentence_and_is_written_as_it_was_read():
    """The canonical tree holds the same keys."""
    tree = {
        "did": "Order Paid", "within": "30d", "where": [{"property": "total", "above": 1}],
        "sum": {"property": "total", "at_least": 100}, "last_time": {"older_than": "9d"},
    }  # fmt: skip
    condition = read(tree)

    assert condition.tree() == tree
    assert render(condition.sentence(), "en") == (
        "did Order Paid in the last 30 days, where total is above 1 and the sum of total is at"
        " least 100 and the last time is 9 days ago or longer"
    )
