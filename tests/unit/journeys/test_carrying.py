"""Where people of an older version go, and how they stand there."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from huiliu.journeys import HELD_OUT, Token, parsed
from huiliu.journeys.carrying import EXIT, InFlight, Move, carry, plan_moves
from huiliu.journeys.explain import explain
from huiliu.kernel.texts import render

OLD = """huiliu: 1
kind: journey
slug: care
name: {en: Care}
entry: {event: Order Paid}
nodes:
  wait: {type: wait, for: 3d, next: more}
  more: {type: wait, for: 1d, next: done}
  done: {type: exit}
"""
NEW = parsed(OLD.replace("more", "further"))
BEFORE = parsed(OLD)


def planned(asked: InFlight, *occupied: tuple[int, str]) -> tuple[dict[str, str], list[str]]:
    """Return node -> where its people go, and the paths of the problems."""
    moves, problems = plan_moves({1: BEFORE}, NEW, asked, occupied)
    return {one.node: one.to for one in moves}, [one.path for one in problems]


def test_nodes_of_one_name_are_one_place() -> None:
    """Whoever is held out stays held out; a node that is gone and empty needs no place."""
    assert planned(InFlight("migrate")) == (
        {"wait": "wait", "done": "done", HELD_OUT: HELD_OUT}, [],
    )  # fmt: skip


def test_a_node_that_is_gone_needs_a_place_for_those_who_stand_there() -> None:
    """The problem names the node that looks like it."""
    _, problems = plan_moves({1: BEFORE}, NEW, InFlight("migrate"), {(1, "more")})
    assert [one.path for one in problems] == ["map.more"]
    assert "further" in render(problems[0].text, "en")


@pytest.mark.parametrize("to", ["further", "done", EXIT])
def test_the_map_says_where_they_go(to: str) -> None:
    """To any node of the new version, or out."""
    found, problems = planned(InFlight("migrate", {"more": to}), (1, "more"))
    assert (found["more"], problems) == (to, [])


@pytest.mark.parametrize(
    ("moves", "restart", "paths"),
    [
        ({"nowhere": "wait"}, (), ["map.nowhere"]),
        ({"wait": "nowhere"}, (), ["map.wait"]),
        ({}, ("nowhere",), ["map.nowhere"]),
    ],
)
def test_both_ends_of_a_map_are_looked_up(
    moves: dict[str, str], restart: Collection[str], paths: list[str]
) -> None:
    """Every name that is not there is told."""
    _, problems = planned(InFlight("migrate", moves, frozenset(restart)), (1, "wait"))
    assert problems == paths


def carried(node: str, to: str, *, restart: bool = False, memory: bytes = b"500") -> Token | None:
    """Return how a token stands after a move at the instant 100."""
    return carry(Move(1, node, to, restart), BEFORE, NEW, Token(node, 2, 500, memory, b"{}"), 100)


def test_a_wait_keeps_its_due_time_and_what_it_remembers() -> None:
    """At a node of the same name nothing of the run changes."""
    assert carried("wait", "wait") == Token("wait", 2, 500, b"500", b"{}")


def test_another_name_is_another_visit() -> None:
    """So a message of that node is a new message."""
    assert carried("more", "further") == Token("further", 3, 500, b"500", b"{}")


def test_beginning_anew_forgets_the_due_time() -> None:
    """The node is entered now."""
    assert carried("wait", "wait", restart=True) == Token("wait", 3, 100, b"", b"{}")


def test_another_type_cannot_go_on_with_what_was_remembered() -> None:
    """The due time is kept: the exit is taken when the wait would have been over."""
    assert carried("more", "done") == Token("done", 3, 500, b"", b"{}")


LISTENING = """
  more:
    type: wait_for
    ways: [{event: Order Shipped, next: done}]
    timeout: 9d
    else: done
"""


def test_a_wait_that_becomes_a_waiting_for_something_listens_from_the_carrying_on() -> None:
    """It is stepped at once, events from here on count, and the time-out is the wait's end."""
    new = parsed(OLD.replace("  more: {type: wait, for: 1d, next: done}\n", LISTENING[1:]))
    found = carry(
        Move(1, "more", "more"), BEFORE, new, Token("more", 2, 500, b"500", b"{}"), 100, 7
    )
    assert found == Token("more", 2, 100, b"[7,500]", b"{}")


def test_a_waiting_for_something_without_a_time_out_gets_none_by_being_carried_to() -> None:
    """The end of the old wait is of no meaning there."""
    bare = LISTENING.replace("    timeout: 9d\n    else: done\n", "")
    new = parsed(OLD.replace("  more: {type: wait, for: 1d, next: done}\n", bare[1:]))
    found = carry(
        Move(1, "more", "more"), BEFORE, new, Token("more", 2, 500, b"500", b"{}"), 100, 7
    )
    assert found is not None
    assert found.due_at == 100
    assert int(found.memory.split(b",")[1][:-1]) > 500


def test_what_cannot_be_read_is_entered_afresh() -> None:
    """A node of one type with other fields may keep other things."""
    longer = parsed(OLD.replace("more", "further").replace("for: 1d", "for: 2d"))
    token = Token("more", 2, 500, b"{}", b"{}")
    found = carry(Move(1, "more", "further"), BEFORE, longer, token, 100)
    assert found == Token("further", 3, 500, b"", b"{}")


def test_whoever_is_mapped_to_the_exit_ends() -> None:
    """There is no token any more."""
    assert carried("wait", EXIT) is None


@pytest.mark.parametrize(
    ("asked", "is_good"),
    [
        (InFlight(), True), (InFlight("drain"), True), (InFlight("migrate", {"a": "b"}), True),
        (InFlight("pin", {"a": "b"}), False), (InFlight("hurry"), False),
    ],
)  # fmt: skip
def test_only_carrying_over_has_a_map(asked: InFlight, is_good: bool) -> None:
    """And there are three ways, no more."""
    assert (asked.problem is None) is is_good


def test_being_carried_over_is_told_as_that_and_not_as_a_doing_of_the_node() -> None:
    """Whatever node it leads to."""
    details = {"from_version": 1, "from": "more", "to": "wait"}
    said = render(explain(NEW, "wait", "moved", details), "en")
    assert said == "Carried over from version 1, node more, to node wait"
