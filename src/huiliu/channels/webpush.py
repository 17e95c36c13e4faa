"""Push to browsers (RFC 8030): encrypted for one subscription (RFC 8291), signed (RFC 8292).

The address of a subscription comes from a browser, and whoever holds a public key can send one:
only hosts of known push services are called.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from huiliu.channels.access import Access
from huiliu.channels.provider import COMMON
from huiliu.channels.push import (
    COMMON_PUSH,
    NO_ADDRESS,
    TOO_LARGE,
    Piece,
    PushProvider,
    Said,
    expiry,
    part,
    retry_after,
)
from huiliu.channels.sms_cloud import json_of
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import HOUR, SECOND
from huiliu.messages.jwt import b64, es256, unb64
from huiliu.messages.vapid import public_key, vapid_key
from huiliu.ports.channel import (
    AccountField,
    AnswerState,
    ChannelAccount,
    Idempotency,
    Limit,
)
from huiliu.ports.evidence import Evidence
from huiliu.ports.outbound import HttpAnswer, HttpCall

__all__ = ["Subscription", "WebPushProvider", "encrypted"]

#: Hosts of browsers' push services, with all below them.
SERVICES: Final = (
    "fcm.googleapis.com,updates.push.services.mozilla.com,web.push.apple.com,"
    "notify.windows.com,push.apple.com"
)
#: Half of the day that a signature may be good for.
_SIGNED_FOR: Final = 12 * HOUR
#: One record holds all: header 86, padding delimiter 1, tag 16 of 4096 bytes.
_LARGEST: Final = 3_993
_RECORD: Final = 4_096
_POINT: Final = 65


class Subscription(NamedTuple):
    """What a browser gave: where to, and for whom to encrypt."""

    endpoint: str
    p256dh: bytes
    auth: bytes

    @classmethod
    def read(cls, written: str) -> Subscription | None:
        """Return a subscription from its JSON; None = it is none."""
        found = json_of(written.encode())
        keys = found.get("keys")
        if not isinstance(keys, Mapping):
            return None
        try:
            point, auth = unb64(str(keys.get("p256dh"))), unb64(str(keys.get("auth")))
        except ValueError:
            return None
        is_good = len(point) == _POINT and point[0] == 4 and len(auth) == 16
        endpoint = found.get("endpoint")
        return cls(endpoint, point, auth) if is_good and isinstance(endpoint, str) else None


class WebPushProvider(PushProvider):
    """The Provider port over browsers' push services."""

    name = "webpush"
    evidence = Evidence.TRIED
    idempotency = Idempotency.COLLAPSES
    platforms = ("web",)
    fields = (
        AccountField("vapid_key", "secret"),
        AccountField("subject", longest=200),
        AccountField("services", default=SERVICES),
        *COMMON_PUSH,
        *COMMON,
    )
    limits = (
        Limit("payload", str(_LARGEST), "www.rfc-editor.org/rfc/rfc8291"),
        Limit("token_age", "24 h", "www.rfc-editor.org/rfc/rfc8292"),
    )

    def __init__(self, access: Access) -> None:
        """Hold the doors."""
        super().__init__(access)
        #: (key, service) -> (what signs in there, when it was made).
        self._signed: dict[tuple[str, str], tuple[str, int]] = {}
        self._signing = threading.Lock()

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return why nothing could be signed, and who nobody could ask."""
        found = []
        if config.get("vapid_key") and vapid_key(config["vapid_key"]) is None:
            found.append(Problem("vapid_key", text("channels.bad_vapid_key")))
        subject = config.get("subject", "")
        if subject and not subject.startswith(("mailto:", "https://")):
            found.append(Problem("subject", text("channels.bad_vapid_subject")))
        return found

    def request(
        self, account: ChannelAccount, piece: Piece, token: str, now: int
    ) -> HttpCall | Said:
        """Return the call for one subscription."""
        del token
        message = piece.message
        key = vapid_key(account.config.get("vapid_key", ""))
        if key is None:
            return Said(AnswerState.PAUSE, "no vapid_key")
        subscription = Subscription.read(piece.targets[0].address)
        if subscription is None:
            return NO_ADDRESS
        named = account.config.get("services") or SERVICES
        if not _is_known(subscription.endpoint, named):
            return NO_ADDRESS
        shown = {
            "title": part(message, "title"), "body": part(message, "text"),
            "mid": message.message_id.hex(),
            **{name: part(message, name) for name in ("url", "image") if part(message, name)},
        }  # fmt: skip
        told = msgspec.json.encode(shown)
        if len(told) > _LARGEST:
            return TOO_LARGE
        try:
            body = encrypted(told, subscription)
        except ValueError:
            return NO_ADDRESS
        wait = max(0, expiry(account, message, now) - now) // SECOND
        is_service = message.message_class == "service"
        headers = {
            "authorization": self._authorization(account, key, subscription.endpoint, now),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(wait),
            "urgency": "high" if is_service else "normal",
            # A repeat takes the place of one that was not fetched yet.
            "topic": b64(message.message_id)[:32],
        }
        return HttpCall(subscription.endpoint, headers=headers, body=body)

    def read(self, piece: Piece, answer: HttpAnswer, now: int) -> Said:
        """Return what a push service's answer means."""
        del piece, now
        status, words = answer.status, answer.body[:120].decode("utf-8", "replace")
        code = str(status)
        match status:
            case 200 | 201 | 202:
                return Said(AnswerState.ACCEPTED, code)
            case 404 | 410:
                return Said(AnswerState.SUPPRESS, code)
            case 413:
                return Said(AnswerState.FIX, code, words)
            case 429 | 503:
                return Said(AnswerState.THROTTLED, code, words, retry_after=retry_after(answer))
            case 401 | 403:
                # Of a key that the subscription was not made with: the account's is another now.
                return Said(AnswerState.PAUSE, code, words)
            case _ if status >= 500:
                return Said(AnswerState.UNKNOWN, code, words)
            case _:
                return Said(AnswerState.REJECTED, code, words)

    def _authorization(
        self, account: ChannelAccount, key: ec.EllipticCurvePrivateKey, endpoint: str, now: int
    ) -> str:
        """Return what signs in at one push service; signed anew every few hours."""
        parts = urlsplit(endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
        place = account.config.get("vapid_key", ""), origin
        with self._signing:
            held, made_at = self._signed.get(place, ("", 0))
            if held and 0 <= now - made_at < _SIGNED_FOR // 2:
                return held
            claims = {
                "aud": origin, "exp": (now + _SIGNED_FOR) // SECOND,
                "sub": account.config.get("subject", ""),
            }  # fmt: skip
            made = f"vapid t={es256(key, {'typ': 'JWT'}, claims)}, k={public_key(key)}"
            if len(self._signed) > 100:
                self._signed.clear()
            self._signed[place] = made, now
            return made


def encrypted(
    told: bytes,
    to: Subscription,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return a message that only one browser can read (RFC 8291); raise ValueError for no key.

    Args:
        told: what it is to read.
        to: the subscription.
        key: the sender's key of this one message; None = a fresh one.
        salt: 16 bytes; None = fresh ones.
    """
    key = key or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    mine = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to.p256dh)
    shared = key.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, to.auth, b"WebPush: info\0" + to.p256dh + mine, 32)
    content = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + _RECORD.to_bytes(4, "big") + bytes([len(mine)]) + mine
    return head + AESGCM(content).encrypt(nonce, told + b"\2", None)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """Return key material (RFC 5869)."""
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _is_known(endpoint: str, named: str) -> bool:
    """Say whether an address is of one of these hosts, or of one below them."""
    try:
        host = (urlsplit(endpoint).hostname or "").lower().rstrip(".")
    except ValueError:
        return False
    known = [one.strip().lower() for one in named.split(",") if one.strip()]
    return any(host == one or host.endswith(f".{one}") for one in known)
