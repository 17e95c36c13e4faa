"""Decisions, votes and delegations in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.decisions import Decision, Delegation, NewDecision, Revision, Vote
from huiliu.stores.queries import query

__all__ = ["PostgresDecisions"]

#: Above every id: where the first page starts.
_END = (1 << 63) - 1
_DEPARTMENTS = 4


class PostgresDecisions:
    """The DecisionStore of one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on the open transaction's connection."""
        self._connection = connection

    def waiting(self, brand_id: int, about: bytes) -> Decision | None:
        """Lock and return the decision about these documents that is open or approved."""
        rows = self._rows("waiting", brand_id=brand_id, about=about)
        return _decision(rows[0]) if rows else None

    def open(self, decision: NewDecision) -> Decision | None:
        """Store a decision; None when another about the same documents waits already."""
        rows = self._rows("open", **_plain(decision))
        return self._noted(rows[0]) if rows else None

    def revise(self, decision_id: int, new: NewDecision) -> Decision:
        """Let a locked decision be about something else: the votes so far are of another one."""
        return self._noted(self._rows("revise", decision_id=decision_id, **_plain(new))[0])

    def lock(self, brand_id: int, decision_id: int) -> Decision:
        """Lock and return a decision; raise NotFound."""
        return self._one("lock", brand_id, decision_id)

    def get(self, brand_id: int, decision_id: int) -> Decision:
        """Return a decision; raise NotFound."""
        return self._one("get", brand_id, decision_id)

    def page(
        self, brand_id: int, states: Collection[str], limit: int, before: int | None = None
    ) -> Sequence[Decision]:
        """Return decisions, newest first, below an id; of every state when none is named."""
        rows = self._rows(
            "page", brand_id=brand_id, states=list(states), limit=limit, before=before or _END
        )
        return [_decision(row) for row in rows]

    def move(self, decision: Decision, old: str, new: str, at: int, told: bytes = b"") -> bool:
        """Move a decision on; False = it is no more in that state, or another revision."""
        asked = {
            "brand_id": decision.brand_id, "decision_id": decision.decision_id,
            "revision": decision.revision, "old": old, "new": new, "at": at, "told": told,
        }  # fmt: skip
        return self._connection.execute(query("decisions", "move"), asked).rowcount > 0

    def due(self, now: int, limit: int) -> Sequence[Decision]:
        """Lock and return decisions of every brand that are approved, or open past their time."""
        return [_decision(row) for row in self._rows("due", now=now, limit=limit)]

    def revisions(self, brand_id: int, decision_id: int) -> Sequence[Revision]:
        """Return every revision, oldest first."""
        rows = self._rows("revisions", brand_id=brand_id, decision_id=decision_id)
        return [Revision(*row) for row in rows]

    def vote(self, vote: Vote) -> bool:
        """Store a vote over the person's own of this revision; False = the department has one."""
        for name in ("vote", "change_vote"):
            if self._connection.execute(query("decisions", name), asdict(vote)).rowcount:
                return True
        return False

    def votes(self, brand_id: int, decision_id: int) -> Sequence[Vote]:
        """Return the votes of every revision, oldest first."""
        rows = self._rows("votes", brand_id=brand_id, decision_id=decision_id)
        return [Vote(*row) for row in rows]

    def delegate(self, delegation: Delegation) -> Delegation:
        """Store that one user speaks for another."""
        row = self._rows("delegate", **asdict(delegation))[0]
        return replace(delegation, delegation_id=int(row[0]))

    def revoke(self, brand_id: int, delegation_id: int, at: int) -> Delegation:
        """Take a delegation back; raise NotFound."""
        rows = self._rows("revoke", brand_id=brand_id, delegation_id=delegation_id, at=at)
        if not rows:
            raise NotFound("delegation", str(delegation_id))
        return Delegation(*rows[0])

    def delegations(self, brand_id: int, since: int) -> Sequence[Delegation]:
        """Return delegations that end after an instant, newest first."""
        return [
            Delegation(*row) for row in self._rows("delegations", brand_id=brand_id, since=since)
        ]

    def _noted(self, row: TupleRow) -> Decision:
        """Write down whose a new revision is, and return it."""
        found = _decision(row)
        self._connection.execute(query("decisions", "note_revision"), asdict(found))
        return found

    def _one(self, name: str, brand_id: int, decision_id: int) -> Decision:
        """Return one decision; raise NotFound."""
        rows = self._rows(name, brand_id=brand_id, decision_id=decision_id)
        if not rows:
            raise NotFound("decision", str(decision_id))
        return _decision(rows[0])

    def _rows(self, name: str, **values: object) -> list[TupleRow]:
        """Return the rows of a named query."""
        return self._connection.execute(query("decisions", name), values).fetchall()


def _plain(decision: NewDecision) -> dict[str, object]:
    """Return a decision's columns."""
    return asdict(decision) | {"departments": list(decision.departments)}


def _decision(row: TupleRow) -> Decision:
    """Return a decision from the columns in the order of its nouns."""
    columns = list(row)
    columns[_DEPARTMENTS] = tuple(columns[_DEPARTMENTS])
    return Decision(*columns)
