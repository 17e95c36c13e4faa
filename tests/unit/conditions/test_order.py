"""What happened in which order: sequences, and what did not follow."""

from __future__ import annotations

from typing import Any

import pytest

from huiliu.conditions import Condition, parse
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.texts import LOCALES, catalogue, render
from huiliu.kernel.times import DAY, HOUR, MINUTE, as_instant

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


def did(*happened: tuple[Any, ...]) -> Facts:
    """Return facts of events (name, instant, properties?), in the order of the log."""
    events: dict[str, list[EventFact]] = {}
    for position, (name, at, *more) in enumerate(happened):
        known = canonical_name(name)
        events.setdefault(known, []).append(EventFact(known, at, position, more[0] if more else {}))
    for rows in events.values():
        rows.sort(key=lambda row: (row.occurred_at, row.position))
    return Facts(1, {}, events)


TWO = {"sequence": [{"did": "A"}, {"did": "B", "within": "1h"}]}


@pytest.mark.parametrize(
    ("later", "held"), [(-1, False), (0, True), (1, True), (HOUR, True), (HOUR + 1, False)]
)
def test_a_step_follows_at_most_its_gap_later(later: int, held: bool):
    """Exactly the gap still counts; events of one instant stand as they do in the log."""
    assert read(TWO).holds(did(("A", NOW), ("B", NOW + later)), NOW + DAY) is held


def test_events_of_one_instant_stand_as_they_do_in_the_log():
    """Who came into the log first was first."""
    assert not read(TWO).holds(did(("B", NOW), ("A", NOW)), NOW)


def test_one_event_is_one_step():
    """An event cannot follow itself, however many steps it could be."""
    twice = read({"sequence": ["A", "A"]})
    assert not twice.holds(did(("A", NOW)), NOW)
    assert twice.holds(did(("A", NOW), ("A", NOW)), NOW)


def test_other_events_may_lie_between_and_steps_need_not_be_the_nearest():
    """A row of events anywhere is enough: the first B is too late for C, the second is not."""
    tree = {"sequence": ["A", {"did": "B", "within": "2d"}, {"did": "C", "within": "1h"}]}
    facts = did(
        ("A", NOW - 3 * DAY), ("B", NOW - 2 * DAY), ("X", NOW - 2 * DAY),
        ("A", NOW - DAY), ("B", NOW - HOUR), ("B", NOW - 3 * DAY - 1), ("C", NOW),
    )  # fmt: skip
    assert read(tree).holds(facts, NOW)
    assert not read(tree).holds(did(("A", NOW - 3 * DAY), ("B", NOW - 2 * DAY), ("C", NOW)), NOW)


def test_a_sequence_leaves_its_window_with_the_first_event_of_the_last_row():
    """At that microsecond, and not when an earlier row of events leaves."""
    tree = read({**TWO, "within": "1d"})
    facts = did(("A", NOW - 2 * HOUR), ("B", NOW - 90 * MINUTE), ("A", NOW - HOUR), ("B", NOW))
    assert tree.look(facts, NOW) == (True, NOW - HOUR + DAY)
    assert tree.holds(facts, NOW - HOUR + DAY - 1)
    assert not tree.holds(facts, NOW - HOUR + DAY)


def test_a_sequence_of_the_calendar_changes_when_the_calendar_does():
    """Events of this month are those of last month at its end."""
    tree = read({"sequence": ["A", "B"], "during": "this_month", "zone": "Asia/Shanghai"})
    december = as_instant("2026-12-01T00:00:00+08:00") or 0
    facts = did(("A", NOW), ("B", NOW + 1))
    assert tree.look(facts, NOW) == (True, december)
    assert not tree.holds(facts, december)


@pytest.mark.parametrize(
    ("one", "other", "held"),
    [("7", "7", True), (7, 7.0, True), ("7", 7, False), (None, None, False), (True, True, False)],
)
def test_steps_may_need_a_property_in_common(one: object, other: object, held: bool):
    """The same text or the same number; nothing else is anything in common."""
    tree = read({"sequence": ["A", "B"], "same": "order.id"})
    facts = did(("A", NOW, {"order": {"id": one}}), ("B", NOW, {"order": {"id": other}}))
    assert tree.holds(facts, NOW) is held


