"""The key by which browsers' push services know a brand (RFC 8292)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from huiliu.messages.jwt import b64, private_key, unb64

__all__ = ["public_key", "vapid_key"]


def vapid_key(written: str) -> ec.EllipticCurvePrivateKey | None:
    """Return a private key: PEM, or the 32 bytes in base64url that browsers' tools write.

    None = it is none.
    """
    if "BEGIN" in written:
        found = private_key(written)
        return found if isinstance(found, ec.EllipticCurvePrivateKey) else None
    try:
        raw = unb64(written.strip())
        number = int.from_bytes(raw, "big") if len(raw) == 32 else 0
        return ec.derive_private_key(number, ec.SECP256R1()) if number else None
    except ValueError:
        return None


def public_key(key: ec.EllipticCurvePrivateKey) -> str:
    """Return what browsers subscribe with: the point, in base64url."""
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return b64(point)
