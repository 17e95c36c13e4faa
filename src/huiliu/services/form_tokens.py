"""What a form's page carries: a challenge that keeps programs away, and whose link it was.

Nothing of it is stored: both are signed. A challenge asks the browser to find a number whose hash
with it begins with so many zero bits, as Hashcash does; that takes a phone a moment and a program
that fills in thousands a long time. Source: Back, "Hashcash - a denial of service
counter-measure", 2002.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
from enum import StrEnum
from typing import Final

from huiliu.kernel.letters import from_letters, to_letters
from huiliu.kernel.times import DAY, SECOND
from huiliu.ports.world import World

__all__ = [
    "KEPT_FOR",
    "Fault",
    "challenge_age",
    "check_proof",
    "new_challenge",
    "person_of",
    "person_token",
    "spent_key",
]

_CHALLENGE: Final = "form challenge"
_PERSON: Final = "form link"
_FORMAT: Final = 1
_OF_CHALLENGE: Final = struct.Struct(">BHQB12s")
_OF_PERSON: Final = struct.Struct(">BHQI")
_CODE_BYTES: Final = 16
_LONGEST: Final = 200
#: Nobody reads and fills in a form sooner than this.
_FASTEST: Final = 2 * SECOND
_GOOD_FOR: Final = DAY
#: A spent challenge is remembered until it would be too old anyway.
KEPT_FOR: Final = 2 * DAY
_LONGEST_PROOF: Final = 12
#: How long the link in a message knows whose it is.
_LINK_DAYS: Final = 60


class Fault(StrEnum):
    """Why a form is shown again instead of being taken."""

    #: No challenge of this form.
    BROKEN = "broken"
    EXPIRED = "expired"
    #: Sooner than a person can be.
    FAST = "fast"
    #: The number does not prove anything.
    PROOF = "proof"


def new_challenge(world: World, brand_id: int, slug: str, bits: int) -> str:
    """Return a fresh challenge of so many bits for one form filled in."""
    nonce = secrets.token_bytes(12)
    payload = _OF_CHALLENGE.pack(_FORMAT, brand_id, world.clock.now(), bits, nonce)
    return _written(payload + _code(world, payload, _CHALLENGE, slug))


def check_proof(world: World, brand_id: int, slug: str, challenge: str, proof: str) -> Fault | None:
    """Return why a challenge and its number are not good, or None."""
    payload = _payload(world, challenge, _OF_CHALLENGE.size, _CHALLENGE, slug)
    if payload is None:
        return Fault.BROKEN
    _, of_brand, issued_at, bits, _ = _OF_CHALLENGE.unpack(payload)
    passed = world.clock.now() - issued_at
    if of_brand != brand_id or passed < 0:
        return Fault.BROKEN
    if passed > _GOOD_FOR:
        return Fault.EXPIRED
    if not (proof.isascii() and proof.isdigit() and len(proof) <= _LONGEST_PROOF):
        return Fault.PROOF
    found = hashlib.sha256(f"{challenge}.{proof}".encode()).digest()
    if int.from_bytes(found, "big") >> (256 - bits):
        return Fault.PROOF
    return Fault.FAST if passed < _FASTEST else None


def challenge_age(world: World, slug: str, challenge: str) -> int:
    """Return how long ago a challenge was given out, in microseconds; 0 = it is none of ours."""
    payload = _payload(world, challenge, _OF_CHALLENGE.size, _CHALLENGE, slug)
    return 0 if payload is None else world.clock.now() - int(_OF_CHALLENGE.unpack(payload)[2])


def spent_key(challenge: str) -> bytes:
    """Return under which key a challenge is remembered once it is spent."""
    return hashlib.sha256(challenge.encode()).digest()[:16]


def person_token(world: World, brand_id: int, profile_id: int) -> str:
    """Return what a link to a form carries so that the form knows whose it is, for 60 days."""
    until = world.clock.now() // DAY + _LINK_DAYS
    payload = _OF_PERSON.pack(_FORMAT, brand_id, profile_id, until)
    return _written(payload + _code(world, payload, _PERSON, ""))


def person_of(world: World, brand_id: int, written: str) -> int:
    """Return whose link it was; 0 = nobody's that is still good."""
    payload = _payload(world, written, _OF_PERSON.size, _PERSON, "")
    if payload is None:
        return 0
    _, of_brand, profile_id, until = _OF_PERSON.unpack(payload)
    is_good = of_brand == brand_id and world.clock.now() // DAY <= until
    return int(profile_id) if is_good else 0


def _code(world: World, payload: bytes, purpose: str, slug: str) -> bytes:
    """Return the authentication code of a token."""
    return world.secrets.sign(payload + slug.encode(), purpose)[:_CODE_BYTES]


def _written(token: bytes) -> str:
    """Return a token as it stands in pages and addresses."""
    return to_letters(token)


def _payload(world: World, written: str, size: int, purpose: str, slug: str) -> bytes | None:
    """Return what a token says, or None when it is not ours."""
    if not written or len(written) > _LONGEST:
        return None
    try:
        token = from_letters(written)
    except ValueError:
        return None
    payload, code = token[:size], token[size:]
    if len(payload) != size or payload[0] != _FORMAT:
        return None
    return payload if hmac.compare_digest(code, _code(world, payload, purpose, slug)) else None
