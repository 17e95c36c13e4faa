"""Messages to a server of the brand's own: signed JSON, one message a call.

Whoever has a way of its own to reach people (a call centre, a gateway, a bot) takes messages here
and reports what became of them. Signed after Standard Webhooks; `webhook-id` is the message's id,
by which a receiver knows a repeat.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import msgspec

from huiliu.channels.access import Access
from huiliu.channels.provider import COMMON, BaseProvider
from huiliu.channels.sms_cloud import AT_ONCE
from huiliu.forwarding.signing import is_secret, signed_headers, verify
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.kernel.times import SECOND
from huiliu.ports.channel import (
    AccountField,
    Answer,
    AnswerState,
    Callback,
    CallbackAnswer,
    ChannelAccount,
    Limit,
    OutboundMessage,
    Receipt,
)
from huiliu.ports.evidence import Evidence
from huiliu.ports.outbound import HttpAnswer, HttpCall, Outbound, Reach

__all__ = ["WebhookProvider", "mint_client_credentials"]

#: What a receiver may report.
_STATES: Final = frozenset({
    "delivered", "failed", "expired", "bounced", "complained", "unsubscribed", "reply",
})  # fmt: skip
#: Without an answer: not let out, not reached, or nobody knows.
_UNANSWERED: Final = {
    Reach.REFUSED: AnswerState.PAUSE,
    Reach.UNREACHED: AnswerState.THROTTLED,
    Reach.UNKNOWN: AnswerState.UNKNOWN,
}
#: Status -> what it means; other 4xx refuse the message, redirects and 5xx see `_state`.
_STATUSES: Final = {
    401: AnswerState.PAUSE,
    403: AnswerState.PAUSE,
    404: AnswerState.PAUSE,
    405: AnswerState.PAUSE,
    410: AnswerState.SUPPRESS,
    429: AnswerState.THROTTLED,
    503: AnswerState.THROTTLED,
}
_LONGEST_WORDS: Final = 300


class WebhookProvider(BaseProvider):
    """The Provider port over HTTP to a server of the brand's."""

    name = "webhook"
    channel = "webhook"
    pushes = True
    evidence = Evidence.TRIED
    fields = (
        AccountField("url"),
        AccountField("secret", "secret"),
        AccountField("auth", "choice", "none", ("none", "bearer", "oauth2")),
        AccountField("token", "secret", ""),
        AccountField("token_url", default=""),
        AccountField("client_id", default=""),
        AccountField("client_secret", "secret", ""),
        AccountField("scope", default=""),
        AccountField("timeout", "number", "10", low=1, high=60),
        *COMMON,
    )
    limits = (Limit("clock_skew", "5 min", "github.com/standard-webhooks/standard-webhooks"),)

    def __init__(self, access: Access) -> None:
        """Hold the doors."""
        self._access = access

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return what does not fit together: addresses, the secret, and what signing in needs."""
        found = []
        for name in ("url", "token_url"):
            fault = self._access.http.problem(config[name]) if config.get(name) else ""
            if fault:
                found.append(Problem(name, text("channels.bad_url", cause=fault)))
        if config.get("secret") and not is_secret(config["secret"]):
            found.append(Problem("secret", text("channels.bad_secret")))
        needed = {"bearer": ("token",), "oauth2": ("token_url", "client_id", "client_secret")}
        found += [
            Problem(name, text("channels.missing_field"))
            for name in needed.get(config.get("auth", ""), ())
            if not config.get(name)
        ]
        return found

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Post each message and return an answer to each; a token that has ended is renewed once.

        A request that was refused for its token was not taken, so it may go again.
        """
        token = self._token(account)
        if token is None:
            return [
                Answer(one.message_id, AnswerState.REFRESH, response="no access token")
                for one in messages
            ]
        answers = self._post(account, messages, token)
        refused = [
            one
            for one in messages
            if answers[one.message_id].status == 401 and account.config.get("auth") == "oauth2"
        ]
        if refused:
            renewed = self._access.tokens.renew(account, token)
            if renewed:
                answers |= self._post(account, refused, renewed)
        return [_meaning(one, answers[one.message_id]) for one in messages]

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Read what the receiver reports, signed with the same secret: an object or a list."""
        now = self._access.clock.now() // SECOND
        secret = account.config.get("secret", "")
        if not verify([secret], request.headers, request.body, now):
            return CallbackAnswer(401)
        try:
            found = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return CallbackAnswer(400)
        rows = found if isinstance(found, list) else [found]
        receipts = [_receipt(account, row, request.headers["webhook-id"]) for row in rows]
        good = tuple(one for one in receipts if one is not None)
        if len(good) < len(rows):
            return CallbackAnswer(400)
        return CallbackAnswer(200, b'{"ok":true}', "application/json", good)

    def _token(self, account: ChannelAccount) -> str | None:
        """Return what signs in, "" = nothing is needed, None = there is none."""
        match account.config.get("auth"):
            case "bearer":
                return account.config.get("token", "")
            case "oauth2":
                return self._access.tokens.get(account) or None
            case _:
                return ""

    def _post(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage], token: str
    ) -> dict[bytes, HttpAnswer]:
        """Post messages side by side."""
        answers: dict[bytes, HttpAnswer] = {}
        for at in range(0, len(messages), AT_ONCE):
            # Each with its whole time before it: one that waited would be cut off on its way.
            now = self._access.clock.now()
            some = messages[at : at + AT_ONCE]
            found = self._access.http.call([_call(account, one, token, now) for one in some])
            answers |= {one.message_id: got for one, got in zip(some, found, strict=True)}
        return answers


def mint_client_credentials(account: ChannelAccount, http: Outbound) -> tuple[str, int] | None:
    """Ask for a token with the account's own name and secret (RFC 6749 section 4.4)."""
    config = account.config
    who = f"{config.get('client_id', '')}:{config.get('client_secret', '')}"
    form = {"grant_type": "client_credentials"}
    if config.get("scope"):
        form["scope"] = config["scope"]
    call = HttpCall(
        config.get("token_url", ""),
        headers={
            "Accept": "application/json",
            "Authorization": f"Basic {base64.b64encode(who.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        body=urlencode(form).encode(),
    )
    answer = http.call([call])[0]
    found = _object(answer.body) if answer.is_taken else {}
    value, lives = found.get("access_token"), found.get("expires_in")
    if not isinstance(value, str) or not value:
        return None
    return value, lives if isinstance(lives, int) and lives > 0 else 300


def _call(account: ChannelAccount, message: OutboundMessage, token: str, now: int) -> HttpCall:
    """Return the signed call for one message."""
    config = account.config
    known = message.message_id.hex()
    body = msgspec.json.encode({
        "type": "message.send",
        "timestamp": datetime.fromtimestamp(message.at // SECOND, UTC).isoformat(),
        "data": {
            "message_id": known, "to": message.address, "class": message.message_class,
            "locale": message.locale, "parts": dict(message.parts),
            "unsubscribe_url": message.unsubscribe_url,
        },
    })  # fmt: skip
    headers = {
        "Content-Type": "application/json",
        **signed_headers([config.get("secret", "")], known, now // SECOND, body),
    }
    if token:
        headers["Authorization"] = f"Bearer {token}"
    timeout = float(config.get("timeout") or 10)
    return HttpCall(config.get("url", ""), headers=headers, body=body, timeout_s=timeout)


def _meaning(message: OutboundMessage, answer: HttpAnswer) -> Answer:
    """Return what an answer means: a 2xx takes the message."""
    known = message.message_id
    if answer.reach is not Reach.ANSWERED:
        return Answer(known, _UNANSWERED[answer.reach], response=answer.cause)
    said, code = f"HTTP {answer.status}", str(answer.status)
    if answer.is_taken:
        theirs = _object(answer.body).get("id")
        ids = (theirs[:200],) if isinstance(theirs, str) and theirs else ()
        return Answer(known, AnswerState.ACCEPTED, ids, said)
    wait = answer.headers.get("retry-after", "")
    after = int(wait) * SECOND if wait.isascii() and wait.isdecimal() else 0
    return Answer(known, _state(answer.status), (), said, after, code)


def _state(status: int) -> AnswerState:
    """Return what a status other than 2xx means: 410 says that nobody is there."""
    if status in _STATUSES:
        return _STATUSES[status]
    if status >= 500:
        return AnswerState.UNKNOWN
    return AnswerState.PAUSE if 300 <= status < 400 else AnswerState.REJECTED


def _receipt(account: ChannelAccount, row: object, delivery: str) -> Receipt | None:
    """Return one report of the receiver; None = it is none."""
    if not isinstance(row, dict) or row.get("state") not in _STATES:
        return None
    state, words = str(row["state"]), str(row.get("response") or "")
    if state == "reply":
        sender = str(row.get("from") or "")
        found = Receipt("webhook", account.name, delivery, state, words, sender)
        return found if sender else None
    try:
        message_id = bytes.fromhex(str(row.get("message_id") or ""))
    except ValueError:
        return None
    theirs, code = str(row.get("id") or ""), str(row.get("code") or "")
    if len(message_id) != 16 and not theirs:
        return None
    return Receipt(
        "webhook", account.name, theirs, state, words[:_LONGEST_WORDS],
        message_id=message_id if len(message_id) == 16 else b"", code=code[:100],
        address=str(row.get("to") or ""),
    )  # fmt: skip


def _object(body: bytes) -> Mapping[str, Value]:
    """Return the object of a JSON body; an empty one where there is none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
