"""The addresses that Huiliu reads mail at: of bounces (VERP), ways out, complaints and answers.

`b+<message><code>@domain` is the envelope's sender of one letter: what comes back to it is about
that letter whatever the report says. `u+<token>@domain` is a way out for readers without one click.
`r+<message><code>@domain` is where answers to one letter go, `inbox@domain` where others may.
Local parts are lower case letters and digits only, because some servers change the case.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from typing import Final

__all__ = [
    "Target",
    "answer_address",
    "bounce_address",
    "is_ours",
    "read_target",
    "unsubscribe_address",
]

#: Enough that nobody guesses one, and short enough for a local part of 64 characters.
_CODE_BYTES: Final = 8
_ID_BYTES: Final = 16
_BOUNCE: Final = re.compile(r"b\+([0-9a-f]{48})", re.IGNORECASE)
_ANSWER: Final = re.compile(r"r\+([0-9a-f]{48})", re.IGNORECASE)
#: Where a brand has the mail of its own addresses sent on to.
_INBOX: Final = "inbox"
_WAY_OUT: Final = re.compile(r"u\+([a-z2-7]{8,61})", re.IGNORECASE)
#: Where complaints and questions arrive. Source: RFC 2142 section 2, 4; feedback loops ask for one.
_ROLES: Final = frozenset({"abuse", "fbl", "complaints", "postmaster"})
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{8,120}")


@dataclass(frozen=True, slots=True)
class Target:
    """What an address of ours is for."""

    #: bounce, answer, inbox, way_out or role.
    kind: str
    #: Of a bounce and an answer: the message's id and the code that proves it.
    message_id: bytes = b""
    code: bytes = b""
    #: Of a way out: the token of the one-click address.
    token: str = ""


def bounce_address(message_id: bytes, domain: str, key: bytes) -> str:
    """Return the envelope's sender of one letter."""
    return f"b+{message_id.hex()}{_code(message_id, key).hex()}@{domain}"


def answer_address(message_id: bytes, domain: str, key: bytes) -> str:
    """Return where answers to one letter go: who knows it got the letter."""
    return f"r+{message_id.hex()}{_code(b'answer' + message_id, key).hex()}@{domain}"


def is_ours(target: Target, key: bytes) -> bool:
    """Say whether the address of a bounce or an answer was made with this key."""
    about = b"answer" + target.message_id if target.kind == "answer" else target.message_id
    return hmac.compare_digest(target.code, _code(about, key))


def unsubscribe_address(one_click_url: str, domain: str) -> str:
    """Return the mail address that does what a one-click address does, or "" where none can."""
    token = one_click_url.rpartition("/")[2]
    if not _TOKEN.fullmatch(token):
        return ""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return ""
    local = "u+" + base64.b32encode(raw).rstrip(b"=").decode().lower()
    return f"{local}@{domain}" if len(local) <= 64 else ""


def read_target(local: str) -> Target | None:
    """Return what the local part of an address of ours is for, or None where it is nothing."""
    if found := _BOUNCE.fullmatch(local):
        raw = bytes.fromhex(found[1])
        return Target("bounce", raw[:_ID_BYTES], raw[_ID_BYTES:])
    if found := _ANSWER.fullmatch(local):
        raw = bytes.fromhex(found[1])
        return Target("answer", raw[:_ID_BYTES], raw[_ID_BYTES:])
    if local.lower() == _INBOX:
        return Target("inbox")
    if found := _WAY_OUT.fullmatch(local):
        written = found[1].upper()
        try:
            raw = base64.b32decode(written + "=" * (-len(written) % 8))
        except (binascii.Error, ValueError):
            return None
        return Target("way_out", token=base64.urlsafe_b64encode(raw).rstrip(b"=").decode())
    return Target("role") if local.lower() in _ROLES else None


def _code(message_id: bytes, key: bytes) -> bytes:
    """Return what proves that an address is ours."""
    return hmac.digest(key, message_id, "sha256")[:_CODE_BYTES]