def test_what_did_not_follow_is_true_from_the_very_microsecond():
    """Not before the time is over, and not when an answer came by then."""
    tree = read({"then_not": {"did": "B", "within": "2h"}, "after": "A"})
    alone = did(("A", NOW))
    assert tree.look(alone, NOW) == (False, NOW + 2 * HOUR)
    assert not tree.holds(alone, NOW + 2 * HOUR - 1)
    assert tree.look(alone, NOW + 2 * HOUR) == (True, None)
    for later, held in ((-1, True), (0, False), (2 * HOUR, False), (2 * HOUR + 1, True)):
        assert tree.holds(did(("A", NOW), ("B", NOW + later)), NOW + DAY) is held


def test_one_open_chance_is_enough_and_later_answers_do_not_mend_it():
    """Every event that was done first is waited for on its own."""
    tree = read({"then_not": {"did": "B", "within": "2h"}, "after": {"did": "A"}, "within": "7d"})
    answered = did(("A", NOW), ("A", NOW + HOUR), ("B", NOW + 2 * HOUR))
    assert tree.look(answered, NOW + 3 * HOUR) == (False, None)
    late = did(("A", NOW), ("A", NOW + HOUR), ("B", NOW + 2 * HOUR + 1))
    assert tree.look(late, NOW + 3 * HOUR) == (True, NOW + 7 * DAY)
    assert tree.look(late, NOW + 7 * DAY) == (False, None)


def test_an_answer_may_need_to_be_about_the_same_thing():
    """Paying another order leaves this one open."""
    tree = read({"then_not": {"did": "Order Paid", "within": "2h"}, "after": "Order Created",
                 "same": "order_id"})  # fmt: skip
    facts = did(
        ("Order Placed", NOW, {"order_id": "1"}), ("Order Completed", NOW, {"order_id": "2"})
    )
    assert tree.holds(facts, NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("tree", "problems"),
    [
        ({"sequence": []}, [("where.sequence", "want_steps")]),
        ({"sequence": ["A"]}, [("where.sequence", "want_steps")]),
        ({"sequence": ["A"] * 11}, [("where.sequence", "want_steps")]),
        (
            {"sequence": [{"did": "A", "within": "1d"}, 7, {"did": ""}, {"did": "B", "x": 1}]},
            [
                ("where.sequence[0].within", "unknown_key"), ("where.sequence[1]", "want_step"),
                ("where.sequence[2].did", "want_event"), ("where.sequence[3].x", "unknown_key"),
            ],
        ),
        (
            {"sequence": ["A", {"did": "B", "within": "soon"}], "same": "", "within": "x"},
            [
                ("where.within", "want_duration"), ("where.same", "bad_name"),
                ("where.sequence[1].within", "want_duration"),
            ],
        ),
        (
            {"sequence": ["A", {"did": "B", "where": [{"property": "t", "within_last": "1d"}]}]},
            [("where.sequence[1].where[0].within_last", "no_clock")],
        ),
        (
            {"then_not": {"did": "B"}},
            [("where.then_not.within", "want_duration"), ("where.after", "want_step")],
        ),
        (
            {"then_not": {"did": "B", "within": "2d"}, "after": "A", "within": "2d"},
            [("where.within", "window_too_short")],
        ),
    ],
)  # fmt: skip
def test_wrong_steps_are_all_told_with_their_places(tree: object, problems: list[tuple[str, str]]):
    """Every fault at once, where it stands."""
    assert faults(tree) == problems


def test_steps_read_as_sentences():
    """Order, gaps, filters and what is common are all said, in both languages."""
    tree = {
        "sequence": [
            "Product Viewed",
            {"did": "Order Paid", "within": "2h", "where": [{"property": "total", "above": 9}]},
        ],
        "same": "product_id",
        "within": "30d",
    }
    assert render(read(tree).sentence(), "en") == (
        "did in this order in the last 30 days: Product Viewed, then at most 2 hours later "
        "Order Paid (where total is above 9), all with the same product_id"
    )
    assert render(read(tree).sentence(), "zh-CN") == (
        "最近 30 天内依次做过：Product Viewed，随后 2 小时内 Order Paid（其中total 大于 9），"
        "且各步的 product_id 相同"
    )
    waits = {"then_not": {"did": "Order Paid", "within": "2h"}, "after": "Product Added"}
    assert render(read(waits).sentence(), "en") == (
        "did Product Added at any time and then for 2 hours not Order Paid"
    )


@pytest.mark.parametrize(
    "operator", ["sequence", "then_not", "message", "consent", "list", "in_segment", "bucket"]
)
def test_builders_know_the_operators_in_both_languages(operator: str):
    """What is offered in a menu is never a key."""
    for locale in LOCALES:
        assert f"conditions.operator.{operator}" in catalogue(locale)
