"""Push by Firebase (FCM HTTP v1): one request a device, signed in for a service account."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

from huiliu.channels.provider import COMMON
from huiliu.channels.push import (
    COMMON_PUSH,
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
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.messages.jwt import private_key, rs256
from huiliu.ports.channel import AccountField, AnswerState, ChannelAccount, Limit
from huiliu.ports.evidence import Evidence
from huiliu.ports.outbound import HttpAnswer, HttpCall, Outbound

__all__ = ["FcmProvider", "message_of", "mint_fcm"]

_SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TOKEN_URL: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_DOCS: Final = "firebase.google.com/docs/cloud-messaging"
_ASSERTION_S: Final = 3_600
#: Where FCM says nothing of how long to wait when there are too many.
_PAUSE: Final = MINUTE
#: The service's own word -> what it means.
_CODES: Final = {
    "UNREGISTERED": AnswerState.SUPPRESS,
    "NOT_FOUND": AnswerState.SUPPRESS,
    "SENDER_ID_MISMATCH": AnswerState.SUPPRESS,
    "QUOTA_EXCEEDED": AnswerState.THROTTLED,
    "RESOURCE_EXHAUSTED": AnswerState.THROTTLED,
    "UNAVAILABLE": AnswerState.THROTTLED,
    "INTERNAL": AnswerState.RETRY,
    "UNAUTHENTICATED": AnswerState.REFRESH,
    "THIRD_PARTY_AUTH_ERROR": AnswerState.PAUSE,
    "PERMISSION_DENIED": AnswerState.PAUSE,
}
_REGISTRATION: Final = re.compile(r"(?i)registration token")


class FcmProvider(PushProvider):
    """The Provider port over FCM."""

    name = "fcm"
    evidence = Evidence.DOCUMENTS
    fields = (
        AccountField("service_account", "secret"),
        AccountField("android_channel", default="", longest=128),
        AccountField("endpoint", default="https://fcm.googleapis.com"),
        *COMMON_PUSH,
        *COMMON,
    )
    limits = (
        Limit("qps", "10000", f"{_DOCS}/throttling-and-quotas"),
        Limit("per_address_minute", "240", f"{_DOCS}/throttling-and-quotas"),
        Limit("payload", "4096", f"{_DOCS}/concept-options"),
    )

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return also that the service account is no such file."""
        found = list(super().more_problems(config))
        given = config.get("service_account", "")
        if given and _signer(_who(given)) is None:
            found.append(Problem("service_account", text("channels.bad_service_account")))
        return found

    def token(self, account: ChannelAccount, now: int) -> str | None:
        """Return the token that all processes share."""
        del now
        return self._access.tokens.get(account) or None

    def renewed(self, account: ChannelAccount, spent: str, now: int) -> str:
        """Return another one, renewed by one process for all."""
        del now
        return self._access.tokens.renew(account, spent)

    def request(
        self, account: ChannelAccount, piece: Piece, token: str, now: int
    ) -> HttpCall | Said:
        """Return the call for one device."""
        body = msgspec.json.encode({"message": message_of(account, piece, now)})
        if len(body) > self.largest:
            return TOO_LARGE
        endpoint = (account.config.get("endpoint") or "https://fcm.googleapis.com").rstrip("/")
        project = quote(str(_who(account.config.get("service_account", "")).get("project_id", "")))
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        url = f"{endpoint}/v1/projects/{project}/messages:send"
        return HttpCall(url, headers=headers, body=body)

    def read(self, piece: Piece, answer: HttpAnswer, now: int) -> Said:
        """Return what Firebase's answer means."""
        del piece, now
        found = json_of(answer.body)
        if answer.status == 200:
            return Said(AnswerState.ACCEPTED, "200", provider_id=str(found.get("name") or ""))
        inside = found.get("error")
        error = inside if isinstance(inside, dict) else {}
        details = [one for one in _listed(error.get("details")) if isinstance(one, dict)]
        code = next((str(one["errorCode"]) for one in details if one.get("errorCode")), "")
        code = code or str(error.get("status") or answer.status)
        words = str(error.get("message") or "")
        wait = retry_after(answer)
        if code == "INVALID_ARGUMENT":
            return _argument(details, words)
        state = _CODES.get(code) or _by_status(answer.status)
        if state is AnswerState.THROTTLED and not wait and answer.status == 429:
            wait = _PAUSE
        return Said(state, code, words, retry_after=wait)


