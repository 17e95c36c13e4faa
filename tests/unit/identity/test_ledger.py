"""The chain of the consent ledger: what was changed later shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from huiliu.identity.ledger import broken_at, row_hash
from huiliu.ports.people import ConsentRow


def chain(n_rows: int = 4) -> list[ConsentRow]:
    """Return one person's rows, oldest first."""
    rows, before = [], b""
    for n in range(n_rows):
        row = ConsentRow(
            1, 7, "email", "marketing", "granted", 100 + n, n, "form", {"page": "/a", "n": n},
            text_version="1", prev=before,
        )  # fmt: skip
        before = row_hash(row)
        rows.append(replace(row, row_hash=before))
    return rows


def test_a_chain_as_it_was_written_fits():
    """Also an empty one, and one whose first rows are older than the chain."""
    old = replace(chain(1)[0], row_hash=b"", position=-1)

    assert broken_at(chain()) is None
    assert broken_at([]) is None
    assert broken_at([old, *chain()]) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "withdrawn"),
        ("text_version", "2"),
        ("occurred_at", 1),
        ("evidence", {"page": "/b", "n": 1}),
        ("address", b"x" * 16),
        ("expires_at", 9),
    ],
)
def test_a_changed_field_shows_where_it_was_changed(field: str, value: object):
    """Whatever it is."""
    rows = chain()
    changed: dict[str, Any] = {field: value}
    rows[1] = replace(rows[1], **changed)

    assert broken_at(rows) == 1


def test_a_row_that_was_changed_with_its_own_hash_breaks_the_next():
    """Nobody can mend one row alone."""
    rows = chain()
    forged = replace(rows[1], state="withdrawn")
    rows[1] = replace(forged, row_hash=row_hash(forged))

    assert broken_at(rows) == 2


def test_a_row_that_was_taken_out_shows():
    """The row behind it names another before it."""
    rows = chain()
    del rows[1]

    assert broken_at(rows) == 2


def test_numbers_that_a_database_writes_otherwise_are_the_same():
    """1000 and 1000.0 are one number."""
    row = chain(1)[0]

    assert row_hash(replace(row, evidence={"n": 1000})) == row_hash(
        replace(row, evidence={"n": 1e3})
    )
