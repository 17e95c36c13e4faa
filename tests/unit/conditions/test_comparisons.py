"""Each comparison says what it says, and nothing of values of another type."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huiliu.conditions import Condition, Surroundings, parse, parse_filters
from huiliu.conditions.comparisons import COMPARISONS
from huiliu.kernel.facts import Facts, Value
from huiliu.kernel.texts import LOCALES, catalogue, render
from huiliu.kernel.times import DAY, HOUR, as_instant, show_instant

NOW = as_instant("2026-11-22T04:00:00Z") or 0
SQUARE = [[121, 31], [122, 31], [122, 32], [121, 32]]


def read(tree: object, zone: str = "UTC") -> Condition:
    """Return the condition of a good tree, in a brand's zone."""
    found = parse(tree, "where", Surroundings(zone=zone))
    assert not isinstance(found, tuple), found
    return found


def holds(value: Value, test: dict[str, object], now: int = NOW, **others: Value) -> bool:
    """Say whether a trait of this value passes a test."""
    return read({"trait": "it", **test}).holds(Facts(1, {"it": value, **others}), now)


@pytest.mark.parametrize(
    ("test", "passing", "failing"),
    [
        ({"not_contains": "海"}, ["北京", "", None, 5, ["海"]], ["上海", "海"]),
        ({"ends_with": "海"}, ["上海", "海"], ["海上", "", None, 5, ["海"]]),
        ({"between": [1, 2]}, [1, 1.5, 2, 2.0], [0.9, 2.1, "1", None, True]),
        ({"between": ["2026-11-21", "2026-11-22T00:00:00+08:00"]},
         ["2026-11-21", "2026-11-21T16:00:00Z"], ["2026-11-22", "2026-11-20", 5, "2026-11-31"]),
        ({"before": "2026-11-22"}, ["2026-11-21T23:59:59.999999Z"], ["2026-11-22", "x", 1, None]),
        ({"after": "2026-11-22"}, ["2026-11-22T00:00:00.000001Z"], ["2026-11-22", "x", 1, None]),
        ({"has": "a"}, [["a"], ["b", "a"]], ["a", [], ["A"], [["a"]], None, {"a": 1}]),
        ({"has": 1}, [[1], [1.0, "x"]], [["1"], [True], [1.5], 1]),
        ({"has": True}, [[True]], [[1], ["true"], True]),
        ({"has_any": ["a", 1]}, [["a"], [2, 1.0]], [["1"], [], "a", None]),
        ({"has_all": ["a", 1]}, [["a", 1], [1, "b", "a"]], [["a"], [1], [], "a1", None]),
        ({"has_none": ["a", 1]}, [["b"], [], "a", None, ["1"]], [["a"], [1.0, 2]]),
        ({"length_is": 0}, [[]], [[1], "", None, 0, {}]),
        ({"length_above": 1}, [[1, 2]], [[1], [], "ab", None]),
        ({"length_at_least": 1}, [[1], [None]], [[], "ab", {"a": 1}]),
        ({"length_below": 1}, [[]], [[1], "", None]),
        ({"length_at_most": 1}, [[], [1]], [[1, 2], "", None]),
        ({"within_radius": {"lat": 31.23, "lon": 121.47, "km": 5}},
         [{"lat": 31.25, "lon": 121.5}, {"latitude": 31.23, "lng": 121.47},
          {"lat": "x", "latitude": 31.23, "longitude": 121.47}],
         [{"lat": 31.3, "lon": 121.5}, {"lat": 31.23}, {"lat": "31.23", "lon": 121.47},
          [31.23, 121.47], None, "31.23,121.47", {"lat": 10**400, "lon": 1}]),
        ({"within_polygon": SQUARE},
         [{"lat": 31.5, "lon": 121.5}, {"lat": 31, "lon": 121}],
         [{"lat": 32, "lon": 122}, {"lat": 30, "lon": 121.5}, {"lat": 91, "lon": 500}, None]),
    ],
)  # fmt: skip
def test_what_passes_and_what_does_not(
    test: dict[str, object], passing: list[Value], failing: list[Value]
):
    """Values of another type are missing; only the opposites hold of them."""
    assert [value for value in passing if not holds(value, test)] == []
    assert [value for value in failing if holds(value, test)] == []


