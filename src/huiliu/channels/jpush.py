"""Push by JPush (Aurora): one request a message for all of a person's devices.

A `cid` got beforehand makes JPush answer a repeat with the first result; so a request whose answer
was lost is made once more with the same one.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from huiliu.channels.access import Access
from huiliu.channels.provider import COMMON
from huiliu.channels.push import (
    COMMON_PUSH,
    Piece,
    PushProvider,
    Said,
    expiry,
    part,
    retry_after,
    targets_of,
)
from huiliu.channels.sms_cloud import json_of
from huiliu.channels.vendor_classes import VENDOR_FIELDS, jpush_channels
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import SECOND
from huiliu.messages.maker_limits import DEFAULT_LIMITS, read_limits
from huiliu.ports.channel import (
    AccountField,
    Answer,
    AnswerState,
    ChannelAccount,
    Idempotency,
    Limit,
    OutboundMessage,
)
from huiliu.ports.evidence import Evidence
from huiliu.ports.outbound import HttpAnswer, HttpCall

__all__ = ["JpushProvider", "body_of"]

_HOME: Final = "https://api.jpush.cn"
_DOCS: Final = "docs.jiguang.cn/jpush/server/push"
#: Ids that an account without a contract gets at once.
_POOL: Final = 10
#: code -> what it means; others by their status. Source: docs/reference/channels-push.md
_CODES: Final = {
    1000: AnswerState.RETRY,
    1030: AnswerState.RETRY,
    1001: AnswerState.FIX,
    1002: AnswerState.FIX,
    1003: AnswerState.FIX,
    1004: AnswerState.PAUSE,
    1005: AnswerState.FIX,
    1008: AnswerState.PAUSE,
    1009: AnswerState.FIX,
    1011: AnswerState.SUPPRESS,
    1020: AnswerState.PAUSE,
    2002: AnswerState.THROTTLED,
    2003: AnswerState.PAUSE,
    2004: AnswerState.PAUSE,
    2005: AnswerState.PAUSE,
    2006: AnswerState.PAUSE,
    2007: AnswerState.PAUSE,
    2008: AnswerState.THROTTLED,
}

_WRONG_VALUE: Final = 1003


class JpushProvider(PushProvider):
    """The Provider port over JPush."""

    name = "jpush"
    evidence = Evidence.DOCUMENTS
    idempotency = Idempotency.RETURNS_FIRST
    fields = (
        AccountField("app_key", longest=64),
        AccountField("master_secret", "secret"),
        AccountField("environment", "choice", "production", ("production", "sandbox")),
        AccountField("cid", "flag", "yes"),
        AccountField("endpoint", default=_HOME),
        *(AccountField(name, default="", longest=64) for name in VENDOR_FIELDS),
        AccountField("maker_limits", default=DEFAULT_LIMITS, longest=200),
        *COMMON_PUSH,
        *COMMON,
    )
    limits = (
        Limit("per_minute", "600", f"{_DOCS}/rest_api_v3_push"),
        Limit("maker_share", "30 %", f"{_DOCS}/qps"),
        Limit("maker_day", "2", f"{_DOCS}/qps"),
        Limit("payload", "4000 Android, 2000 iOS", f"{_DOCS}/rest_api_v3_push"),
    )

    def __init__(self, access: Access) -> None:
        """Hold the doors."""
        super().__init__(access)
        #: Message -> the id by which JPush knows a repeat; only while a batch is sent.
        self._known_as: dict[bytes, str] = {}

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return also what is no list of makers' limits."""
        found = list(super().more_problems(config))
        if read_limits(config.get("maker_limits", "")) is None:
            found.append(Problem("maker_limits", text("channels.bad_maker_limits")))
        return found

    def pieces(self, message: OutboundMessage) -> list[Piece]:
        """Return a message as one call: JPush takes all addresses at once."""
        return [Piece(message, targets_of(message))]

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Hand messages over, each under an id by which a repeat is known."""
        ids = self._ids(account, len(messages)) if account.config.get("cid") != "no" else deque()
        mine = {one.message_id: ids.popleft() for one in messages if ids}
        with self._lock:
            self._known_as |= mine
        try:
            answers = {one.message_id: one for one in super().send(account, messages)}
            lost = [
                one
                for one in messages
                if answers[one.message_id].state is AnswerState.UNKNOWN and one.message_id in mine
            ]
            if lost:
                answers |= {one.message_id: one for one in super().send(account, lost)}
        finally:
            with self._lock:
                for known in mine:
                    self._known_as.pop(known, None)
        return [answers[one.message_id] for one in messages]

    def request(
        self, account: ChannelAccount, piece: Piece, token: str, now: int
    ) -> HttpCall | Said:
        """Return the call for all devices of a person."""
        del token
        body = body_of(account, piece, now, self._known_as.get(piece.message.message_id, ""))
        return HttpCall(_url(account, "/v3/push"), headers=_headers(account), body=body)

    def read(self, piece: Piece, answer: HttpAnswer, now: int) -> Said:
        """Return what JPush's answer means."""
        del piece, now
        found = json_of(answer.body)
        if answer.is_taken and found.get("msg_id"):
            return Said(AnswerState.ACCEPTED, "200", provider_id=str(found["msg_id"]))
        inside = found.get("error")
        error = inside if isinstance(inside, Mapping) else {}
        code, words = error.get("code"), str(error.get("message") or "")
        wait = retry_after(answer, "x-rate-limit-reset")
        if code == _WRONG_VALUE and "registration" in words.lower():
            # One address is to blame, and nobody's template.
            return Said(AnswerState.SUPPRESS, str(code), words, is_stranger=True)
        if isinstance(code, int) and code in _CODES:
            state = _CODES[code]
            wait = wait if state is AnswerState.THROTTLED else 0
            return Said(state, str(code), words, retry_after=wait, is_stranger=code == 1011)
        if answer.status in {429, 503}:
            return Said(AnswerState.THROTTLED, str(answer.status), words, retry_after=wait)
        if answer.status >= 500:
            return Said(AnswerState.UNKNOWN, str(answer.status), words)
        state = AnswerState.PAUSE if answer.status in {401, 403} else AnswerState.REJECTED
        return Said(state, str(code or answer.status), words)

    def _ids(self, account: ChannelAccount, n: int) -> deque[str]:
        """Return ids for so many pushes, as far as JPush gives them."""
        calls = [
            HttpCall(
                _url(account, f"/v3/push/cid?count={min(_POOL, n - at)}"), "GET", _headers(account)
            )
            for at in range(0, n, _POOL)
        ]
        found: deque[str] = deque()
        for answer in self.out.call(calls):
            listed = json_of(answer.body).get("cidlist") if answer.is_taken else None
            found.extend(str(one) for one in (listed if isinstance(listed, list) else ()))
        return found


