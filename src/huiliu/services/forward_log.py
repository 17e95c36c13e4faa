"""The facts of the log that go to a destination, batch by batch."""

from __future__ import annotations

from huiliu.forwarding.items import Item, items_of
from huiliu.kernel.bodies import read_body
from huiliu.kernel.events import Event, Kind
from huiliu.ports.destinations import DestinationRow
from huiliu.ports.log import PROJECTOR
from huiliu.ports.store import Tx

__all__ = ["log_items"]


def log_items(tx: Tx, row: DestinationRow, limit: int) -> tuple[list[Item], int]:
    """Return the facts of the next events of the log, and the offset behind those events.

    Only what is projected is looked at, so that it is known whose each event is.
    """
    projected = tx.log.peek_cursor(PROJECTOR)
    first = row.next_offset
    if first >= projected:
        return [], first
    events = tx.log.read(0, first, min(limit, projected - first))
    past = events[-1].offset + 1 if events else projected
    mine = [event for event in events if event.brand_id == row.brand_id]
    whose = tx.log.read_profiles(0, first, past - 1) if mine else {}
    found: list[Item] = []
    seen: set[int] = set()
    for event in mine:
        for item in _items(row, event, whose.get(event.offset, 0)):
            # A person's state goes once a batch: it is looked up when it leaves.
            if item.kind == "profile":
                if item.profile_id in seen:
                    continue
                seen.add(item.profile_id)
            found.append(item)
    return found, past


def _items(row: DestinationRow, event: Event, came_with: int) -> list[Item]:
    """Return the facts of one event; one that cannot be read was refused by the projector."""
    try:
        body = read_body(event.body)
    except ValueError:
        return []
    whose = body.profile_id if event.kind is Kind.INTERNAL else came_with
    return items_of(row.settings, event, body, whose)
