"""Push to Apple's devices (APNs): one request a device over HTTP/2, signed in by a token of ours.

A repeat with the same `apns-collapse-id` takes the first one's place on the screen, so a request
whose answer was lost is made once more, with the same `apns-id`. Apple reports nothing later: what
it accepts counts as sent.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

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
    push_id,
    retry_after,
)
from huiliu.channels.sms_cloud import json_of
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.messages.jwt import es256, private_key
from huiliu.ports.channel import (
    AccountField,
    AnswerState,
    ChannelAccount,
    Idempotency,
    Limit,
    OutboundMessage,
)
from huiliu.ports.evidence import Evidence
from huiliu.ports.outbound import HttpAnswer, HttpCall

__all__ = ["ApnsProvider", "payload_of"]

_HOSTS: Final = {
    "production": "https://api.push.apple.com",
    "sandbox": "https://api.sandbox.push.apple.com",
}
_DOCS: Final = "developer.apple.com/documentation/usernotifications"
#: Apple wants a token younger than an hour, and no two within twenty minutes.
_TOKEN_LIVES: Final = 40 * MINUTE
_TOKEN_RESTS: Final = 20 * MINUTE
_DEVICE: Final = re.compile(r"[0-9a-fA-F]{2,400}")
#: reason -> what it means; other reasons by their status. Source: docs/reference/channels-push.md
_REASONS: Final = {
    "Unregistered": AnswerState.SUPPRESS,
    "ExpiredToken": AnswerState.SUPPRESS,
    "ExpiredProviderToken": AnswerState.REFRESH,
    "TooManyProviderTokenUpdates": AnswerState.THROTTLED,
    "TooManyRequests": AnswerState.RETRY,
    "IdleTimeout": AnswerState.THROTTLED,
    "InternalServerError": AnswerState.RETRY,
    "ServiceUnavailable": AnswerState.THROTTLED,
    "Shutdown": AnswerState.THROTTLED,
    "InvalidProviderToken": AnswerState.PAUSE,
    "MissingProviderToken": AnswerState.PAUSE,
    "UnrelatedKeyIdInToken": AnswerState.PAUSE,
    "BadEnvironmentKeyIdInToken": AnswerState.PAUSE,
    "BadCertificate": AnswerState.PAUSE,
    "BadCertificateEnvironment": AnswerState.PAUSE,
    "Forbidden": AnswerState.PAUSE,
    "TopicDisallowed": AnswerState.PAUSE,
    "BadTopic": AnswerState.PAUSE,
    "MissingTopic": AnswerState.PAUSE,
    "BadCollapseId": AnswerState.FIX,
    "BadExpirationDate": AnswerState.FIX,
    "BadPriority": AnswerState.FIX,
    "InvalidPushType": AnswerState.FIX,
    "PayloadEmpty": AnswerState.FIX,
    "PayloadTooLarge": AnswerState.FIX,
}
#: The address is not known there: dead, or the wrong environment.
_STRANGERS: Final = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic"})


class ApnsProvider(PushProvider):
    """The Provider port over APNs."""

    name = "apns"
    evidence = Evidence.DOCUMENTS
    idempotency = Idempotency.COLLAPSES
    asks_again = True
    platforms = ("ios", "ipados", "macos", "tvos", "watchos", "visionos")
    fields = (
        AccountField("team_id", longest=10),
        AccountField("key_id", longest=10),
        AccountField("key", "secret"),
        AccountField("bundle", longest=155),
        AccountField("environment", "choice", "production", tuple(_HOSTS)),
        AccountField("endpoint", default=""),
        *COMMON_PUSH,
        *COMMON,
    )
    limits = (
        Limit("payload", "4096", f"{_DOCS}/generating-a-remote-notification"),
        Limit("token_age", "20-60 min", f"{_DOCS}/establishing-a-token-based-connection-to-apns"),
    )

    def __init__(self, access: Access) -> None:
        """Hold the doors."""
        super().__init__(access)
        #: (brand, account, key) -> (token, when it was made).
        self._tokens: dict[tuple[int, str, str], tuple[str, int]] = {}
        self._making = threading.Lock()

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return also that the key is none of Apple's."""
        found = list(super().more_problems(config))
        key = private_key(config["key"]) if config.get("key") else None
        if config.get("key") and not isinstance(key, ec.EllipticCurvePrivateKey):
            found.append(Problem("key", text("channels.bad_apns_key")))
        return found

    def token(self, account: ChannelAccount, now: int) -> str | None:
        """Return a token of ours, the same for forty minutes."""
        return self._made(account, now, _TOKEN_LIVES)

    def renewed(self, account: ChannelAccount, spent: str, now: int) -> str:
        """Return a newer token where Apple allows one."""
        found = self._made(account, now, _TOKEN_RESTS)
        return found if found and found != spent else ""

    def request(
        self, account: ChannelAccount, piece: Piece, token: str, now: int
    ) -> HttpCall | Said:
        """Return the call for one device."""
        message, device = piece.message, piece.targets[0].address
        if not _DEVICE.fullmatch(device):
            # What is no token never gets into an address of ours.
            return NO_ADDRESS
        body = payload_of(piece)
        if len(body) > self.largest:
            return TOO_LARGE
        config = account.config
        endpoint = config.get("endpoint") or _HOSTS[config.get("environment") or "production"]
        collapse = part(message, "collapse") or message.message_id.hex()
        headers = {
            "authorization": f"bearer {token}",
            "apns-topic": config.get("bundle", ""),
            "apns-push-type": "alert",
            "apns-priority": "10" if message.message_class == "service" else "5",
            "apns-expiration": str(expiry(account, message, now) // SECOND),
            "apns-collapse-id": _ascii(collapse, message),
            "apns-id": push_id(message, device),
            "content-type": "application/json",
        }
        return HttpCall(f"{endpoint.rstrip('/')}/3/device/{device}", headers=headers, body=body)

    def read(self, piece: Piece, answer: HttpAnswer, now: int) -> Said:
        """Return what Apple's answer means."""
        del now
        if answer.status == 200:
            known = answer.headers.get("apns-id") or push_id(
                piece.message, piece.targets[0].address
            )
            return Said(AnswerState.ACCEPTED, "200", provider_id=known)
        found = json_of(answer.body)
        reason, stamp = str(found.get("reason") or ""), found.get("timestamp")
        code = reason or str(answer.status)
        if reason in _STRANGERS:
            return Said(AnswerState.SUPPRESS, code, is_stranger=True)
        # Apple's milliseconds; who registered again since then is alive.
        since = stamp * 1_000 if isinstance(stamp, int) and not isinstance(stamp, bool) else 0
        state = _REASONS.get(reason) or _by_status(answer.status)
        return Said(state, code, retry_after=retry_after(answer), since=since)

    def _made(self, account: ChannelAccount, now: int, lives: int) -> str | None:
        """Return the account's token, a new one where it is older than that."""
        config = account.config
        key = account.brand_id, account.name, config.get("key_id", "") + config.get("key", "")
        with self._making:
            held, made_at = self._tokens.get(key, ("", 0))
            if held and 0 <= now - made_at < lives:
                return held
            signer = private_key(config.get("key", ""))
            if not isinstance(signer, ec.EllipticCurvePrivateKey):
                return None
            claims = {"iss": config.get("team_id", ""), "iat": now // SECOND}
            made = es256(signer, {"kid": config.get("key_id", "")}, claims)
            self._tokens[key] = made, now
            return made


def payload_of(piece: Piece) -> bytes:
    """Return what the device gets."""
    message = piece.message
    alert = {"title": part(message, "title"), "body": part(message, "text")}
    aps: dict[str, object] = {"alert": alert, "sound": "default"}
    found: dict[str, object] = {"aps": aps, "mid": message.message_id.hex()}
    if image := part(message, "image"):
        # The APP's extension fetches it.
        aps["mutable-content"] = 1
        found["image"] = image
    if url := part(message, "url"):
        found["url"] = url
    return msgspec.json.encode(found)


def _ascii(collapse: str, message: OutboundMessage) -> str:
    """Return what a header can carry of a word, 64 bytes at most."""
    is_good = collapse.isascii() and collapse.isprintable() and len(collapse) <= 64
    return collapse if is_good else message.message_id.hex()


def _by_status(status: int) -> AnswerState:
    """Return what a status without a known reason means."""
    match status:
        case 403:
            return AnswerState.PAUSE
        case 410:
            return AnswerState.SUPPRESS
        case 413:
            return AnswerState.FIX
        case 429 | 503:
            return AnswerState.THROTTLED
        case _ if status >= 500:
            return AnswerState.RETRY
        case _:
            return AnswerState.REJECTED
