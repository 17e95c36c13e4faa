"""Signatures of webhooks after the Standard Webhooks specification, symmetric (v1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["PREFIX", "TOLERANCE_S", "is_secret", "signed_headers", "verify"]

#: Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md: a secret is
#: `whsec_` and 24 to 64 bytes as base64; what is signed is `id.timestamp.payload`.
PREFIX: Final = "whsec_"
_SHORTEST, _LONGEST = 24, 64
#: A signature of another time is a replay.
TOLERANCE_S: Final = 5 * 60


def is_secret(written: str) -> bool:
    """Say whether this is a secret that may sign."""
    return written.startswith(PREFIX) and _SHORTEST <= len(_key(written)) <= _LONGEST


def signed_headers(
    secrets: Sequence[str], message_id: str, at_s: int, body: bytes
) -> dict[str, str]:
    """Return the three headers of a webhook; several secrets while a receiver changes over."""
    signatures = " ".join(_signature(secret, message_id, str(at_s), body) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signatures,
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now_s: int) -> bool:
    """Say whether one of the secrets signed this, and lately.

    Args:
        secrets: those in force.
        headers: of the request, names in small letters.
        body: as it came in.
        now_s: the time, in seconds.
    """
    message_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not message_id or not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 15):
        return False
    if abs(now_s - int(stamp)) > TOLERANCE_S:
        return False
    given = headers.get("webhook-signature", "").split()
    expected = [_signature(secret, message_id, stamp, body) for secret in secrets]
    # All are compared, whichever fits: how long it takes tells nothing.
    matches = [
        hmac.compare_digest(one.encode(), each.encode()) for one in given for each in expected
    ]
    return any(matches)


def _signature(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """Return one signature with its version."""
    signed = f"{message_id}.{stamp}.".encode() + body
    code = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(code).decode()}"


def _key(secret: str) -> bytes:
    """Return the bytes of a secret; what is no base64 has none."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""
