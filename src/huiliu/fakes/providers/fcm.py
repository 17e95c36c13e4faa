"""Firebase's side of push: tokens for service accounts, and errors in Google's shape."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from huiliu.fakes.providers.cloud import SECOND, Asked, Given, Sent, script_of
from huiliu.fakes.providers.push import FakePush2

__all__ = ["FakeFcm"]

_PROJECT: Final = "fake-project"
_WHO: Final = "push@fake-project.iam.example"
_FCM: Final = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
#: What a script answers: (status, google's word, firebase's word, message).
_FAULTS: Final = {
    "no_number": (404, "NOT_FOUND", "UNREGISTERED", "Requested entity was not found."),
    "opted_out": (
        400, "INVALID_ARGUMENT", "INVALID_ARGUMENT",
        "The registration token is not a valid FCM registration token",
    ),
    "bad_words": (400, "INVALID_ARGUMENT", "", "Invalid value at 'message.data[0].value'"),
    "no_money": (403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", "SenderId mismatch"),
    "busy": (429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "Quota exceeded."),
    "fault": (503, "UNAVAILABLE", "UNAVAILABLE", "The service is currently unavailable."),
    "crash": (500, "INTERNAL", "INTERNAL", "Internal error encountered."),
}  # fmt: skip


class FakeFcm(FakePush2):
    """FCM HTTP v1 and Google's tokens, in clear text."""

    name: ClassVar[str] = "fcm"
    #: Tokens given out, and the one that is good; "" = none is.
    n_tokens: int = 0
    token: str = ""

    @property
    def key(self) -> rsa.RSAPrivateKey:
        """Return the service account's key, made when it is first asked for."""
        return _key()

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        file = {
            "type": "service_account", "project_id": _PROJECT, "private_key_id": "k1",
            "private_key": pem, "client_email": _WHO, "token_uri": f"{self.url}/token",
        }  # fmt: skip
        return {"service_account": json.dumps(file), "endpoint": self.url}

    def refuse(self, asked: Asked) -> Given | None:
        """Check the bearer's token, or the assertion of who asks for one."""
        if asked.path == "/token":
            return None if self._is_signed(asked) else Given({"error": "invalid_grant"}, 400)
        if self.token and asked.headers.get("authorization") == f"Bearer {self.token}":
            return None
        return _fault(401, "UNAUTHENTICATED", "", "Request had invalid authentication credentials.")

    def busy(self) -> Given:
        """Answer one call too many."""
        return _answered("busy")

    def answer(self, asked: Asked) -> Given:
        """Hand out a token, or take a message."""
        if asked.path == "/token":
            self.n_tokens += 1
            self.token = f"ya29.fake-{self.n_tokens}"
            return Given({"access_token": self.token, "expires_in": 3_599, "token_type": "Bearer"})
        message = asked.json().get("message")
        if asked.path != f"/v1/projects/{_PROJECT}/messages:send" or not isinstance(message, dict):
            return _fault(404, "NOT_FOUND", "", "no such method")
        token = str(message.get("token") or "")
        script = script_of(token)
        if script in _FAULTS:
            return _answered(script)
        shown = message.get("notification")
        words = str(shown.get("body") or "") if isinstance(shown, dict) else ""
        known = f"projects/{_PROJECT}/messages/0:{len(self.sent) + 1:016d}"
        self.keep(Sent(token, words, known, at=self.now()))
        if script in {"hang", "lost_answer"}:
            return Given(instead="hang" if script == "hang" else "drop")
        return Given({"name": known})

    def _is_signed(self, asked: Asked) -> bool:
        """Say whether an assertion is the service account's, of now and for here."""
        try:
            head, body, signature = asked.form().get("assertion", "").split(".")
            self.key.public_key().verify(
                _raw(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), SHA256()
            )
            claims = json.loads(_raw(body))
        except (ValueError, InvalidSignature):
            return False
        is_now = abs(int(claims.get("iat", 0)) - self.now() // SECOND) < 300
        is_mine = claims.get("iss") == _WHO and claims.get("aud") == f"{self.url}/token"
        return is_now and is_mine and str(claims.get("scope")).endswith("firebase.messaging")


@cache
def _key() -> rsa.RSAPrivateKey:
    """Return one key for all fakes: accounts outlive a fake's run."""
    return rsa.generate_private_key(65537, 2048)


def _answered(script: str) -> Given:
    """Return what a script answers."""
    status, word, code, said = _FAULTS[script]
    given = _fault(status, word, code, said)
    return Given(given.body, status, {"Retry-After": "30"}) if status in {429, 503} else given


def _fault(status: int, word: str, code: str, said: str) -> Given:
    """Refuse in Google's shape."""
    details: list[dict[str, object]] = [{"@type": _FCM, "errorCode": code}] if code else []
    if word == "INVALID_ARGUMENT" and not code:
        violations = [{"field": "message.data[0].value", "description": said}]
        details = [{"@type": "type.googleapis.com/google.rpc.BadRequest",
                    "fieldViolations": violations}]  # fmt: skip
    error = {"code": status, "message": said, "status": word, "details": details}
    return Given({"error": error}, status)


def _raw(written: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
