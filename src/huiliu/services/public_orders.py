"""Which messages a stranger could set off, who has no more than a key that every browser shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiliu.journeys import Journey
from huiliu.kernel.events import ORDER_EVENTS
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import LiveTemplate, live

__all__ = ["public_orders"]


def public_orders(tx: Tx, world: World, brand_id: int) -> Sequence[str]:
    """Return the live journeys that send service messages after an order event of a public key.

    None where nobody else tells of orders: then the shop's own pages are who does.
    """
    in_force = {key.scope for key in tx.accounts.keys(brand_id) if not key.revoked_at}
    if "collect" not in in_force or not ("api" in in_force or tx.shops.states(brand_id)):
        return []
    refused = world.public_events_refused
    known = live(tx, world, brand_id)
    return sorted(
        running.journey.slug
        for event in ORDER_EVENTS
        if refused is None or event not in refused
        for running in known.entries.get(event, ())
        if _serves(running.journey, known.templates)
    )


def _serves(journey: Journey, templates: Mapping[str, LiveTemplate]) -> bool:
    """Say whether a journey sends service messages, which need no consent."""
    for node in journey.nodes.values():
        said = getattr(node, "message_class", "")
        asked = [templates.get(named.name) for named in node.names if named.kind == "template"]
        found = {one.face.message_class for one in asked if one is not None}
        if said == "service" or (not said and "service" in found):
            return True
    return False
