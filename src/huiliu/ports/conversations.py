"""Conversations with people who wrote to the brand, and disputes that are open."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

import msgspec

__all__ = [
    "ConversationFilter",
    "ConversationRow",
    "ConversationStore",
    "DeskCounts",
    "DisputeRow",
    "Held",
    "LineRow",
]


class ConversationRow(msgspec.Struct, frozen=True, gc=False):
    """How things stand with one person who wrote: one row a person, over all channels."""

    brand_id: int
    profile_id: int
    #: open (it is our turn), waiting (it is theirs) or closed.
    state: str
    #: Where they wrote last.
    channel: str
    account: str
    #: The user who looks after it; 0 = nobody.
    assignee: int
    opened_at: int
    #: Since when they wait for an answer; 0 = they do not.
    unanswered_since: int
    #: When they last wrote.
    heard_at: int
    #: When somebody of ours last answered; 0 = nobody did.
    answered_at: int
    closed_at: int
    changed_at: int


class LineRow(msgspec.Struct, frozen=True, gc=False):
    """One line of a conversation; its words are in the vault."""

    brand_id: int
    #: With whom it came.
    profile_id: int
    #: 16 bytes that make it this line.
    line_id: bytes
    at: int
    #: in (they wrote), out (we answered), note (for ourselves), or mark (what was done).
    kind: str
    channel: str = ""
    account: str = ""
    #: text, image, voice, video, place, link or file; of a mark what it is.
    what: str = "text"
    #: Where the vault has its words; b"" = it has none.
    token: bytes = b""
    #: And those of its subject line.
    title_token: bytes = b""
    #: Who of ours; 0 = nobody: the desk answered by itself, or a server did.
    user_id: int = 0
    #: A server's or the command line's own name, where no user did it.
    by: str = ""
    #: The message that carries it; b"" = it was not sent by the outbox.
    message_id: bytes = b""
    #: The keyword that it answers, or that asked for the answer.
    keyword: str = ""
    #: It is not proved that it comes from whom it names.
    is_claim: bool = False


class DisputeRow(msgspec.Struct, frozen=True, gc=False):
    """A dispute that a shop or a person told of."""

    brand_id: int
    profile_id: int
    #: 16 bytes made of its id, or of its order's.
    dispute_id: bytes
    order_id: str
    opened_at: int
    #: 0 = it is open.
    ended_at: int


class Held(NamedTuple):
    """Why somebody gets no marketing now."""

    #: conversation_open or dispute_open.
    reason: str
    #: When that began: they wrote last, the dispute was opened.
    since: int


class ConversationFilter(msgspec.Struct, frozen=True):
    """Which conversations are asked for."""

    #: open, waiting or closed; "" = those that are not closed.
    state: str = ""
    channel: str = ""
    #: Whose; 0 = nobody's; None = anybody's.
    assignee: int | None = None
    #: Only those who have waited since before this; 0 = all.
    waiting_before: int = 0


class DeskCounts(NamedTuple):
    """How much there is to do."""

    #: People who wait for an answer.
    unanswered: int
    #: Of those, who have waited too long.
    overdue: int
    #: Of those, whom nobody looks after.
    unassigned: int
    #: Of those, whom the asking user looks after.
    mine: int
    #: Answered, and not closed.
    waiting: int
    #: Since when the one waits who has waited longest; 0 = nobody does.
    oldest: int


class ConversationStore(Protocol):
    """Conversations and disputes, inside one transaction."""

    def hear(self, lines: Sequence[tuple[LineRow, bool]]) -> list[LineRow]:
        """Write down what people wrote, in order, each with whether somebody has to look.

        Returns the lines that were new; a repeat changes nothing.
        """
        ...

    def add_line(self, line: LineRow) -> bool:
        """Write a line of ours; False = it is there already."""
        ...

    def lock(self, brand_id: int, profile_id: int) -> ConversationRow:
        """Lock a present person's conversation; raise NotFound."""
        ...

    def put(self, row: ConversationRow) -> None:
        """Write how a conversation stands now."""
        ...

    def get(self, brand_id: int, profile_id: int) -> ConversationRow | None:
        """Return a present person's conversation."""
        ...

    def page(
        self,
        brand_id: int,
        asked: ConversationFilter,
        limit: int,
        before: tuple[int, int] | None = None,
    ) -> list[ConversationRow]:
        """Return conversations with their present persons.

        Those who wait for an answer come first, the longest wait before the others; the rest by
        the last change, the newest first.

        Args:
            brand_id: whose.
            asked: which.
            limit: how many at most.
            before: what `mark_of` says of the last one seen.
        """
        ...

    def counts(self, brand_id: int, user_id: int, overdue_before: int) -> DeskCounts:
        """Return how much there is to do."""
        ...

    def lines(
        self, brand_id: int, profile_id: int, limit: int, before: tuple[int, bytes] | None = None
    ) -> list[LineRow]:
        """Return the lines of a present person, those merged into them too, newest first."""
        ...

    def last_lines(self, brand_id: int, profiles: Collection[int]) -> dict[int, LineRow]:
        """Return the newest line of each present person that is no note or mark."""
        ...

    def heard_on(self, brand_id: int, profile_id: int) -> dict[str, int]:
        """Return channel -> when a present person last wrote there."""
        ...

    def has_line(self, brand_id: int, line_id: bytes) -> bool:
        """Say whether a line is there already."""
        ...

    def waiting_brands(self) -> list[int]:
        """Return the brands that have conversations which wait for the person."""
        ...

    def take_silent(self, brand_id: int, before: int, limit: int) -> list[ConversationRow]:
        """Lock conversations that wait for the person since before an instant, the oldest first."""
        ...

    def release(
        self, brand_id: int, profiles: Collection[int], reason: str, now: int
    ) -> int:  # fmt: skip
        """Let messages to present persons that wait for this reason ask again at once."""
        ...

    def fold(self, brand_id: int, merges: Sequence[tuple[int, int]]) -> None:
        """Make the conversations of people who turned out to be one (gone, into) one."""
        ...

    def note_disputes(self, disputes: Sequence[DisputeRow]) -> None:
        """Write down disputes that were opened or ended, whichever is told first."""
        ...

    def disputes(self, brand_id: int, profile_id: int) -> list[DisputeRow]:
        """Return the open disputes of a present person, newest first."""
        ...

    def holds(
        self, brand_id: int, profiles: Collection[int], heard_after: int, opened_after: int
    ) -> dict[int, list[Held]]:
        """Return present profile -> every reason for which it gets no marketing.

        Args:
            brand_id: whose.
            profiles: present profiles.
            heard_after: conversations in which the person wrote after this hold.
            opened_after: disputes that were opened after this hold.
        """
        ...
