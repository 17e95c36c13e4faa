"""The link under which somebody looks after their own invite: signed, and nothing is stored."""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.letters import from_letters, to_letters
from huiliu.ports.world import World

__all__ = ["OwnInvite", "invite_token", "read_invite_token"]

_PAYLOAD: Final = struct.Struct(">BHB16s")
_FORMAT: Final = 1
_CODE_BYTES: Final = 16
_PURPOSE: Final = "own invite"


@dataclass(frozen=True, slots=True)
class OwnInvite:
    """Which invite a link is for."""

    brand_id: int
    invite_id: bytes
    #: Whether who got it was known; who only typed a number is not shown what belongs to it.
    is_proved: bool


def invite_token(world: World, own: OwnInvite) -> str:
    """Return what the link carries."""
    payload = _PAYLOAD.pack(_FORMAT, own.brand_id, own.is_proved, own.invite_id)
    token = payload + world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    return to_letters(token)


def read_invite_token(world: World, written: str) -> OwnInvite:
    """Return which invite a link is for; raise NotFound for one that Huiliu did not make."""
    try:
        token = from_letters(written)
    except ValueError as fault:
        raise NotFound("invite", written[:80]) from fault
    payload, code = token[: _PAYLOAD.size], token[_PAYLOAD.size :]
    expected = world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    if len(payload) != _PAYLOAD.size or not hmac.compare_digest(code, expected):
        raise NotFound("invite", written[:80])
    version, brand_id, is_proved, invite_id = _PAYLOAD.unpack(payload)
    if version != _FORMAT:
        raise NotFound("invite", written[:80])
    return OwnInvite(brand_id, invite_id, bool(is_proved))
