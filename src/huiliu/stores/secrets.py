"""Cryptography with the instance key: keyed hashes, sealing, signing; one derived key a purpose."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from huiliu.kernel.errors import BadInput, BadSetting, Problem
from huiliu.kernel.texts import text

__all__ = ["InstanceSecrets", "create", "load"]

_KEY_BYTES = 32
_NONCE_BYTES = 12
#: The first byte of everything sealed: the format can change without guessing.
_FORMAT = b"\x01"


def create(path: Path) -> None:
    """Write a fresh instance key that only its owner can read.

    Raises:
        FileExistsError: a key is there; losing it would lose everything sealed with it.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())


def load(path: Path) -> InstanceSecrets:
    """Return the secrets of an instance key file.

    Raises:
        BadSetting: it is missing, holds no key, or others than its owner may read it.
    """
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
        mode = path.stat().st_mode
    except (OSError, ValueError) as fault:
        raise BadSetting(
            "instance key", str(path), text("setting.unreadable", cause=fault)
        ) from fault
    if len(key) != _KEY_BYTES:
        raise BadSetting("instance key", str(path), text("setting.key_length", n=_KEY_BYTES))
    if mode & 0o077:
        raise BadSetting("instance key", str(path), text("setting.key_open"))
    return InstanceSecrets(key)


class InstanceSecrets:
    """The Secrets port on one 32-byte instance key."""

    def __init__(self, instance_key: bytes) -> None:
        """Derive the working keys; the instance key itself seals nothing."""
        if len(instance_key) != _KEY_BYTES:
            raise ValueError(f"an instance key has {_KEY_BYTES} bytes, not {len(instance_key)}")
        self._derive = cache(_Deriver(instance_key))
        self._sealer = cache(lambda purpose: AESGCM(self._derive(f"seal:{purpose}")))
        # A keyed hasher is copied for each value: keying afresh costs twice as much.
        self._identifiers = hashlib.blake2b(digest_size=16, key=self._derive("identifiers"))
        self._hashers: dict[tuple[int, int], Callable[[str], bytes]] = {}
        self._tokens = hashlib.blake2b(digest_size=16, key=self._derive("tokens"))

    def identifier_key(self, brand_id: int, type_number: int, value: str) -> bytes:
        """Return the 16-byte keyed hash of a normalised identifier value."""
        return self.identifier_hasher(brand_id, type_number)(value)

    def identifier_hasher(self, brand_id: int, type_number: int) -> Callable[[str], bytes]:
        """Return `identifier_key` of one brand and type, for those who hash many values."""
        of_one = brand_id, type_number
        if of_one not in self._hashers:
            begun = self._identifiers.copy()
            begun.update(b"%d:%d:" % of_one)
            self._hashers[of_one] = _continued(begun)
        return self._hashers[of_one]

    def token(self, brand_id: int, field: str, value: str) -> bytes:
        """Return the 16-byte keyed hash under which a personal value is vaulted."""
        hasher = self._tokens.copy()
        hasher.update(b"%d:%b\0%b" % (brand_id, field.encode(), value.encode()))
        return hasher.digest()

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Seal bytes with the instance key for one purpose (AES-256-GCM)."""
        return _seal(self._sealer(purpose), plain)

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """Return what was sealed for that purpose; raise BadInput when it was tampered with."""
        return _unseal(self._sealer(purpose), sealed)

    def seal_with(self, subject_key: bytes, plain: bytes) -> bytes:
        """Seal bytes with an unwrapped subject key."""
        return _seal(AESGCM(subject_key), plain)

    def unseal_with(self, subject_key: bytes, sealed: bytes) -> bytes:
        """Return what `seal_with` sealed."""
        return _unseal(AESGCM(subject_key), sealed)

    def new_subject_key(self) -> bytes:
        """Return 32 fresh random bytes."""
        return secrets.token_bytes(_KEY_BYTES)

    def sign(self, message: bytes, purpose: str) -> bytes:
        """Return a 16-byte authentication code for links and tokens."""
        key = self._derive(f"sign:{purpose}")
        return hashlib.blake2b(message, digest_size=16, key=key).digest()


class _Deriver:
    """Derives a 32-byte key for each purpose from the instance key."""

    def __init__(self, instance_key: bytes) -> None:
        """Hold the instance key."""
        self._instance_key = instance_key

    def __call__(self, purpose: str) -> bytes:
        """Return the key of one purpose."""
        hkdf = HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"huiliu:{purpose}".encode())
        return hkdf.derive(self._instance_key)


def _continued(begun: hashlib.blake2b) -> Callable[[str], bytes]:
    """Return what goes on hashing from where `begun` stands."""
    copy = begun.copy

    def hashed(value: str) -> bytes:
        hasher = copy()
        hasher.update(value.encode())
        return hasher.digest()

    return hashed


def _seal(sealer: AESGCM, plain: bytes) -> bytes:
    """Return format byte, nonce and ciphertext."""
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + sealer.encrypt(nonce, plain, _FORMAT)


def _unseal(sealer: AESGCM, sealed: bytes) -> bytes:
    """Return the plain bytes; raise BadInput when they are not what was sealed."""
    end = 1 + _NONCE_BYTES
    try:
        return sealer.decrypt(sealed[1:end], sealed[end:], sealed[:1])
    except (InvalidTag, ValueError) as fault:
        raise BadInput((Problem("sealed", text("secrets.tampered")),)) from fault
