"""RSA keys as providers of payments hand them out, and signatures with SHA-256."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
)

__all__ = ["is_private_key", "is_public_key", "sign", "verify"]

#: Providers take nothing shorter.
_FEWEST_BITS: Final = 2048


def sign(private_key: str, message: bytes) -> str:
    """Return the signature of a message, base64."""
    key = _private(private_key)
    assert key is not None, "an account's key was looked at when it was entered"
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), SHA256())).decode()


def verify(public_key: str, message: bytes, signature: str) -> bool:
    """Say whether a message was signed by whoever holds the other half of a key."""
    key = _public(public_key)
    if key is None:
        return False
    try:
        key.verify(base64.b64decode(signature, validate=True), message, padding.PKCS1v15(),
                   SHA256())  # fmt: skip
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def is_private_key(written: str) -> bool:
    """Say whether this is an RSA private key that is long enough."""
    return _private(written) is not None


def is_public_key(written: str) -> bool:
    """Say whether this is an RSA public key, or a certificate with one, that is long enough."""
    return _public(written) is not None


@lru_cache(maxsize=64)
def _private(written: str) -> RSAPrivateKey | None:
    """Return a key from PEM, or from its base64 alone, as Alipay's tool writes it."""
    try:
        found = load_der_private_key(_der(written), None)
    except (ValueError, TypeError, binascii.Error):
        return None
    return found if isinstance(found, RSAPrivateKey) and found.key_size >= _FEWEST_BITS else None


@lru_cache(maxsize=64)
def _public(written: str) -> RSAPublicKey | None:
    """Return a key from PEM or its base64 alone, or that of a certificate."""
    try:
        der = _der(written)
        if "CERTIFICATE" in written:
            found = x509.load_der_x509_certificate(der).public_key()
        else:
            found = load_der_public_key(der)  # type: ignore[assignment] # narrowed below
    except (ValueError, TypeError, binascii.Error):
        return None
    return found if isinstance(found, RSAPublicKey) and found.key_size >= _FEWEST_BITS else None


def _der(written: str) -> bytes:
    """Return the bytes of a key: its lines without the words around, however they were pasted."""
    parts = written.split("-----")
    inner = parts[2] if len(parts) >= 3 else written
    return base64.b64decode("".join(inner.replace("\\n", "").split()), validate=True)