def body_of(account: ChannelAccount, piece: Piece, now: int, cid: str = "") -> bytes:
    """Return the request for one message."""
    message = piece.message
    title, words = part(message, "title"), part(message, "text")
    extras = {"mid": message.message_id.hex()}
    android: dict[str, object] = {"alert": words, "title": title}
    if url := part(message, "url"):
        extras["url"] = url
        android["intent"] = {"url": url}
    if image := part(message, "image"):
        android |= {"style": 3, "big_pic_path": image}
        extras["image"] = image
    is_service = message.message_class == "service"
    wait = max(0, expiry(account, message, now) - now) // SECOND
    found: dict[str, object] = {
        "platform": "all",
        "audience": {"registration_id": [one.address for one in piece.targets]},
        "notification": {
            "android": android | {"extras": extras},
            "ios": {
                "alert": {"title": title, "body": words}, "sound": "default",
                "mutable-content": bool(image), "extras": extras,
            },
            "hmos": {
                "alert": words, "title": title, "category": "EXPRESS" if is_service
                else "MARKETING", "extras": extras,
            },
        },
        "options": {
            "time_to_live": wait,
            "apns_production": account.config.get("environment") != "sandbox",
            "apns_collapse_id": part(message, "collapse")[:64] or message.message_id.hex(),
            "classification": int(is_service),
            "third_party_channel": jpush_channels(account, message),
        },
    }  # fmt: skip
    return msgspec.json.encode(found | ({"cid": cid} if cid else {}))


def _headers(account: ChannelAccount) -> dict[str, str]:
    """Return what signs in."""
    config = account.config
    who = f"{config.get('app_key', '')}:{config.get('master_secret', '')}"
    return {
        "authorization": f"Basic {base64.b64encode(who.encode()).decode()}",
        "content-type": "application/json",
    }


def _url(account: ChannelAccount, path: str) -> str:
    """Return an address of the API."""
    return (account.config.get("endpoint") or _HOME).rstrip("/") + path
