"""A tree becomes a condition, or every problem in it with its path."""

from __future__ import annotations

import pytest

from huiliu.conditions import Condition, Filters, Surroundings, everyone, parse, parse_filters
from huiliu.conditions.comparisons import COMPARISONS
from huiliu.conditions.operators import OPERATORS
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.texts import LOCALES, catalogue, render
from huiliu.kernel.times import DAY, as_instant

NOW = as_instant("2026-11-22T04:00:00Z") or 0


def read(tree: object) -> Condition:
    """Return the condition of a good tree."""
    found = parse(tree, "where")
    assert not isinstance(found, tuple), found
    return found


def faults(tree: object) -> list[tuple[str, str]]:
    """Return path and text key of each problem."""
    found = parse(tree, "where")
    assert isinstance(found, tuple)
    return [(one.path, one.text.key.removeprefix("conditions.")) for one in found]


def test_all_problems_are_listed_at_once_with_their_paths():
    """One pass shows everything that is wrong, in the order of the document."""
    tree = {
        "all": [
            {"trait": "city", "iss": "上海"},
            {"did": "", "within": "soon", "at_least": -1},
            {"any": []},
            "everyone",
            {"did": "Order Paid", "did_not": "Order Paid"},
            {"did": "X", "where": [{"property": "a", "matches": "("}, {"above": 1}]},
        ]
    }
    assert faults(tree) == [
        ("where.all[0].iss", "unknown_key"),
        ("where.all[0]", "want_comparison"),
        ("where.all[1].did", "want_event"),
        ("where.all[1].within", "want_duration"),
        ("where.all[1].at_least", "want_count"),
        ("where.all[2].any", "want_conditions"),
        ("where.all[3]", "want_condition"),
        ("where.all[4]", "two_operators"),
        ("where.all[5].where[0].matches", "bad_pattern"),
        ("where.all[5].where[1]", "want_filter"),
    ]


@pytest.mark.parametrize(
    ("test", "fault"),
    [
        ({"is": None}, "want_scalar"),
        ({"is": [1]}, "want_scalar"),
        ({"is": float("inf")}, "number_too_large"),
        ({"is": 10**400}, "number_too_large"),
        ({"above": "big"}, "want_ordered"),
        ({"above": True}, "want_ordered"),
        ({"above": "2026-02-30"}, "want_ordered"),
        ({"in": []}, "want_list"),
        ({"in": "上海"}, "want_list"),
        ({"in": [{}]}, "want_scalar"),
        ({"contains": ""}, "want_text"),
        ({"starts_with": 1}, "want_text"),
        ({"matches": "(?=x)"}, "bad_pattern"),
        ({"set": False}, "want_true"),
        ({"not_set": "yes"}, "want_true"),
    ],
)
def test_a_comparison_says_which_constants_it_takes(test: dict[str, object], fault: str):
    """Each wrong constant has its own sentence."""
    assert [key for _, key in faults({"trait": "city", **test})] == [fault]


@pytest.mark.parametrize(
    ("tree", "fault"),
    [
        ({"did": "X", "within": "7d", "since": "2026-01-01"}, "one_window"),
        ({"did": "X", "since": "2026-01-02", "before": "2026-01-01"}, "empty_window"),
        ({"did": "X", "since": "yesterday"}, "want_moment"),
        ({"did": "X", "exactly": 1, "at_least": 1}, "one_count"),
        ({"did": "X", "at_least": 3, "at_most": 2}, "empty_count"),
        ({"did": "X", "at_least": True}, "want_count"),
        ({"did": "X", "where": {}}, "want_filters"),
        ({"did_not": "X", "at_least": 1}, "unknown_key"),
        ({"trait": "", "set": True}, "bad_name"),
        ({"trait": "a..b", "set": True}, "bad_name"),
        ({"trait": 'a"b', "set": True}, "bad_name"),
        ({"trait": ["a", "*"], "set": True}, "bad_name"),
        ({"trait": 7, "set": True}, "want_name"),
        ({"not": {"trait": "a", "set": True}, "x": 1}, "unknown_key"),
        ({}, "unknown_operator"),
        ([], "want_condition"),
    ],
)
def test_an_operator_says_what_it_wants(tree: object, fault: str):
    """Each wrong shape has its own sentence."""
    assert [key for _, key in faults(tree)] == [fault]


