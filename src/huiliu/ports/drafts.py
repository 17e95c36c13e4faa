"""Drafts of journeys, where their nodes stand on the canvas, and what is said about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["DraftStore", "JourneyComment", "StoredDraft"]


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """What one author has written of a journey and not published yet."""

    brand_id: int
    #: Whose it is: `user:7`, or `key:3` of a server.
    owner: str
    #: What it is a draft of: the slug of a journey, or `new-` and a random word.
    draft: str
    #: The YAML as it stands, right or wrong.
    source: str
    #: The published version that it began with; 0 = none.
    base_version: int
    #: JSON object: node -> [x, y]. Where nodes stand makes no new version of a document.
    positions: str
    saved_at: int
    #: Raised by each save, from 1: a second window of the same author sees that it is late.
    revision: int = 0


@dataclass(frozen=True, slots=True)
class JourneyComment:
    """One remark on a node, or on the journey as a whole."""

    brand_id: int
    comment_id: int
    #: The slug, or the draft of a journey that is not published yet.
    journey: str
    #: "" = the journey as a whole.
    node: str
    #: Who wrote it, by name.
    author: str
    at: int
    words: str
    #: When it was settled, or 0, and by whom.
    resolved_at: int = 0
    resolved_by: str = ""


class DraftStore(Protocol):
    """Drafts, layouts and comments, inside one transaction."""

    def put(self, draft: StoredDraft) -> int:
        """Store a draft over the revision that it names; return the new revision.

        Raises:
            Conflict: what is stored is of another revision.
        """
        ...

    def get(self, brand_id: int, owner: str, draft: str) -> StoredDraft | None:
        """Return a draft of an author, if there is one."""
        ...

    def remove(self, brand_id: int, owner: str, draft: str) -> None:
        """Forget a draft."""
        ...

    def of_owner(self, brand_id: int, owner: str) -> Sequence[StoredDraft]:
        """Return the drafts of an author, saved last first."""
        ...

    def of_journey(self, brand_id: int, draft: str) -> Sequence[StoredDraft]:
        """Return everybody's drafts of a journey, saved last first."""
        ...

    def layout(self, brand_id: int, journey: str) -> str:
        """Return where the nodes of a published journey stand; "{}" when nobody moved them."""
        ...

    def put_layout(self, brand_id: int, journey: str, positions: str) -> None:
        """Store where the nodes of a published journey stand."""
        ...

    def comments(self, brand_id: int, journey: str) -> Sequence[JourneyComment]:
        """Return the comments on a journey, oldest first."""
        ...

    def add_comment(self, comment: JourneyComment) -> JourneyComment:
        """Store a comment and return it with its id."""
        ...

    def resolve_comment(self, brand_id: int, comment_id: int, at: int, by: str) -> JourneyComment:
        """Settle a comment, or open it again with `at` 0; raise NotFound."""
        ...

    def move_comments(self, brand_id: int, old: str, new: str) -> None:
        """Let the comments on a draft be comments on the journey that it became."""
        ...
