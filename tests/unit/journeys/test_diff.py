"""What a later version does differently is told in words: nodes, ways, fields, and names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from huiliu.journeys import parsed
from huiliu.journeys.diff import differences
from huiliu.journeys.likeness import renamed
from huiliu.kernel.changes import ABSENT, compare, leaves
from huiliu.kernel.texts import LOCALES, render

BASE = """huiliu: 1
kind: journey
slug: care
name: {zh-CN: 关怀, en: Care}
entry: {event: Order Paid, key: order_id}
exit_when: [{event: Order Shipped}]
nodes:
  patience: {type: wait, for: 3d, next: fork}
  fork:
    type: branch
    ways:
      - {when: {trait: city, is: 上海}, next: mail}
      - {when: {did: Order Paid, at_least: 2}, next: mail}
    else: done
  mail: {type: send, channel: email, template: sorry, next: done}
  done: {type: exit}
"""


def told(after: str) -> list[tuple[str, str]]:
    """Return the changes from the base: what and English words."""
    found = differences(parsed(BASE), parsed(after))
    for one in found:
        for locale in LOCALES:
            assert not render(one.sentence(), locale).startswith("journeys.")
    return [(one.what, render(one.sentence(), "en")) for one in found]


def test_a_version_is_no_different_from_itself() -> None:
    """The order of nodes, and how the YAML is written, are no meaning."""
    turned = BASE.replace("  done: {type: exit}\n", "").replace(
        "nodes:\n", "start: patience\nnodes:\n  done: {type: exit}\n"
    )
    assert told(BASE) == []
    assert told(turned) == []


@pytest.mark.parametrize(
    ("change", "what", "words"),
    [
        (lambda s: s.replace("for: 3d", "for: 2d"), "changed", "was 3d, is now 2d"),
        (lambda s: s.replace("event: Order Shipped", "event: Order Cancelled"), "changed",
         "was the event Order Shipped, is now the event Order Cancelled"),
        (lambda s: s.replace("at_least: 2", "at_least: 5"), "changed", "at least 5 times"),
        (lambda s: s.replace("else: done", "else: mail"), "changed",
         "led to done, now leads to mail"),
        (lambda s: s.replace("template: sorry", "template: other"), "changed",
         "was sorry, is now other"),
        (lambda s: s.replace("type: wait, for: 3d", "type: wait, note: Be calm, for: 3d"), "added",
         "Be calm"),
        (lambda s: s.replace("entry:", "goal: {event: Review Posted}\nentry:"), "added",
         "Review Posted"),
    ],
)  # fmt: skip
def test_one_change_is_told_as_one(change: Callable[[str], str], what: str, words: str) -> None:
    """Each says what was and what is."""
    (found,) = told(change(BASE))
    assert found[0] == what
    assert words in found[1]


def test_a_way_that_leads_elsewhere_is_known_by_what_it_asks() -> None:
    """Not by its place: ways that changed places are no change of where they lead."""
    found = told(BASE.replace("{when: {trait: city, is: 上海}, next: mail}",
                              "{when: {trait: city, is: 上海}, next: done}"))  # fmt: skip
    assert [what for what, _ in found] == ["changed"]
    assert "上海" in found[0][1]
    assert "led to mail, now leads to done" in found[0][1]


def test_added_and_removed_nodes_are_told_by_name_and_type() -> None:
    """With the way that leads to them."""
    after = BASE.replace(
        "next: done}\n  done", "next: rest}\n  rest: {type: wait, for: 1h, next: done}\n  done"
    )

    assert [what for what, _ in told(after)] == ["changed", "added"]
    back = differences(parsed(after), parsed(BASE))
    assert [one.what for one in back] == ["changed", "removed"]


def test_a_renamed_node_is_recognised_by_its_likeness_and_its_neighbours() -> None:
    """Also when a field of it changed, and when several were renamed at once."""
    after = (
        BASE.replace("patience", "calm").replace(" mail", " write").replace("for: 3d", "for: 4d")
    )
    assert renamed(parsed(BASE), parsed(after)) == {"patience": "calm", "mail": "write"}
    found = told(after)
    assert [what for what, _ in found if what != "changed"] == ["renamed", "renamed"]
    assert len(found) == 3


def test_a_node_that_is_something_else_is_no_renaming() -> None:
    """Another type, or other neighbours and fields, is another node."""
    send = "mail: {type: send, channel: email, template: sorry, next: done}"
    other = BASE.replace(send, "call: {type: wait, for: 9d, next: done}")
    after = other.replace("next: mail", "next: call")
    assert renamed(parsed(BASE), parsed(after)) == {}


def test_trees_are_compared_by_their_paths() -> None:
    """Maps key by key, lists of maps by their items, all else as a whole."""
    found = list(compare({"a": {"b": 1, "c": [1, 2]}, "d": 0}, {"a": {"b": 2, "c": [1]}, "e": 0}))
    assert [(one.path, one.before, one.after) for one in found] == [
        ("a.b", 1, 2), ("a.c", [1, 2], [1]), ("e", ABSENT, 0), ("d", 0, ABSENT),
    ]  # fmt: skip
    rows = list(compare([{"x": 1}, {"x": 2}, {"x": 3}], [{"x": 3}, {"x": 1}]))
    assert [(one.before, one.after) for one in rows] == [({"x": 2}, ABSENT)]
    assert leaves({"a": [{"b": 1}, "c"]}) == {"a[0].b": "1", "a[1]": '"c"'}
