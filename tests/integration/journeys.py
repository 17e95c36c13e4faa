"""Journeys and order events for tests of everything that runs them."""

from __future__ import annotations

import msgspec
from tests.integration.people import BRAND, NOW, event

from huiliu.journeys import parsed
from huiliu.kernel.events import Flag, NewEvent
from huiliu.kernel.times import DAY
from huiliu.ports.documents import Document
from huiliu.ports.world import World

APOLOGY = """huiliu: 1
kind: journey
slug: late-shipment-apology
name: {zh-CN: 迟发安抚, en: Late shipment apology}
entry: {event: Order Paid, key: order_id}
exit_when: [{event: Order Shipped}, {event: Order Cancelled}]
nodes:
  patience: {type: wait, for: 3d, next: apologise}
  apologise: {type: send, channel: email, template: late-shipment, class: service, next: done}
  done: {type: exit}
"""


def order_event(
    name: str, order: str, *, at: int = NOW, received: int = 0, flags: Flag | int = 0,
    who: str = "ada", **properties: object,
) -> NewEvent:  # fmt: skip
    """Return an event of an order."""
    made = event(
        f"user_id:{who}", name=name, at=at, flags=flags,
        properties={"order_id": order} | properties,
    )  # fmt: skip
    return msgspec.structs.replace(made, received_at=received or at)


def put_journey(world: World, source: str, state: str = "live") -> int:
    """Store a journey as its author applied it and return its version."""
    journey = parsed(source)
    with world.store.system() as tx:
        document = Document(BRAND, "journey", journey.slug, 0, state, journey.source(), NOW, "test")
        return tx.documents.put(document).version


def rows(world: World, statement: str) -> list[tuple[object, ...]]:
    """Return what a query finds, straight from the database."""
    with world.store.system() as tx:
        return list(tx.connection.execute(statement))  # type: ignore[attr-defined] # PostgresTx


THREE_DAYS = 3 * DAY
