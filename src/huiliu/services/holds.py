"""Who gets no marketing now because they are being helped, and until when at most."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from huiliu.messages.desk import Desk
from huiliu.ports.store import Tx

__all__ = ["NOT_HELD", "HeldBack", "held_back"]


class HeldBack(NamedTuple):
    """Why marketing waits for somebody."""

    #: A reason of `messages.policy.REASONS`.
    reason: str
    #: It goes on then, whatever happens.
    until: int


NOT_HELD: Final = HeldBack("", 0)


def held_back(
    tx: Tx, brand_id: int, profiles: Collection[int], desk: Desk, now: int
) -> Mapping[int, HeldBack]:
    """Return present profile -> why its marketing waits; of two reasons the one that lasts longer.

    Args:
        tx: an open transaction.
        brand_id: whose people.
        profiles: present ones.
        desk: how long conversations and disputes hold.
        now: the present instant.
    """
    lengths = {"conversation_open": desk.hold_conversation, "dispute_open": desk.hold_dispute}
    if not profiles or not any(lengths.values()):
        return {}
    # Nothing begins later than now: what is not to hold begins too early.
    found = tx.conversations.holds(
        brand_id, profiles, *(now - length if length else now for length in lengths.values())
    )
    held: dict[int, HeldBack] = {}
    for person, reasons in found.items():
        ends = [
            HeldBack(one.reason, until)
            for one in reasons
            if (until := one.since + lengths[one.reason]) > now and lengths[one.reason]
        ]
        if ends:
            held[person] = max(ends, key=lambda one: one.until)
    return held