@pytest.mark.parametrize(
    ("test", "edges"),
    [
        ({"within_last": "1d"}, {0: True, 1: False, 1 - DAY: True, -DAY: False}),
        ({"older_than": "1d"}, {-DAY: True, 1 - DAY: False, 1: False, -2 * DAY: True}),
        ({"within_next": "1d"}, {0: False, 1: True, DAY: True, DAY + 1: False, -1: False}),
    ],
)
def test_moments_are_compared_with_the_present_to_the_microsecond(
    test: dict[str, object], edges: dict[int, bool]
):
    """A length after the moment it is let go; at the moment itself the future ends."""
    found = {off: holds(show_instant(NOW + off), test) for off in edges}

    assert found == edges
    assert not holds(None, test)
    assert not holds(NOW, test)


@pytest.mark.parametrize("comparison", ["within_last", "older_than", "within_next"])
def test_each_change_is_foretold_to_the_microsecond(comparison: str):
    """Just before the next change the answer is the old one, at it the new one."""
    condition = read({"trait": "it", comparison: "2d"})
    for off in (-3 * DAY, -2 * DAY, -HOUR, 0, HOUR, 2 * DAY, 3 * DAY):
        facts = Facts(1, {"it": show_instant(NOW + off)})
        held, change = condition.look(facts, NOW)
        answers = []
        while change is not None:
            assert condition.holds(facts, change - 1) == held
            held, following = condition.look(facts, change)
            answers.append(held)
            change = following
        settled = comparison == "older_than"
        assert condition.holds(facts, NOW + 900 * DAY) == settled
        assert not answers or answers[-1] == settled


def _days(test: dict[str, object], value: Value, since: str, zone: str) -> Iterator[str]:
    """Yield the days in a zone, from one on, at whose noon a trait passes."""
    condition = read({"trait": "it", **test}, zone)
    noon = as_instant(f"{since}T12:00:00", zone) or 0
    for number in range(400):
        if condition.holds(Facts(1, {"it": value}), noon + number * DAY):
            yield show_instant(noon + number * DAY)[:10]


@pytest.mark.parametrize(
    ("value", "since", "days"),
    [
        ("1990-01-02", "2026-06-01", ["2026-12-31", "2027-01-01", "2027-01-02"]),
        ("01-02", "2026-06-01", ["2026-12-31", "2027-01-01", "2027-01-02"]),
        ("--12-31", "2026-06-01", ["2026-12-29", "2026-12-30", "2026-12-31"]),
        ("2000-02-29", "2026-06-01", ["2027-02-26", "2027-02-27", "2027-02-28"]),
        ("2000-02-29", "2027-06-01", ["2028-02-27", "2028-02-28", "2028-02-29"]),
        ("1990-03-01", "2027-06-01", ["2028-02-28", "2028-02-29", "2028-03-01"]),
        ("1990-05-01T23:30:00-09:00", "2026-06-01", ["2027-04-29", "2027-04-30", "2027-05-01"]),
        ("02-30", "2026-06-01", []),
        ("2026-02-29", "2026-06-01", []),
        ("5-1", "2026-06-01", []),
        (501, "2026-06-01", []),
    ],
)
def test_an_anniversary_comes_near_over_the_years_end_and_on_29_february(
    value: Value, since: str, days: list[str]
):
    """Two days before, the day before and on the day; never in a year in between."""
    found = list(_days({"anniversary_within": 2}, value, since, "UTC"))

    assert found[:3] == days
    assert len(found) <= 6


def test_an_anniversary_begins_and_ends_at_the_persons_midnight():
    """By the trait `zone`; without one, or with nonsense, by the brand's."""
    condition = read({"trait": "it", "anniversary_within": 0}, "Asia/Shanghai")
    for zone, own in (("America/New_York", "America/New_York"), (None, "Asia/Shanghai"),
                      ("nowhere", "Asia/Shanghai")):  # fmt: skip
        facts = Facts(1, {"it": "11-23", "zone": zone})
        first, last = (as_instant(f"2026-11-{day}", own) or 0 for day in (23, 24))
        assert condition.look(facts, first - HOUR) == (False, first)
        assert condition.look(facts, first) == (True, last)
        held, change = condition.look(facts, last)
        assert not held
        assert change == as_instant("2027-11-23", own)
    assert condition.mentions.traits == {"it", "zone"}


def test_within_a_year_every_anniversary_is_near():
    """365 days hold every day of the year, so nothing ever changes."""
    condition = read({"trait": "it", "anniversary_within": 365})

    assert condition.look(Facts(1, {"it": "02-29"}), NOW) == (True, None)
    assert condition.look(Facts(1, {"it": "never"}), NOW) == (False, None)


