"""Conditions about addresses, touches, tags and journeys: read, written, or refused in full."""

from __future__ import annotations

from typing import Any

import pytest

from huiliu.conditions import Surroundings, parse
from huiliu.kernel.facts import Cut, Facts, RunFact, TagFact, Touch


@pytest.mark.parametrize(
    ("where", "paths"),
    [
        ({"reachable": "fax", "for": "fun", "x": 1},
         {"where.reachable", "where.for", "where.x"}),
        ({"first_channel": 7}, {"where.first_channel"}),
        ({"last_channel": {"like": "app"}}, {"where.last_channel.like", "where.last_channel"}),
        ({"device": "colour", "is": "red"}, {"where.device"}),
        ({"tag": "Not A Slug", "at_least": "x"}, {"where.tag", "where.at_least"}),
        ({"top": 0, "by": 5}, {"where.top", "where.by"}),
        ({"top": True, "by": "revenue"}, {"where.top"}),
        ({"journey": "X Y", "state": "gone", "node": ""},
         {"where.journey", "where.state", "where.node"}),
        ({"journey": "care", "state": "ended", "node": "n"}, {"where.node"}),
    ],
)  # fmt: skip
def test_a_bad_condition_lists_all_its_problems(where: dict[str, Any], paths: set[str]):
    """Each with the place where it is."""
    found = parse(where, "where")

    assert isinstance(found, tuple)
    assert {problem.path for problem in found} == paths


@pytest.mark.parametrize(
    ("where", "tree"),
    [
        ({"first_channel": "app"}, {"first_channel": {"is": "app"}}),
        ({"last_channel": ["app", "sms"]}, {"last_channel": {"in": ["app", "sms"]}}),
        ({"journey": "care"}, {"journey": "care", "state": "active"}),
        ({"reachable": "email", "for": "marketing"}, {"reachable": "email"}),
        ({"reachable": "sms", "for": "service"}, {"reachable": "sms", "for": "service"}),
    ],
)
def test_a_short_form_is_written_in_full(where: dict[str, Any], tree: dict[str, Any]):
    """The canonical tree parses to an equal condition."""
    found = parse(where, "where")

    assert not isinstance(found, tuple)
    assert found.tree() == tree
    assert parse(tree, "where") == found


def test_a_tag_is_missing_from_the_microsecond_of_its_end_on():
    """And that instant is the next change."""
    condition = parse({"tag": "orders", "at_least": 2}, "where")
    assert not isinstance(condition, tuple)
    facts = Facts(1, tags={"orders": TagFact(3, 0, 100)})

    assert condition.look(facts, 99) == (True, 100)
    assert condition.look(facts, 100) == (False, None)
    assert condition.look(Facts(1), 0) == (False, None)


@pytest.mark.parametrize(
    ("value", "profile_id", "holds"),
    [(6, 9, True), (5, 4, True), (5, 3, True), (5, 5, False), (4, 1, False), ("6", 1, False)],
)
def test_the_top_ends_at_the_cut_point(value: object, profile_id: int, holds: bool):
    """Of equal numbers the smaller ids are in; what is no number is not."""
    condition = parse({"top": 2, "by": "orders"}, "where")
    assert not isinstance(condition, tuple)
    cuts = {("orders", 2): Cut(5.0, 4)}
    facts = Facts(profile_id, tags={"orders": TagFact(value, 0)}, cuts=cuts)  # type: ignore[arg-type] # any value

    assert condition.holds(facts, 0) is holds
    assert condition.holds(Facts(profile_id, tags=facts.tags), 0) is False


def test_a_run_is_asked_for_by_state_and_node():
    """One run in the state is enough, whatever the others do."""
    runs = [RunFact("care", 1, 5, ""), RunFact("care", 6, None, "patience")]
    facts = Facts(1, runs=runs)
    asked = {
        "active": {"journey": "care"}, "ended": {"journey": "care", "state": "ended"},
        "here": {"journey": "care", "node": "patience"},
        "there": {"journey": "care", "node": "done"}, "other": {"journey": "x", "state": "ever"},
    }  # fmt: skip
    found = {name: parse(where, "where") for name, where in asked.items()}

    held = {
        name for name, one in found.items() if not isinstance(one, tuple) and one.holds(facts, 9)
    }
    assert held == {"active", "ended", "here"}


def test_a_device_is_asked_for_by_detail():
    """A detail that no context told is missing."""
    facts = Facts(1, touch=Touch("app", "app", {"os": {"name": "iOS"}, "device": None}))
    apple, model = (
        parse({"device": "os", "is": "iOS"}, "w"),
        parse({"device": "model", "set": True}, "w"),
    )
    assert not isinstance(apple, tuple)
    assert not isinstance(model, tuple)

    assert apple.holds(facts, 0)
    assert not model.holds(facts, 0)


def test_a_tag_that_there_is_not_is_refused_where_it_is_named() -> None:
    """Who asks about people is told; who only checks or draws a document is not."""
    tree = {
        "any": [
            {"tag": "nope", "at_least": 1},
            {"top": 3, "by": "nope"},
            {"tag": "orders", "set": True},
        ]
    }

    found = parse(tree, "where", Surroundings(tags={"orders"}))

    assert isinstance(found, tuple)
    assert [problem.path for problem in found] == ["where.any[0].tag", "where.any[1].by"]
    assert not isinstance(parse(tree, "where"), tuple)
