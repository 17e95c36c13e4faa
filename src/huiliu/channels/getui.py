"""Push by Getui (RestAPI v2): one request an address, signed in by a token of a day.

A repeated `request_id` makes Getui lose the message, so each request has one of its own, and one
whose answer was lost is never made again.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from hashlib import md5, sha256
from typing import Final
from urllib.parse import quote

import msgspec

from huiliu.channels.provider import COMMON
from huiliu.channels.push import (
    COMMON_PUSH,
    Piece,
    PushProvider,
    Said,
    expiry,
    part,
    retry_after,
)
from huiliu.channels.sms_cloud import json_of, rows_of
from huiliu.channels.vendor_classes import VENDOR_FIELDS, getui_options
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, SECOND
from huiliu.messages.maker_limits import DEFAULT_LIMITS, read_limits
from huiliu.ports.channel import (
    AccountField,
    AnswerState,
    Callback,
    CallbackAnswer,
    ChannelAccount,
    Idempotency,
    Limit,
    OutboundMessage,
    Receipt,
)
from huiliu.ports.evidence import Evidence
from huiliu.ports.outbound import HttpAnswer, HttpCall, Outbound

__all__ = ["GetuiProvider", "mint_getui"]

_HOME: Final = "https://restapi.getui.com"
_DOCS: Final = "docs.getui.com/getui/server/rest_v2"
_LONGEST_TTL: Final = 3 * DAY
#: code -> what it means; others by their status. Source: docs/reference/channels-push.md
_CODES: Final = {
    10001: AnswerState.REFRESH,
    301: AnswerState.PAUSE,
    303: AnswerState.THROTTLED,
    404: AnswerState.SUPPRESS,
    405: AnswerState.PAUSE,
    10002: AnswerState.PAUSE,
    10003: AnswerState.PAUSE,
    10004: AnswerState.PAUSE,
    10006: AnswerState.PAUSE,
    10009: AnswerState.THROTTLED,
    10010: AnswerState.PAUSE,
    20001: AnswerState.FIX,
    20002: AnswerState.FIX,
    30000: AnswerState.RETRY,
    40000: AnswerState.RETRY,
    50000: AnswerState.RETRY,
}
_WRONG_VALUE: Final = 20001
#: What became of a task at an address.
_TAKEN: Final = ("successed_online", "successed_offline")


class GetuiProvider(PushProvider):
    """The Provider port over Getui."""

    name = "getui"
    evidence = Evidence.DOCUMENTS
    idempotency = Idempotency.LOSES
    pushes = True
    fields = (
        AccountField("appid", longest=64),
        AccountField("app_key", longest=64),
        AccountField("master_secret", "secret"),
        AccountField("endpoint", default=_HOME),
        *(AccountField(name, default="", longest=64) for name in VENDOR_FIELDS),
        AccountField("maker_limits", default=DEFAULT_LIMITS, longest=200),
        *COMMON_PUSH,
        *COMMON,
    )
    limits = (
        Limit("token_per_minute", "100", f"{_DOCS}/token"),
        Limit("keep", "3 d", f"{_DOCS}/push"),
        Limit("maker_day", "2", "docs.getui.com/getui/mobile/vendor/qps"),
    )

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return also what is no list of makers' limits."""
        found = list(super().more_problems(config))
        if read_limits(config.get("maker_limits", "")) is None:
            found.append(Problem("maker_limits", text("channels.bad_maker_limits")))
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
        """Return the call for one address, with a `request_id` that was never used."""
        message = piece.message
        wait = min(max(expiry(account, message, now) - now, 0), _LONGEST_TTL)
        body = msgspec.json.encode({
            "request_id": secrets.token_hex(16),
            "settings": {"ttl": wait // 1_000},
            "audience": {"cid": [piece.targets[0].address]},
            "push_message": {"notification": _notification(message)},
            "push_channel": _channel(account, message),
        })  # fmt: skip
        headers = {"token": token, "content-type": "application/json;charset=utf-8"}
        return HttpCall(f"{_base(account.config)}/push/single/cid", headers=headers, body=body)

    def read(self, piece: Piece, answer: HttpAnswer, now: int) -> Said:
        """Return what Getui's answer means."""
        del now
        found = json_of(answer.body)
        code, words = found.get("code"), str(found.get("msg") or "")
        if code == 0 and answer.is_taken:
            return _taken(found.get("data"), piece.targets[0].address)
        wait = retry_after(answer)
        if code == _WRONG_VALUE and "cid" in words.lower():
            # One address is to blame, and nobody's template.
            return Said(AnswerState.SUPPRESS, str(code), words, is_stranger=True)
        if isinstance(code, int) and code in _CODES:
            state = _CODES[code]
            return Said(state, str(code), words, retry_after=wait)
        if answer.status in {429, 503}:
            return Said(AnswerState.THROTTLED, str(code or answer.status), words, retry_after=wait)
        if answer.status >= 500:
            # Nobody knows how far it came, and a repeat may be lost or shown twice.
            return Said(AnswerState.UNKNOWN, str(code or answer.status), words)
        state = AnswerState.PAUSE if answer.status in {401, 403} else AnswerState.REJECTED
        return Said(state, str(code or answer.status), words)

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Read receipts; each is signed with the master secret."""
        rows = rows_of(request.body)
        if request.method != "POST" or rows is None:
            return CallbackAnswer(400)
        if not all(_is_signed(account.config, row) for row in rows):
            return CallbackAnswer(401)
        receipts = tuple(one for row in rows if (one := _receipt(account, row)) is not None)
        return CallbackAnswer(200, b'{"result":"ok"}', "application/json", receipts)


def mint_getui(account: ChannelAccount, http: Outbound, now: int) -> tuple[str, int] | None:
    """Ask Getui for a token, which is good for a day."""
    config, stamp = account.config, str(now // 1_000)
    said = config.get("app_key", "") + stamp + config.get("master_secret", "")
    body = msgspec.json.encode({
        "sign": sha256(said.encode()).hexdigest(), "timestamp": stamp,
        "appkey": config.get("app_key", ""),
    })  # fmt: skip
    headers = {"Content-Type": "application/json;charset=utf-8"}
    answer = http.call([HttpCall(f"{_base(config)}/auth", headers=headers, body=body)])[0]
    data = json_of(answer.body).get("data") if answer.is_taken else None
    value = data.get("token") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(value, str) or not value:
        return None
    ends = str(data.get("expire_time") or "")
    lives = (int(ends) * 1_000 - now) // SECOND if ends.isdecimal() else DAY // SECOND
    return value, max(lives, 60)


def _base(config: Mapping[str, str]) -> str:
    """Return where the account's calls go."""
    endpoint = (config.get("endpoint") or _HOME).rstrip("/")
    return f"{endpoint}/v2/{quote(config.get('appid', ''), safe='')}"


def _notification(message: OutboundMessage) -> dict[str, str]:
    """Return what is shown where the APP is running."""
    found = {"title": part(message, "title"), "body": part(message, "text")}
    if url := part(message, "url"):
        return found | {"click_type": "url", "url": url}
    return found | {"click_type": "startapp"}


def _channel(account: ChannelAccount, message: OutboundMessage) -> dict[str, object]:
    """Return what goes over the makers' own channels where the APP is not running."""
    title, words = part(message, "title"), part(message, "text")
    aps = {"alert": {"title": title, "body": words}, "sound": "default"}
    return {
        "android": {"ups": {
            "notification": _notification(message),
            "options": getui_options(account, message),
        }},
        "ios": {
            "type": "notify", "aps": aps, "auto_badge": "+1",
            "payload": message.message_id.hex(), "apns-collapse-id": message.message_id.hex(),
        },
    }  # fmt: skip


def _taken(data: Value, address: str) -> Said:
    """Return what became of a task that was taken."""
    for task, by_address in data.items() if isinstance(data, dict) else ():
        status = str(by_address.get(address, "")) if isinstance(by_address, dict) else ""
        if status in _TAKEN:
            return Said(AnswerState.ACCEPTED, status, provider_id=f"{task}/{_mark(address)}")
        if status == "successed_ignore":
            # Not seen for long: Getui sends nothing to it any more.
            return Said(AnswerState.SUPPRESS, status)
    return Said(AnswerState.UNKNOWN, "0", "no word about the address")


def _mark(address: str) -> str:
    """Return what tells the addresses of a task apart and names nobody."""
    return sha256(address.encode()).hexdigest()[:12]


def _is_signed(config: Mapping[str, str], row: Mapping[str, Value]) -> bool:
    """Say whether a receipt is Getui's: MD5 over its ids and the master secret."""
    said = "".join(str(row.get(name) or "") for name in ("appid", "cid", "taskid", "msgid"))
    made = md5(f"{said}{config.get('master_secret', '')}".encode(), usedforsecurity=False)
    is_mine = row.get("appid") == config.get("appid")
    given = str(row.get("sign") or "").lower().encode()
    return is_mine and hmac.compare_digest(made.hexdigest().encode(), given)


def _receipt(account: ChannelAccount, row: Mapping[str, Value]) -> Receipt | None:
    """Return a receipt; None = it tells of nothing that is final."""
    code, address = str(row.get("code") or ""), str(row.get("cid") or "")
    if str(row.get("actionId") or "0") not in {"0", "10000"}:
        return None
    at = row.get("recvtime")
    state = "delivered" if code in {"0", ""} else "failed"
    return Receipt(
        "push", account.name, f"{row.get('taskid') or ''}/{_mark(address)}", state,
        str(row.get("desc") or "")[:200], code=code,
        at=at * 1_000 if isinstance(at, int) and not isinstance(at, bool) else 0,
    )  # fmt: skip
