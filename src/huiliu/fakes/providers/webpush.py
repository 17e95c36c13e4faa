"""A browser and its push service: VAPID is checked, messages are read as browsers do."""

from __future__ import annotations

import base64
import json
import os
from typing import ClassVar, Final
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from huiliu.fakes.providers.cloud import SECOND, Asked, Given, Sent, script_of
from huiliu.fakes.providers.push import FakePush

__all__ = ["FakeWebPush"]

_FAULTS: Final = {
    "no_number": 410, "opted_out": 404, "bad_words": 413, "no_money": 403, "busy": 429,
    "fault": 503, "crash": 500,
}  # fmt: skip


class FakeWebPush(FakePush):
    """A push service with a browser behind it."""

    name: ClassVar[str] = "webpush"
    #: The brand's key, made once: accounts outlive a fake's run.
    vapid: ClassVar[ec.EllipticCurvePrivateKey] = ec.generate_private_key(ec.SECP256R1())
    #: The browser's key and secret.
    browser: ClassVar[ec.EllipticCurvePrivateKey] = ec.generate_private_key(ec.SECP256R1())
    auth: ClassVar[bytes] = os.urandom(16)

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        pem = self.vapid.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return {"vapid_key": pem, "subject": "mailto:push@brand.example", "services": self.host}

    def subscription(self, name: str) -> str:
        """Return what a browser gives to a page; the name's last four choose what becomes of it."""
        point = self.browser.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": _written(point), "auth": _written(self.auth)}
        return json.dumps({"endpoint": f"{self.url}/push/{name}", "keys": keys})

    def refuse(self, asked: Asked) -> Given | None:
        """Check that the key which the subscription was made with signed for here and now."""
        scheme, _, rest = asked.headers.get("authorization", "").partition(" ")
        said = dict(one.strip().partition("=")[::2] for one in rest.split(","))
        if scheme != "vapid" or not self._is_signed(said.get("t", ""), said.get("k", "")):
            return Given({"error": "vapid"}, 403)
        return None

    def busy(self) -> Given:
        """Answer one call too many."""
        return Given({}, 429, {"Retry-After": "5"})

    def answer(self, asked: Asked) -> Given:
        """Take a message and read it as a browser does."""
        name = asked.path.rpartition("/")[2]
        script = script_of(name)
        if script in _FAULTS:
            status = _FAULTS[script]
            return Given({}, status, {"Retry-After": "5"} if status in {429, 503} else {})
        headers = asked.headers
        if headers.get("content-encoding") != "aes128gcm" or not headers.get("ttl", "").isdigit():
            return Given({"error": "headers"}, 400)
        try:
            shown = json.loads(self._read(asked.body))
        except (ValueError, InvalidTag):
            return Given({"error": "not for this browser"}, 400)
        self.keep(Sent(name, str(shown.get("body") or ""), str(len(self.sent) + 1), at=self.now()))
        if script in {"hang", "lost_answer"}:
            return Given(instead="hang" if script == "hang" else "drop")
        return Given(None, 201)

    def _is_signed(self, token: str, key: str) -> bool:
        """Say whether a token was signed with the brand's key, for this service."""
        point = self.vapid.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        try:
            head, body, signature = token.split(".")
            raw = _raw(signature)
            signed = encode_dss_signature(
                int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
            )
            self.vapid.public_key().verify(signed, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
            claims = json.loads(_raw(body))
        except (ValueError, InvalidSignature):
            return False
        left = int(claims.get("exp", 0)) - self.now() // SECOND
        is_here = urlsplit(str(claims.get("aud"))).netloc == f"{self.host}:{self.port}"
        return _raw(key) == point and is_here and 0 < left <= 86_400

    def _read(self, body: bytes) -> bytes:
        """Return what a message says (RFC 8291, from the browser's side)."""
        salt, length = body[:16], body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        mine = self.browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        shared = self.browser.exchange(ec.ECDH(), sender)
        secret = _derived(shared, self.auth, b"WebPush: info\0" + mine + theirs, 32)
        key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
        return AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")[:-1]


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """Return key material (RFC 5869)."""
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _written(data: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _raw(written: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
