"""A mini-program on Douyin: subscription messages, one for each time that a person agreed to one.

The token is the application's own (`client_token`); a new one ends the one before within minutes,
so all processes share it. Douyin knows no repeat for a repeat: a lost answer stays unknown.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from huiliu.channels.access import Access
from huiliu.channels.provider import COMMON, BaseProvider
from huiliu.channels.sms_cloud import AT_ONCE, json_of, without_numbers
from huiliu.channels.wechat import checked_endpoint
from huiliu.channels.wechat_receipts import CREDIT_EVENTS, PLATFORM, credit_call
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.times import SECOND
from huiliu.messages.channels import FIELD
from huiliu.ports.channel import (
    AccountField,
    Answer,
    AnswerState,
    Callback,
    CallbackAnswer,
    ChannelAccount,
    Limit,
    OutboundMessage,
)
from huiliu.ports.evidence import Evidence
from huiliu.ports.outbound import HttpAnswer, HttpCall, Outbound, Reach

__all__ = ["DouyinMiniProvider", "mint_client_token"]

_ENDPOINT: Final = "https://open.douyin.com"
_SEND: Final = "/api/notification/v2/subscription/notify_user/"
_TOKEN: Final = "/oauth/client_token/"  # noqa: S105 - a path
_DOCS: Final = "developer.open-douyin.com/docs/resource/zh-CN/mini-app/develop"
#: code -> what it means. Source: docs/reference/channels-wechat.md; others refuse one message.
_REACTIONS: Final = {
    0: AnswerState.ACCEPTED,
    28001003: AnswerState.REFRESH,
    28001008: AnswerState.REFRESH,
    28001014: AnswerState.REFRESH,
    28001005: AnswerState.RETRY,
    28001006: AnswerState.RETRY,
    2000: AnswerState.RETRY,
    28006003: AnswerState.THROTTLED,
    28001007: AnswerState.FIX,
    28014001: AnswerState.FIX,
    1000: AnswerState.FIX,
    1001: AnswerState.FIX,
    1008: AnswerState.FIX,
    1009: AnswerState.PAUSE,
    1010: AnswerState.RETRY,
    28001016: AnswerState.PAUSE,
    28001018: AnswerState.PAUSE,
    28001019: AnswerState.PAUSE,
}
#: Too many to one person: a second later it may go. Source: mini-game/develop/server/notify.
_PATIENCE: Final = {1010: SECOND}
_UNANSWERED: Final = {
    Reach.REFUSED: AnswerState.PAUSE,
    Reach.UNREACHED: AnswerState.THROTTLED,
    Reach.UNKNOWN: AnswerState.UNKNOWN,
}
_ENOUGH: Final = frozenset({AnswerState.PAUSE, AnswerState.THROTTLED})
#: What a person chose: once, for good, refused for good, refused once.
_ONCE, _FOR_GOOD, _NEVER = 1, 2, 3


class DouyinMiniProvider(BaseProvider):
    """The Provider port over a Douyin mini-program."""

    name = "douyin_mini"
    channel = "douyin"
    pushes = True
    evidence = Evidence.DOCUMENTS
    fields = (
        AccountField("client_key", longest=64),
        AccountField("client_secret", "secret"),
        AccountField("app", default="", longest=64),
        AccountField("notify", "choice", "inbox", ("inbox", "banner", "both")),
        AccountField("endpoint", default=_ENDPOINT),
        *COMMON,
    )
    limits = (
        Limit("per_tap", "3", f"{_DOCS}/api/open-interface/subscribe-message"),
        Limit("feed_card_day", "1", f"{_DOCS}/server/subscribe-notification/notify-user-v2"),
        Limit("per_address_second", "1", f"{_DOCS}/../mini-game/develop/server/notify"),
    )

    def __init__(self, access: Access) -> None:
        """Hold the doors."""
        self._access = access

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return why the address of the API can never be called."""
        return checked_endpoint(self._access, config)

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Hand messages over; what stops one stops the others of this call."""
        token = self._access.tokens.get(account)
        if not token:
            return [
                Answer(one.message_id, AnswerState.REFRESH, response="no access token")
                for one in messages
            ]
        answers: list[Answer] = []
        waiting = deque(messages)
        renewed = False
        while waiting:
            some = _apart(waiting)
            calls = [_call(account, one, token) for one in some]
            stale: list[OutboundMessage] = []
            for one, found in zip(some, self._access.http.call(calls), strict=True):
                answer = _meaning(one, found)
                if answer.state is AnswerState.REFRESH and not renewed:
                    stale.append(one)
                    continue
                answers.append(answer)
            if stale:
                renewed = True
                token = self._access.tokens.renew(account, token) or token
                waiting.extendleft(reversed(stale))
            last = next((one for one in answers[-len(some) :] if one.state in _ENOUGH), None)
            if last is not None:
                answers += [msgspec.structs.replace(last, message_id=w.message_id) for w in waiting]
                waiting.clear()
        return answers

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Read what Douyin pushes, signed: what people answered when they were asked."""
        secret = account.config.get("client_secret", "").encode()
        expected = hashlib.sha1(secret + request.body, usedforsecurity=False).hexdigest()
        given = request.headers.get("x-douyin-signature", "").lower()
        if request.method != "POST" or not hmac.compare_digest(
            given.encode("utf-8", "replace"), expected.encode()
        ):
            return CallbackAnswer(401)
        values = json_of(request.body)
        content = _object(values.get("content"))
        if values.get("event") == "verify_webhook":
            body = msgspec.json.encode({"challenge": content.get("challenge")})
            return CallbackAnswer(200, body, "application/json")
        if values.get("event") != "user_subscribe_action":
            return CallbackAnswer(200)
        call = _chosen(account, str(values.get("from_user_id") or ""), content)
        return CallbackAnswer(200, events=(call,) if call else ())


