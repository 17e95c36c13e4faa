"""The way out of marketing: signed links that need no sign-in, and what a refusal changes."""

from __future__ import annotations

from huiliu.kernel.facts import Value
from huiliu.ports.messages import MessageRow
from huiliu.ports.people import ProfileRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import held_key
from huiliu.services.message_events import internal_event
from huiliu.services.signed_links import Link, link_to, read_link
from huiliu.services.suppress import suppress

__all__ = ["Link", "one_click", "owner_of", "peek", "unsubscribe_url"]

_PATH = "u"


def unsubscribe_url(world: World, brand_id: int, message_id: bytes) -> str:
    """Return the one-click address of a message; it holds nothing personal and cannot be forged."""
    return link_to(world, _PATH, brand_id, message_id)


def peek(world: World, written: str) -> MessageRow:
    """Return the message that a link ends; changes nothing; raise NotFound for a wrong link."""
    link = read_link(world, _PATH, written)
    with world.store.system() as tx:
        return tx.messages.message(link.brand_id, link.message_id)


def one_click(world: World, written: str, method: str = "one_click") -> MessageRow:
    """Withdraw the consent to marketing on the channel that a link's message came by.

    The withdrawal is an event: durable when this returns, in force when the projector has read
    it, and the dispatcher waits for the projector. Each click is an event of its own, because a
    person may have agreed again since the last one. The address goes on the list as well, which
    outlives whatever becomes of the person's data.
    """
    link = read_link(world, _PATH, written)
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.messages.message(link.brand_id, link.message_id)
        channel = row.queued.channel
        profile_id, profile = owner_of(tx, link.brand_id, row)
        key = held_key(channel, profile) if profile is not None else b""
        said: dict[str, Value] = {
            "channel": channel, "purpose": "marketing", "method": method, "source": "message",
            "message_id": link.message_id.hex(),
        }  # fmt: skip
        if key:
            said["address"] = key.hex()
        listed = suppress(tx, link.brand_id, [key] if key else [], "opted_out", now)
        withdrawn = internal_event(
            link.brand_id, profile_id, "Consent Withdrawn", said, now, "one-click",
            link.message_id, now,
        )  # fmt: skip
        tx.log.append([withdrawn, *listed])
    return row


def owner_of(tx: Tx, brand_id: int, row: MessageRow) -> tuple[int, ProfileRow | None]:
    """Return the present id of a message's person, and who it is; None = they are gone."""
    told = row.queued.profile_id
    present = tx.people.present(brand_id, [told]).get(told, told)
    return present, tx.people.profiles(brand_id, [present]).get(present)