def message_of(account: ChannelAccount, piece: Piece, now: int) -> dict[str, object]:
    """Return the message to one device."""
    message = piece.message
    until = expiry(account, message, now)
    collapse = part(message, "collapse")
    shown = {"title": part(message, "title"), "body": part(message, "text")}
    data = {"mid": message.message_id.hex()}
    if image := part(message, "image"):
        shown["image"] = image
    if url := part(message, "url"):
        data["url"] = url
    is_service = message.message_class == "service"
    android: dict[str, object] = {
        "priority": "HIGH" if is_service else "NORMAL",
        "ttl": f"{max(0, until - now) // SECOND}s",
        "collapse_key": collapse or message.message_id.hex(),
        # A repeat replaces what stands there.
        "notification": {"tag": collapse or message.message_id.hex()},
    }
    if channel := account.config.get("android_channel"):
        android["notification"] = {
            "tag": collapse or message.message_id.hex(), "channel_id": channel,
        }  # fmt: skip
    return {
        "token": piece.targets[0].address,
        "notification": shown,
        "data": data,
        "android": android,
        "apns": {
            "headers": {
                "apns-priority": "10" if is_service else "5",
                "apns-expiration": str(until // SECOND),
                "apns-collapse-id": message.message_id.hex(),
            },
            "payload": {"aps": {"sound": "default", "mutable-content": int(bool(image))}},
        },
    }


def mint_fcm(account: ChannelAccount, http: Outbound, now: int) -> tuple[str, int] | None:
    """Ask Google for a token in the name of the service account (RFC 7523)."""
    who = _who(account.config.get("service_account", ""))
    key = _signer(who)
    if key is None:
        return None
    where = str(who.get("token_uri") or _TOKEN_URL)
    issued = now // SECOND
    claims = {
        "iss": who.get("client_email"), "scope": _SCOPE, "aud": where,
        "iat": issued, "exp": issued + _ASSERTION_S,
    }  # fmt: skip
    assertion = rs256(key, {"typ": "JWT", "kid": str(who.get("private_key_id") or "")}, claims)
    call = HttpCall(
        where,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode({"grant_type": _GRANT, "assertion": assertion}).encode(),
    )
    answer = http.call([call])[0]
    found = json_of(answer.body) if answer.is_taken else {}
    value, lives = found.get("access_token"), found.get("expires_in")
    if not isinstance(value, str) or not value:
        return None
    return value, lives if isinstance(lives, int) and lives > 0 else 300


def _argument(details: Sequence[Mapping[str, Value]], words: str) -> Said:
    """Return what INVALID_ARGUMENT means: the token is none, or our message is wrong."""
    fields = [
        str(one.get("field"))
        for detail in details
        for one in _listed(detail.get("fieldViolations"))
        if isinstance(one, dict)
    ]
    is_token = "message.token" in fields or (not fields and _REGISTRATION.search(words))
    if is_token:
        return Said(AnswerState.SUPPRESS, "INVALID_ARGUMENT", words, is_stranger=True)
    return Said(AnswerState.FIX, "INVALID_ARGUMENT", words)


def _listed(value: Value) -> Sequence[Value]:
    """Return a list's entries; none of what is no list."""
    return value if isinstance(value, list) else ()


def _who(written: str) -> Mapping[str, Value]:
    """Return the fields of a service account's file."""
    return json_of(written.encode())


def _signer(who: Mapping[str, Value]) -> rsa.RSAPrivateKey | None:
    """Return the key of a service account whose file names all that is needed."""
    if not all(isinstance(who.get(name), str) for name in ("client_email", "project_id")):
        return None
    key = private_key(str(who.get("private_key") or ""))
    return key if isinstance(key, rsa.RSAPrivateKey) else None


def _by_status(status: int) -> AnswerState:
    """Return what a status without a known word means."""
    match status:
        case 401:
            return AnswerState.REFRESH
        case 403:
            return AnswerState.PAUSE
        case 404:
            return AnswerState.SUPPRESS
        case 429 | 503:
            return AnswerState.THROTTLED
        case _ if status >= 500:
            return AnswerState.RETRY
        case _:
            return AnswerState.REJECTED
