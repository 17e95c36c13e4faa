"""Where raw personal values live, and the keys that seal and hash them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

__all__ = ["Secrets", "VaultStore"]


class Secrets(Protocol):
    """Cryptography with the instance key; no I/O."""

    def identifier_key(self, brand_id: int, type_number: int, value: str) -> bytes:
        """Return the 16-byte keyed hash of a normalised identifier value."""
        ...

    def identifier_hasher(self, brand_id: int, type_number: int) -> Callable[[str], bytes]:
        """Return `identifier_key` of one brand and type, for those who hash many values."""
        ...

    def token(self, brand_id: int, field: str, value: str) -> bytes:
        """Return the 16-byte keyed hash under which a personal value is vaulted."""
        ...

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Seal bytes with the instance key for one purpose (AES-256-GCM)."""
        ...

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """Return what was sealed for that purpose; raise BadInput when it was tampered with."""
        ...

    def seal_with(self, subject_key: bytes, plain: bytes) -> bytes:
        """Seal bytes with an unwrapped subject key."""
        ...

    def unseal_with(self, subject_key: bytes, sealed: bytes) -> bytes:
        """Return what `seal_with` sealed."""
        ...

    def new_subject_key(self) -> bytes:
        """Return 32 fresh random bytes."""
        ...

    def sign(self, message: bytes, purpose: str) -> bytes:
        """Return a 16-byte authentication code for links and tokens."""
        ...


class VaultStore(Protocol):
    """Sealed values by subject, inside one transaction."""

    def subject_keys(
        self, brand_id: int, subjects: Collection[bytes], *, create: bool
    ) -> dict[bytes, bytes]:
        """Return subject -> unwrapped key; with `create`, missing ones are made.

        A destroyed subject has no key and gets none again.
        """
        ...

    def put(self, brand_id: int, rows: Sequence[tuple[bytes, bytes, str, bytes]]) -> None:
        """Keep (subject, token, field, sealed value) rows; repeats change nothing."""
        ...

    def adopt(self, brand_id: int, owners: Mapping[bytes, int]) -> None:
        """Say which profile owns each subject: subject -> profile_id."""
        ...

    def reveal(
        self, brand_id: int, tokens: Mapping[int, Collection[bytes]]
    ) -> dict[tuple[int, bytes], str]:
        """Return (profile_id, token) -> raw value for what the profiles' subjects hold."""
        ...
