"""What waits for the word of several departments, what they said, and who speaks for whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Decision", "DecisionStore", "Delegation", "NewDecision", "Revision", "Vote"]


@dataclass(frozen=True, slots=True)
class NewDecision:
    """Documents that are to go live together, and what those who decide are told of them."""

    brand_id: int
    #: The documents that it is about, whatever they say.
    about: bytes
    #: medium or high.
    risk: str
    #: How many of the departments have to say yes.
    need: int
    departments: tuple[str, ...]
    #: As documents name their author.
    author: str
    #: The user who it is; 0 = the command line or a key.
    author_id: int
    #: Of the documents and the versions that they follow: what a vote is about.
    digest: bytes
    #: JSON: the documents.
    documents: bytes
    #: JSON: what was found out about them.
    evidence: bytes
    opened_at: int
    expires_at: int
    #: JSON of a text: why it was opened again.
    told: bytes = b""


@dataclass(frozen=True, slots=True)
class Decision(NewDecision):
    """One decision as it stands."""

    decision_id: int = 0
    #: Rises with each change of what it is about; votes are of one revision.
    revision: int = 1
    #: open, approved, live, rejected, withdrawn, expired or failed.
    state: str = "open"
    changed_at: int = 0


@dataclass(frozen=True, slots=True)
class Revision:
    """What a decision was about at one time, and whose it was."""

    revision: int
    at: int
    author: str
    author_id: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person said for one department about one revision."""

    brand_id: int
    decision_id: int
    revision: int
    user_id: int
    department: str
    #: Whose word it is, where somebody speaks for another; 0 = their own.
    for_user: int
    #: approve or reject.
    verdict: str
    comment: str
    at: int


@dataclass(frozen=True, slots=True)
class Delegation:
    """One user speaks for another for a while."""

    brand_id: int
    delegation_id: int
    from_user: int
    to_user: int
    starts_at: int
    ends_at: int
    made_at: int
    #: 0 = it was not taken back.
    revoked_at: int = 0

    def holds(self, at: int) -> bool:
        """Say whether it is in force at an instant."""
        return self.starts_at <= at < self.ends_at and not self.revoked_at


class DecisionStore(Protocol):
    """Decisions, votes and delegations, inside one transaction."""

    def waiting(self, brand_id: int, about: bytes) -> Decision | None:
        """Lock and return the decision about these documents that is open or approved."""
        ...

    def open(self, decision: NewDecision) -> Decision | None:
        """Store a decision; None when another about the same documents waits already."""
        ...

    def revise(self, decision_id: int, new: NewDecision) -> Decision:
        """Let a locked decision be about something else: the votes so far are of another one."""
        ...

    def lock(self, brand_id: int, decision_id: int) -> Decision:
        """Lock and return a decision; raise NotFound."""
        ...

    def get(self, brand_id: int, decision_id: int) -> Decision:
        """Return a decision; raise NotFound."""
        ...

    def page(
        self, brand_id: int, states: Collection[str], limit: int, before: int | None = None
    ) -> Sequence[Decision]:
        """Return decisions, newest first, below an id; of every state when none is named."""
        ...

    def move(self, decision: Decision, old: str, new: str, at: int, told: bytes = b"") -> bool:
        """Move a decision on; False = it is no more in that state, or another revision."""
        ...

    def due(self, now: int, limit: int) -> Sequence[Decision]:
        """Lock and return decisions of every brand that are approved, or open past their time.

        Those that are being worked on elsewhere are left out.
        """
        ...

    def revisions(self, brand_id: int, decision_id: int) -> Sequence[Revision]:
        """Return every revision, oldest first."""
        ...

    def vote(self, vote: Vote) -> bool:
        """Store a vote over the person's own of this revision; False = the department has one."""
        ...

    def votes(self, brand_id: int, decision_id: int) -> Sequence[Vote]:
        """Return the votes of every revision, oldest first."""
        ...

    def delegate(self, delegation: Delegation) -> Delegation:
        """Store that one user speaks for another."""
        ...

    def revoke(self, brand_id: int, delegation_id: int, at: int) -> Delegation:
        """Take a delegation back; raise NotFound."""
        ...

    def delegations(self, brand_id: int, since: int) -> Sequence[Delegation]:
        """Return delegations that end after an instant, newest first."""
        ...
