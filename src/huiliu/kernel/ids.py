"""How every id is made and written: deterministic, never personal, never random."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NewType

__all__ = [
    "BrandId",
    "MessageId",
    "Position",
    "ProfileId",
    "RunId",
    "digest",
    "is_slug",
    "message_id",
    "parse_profile_id",
    "position_from_profile_id",
    "profile_id_from_position",
    "run_id",
    "run_ids",
    "show_id",
    "show_profile_id",
]

BrandId = NewType("BrandId", int)
#: A 63-bit integer minted from the log position that first saw the person.
ProfileId = NewType("ProfileId", int)
#: 16 bytes.
RunId = NewType("RunId", bytes)
#: 16 bytes.
MessageId = NewType("MessageId", bytes)
#: (partition, offset) as one integer: partition in the top bits, offset in the low 48.
Position = NewType("Position", int)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: no i, l, o, u to misread
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_OFFSET_BITS = 48
_WIDTH = 13  # 13 x 5 bits >= 63 bits
_SIGN_BIT = 1 << 63
#: The lengths of short parts as they stand in a hash, made once.
_SHORT = 256
_LENGTHS = [length.to_bytes(4, "big") for length in range(_SHORT)]
# Multiplication by an odd number is a bijection modulo 2^63.
_MIX = 0x5851F42D4C957F2D
_UNMIX = pow(_MIX, -1, _SIGN_BIT)


def digest(*parts: object) -> bytes:
    """Return the 16-byte hash that identifies the parts; the same parts, the same id."""
    return hashlib.blake2b(_joined(parts), digest_size=16).digest()


def _joined(parts: Iterable[object]) -> bytes:
    """Return the parts one after another, each with its length before it."""
    flat: list[bytes] = []
    add = flat.append
    for part in parts:
        raw = part if part.__class__ is bytes else str(part).encode()
        assert isinstance(raw, bytes)
        n_bytes = len(raw)
        add(_LENGTHS[n_bytes] if n_bytes < _SHORT else n_bytes.to_bytes(4, "big"))
        add(raw)
    return b"".join(flat)


def profile_id_from_position(partition: int, offset: int, nth: int = 0) -> ProfileId:
    """Return the id of the nth profile first seen at a log position.

    A bijective mix keeps ids short of looking like a sequence while staying deterministic.
    """
    raw = (partition << 52 | offset << 2 | nth) + 1 & (_SIGN_BIT - 1)  # 0 is nobody
    return ProfileId(raw * _MIX % _SIGN_BIT)


def position_from_profile_id(profile: int) -> int:
    """Return a number that grows with the log position that first saw the profile."""
    return profile * _UNMIX % _SIGN_BIT


def show_profile_id(profile: int) -> str:
    """Return `p_` and 13 letters of base 32."""
    letters = "".join(_ALPHABET[profile >> (5 * i) & 31] for i in reversed(range(_WIDTH)))
    return f"p_{letters}"


def parse_profile_id(shown: str) -> ProfileId | None:
    """Return the id that `show_profile_id` wrote, or None when it is no profile id."""
    if not shown.startswith("p_") or len(shown) != _WIDTH + 2:
        return None
    value = 0
    for letter in shown[2:]:
        if letter not in _VALUES:
            return None
        value = value << 5 | _VALUES[letter]
    return ProfileId(value) if value < _SIGN_BIT else None


def run_id(brand: int, journey: str, profile: int, key: str, entered: int) -> RunId:
    """Return the id of one run of a journey: one per key, or one per entry where there is none."""
    hasher = _begun("run", brand, journey).copy()
    hasher.update(_joined((profile, key, entered)))
    return RunId(hasher.digest())


def run_ids(brand: int, journey: str, key: str, entered: int) -> Callable[[int], RunId]:
    """Return `run_id` for people of whom only the profiles differ: a fifth of the time."""
    begun = hashlib.blake2b(_joined(("run", brand, journey)), digest_size=16)
    end = _joined((key, entered))

    def of_profile(profile: int) -> RunId:
        raw = str(profile).encode()
        hasher = begun.copy()
        hasher.update(_LENGTHS[len(raw)] + raw + end)
        return RunId(hasher.digest())

    return of_profile


def message_id(brand: int, run: bytes, node: str, visit: int, profile: int) -> MessageId:
    """Return the id of the one message that a visit of a node may send to a profile."""
    hasher = _begun("message", brand).copy()
    hasher.update(_joined((run, node, visit, profile)))
    return MessageId(hasher.digest())


@lru_cache(maxsize=1024)
def _begun(*parts: str | int) -> hashlib.blake2b:
    """Return `digest` after its first parts, which are the same for many ids; it is only copied."""
    return hashlib.blake2b(_joined(parts), digest_size=16)


def show_id(raw: bytes) -> str:
    """Return a 16-byte id as 32 hexadecimal letters."""
    return raw.hex()


def is_slug(name: str) -> bool:
    """Say whether a document may have this name: lower-case words joined by single hyphens."""
    return len(name) <= 80 and _SLUG.fullmatch(name) is not None
