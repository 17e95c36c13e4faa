"""Sends one person a message that no journey asked for, to see it arrive: policy holds as ever."""

from __future__ import annotations

from typing import Final

import msgspec

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import digest
from huiliu.kernel.times import HOUR
from huiliu.messages.template import parse_template
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.world import World
from huiliu.services.find_people import find_person

__all__ = ["send_test"]

#: What the template may use of an event: an invented order.
_EVENT: Final = {"order_id": "A-1001", "total": 199.0, "currency": "CNY"}
_KEY: Final = "A-1001"
_NODE: Final = "test"


def send_test(world: World, brand_id: int, template: str, person: str) -> bytes:
    """Put a template's newest version into the outbox for one person; return the message's id.

    Who has not agreed, or has had enough for today, gets it no more than any other message.

    Raises:
        NotFound: there is no such template, or nobody has that id or identifier.
    """
    profile = find_person(world, brand_id, person)
    if profile is None:
        raise NotFound("profile", person)
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        document = tx.documents.latest(brand_id, "template", template)
        face = parse_template(document.source)
        number = digest("test message", brand_id, template, profile, now)
        event = {"name": "Example", "occurred_at": now, "properties": _EVENT}
        tx.messages.queue([
            QueuedMessage(
                brand_id, number, profile, "", 0, number, _NODE, face.channel, template,
                document.version, face.message_class, now, now + HOUR, now, b"",
                msgspec.json.encode({"event": event, "key": _KEY}),
            )
        ])  # fmt: skip
    return number
