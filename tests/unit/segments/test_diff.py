"""A change is told as meaning: what was added, removed or said differently, and nothing else."""

from __future__ import annotations

import random

from huiliu.kernel.documents import dump
from huiliu.segments import Segment, differences, parsed

CITY = {"trait": "city", "is": "上海"}
PAID = {"did": "Order Paid", "within": "30d"}
VIEWED = {"did": "Product Viewed"}


def segment(where: object, **header: object) -> Segment:
    """Return a segment."""
    tree = {"huiliu": 1, "kind": "segment", "slug": "s", "name": {"en": "S"}, **header}
    return parsed(dump(tree | {"where": where}))


def told(before: object, after: object) -> list[tuple[str, str]]:
    """Return what changed between two conditions, and where."""
    return [(one.what, one.path) for one in differences(segment(before), segment(after))]


def test_the_same_condition_in_another_order_is_no_change() -> None:
    """Groups have no order, however deep they stand."""
    one = {"all": [CITY, {"any": [PAID, VIEWED]}]}
    other = {"all": [{"any": [VIEWED, PAID]}, CITY]}

    assert told(one, other) == []


def test_a_part_that_came_and_one_that_went_are_told_where_they_stand() -> None:
    """The path of what went is that of the earlier document."""
    assert told({"all": [CITY, PAID]}, {"all": [CITY, VIEWED]}) == [
        ("added", "where.all[1]"),
        ("removed", "where.all[1]"),
    ]


def test_another_value_for_the_same_thing_is_one_change() -> None:
    """Two conditions on one trait or event belong together."""
    shorter = {"did": "Order Paid", "within": "7d"}

    assert told({"all": [CITY, PAID]}, {"all": [shorter, CITY]}) == [("changed", "where.all[0]")]


def test_a_condition_that_joins_a_single_one_is_added() -> None:
    """A single condition is a group of one."""
    assert told(CITY, {"all": [PAID, CITY]}) == [("added", "where.all[0]")]
    assert told({"any": [PAID, CITY]}, PAID) == [("removed", "where.any[1]")]


def test_another_kind_of_group_is_told_as_a_whole() -> None:
    """`all` in place of `any` changes everything at once."""
    assert told({"all": [CITY, PAID]}, {"any": [CITY, PAID]}) == [("changed", "where")]


def test_a_change_below_a_denial_is_found() -> None:
    """`not` hides nothing."""
    before, after = {"not": {"all": [CITY, PAID]}}, {"not": {"all": [CITY]}}

    assert told(before, after) == [("removed", "where.not.all[1]")]


def test_names_owner_and_note_are_told_after_whom_it_holds() -> None:
    """A new owner is a change that people ask for too."""
    before = segment(CITY, owner="Ada")
    after = segment(PAID, owner="Ben", note="why", name={"en": "T"})

    assert [(one.what, one.path) for one in differences(before, after)] == [
        ("changed", "where"),
        ("changed", "name.en"),
        ("changed", "owner"),
        ("added", "note"),
    ]
    assert str(differences(before, after)[2].sentence()) == "changed: Ada → Ben"


def test_a_shuffled_tree_never_differs() -> None:
    """Whatever the tree, its order is none."""
    dice = random.Random(7)
    leaves = [CITY, PAID, VIEWED, {"did_not": "Order Created", "within": "7d"}]

    def tree(depth: int) -> dict[str, object]:
        if depth == 0 or dice.random() < 0.3:
            return dict(dice.choice(leaves))
        word = dice.choice(["all", "any", "not"])
        if word == "not":
            return {"not": tree(depth - 1)}
        return {word: [tree(depth - 1) for _ in range(dice.randint(1, 4))]}

    def shuffled(node: dict[str, object]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in node.items():
            if key in {"all", "any"} and isinstance(value, list):
                found[key] = dice.sample([shuffled(one) for one in value], len(value))
            elif key == "not" and isinstance(value, dict):
                found[key] = shuffled(value)
            else:
                found[key] = value
        return found

    for _ in range(200):
        one = tree(4)
        assert told(one, shuffled(one)) == []
