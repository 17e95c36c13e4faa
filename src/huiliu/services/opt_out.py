"""The way out of marketing: signed links that need no sign-in, and what a refusal changes."""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.ports.messages import MessageRow
from huiliu.ports.world import World
from huiliu.services.message_events import internal_event

__all__ = ["Link", "one_click", "peek", "read_link", "unsubscribe_url"]

_PURPOSE: Final = "unsubscribe link"
_PAYLOAD: Final = struct.Struct(">BH16s")
_FORMAT: Final = 1
_CODE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Link:
    """Whose link it is: the message that carried it."""

    brand_id: int
    message_id: bytes


def unsubscribe_url(world: World, brand_id: int, message_id: bytes) -> str:
    """Return the one-click address of a message; it holds nothing personal and cannot be forged."""
    payload = _PAYLOAD.pack(_FORMAT, brand_id, message_id)
    token = payload + world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    written = base64.urlsafe_b64encode(token).rstrip(b"=").decode()
    return f"{world.public_url.rstrip('/')}/u/{written}"


def read_link(world: World, written: str) -> Link:
    """Return whose link it is; raise NotFound for one that Huiliu did not make."""
    try:
        token = base64.b64decode(written + "=" * (-len(written) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as fault:
        raise NotFound("unsubscribe link", written[:80]) from fault
    payload, code = token[: _PAYLOAD.size], token[_PAYLOAD.size :]
    if len(payload) != _PAYLOAD.size or len(code) != _CODE_BYTES:
        raise NotFound("unsubscribe link", written[:80])
    expected = world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    if not hmac.compare_digest(code, expected):
        raise NotFound("unsubscribe link", written[:80])
    version, brand_id, message_id = _PAYLOAD.unpack(payload)
    if version != _FORMAT:
        raise NotFound("unsubscribe link", written[:80])
    return Link(brand_id, message_id)


def peek(world: World, written: str) -> str:
    """Return the channel that a link ends; changes nothing; raise NotFound for a wrong link."""
    link = read_link(world, written)
    with world.store.system() as tx:
        return tx.messages.message(link.brand_id, link.message_id).queued.channel


def one_click(world: World, written: str) -> MessageRow:
    """Withdraw the consent to marketing on the channel that a link's message came by.

    The withdrawal is an event: durable when this returns, in force when the projector has read
    it, and the dispatcher waits for the projector. Each click is an event of its own, because a
    person may have agreed again since the last one.
    """
    link = read_link(world, written)
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.messages.message(link.brand_id, link.message_id)
        profile = tx.people.present(link.brand_id, [row.queued.profile_id])
        withdrawn = internal_event(
            link.brand_id,
            profile.get(row.queued.profile_id, row.queued.profile_id),
            "Consent Withdrawn",
            {"channel": row.queued.channel, "purpose": "marketing", "method": "one_click"},
            now,
            "one-click",
            link.message_id,
            now,
        )
        tx.log.append([withdrawn])
    return row
