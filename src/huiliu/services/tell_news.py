"""Tells the log who entered and left through a changed definition, a handful at a time.

A fill may move a million people; their events are not written in the transaction that makes the
definition live, because every collector waits for the log's end while it is held. What is still
to be told stands in a table, so a crash in between loses nothing and tells nothing twice.
"""

from __future__ import annotations

from typing import Final

import msgspec

from huiliu.kernel.events import Flag, Kind, NewEvent
from huiliu.kernel.ids import digest
from huiliu.ports.segments import News
from huiliu.ports.world import World
from huiliu.services.project import CONSUMER

__all__ = ["tell_all_news", "tell_news"]

#: What the log is held for at once: far less than a tenth of a second.
_BATCH: Final = 2_000


def tell_news(world: World, limit: int = _BATCH) -> int:
    """Append the events of some entries and exits that a definition caused; 0 = all are told.

    The projector waits meanwhile: what it tells of these people comes before or after, and who
    moved again in between is left out, because the log knows that already.
    """
    with world.store.system() as tx:
        if not tx.segments.has_news():
            return 0
        tx.log.cursor(CONSUMER)
        now = world.clock.now()
        news = tx.segments.take_news(limit)
        n_done = len(news)
        if not news:
            n_done, news = tx.segments.take_filled(limit)
        tx.log.append([_event(one, now) for one in news if one.stands])
    return n_done


def tell_all_news(world: World) -> None:
    """Tell the log everything that it has not been told."""
    while tell_news(world):
        pass


def _event(one: News, now: int) -> NewEvent:
    """Return the event of an entry or exit; a definition's never trigger anything live."""
    name = "Segment Entered" if one.enters else "Segment Exited"
    return NewEvent(
        brand_id=one.brand_id,
        message_key=digest(name, "applied", one.brand_id, one.segment, one.profile_id, one.at),
        received_at=now,
        occurred_at=one.at,
        name=name,
        kind=Kind.INTERNAL,
        identifiers=(),
        subject=None,
        flags=int(Flag.HISTORICAL),
        body=msgspec.json.encode(
            {"profile_id": one.profile_id, "properties": {"segment": one.segment}}
        ),
    )
