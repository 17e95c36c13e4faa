"""Ends conversations in which the person has said nothing more for a while."""

from __future__ import annotations

from msgspec import structs

from huiliu.kernel.events import NewEvent
from huiliu.kernel.ids import digest
from huiliu.messages.conversing import CLOSED
from huiliu.ports.conversations import LineRow
from huiliu.ports.world import World
from huiliu.services.converse import closed_event
from huiliu.services.desk import desk

__all__ = ["close_silent"]

#: Who closes what nobody closed.
_BY = "silence"


def close_silent(world: World, limit: int = 500) -> int:
    """Close answered conversations that are silent for longer than the desk waits; return how many.

    A conversation that waits for us stays open for however long.
    """
    now = world.clock.now()
    n_closed = 0
    with world.store.system() as tx:
        events: list[NewEvent] = []
        for brand_id in tx.conversations.waiting_brands():
            before = now - desk(tx, world, brand_id).close_after
            for row in tx.conversations.take_silent(brand_id, before, limit):
                changed = structs.replace(row, state=CLOSED, closed_at=now, changed_at=now)
                tx.conversations.put(changed)
                tx.conversations.release(brand_id, [row.profile_id], "conversation_open", now)
                number = digest("silence", brand_id, row.profile_id, now)
                tx.conversations.add_line(
                    LineRow(brand_id, row.profile_id, number, now, "mark", what=CLOSED, by=_BY)
                )
                events.append(closed_event(row, _BY, now))
        n_closed = len(events)
        tx.log.append(events)
    return n_closed
