"""Links that need no sign-in: they name a message, hold nothing personal and cannot be forged."""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.letters import from_letters, to_letters
from huiliu.ports.world import World

__all__ = ["Link", "link_to", "read_link"]

_PAYLOAD: Final = struct.Struct(">BH16s")
_FORMAT: Final = 1
_CODE_BYTES: Final = 16
#: Path -> what its links are signed for: a link opens the one page that it was made for.
_PURPOSES: Final = {
    "u": "unsubscribe link", "p": "preference link", "c": "confirmation link",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """Whose link it is: the message that carried it."""

    brand_id: int
    message_id: bytes


def link_to(world: World, path: str, brand_id: int, message_id: bytes) -> str:
    """Return the address of a message's page: `u` to leave, `p` to choose, `c` to confirm."""
    payload = _PAYLOAD.pack(_FORMAT, brand_id, message_id)
    token = payload + world.secrets.sign(payload, _PURPOSES[path])[:_CODE_BYTES]
    written = to_letters(token)
    return f"{world.public_url.rstrip('/')}/{path}/{written}"


def read_link(world: World, path: str, written: str) -> Link:
    """Return whose link it is; raise NotFound for one that Huiliu did not make."""
    purpose = _PURPOSES[path]
    try:
        token = from_letters(written)
    except ValueError as fault:
        raise NotFound(purpose, written[:80]) from fault
    payload, code = token[: _PAYLOAD.size], token[_PAYLOAD.size :]
    if len(payload) != _PAYLOAD.size or len(code) != _CODE_BYTES:
        raise NotFound(purpose, written[:80])
    expected = world.secrets.sign(payload, purpose)[:_CODE_BYTES]
    if not hmac.compare_digest(code, expected):
        raise NotFound(purpose, written[:80])
    version, brand_id, message_id = _PAYLOAD.unpack(payload)
    if version != _FORMAT:
        raise NotFound(purpose, written[:80])
    return Link(brand_id, message_id)