def test_a_tree_without_end_is_refused():
    """Depth is bounded, so no document can exhaust the stack."""
    tree: object = {"trait": "a", "set": True}
    for _ in range(1000):
        tree = {"not": tree}
    assert [key for _, key in faults(tree)] == ["too_deep"]


def test_a_path_of_keys_reaches_into_a_value():
    """Dots go down, a list of keys takes names that have dots themselves."""
    facts = Facts(1, {"address": {"city": "上海"}, "a.b": 1})
    assert read({"trait": "address.city", "is": "上海"}).holds(facts, NOW)
    assert not read({"trait": "a.b", "is": 1}).holds(facts, NOW)
    assert read({"trait": ["a.b"], "is": 1}).holds(facts, NOW)
    assert read({"trait": ["a.b"], "is": 1}).tree() == {"trait": ["a.b"], "is": 1}


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_every_comparison_has_its_sentence_in_both_languages(comparison: str):
    """What the builder shows is never a key."""
    for locale in LOCALES:
        assert f"conditions.compare.{comparison}" in catalogue(locale)


def test_a_condition_reads_as_a_sentence():
    """Names, counts, windows and filters are all said."""
    condition = read(
        {
            "all": [
                {"trait": "city", "in": ["上海", "北京"]},
                {"did": "Order Paid", "at_least": 2, "within": "30d",
                 "where": [{"property": "total", "above": 100}]},
                {"not": {"did": "Login", "at_most": 3, "since": "2026-01-01"}},
                {"did_not": "Product Viewed", "before": "2026-01-01"},
            ]
        }
    )  # fmt: skip
    assert render(condition.sentence(), "en") == (
        "(city is one of 上海, 北京 and did Order Paid at least 2 times in the last 30 days, where"
        " total is above 100 and not: did Login at most 3 times since 2026-01-01T00:00:00Z and did"
        " not do Product Viewed before 2026-01-01T00:00:00Z)"
    )
    assert "最近 30 天内做过 Order Paid 至少 2 次" in render(condition.sentence(), "zh-CN")


@pytest.mark.parametrize(
    ("counts", "manner"),
    [
        ({}, "did X at any time"),
        ({"exactly": 2}, "did X exactly 2 times at any time"),
        ({"at_least": 1, "at_most": 2}, "did X 1 to 2 times at any time"),
        ({"at_least": 0}, "did X at least 0 times at any time"),
    ],
)
def test_each_way_to_count_has_its_words(counts: dict[str, int], manner: str):
    """The bounds are said as they were written."""
    assert render(read({"did": "X", **counts}).sentence(), "en") == manner


@pytest.mark.parametrize(
    ("within", "words"),
    [("2w", "14 days"), ("36h", "36 hours"), ("90s", "1m30s"), ("5m", "5 minutes")],
)
def test_a_window_is_said_in_its_largest_whole_unit(within: str, words: str):
    """Days before hours before minutes."""
    said = render(read({"did": "X", "within": within}).sentence(), "en")
    assert said == f"did X in the last {words}"


def test_a_fixed_window_has_two_ends():
    """From the first instant on, before the second."""
    window = {"did": "X", "since": "2026-01-01", "before": "2026-01-02"}
    condition = read(window)
    edges = {
        "2025-12-31T23:59:59.999999Z": False, "2026-01-01T00:00:00Z": True,
        "2026-01-01T23:59:59.999999Z": True, "2026-01-02T00:00:00Z": False,
    }  # fmt: skip
    for at, counts in edges.items():
        facts = Facts(1, {}, {"X": [EventFact("X", as_instant(at) or 0, 1, {})]})
        assert condition.holds(facts, NOW) is counts
    assert condition.next_change(Facts(1), NOW) is None
    assert "from 2026-01-01T00:00:00Z until" in render(condition.sentence(), "en")


