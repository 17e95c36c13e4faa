"""Apple's side of push: tokens of ES256, reasons, goodbyes, and devices that are gone."""

from __future__ import annotations

import base64
import json
import os
import re
import uuid
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from huiliu.fakes.providers.cloud import SECOND, Asked, Given, Sent, script_of
from huiliu.fakes.providers.push import FakePush2

__all__ = ["FakeApns"]

_TEAM, _KEY, _TOPIC = "TEAM123456", "KEY1234567", "com.example.shop"
_PATH: Final = re.compile(r"/3/device/([0-9a-fA-F]+)")
#: What a script answers: (status, reason).
_FAULTS: Final = {
    "no_number": (410, "Unregistered"),
    "opted_out": (400, "BadDeviceToken"),
    "bad_words": (400, "PayloadEmpty"),
    "no_money": (403, "TopicDisallowed"),
    "busy": (429, "TooManyRequests"),
    "fault": (503, "ServiceUnavailable"),
    "crash": (500, "InternalServerError"),
}
#: Apple takes a signature so old.
_OLDEST_S: Final = 3_600
_LARGEST: Final = 4_096


class FakeApns(FakePush2):
    """APNs, in clear text."""

    name: ClassVar[str] = "apns"
    #: Made once for all fakes: accounts outlive a fake's run in tests.
    key: ClassVar[ec.EllipticCurvePrivateKey] = ec.generate_private_key(ec.SECP256R1())
    #: Since when the device is gone, in milliseconds; 0 = since now.
    gone_since: int = 0
    #: Whoever signed in with a token made before this has to make another.
    not_before: int = 0

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return {
            "team_id": _TEAM, "key_id": _KEY, "key": pem, "bundle": _TOPIC, "endpoint": self.url,
        }  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check who signed."""
        given = asked.headers.get("authorization", "")
        if not given.startswith("bearer "):
            return _fault(403, "MissingProviderToken")
        claims = _claims(given.removeprefix("bearer "), self.key.public_key())
        if claims is None or claims.get("iss") != _TEAM:
            return _fault(403, "InvalidProviderToken")
        issued, now = int(str(claims.get("iat") or 0)), self.now() // SECOND
        if issued > now + 60 or now - issued > _OLDEST_S or issued * SECOND < self.not_before:
            return _fault(403, "ExpiredProviderToken")
        return None

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(429, "TooManyRequests")

    def answer(self, asked: Asked) -> Given:
        """Answer one push."""
        found = _PATH.fullmatch(asked.path)
        if asked.method != "POST" or found is None:
            return _fault(404, "BadPath")
        token, headers = found[1], asked.headers
        wrong = self._wrong(asked)
        if wrong:
            return _fault(413 if wrong == "PayloadTooLarge" else 400, wrong)
        script = script_of(token)
        if len(token) % 2 or len(token) < 8:
            return _fault(400, "BadDeviceToken")
        if script in _FAULTS:
            status, reason = _FAULTS[script]
            gone = {"timestamp": self.gone_since or self.now() // 1_000} if status == 410 else {}
            return _fault(status, reason, **gone)
        known = headers.get("apns-id") or str(uuid.UUID(bytes=os.urandom(16)))
        alert = asked.json().get("aps", {})
        words = alert.get("alert", {}) if isinstance(alert, dict) else {}
        self.keep(Sent(token, str(words.get("body") or ""), known, at=self.now()))
        if script in {"hang", "lost_answer"}:
            return Given(instead="hang" if script == "hang" else "drop")
        return Given(None, 200, {"apns-id": known})

    def _wrong(self, asked: Asked) -> str:
        """Return the reason why a request is refused as such, or ""."""
        headers = asked.headers
        if headers.get("apns-topic") != _TOPIC:
            return "TopicDisallowed" if headers.get("apns-topic") else "MissingTopic"
        if headers.get("apns-priority", "10") not in {"10", "5", "1"}:
            return "BadPriority"
        if len(headers.get("apns-collapse-id", "")) > 64:
            return "BadCollapseId"
        if not headers.get("apns-expiration", "0").isdigit():
            return "BadExpirationDate"
        if len(asked.body) > _LARGEST:
            return "PayloadTooLarge"
        return "" if asked.json().get("aps") else "PayloadEmpty"


def _fault(status: int, reason: str, **more: int) -> Given:
    """Refuse in Apple's words."""
    return Given({"reason": reason, **more}, status)


def _claims(token: str, key: ec.EllipticCurvePublicKey) -> dict[str, object] | None:
    """Return what a token says, if it was signed with the key."""
    try:
        head, body, signature = token.split(".")
        raw = _raw(signature)
        signed = encode_dss_signature(
            int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        )
        key.verify(signed, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
        says: dict[str, object] = json.loads(_raw(head))
        found: dict[str, object] = json.loads(_raw(body))
    except (ValueError, InvalidSignature):
        return None
    return found if says.get("alg") == "ES256" and says.get("kid") == _KEY else None


def _raw(written: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
