"""A member's code: shown on their own phone for some minutes, scanned at a till.

It is what an app asks for with a server's key, when it knows who is signed in. A code is signed and
says whose it is until when; it is not spent, since the same sale is quoted and then committed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.ports.world import World

__all__ = ["MEMBER_CODE", "MemberCode", "is_member_code", "member_code", "member_of"]

#: What such a code begins with; scanners read capitals and digits with the smallest code.
MEMBER_CODE: Final = "HM"
_PURPOSE: Final = "member code"
_PAYLOAD: Final = struct.Struct(">BHQI")
_FORMAT: Final = 1
_CODE_BYTES: Final = 10
_GOOD_FOR: Final = 5 * MINUTE
_LENGTH: Final = 42


@dataclass(frozen=True, slots=True)
class MemberCode:
    """A code and how long it is good."""

    code: str
    until: int


def member_code(world: World, brand_id: int, profile_id: int) -> MemberCode:
    """Return a fresh code of a person; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
        if not tx.people.profiles(brand_id, [present]):
            raise NotFound("profile", str(profile_id))
    until = (world.clock.now() + _GOOD_FOR) // SECOND
    payload = _PAYLOAD.pack(_FORMAT, brand_id, present, until)
    token = payload + world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    written = base64.b32encode(token).decode().rstrip("=")
    return MemberCode(MEMBER_CODE + written, until * SECOND)


def is_member_code(written: str) -> bool:
    """Say whether this looks like a member's code."""
    return written.startswith(MEMBER_CODE) and len(written) == _LENGTH


def member_of(world: World, brand_id: int, written: str, at: int) -> int | None:
    """Return whose code it is; None where it is nobody's, or was too old at that instant."""
    if not is_member_code(written):
        return None
    letters = written[len(MEMBER_CODE) :]
    try:
        token = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        return None
    payload, code = token[: _PAYLOAD.size], token[_PAYLOAD.size :]
    expected = world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    if not hmac.compare_digest(code, expected):
        return None
    version, of_brand, profile_id, until = _PAYLOAD.unpack(payload)
    is_good = version == _FORMAT and of_brand == brand_id
    return int(profile_id) if is_good and at <= until * SECOND else None