def test_a_synonym_asks_for_the_canonical_event_and_stays_as_written():
    """`Order Completed` finds `Order Paid`; the document keeps its author's word."""
    condition = read({"did": "Order Completed"})
    facts = Facts(1, {}, {"Order Paid": [EventFact("Order Paid", NOW, 1, {})]})
    assert condition.holds(facts, NOW)
    assert condition.tree() == {"did": "Order Completed"}


def test_mentions_say_what_a_loader_must_load():
    """Events by canonical name, first keys of traits, and how far back."""
    condition = read(
        {
            "any": [
                {"trait": "address.city", "set": True},
                {"did": "Order Completed", "within": "7d"},
                {"not": {"did_not": "X", "since": "2026-11-01"}},
            ]
        }
    )
    mentions = condition.mentions
    assert mentions.events == {"Order Paid", "X"}
    assert mentions.traits == {"address"}
    assert mentions.rolling == {("Order Paid", 7 * DAY)}
    assert mentions.oldest(NOW) == as_instant("2026-11-01T00:00:00Z")
    assert read({"did": "X"}).mentions.oldest(NOW) == 0
    assert read({"trait": "a", "set": True}).mentions.oldest(NOW) == NOW


def sealed(field: str, constant: str) -> str | None:
    """Seal e-mail addresses, as a shell would."""
    return "vlt_" + "0" * 31 + str(len(constant) % 10) if field == "email" else None


def test_personal_constants_become_tokens_once():
    """A token that is read again stays; other fields are left alone."""
    found = parse({"trait": "email", "in": ["a@b.c", 7]}, "where", Surroundings(sealed))
    assert not isinstance(found, tuple)
    assert found.tree() == {"trait": "email", "in": ["vlt_00000000000000000000000000000005", 7]}
    assert parse(found.tree(), "where", Surroundings(sealed)) == found
    assert parse({"trait": "city", "is": "a@b.c"}, "where", Surroundings(sealed)) == read(
        {"trait": "city", "is": "a@b.c"}
    )


def test_what_looks_inside_a_personal_value_is_refused():
    """A token has no inside."""
    found = parse({"trait": "email", "contains": "@"}, "where", Surroundings(sealed))
    assert isinstance(found, tuple)
    assert [one.text.key for one in found] == ["conditions.personal_content"]


def test_everyone_is_met_by_everyone():
    """A segment without a condition holds all, and says so."""
    assert everyone().holds(Facts(1), NOW)
    assert render(everyone().sentence(), "en") == "everyone"


def test_filters_stand_alone_for_journeys():
    """Entry events are filtered by the same tests."""
    filters = parse_filters([{"property": "total", "above": 100}], "entry.where")
    assert isinstance(filters, Filters)
    assert filters.hold({"total": 100.5})
    assert not filters.hold({"total": "200"})
    assert filters.tree() == [{"property": "total", "above": 100}]
    assert render(filters.sentence(), "en") == "total is above 100"
    assert parse_filters(None, "entry.where") == Filters()
    problems = parse_filters([{"property": "total"}], "entry.where")
    assert isinstance(problems, tuple)
    assert problems[0].path == "entry.where[0]"


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("junk", [None, [], {}, "", 7, -1.5, True, [None], {"x": []}, [[]]])
def test_no_operator_breaks_on_junk(operator: str, junk: object):
    """Whatever stands behind an operator's key becomes a condition or problems, never a fault."""
    for tree in ({operator: junk}, {operator: junk, "within": junk, "where": junk, "x": junk}):
        found = parse(tree, "where")
        if isinstance(found, tuple):
            assert found
            assert all(one.path.startswith("where") for one in found)
        else:
            assert parse(found.tree(), "where") == found
