"""Messages for the console and the API: lists a page at a time, and one with its attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiliu.ports import Attempt, MessageFilter, MessageRow, World

__all__ = ["MessagePage", "list_messages", "show_message"]

_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One page of messages, newest first."""

    rows: Sequence[MessageRow]
    #: What the next page begins behind: (queued_at, message_id); None on the last.
    next: tuple[int, bytes] | None


def list_messages(
    world: World,
    brand_id: int,
    chosen: MessageFilter,
    before: tuple[int, bytes] | None = None,
    per_page: int = _PER_PAGE,
) -> MessagePage:
    """Return the messages that match, newest first."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.console.messages(brand_id, chosen, per_page + 1, before)
    shown = rows[:per_page]
    last = shown[-1].queued if len(rows) > per_page else None
    return MessagePage(shown, (last.queued_at, last.message_id) if last else None)


def show_message(
    world: World, brand_id: int, message_id: bytes
) -> tuple[MessageRow, Sequence[Attempt]]:
    """Return a message and every try to hand it over, oldest first; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        row = tx.console.message(brand_id, message_id)
        return row, tx.messages.attempts(brand_id, [message_id])
