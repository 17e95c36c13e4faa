"""Says at once which messages of a crowd cannot go, instead of letting each wait to be told so.

Only what the policy would say for certain: no address, no consent. Everything else, and the last
word on these, is the dispatcher's, under the person's lock.
"""

from __future__ import annotations

from collections import defaultdict

from huiliu.kernel.events import NewEvent
from huiliu.ports.messages import MessageRow, QueuedMessage
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.message_events import message_event
from huiliu.services.moves import Moves

__all__ = ["turn_away"]


def turn_away(tx: Tx, world: World, moves: Moves) -> list[NewEvent]:
    """Take out of a crowd what cannot go, write down why, and return what the log is told."""
    crowds: dict[str, list[QueuedMessage]] = defaultdict(list)
    for message in moves.messages:
        known = world.channels.get(message.channel)
        # What people come upon by themselves needs no yes; a no is the dispatcher's to hear.
        if message.message_class == "marketing" and known is not None and not known.is_met:
            crowds[message.channel].append(message)
    gone: dict[bytes, str] = {}
    refused: list[QueuedMessage] = []
    for name, crowd in sorted(crowds.items()):
        people = sorted({message.profile_id for message in crowd})
        channel = world.channels[name]
        reasons = tx.messages.unreachable(
            moves.brand_id, people, name, channel.address_trait, has_contacts=channel.has_contacts
        )
        for message in crowd:
            if message.profile_id in reasons:
                gone[message.message_id] = reasons[message.profile_id]
                refused.append(message)
    if not refused:
        return []
    moves.messages = [one for one in moves.messages if one.message_id not in gone]
    why = [gone[message.message_id] for message in refused]
    tx.messages.refuse(refused, why)
    return [
        message_event(
            MessageRow(message, "not_sent", reason, 0, moves.now, 0), "not_sent", moves.now,
            reason=reason,
        )
        for message, reason in zip(refused, why, strict=True)
    ]  # fmt: skip