@pytest.mark.parametrize(
    ("test", "faults"),
    [
        ({"between": [2, 1]}, ["want_ends"]),
        ({"between": [1]}, ["want_ends"]),
        ({"between": [1, "2026-01-01"]}, ["want_ends"]),
        ({"between": ["x", True]}, ["want_ordered", "want_ordered"]),
        ({"before": 5}, ["want_moment"]),
        ({"after": "soon"}, ["want_moment"]),
        ({"within_last": "soon"}, ["want_duration"]),
        ({"within_next": 7}, ["want_duration"]),
        ({"older_than": "0s"}, ["want_duration"]),
        ({"older_than": "99999999w"}, ["want_duration"]),
        ({"anniversary_within": 366}, ["want_days"]),
        ({"anniversary_within": -1}, ["want_days"]),
        ({"anniversary_within": "36h"}, ["want_days"]),
        ({"has": []}, ["want_scalar"]),
        ({"has_any": []}, ["want_list"]),
        ({"length_is": 1.5}, ["want_count"]),
        ({"length_above": True}, ["want_count"]),
        ({"within_radius": 5}, ["want_circle"]),
        ({"within_radius": {"lat": 91, "lon": "x", "miles": 1}},
         ["unknown_key", "want_degrees", "want_degrees", "want_degrees"]),
        ({"within_polygon": {}}, ["want_polygon"]),
        ({"within_polygon": [[0, 0], [1, 1]]}, ["want_polygon"]),
        ({"within_polygon": [[0, 0], [1, 0], [2, 0]]}, ["want_polygon"]),
        ({"within_polygon": [[0, 0], [500, 0], "x"]}, ["want_vertex", "want_vertex"]),
        ({"within_polygon": [[n % 20, n / 5] for n in range(201)]}, ["want_polygon"]),
        ({"not_contains": ""}, ["want_text"]),
        ({"ends_with": None}, ["want_text"]),
    ],
)  # fmt: skip
def test_each_wrong_constant_has_its_sentence(test: dict[str, object], faults: list[str]):
    """All that is wrong with one constant is said, in words that exist."""
    found = parse({"trait": "it", **test}, "where")

    assert isinstance(found, tuple)
    assert [one.text.key for one in found] == [f"conditions.{fault}" for fault in faults]
    for one in found:
        assert "conditions." not in render(one.text, "en")


def test_a_ring_may_be_closed_and_is_written_open():
    """The first corner once more at the end is the same polygon."""
    closed = read({"trait": "it", "within_polygon": [*SQUARE, SQUARE[0]]})

    assert closed == read({"trait": "it", "within_polygon": SQUARE})
    assert closed.tree() == {"trait": "it", "within_polygon": SQUARE}


def test_days_may_be_written_as_a_length():
    """`7d` is 7; a length is written back in its shortest form."""
    assert read({"trait": "it", "anniversary_within": "7d"}).tree()["anniversary_within"] == 7
    assert read({"trait": "it", "within_last": "24h"}).tree()["within_last"] == "1d"


@pytest.mark.parametrize("name", COMPARISONS)
def test_every_comparison_is_said_and_named_in_both_languages(name: str):
    """Its sentence, and its name in menus."""
    for locale in LOCALES:
        assert f"conditions.compare.{name}" in catalogue(locale)
        assert f"conditions.comparison.{name}" in catalogue(locale)


def test_constants_read_as_a_person_would_write_them():
    """Lengths in their largest unit, circles by their centre, areas by their corners."""
    tests: dict[str, object] = {
        "within_last": "30d", "anniversary_within": 7, "has_any": ["a", 1, True],
        "within_radius": {"lat": 31.5, "lon": 121, "km": 5}, "within_polygon": SQUARE,
    }  # fmt: skip
    said = render(read({"trait": "it", **tests}).sentence(), "en")

    assert said == (
        "it is in the last 30 days and the anniversary of it is within 7 days and it has one of a,"
        " 1, true and it is within 5 km of 31.5, 121 and it is inside an area with 4 corners"
    )


def test_what_compares_with_the_present_is_refused_where_there_is_none():
    """A journey's entry looks at one event as it comes."""
    found = parse_filters([{"property": "at", "within_last": "1d"}], "entry.where")

    assert isinstance(found, tuple)
    assert [(one.path, one.text.key) for one in found] == [
        ("entry.where[0].within_last", "conditions.no_clock")
    ]


@pytest.mark.parametrize("name", ["above", "before", "within_last", "anniversary_within"])
def test_a_sealed_value_cannot_be_put_in_order(name: str):
    """A token is no date; whoever asks for one would always be told no."""
    constant = {"within_last": "1d", "anniversary_within": 1}.get(name, "1990-01-01")
    around = Surroundings(sealing=lambda field, _: "vlt_" if field == "birthday" else None)
    found = parse({"trait": "birthday", name: constant}, "where", around)

    assert isinstance(found, tuple)
    assert [one.text.key for one in found] == ["conditions.personal_content"]
