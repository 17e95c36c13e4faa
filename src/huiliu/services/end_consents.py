"""What ends by itself: a yes whose time is over, and an address's time on the list."""

from __future__ import annotations

from msgspec import structs

from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.ports.people import EndedConsent
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.message_events import internal_event
from huiliu.services.suppress import restore

__all__ = ["end_consents"]


def end_consents(world: World, limit: int) -> int:
    """Tell the log what has ended; return how many.

    Dispatch looks at the clock itself; the events let segments and other tools know.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        ended = tx.people.ended_consents(now, limit)
        listed = tx.people.ended_suppressions(now, limit)
        if not ended and not listed:
            return 0
        tx.people.tell_ended(ended)
        events = [
            event
            for brand_id, reason, addresses in listed
            for event in restore(tx, brand_id, addresses, reason, now)
        ]
        tx.log.append([*(_over(tx, one, now) for one in ended if not one.is_past), *events])
    return len(ended) + sum(len(addresses) for _, _, addresses in listed)


def _over(tx: Tx, one: EndedConsent, now: int) -> NewEvent:
    """Return the event of a yes that is over; it happened when its time was up."""
    said: dict[str, Value] = {
        "channel": one.channel, "purpose": one.purpose, "method": "expiry",
        "granted_position": one.position,
    }  # fmt: skip
    present = tx.people.present(one.brand_id, [one.profile_id])
    told = internal_event(
        one.brand_id, present.get(one.profile_id, one.profile_id), "Consent Withdrawn", said, now,
        "expiry", one.position, one.channel, one.purpose,
    )  # fmt: skip
    return structs.replace(told, occurred_at=one.expires_at)
