"""Signed claims (RFC 7515) as push services ask for: ES256 and RS256, nothing else."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

__all__ = ["b64", "es256", "private_key", "rs256", "unb64"]


def b64(data: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(written: str) -> bytes:
    """Return the bytes of base64url, padded or not; raise ValueError."""
    if not written.isascii():
        raise ValueError("not base64url")
    return base64.b64decode(written + "=" * (-len(written) % 4), b"-_", validate=True)


def private_key(pem: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None:
    r"""Return the private key of a PEM text; None = there is none that can sign here.

    Forms turn the line ends of a pasted key into blanks or `\n`; both are read.
    """
    text = pem.replace("\\n", "\n").strip()
    try:
        found = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if isinstance(found, ec.EllipticCurvePrivateKey) and found.curve.key_size == 256:
        return found
    return found if isinstance(found, rsa.RSAPrivateKey) else None


def es256(
    key: ec.EllipticCurvePrivateKey, header: Mapping[str, str], claims: Mapping[str, object]
) -> str:
    """Return claims signed on the curve P-256."""
    said = _said({"alg": "ES256", **header}, claims)
    r, s = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(SHA256())))
    return f"{said}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def rs256(key: rsa.RSAPrivateKey, header: Mapping[str, str], claims: Mapping[str, object]) -> str:
    """Return claims signed with RSA."""
    said = _said({"alg": "RS256", **header}, claims)
    return f"{said}.{b64(key.sign(said.encode(), padding.PKCS1v15(), SHA256()))}"


def _said(header: Mapping[str, str], claims: Mapping[str, object]) -> str:
    """Return what is signed."""
    return f"{b64(msgspec.json.encode(header))}.{b64(msgspec.json.encode(claims))}"