def mint_client_token(account: ChannelAccount, http: Outbound) -> tuple[str, int] | None:
    """Ask for another token of the application; None = none is given."""
    body = {
        "grant_type": "client_credential", "client_key": account.config.get("client_key", ""),
        "client_secret": account.config.get("client_secret", ""),
    }  # fmt: skip
    call = HttpCall(
        _endpoint(account) + _TOKEN,
        headers={"Content-Type": "application/json"},
        body=msgspec.json.encode(body),
    )
    answer = http.call([call])[0]
    data = _object(json_of(answer.body).get("data")) if answer.is_taken else {}
    token, lives = data.get("access_token"), data.get("expires_in")
    if not isinstance(token, str) or not token:
        return None
    return token, lives if isinstance(lives, int) and lives > 0 else 300


def _apart(waiting: deque[OutboundMessage]) -> list[OutboundMessage]:
    """Take the next messages out, no two of them to the same person."""
    some: list[OutboundMessage] = []
    later: list[OutboundMessage] = []
    people: set[str] = set()
    while waiting and len(some) < AT_ONCE:
        one = waiting.popleft()
        (later if one.address in people else some).append(one)
        people.add(one.address)
    waiting.extendleft(reversed(later))
    return some


def _call(account: ChannelAccount, message: OutboundMessage, token: str) -> HttpCall:
    """Return the call for one message."""
    kinds = {"inbox": [2], "banner": [1], "both": [1, 2]}
    body: dict[str, object] = {
        "msg_id": message.parts.get("template_id", "").strip(), "open_id": message.address,
        "data": {
            part.removeprefix(FIELD): value.strip()
            for part, value in message.parts.items()
            if part.startswith(FIELD)
        },
        "notify_type": kinds.get(account.config.get("notify", ""), [2]),
    }  # fmt: skip
    if page := message.parts.get("page", "").strip():
        body["page"] = page
    headers = {"Content-Type": "application/json", "access-token": token}
    return HttpCall(
        _endpoint(account) + _SEND, headers=headers, body=msgspec.json.encode(body)
    )  # fmt: skip


def _meaning(message: OutboundMessage, answer: HttpAnswer) -> Answer:
    """Return what an answer means."""
    known = message.message_id
    if answer.reach is not Reach.ANSWERED:
        return Answer(known, _UNANSWERED[answer.reach], response=answer.cause)
    values = json_of(answer.body)
    code = values.get("err_no")
    if not isinstance(code, int):
        busy = answer.status in {429, 503}
        state = AnswerState.THROTTLED if busy else AnswerState.UNKNOWN
        return Answer(known, state, response=f"HTTP {answer.status}")
    words = without_numbers(f"{code} {values.get('err_msg') or ''}".strip())
    state = _REACTIONS.get(code, AnswerState.REJECTED)
    return Answer(
        known, state, (), words, _PATIENCE.get(code, 0), str(code),
        scope="address" if code in _PATIENCE else "",
    )  # fmt: skip


def _chosen(
    account: ChannelAccount, openid: str, content: Mapping[str, Value]
) -> Mapping[str, object] | None:
    """Return the call that tells what a person chose; None = nothing that concerns us."""
    template, at, action = (content.get(one) for one in ("msg_id", "time", "subscribe_action"))
    if not openid or not isinstance(template, str) or not isinstance(at, int):
        return None
    granted, refused = CREDIT_EVENTS
    name = {_ONCE: granted, _FOR_GOOD: granted, _NEVER: refused}.get(
        action if isinstance(action, int) else 0
    )
    if name is None:
        return None
    return credit_call(
        account, name, openid, template, at * SECOND, PLATFORM, lasting=action == _FOR_GOOD
    )


def _object(value: object) -> Mapping[str, Value]:
    """Return an object, also one that was written as text."""
    if isinstance(value, str):
        return json_of(value.encode())
    return value if isinstance(value, dict) else {}


def _endpoint(account: ChannelAccount) -> str:
    """Return where the API of an account is."""
    return (account.config.get("endpoint") or _ENDPOINT).rstrip("/")
