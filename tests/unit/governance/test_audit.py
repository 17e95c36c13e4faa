"""The chain of actions: whatever is edited, removed, cut off or slipped in shows, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from huiliu.governance.audit import GENESIS, Break, Head, first_break, link_hash


@dataclass(frozen=True)
class Row:
    """A row of the list as the chain reads it."""

    nth: int
    brand_id: int = 1
    at: int = 1_700_000_000_000_000
    user_id: int = 3
    what: str = "key_created"
    subject: str = "7"
    prev: bytes = b""
    row_hash: bytes = b""


def chained(*rows: Row) -> list[Row]:
    """Return rows with their hashes, as the store writes them."""
    last, found = GENESIS, []
    for row in rows:
        row = replace(row, prev=last)  # noqa: PLW2901 - the row as it is stored
        last = link_hash(last, row)
        found.append(replace(row, row_hash=last))
    return found


ROWS = chained(*(Row(nth, subject=f"s{nth}") for nth in range(1, 6)))
HEAD = Head(5, ROWS[-1].row_hash)


def test_a_chain_that_nobody_touched_holds() -> None:
    """Nothing is said where nothing is wrong; an empty list is whole too."""
    assert first_break(ROWS, HEAD) is None
    assert first_break([], Head(0, GENESIS)) is None


@pytest.mark.parametrize(
    "change",
    [{"what": "key_ended"}, {"subject": "s4"}, {"user_id": 9}, {"at": 1}, {"brand_id": 2},
     {"prev": b"x"}, {"row_hash": b"x"}],
    ids=str,
)  # fmt: skip
def test_a_row_that_says_something_else_is_named(change: dict[str, Any]) -> None:
    """Each field of a row is held by its hash."""
    rows = [replace(row, **change) if row.nth == 3 else row for row in ROWS]

    assert first_break(rows, HEAD) == Break(3, "changed")


def test_a_row_that_was_rewritten_with_its_hash_breaks_the_next() -> None:
    """Who edits one row would have to write all that follow, and the head."""
    edited = replace(ROWS[2], subject="other")
    edited = replace(edited, row_hash=link_hash(edited.prev, edited))
    rows = [*ROWS[:2], edited, *ROWS[3:]]

    assert first_break(rows, HEAD) == Break(4, "changed")


def test_a_row_that_is_gone_is_missed() -> None:
    """A gap shows at its place."""
    assert first_break([row for row in ROWS if row.nth != 2], HEAD) == Break(2, "missing")


def test_rows_cut_off_at_the_end_are_missed() -> None:
    """The head says how many there were."""
    assert first_break(ROWS[:3], HEAD) == Break(4, "cut")
    assert first_break([], HEAD) == Break(1, "cut")


def test_what_is_written_past_the_head_shows() -> None:
    """A row that did not come through the chain is not taken for one that did."""
    assert first_break(ROWS, Head(4, ROWS[3].row_hash)) == Break(5, "cut")
    assert first_break(ROWS, Head(5, b"another")) == Break(5, "cut")


def test_what_and_subject_cannot_borrow_from_each_other() -> None:
    """`a|b` of `c` and `a` of `b|c` are two things."""
    one, other = Row(1, what="a|b", subject="c"), Row(1, what="a", subject="b|c")

    assert link_hash(GENESIS, one) != link_hash(GENESIS, other)
