"""SMS by Twilio: free text, one number a call, receipts that name our message by their address."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from huiliu.channels.provider import COMMON
from huiliu.channels.sms_cloud import (
    Batch,
    SmsCloud,
    by_status,
    digits,
    json_of,
    same,
    told,
)
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.ports.channel import (
    AccountField,
    Answer,
    AnswerState,
    Callback,
    CallbackAnswer,
    ChannelAccount,
    Doubt,
    Limit,
    Receipt,
)
from huiliu.ports.evidence import Evidence
from huiliu.ports.outbound import HttpAnswer, HttpCall

__all__ = ["TwilioProvider", "signature"]

_DOCS: Final = "www.twilio.com/docs"
_EMPTY: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
#: Error code -> what it means. Source: docs/reference/channels-sms.md; others refuse one message.
_REACTIONS: Final = {
    "20003": AnswerState.PAUSE,
    "20005": AnswerState.PAUSE,
    "20429": AnswerState.THROTTLED,
    "14107": AnswerState.THROTTLED,
    "21211": AnswerState.SUPPRESS,
    "21214": AnswerState.SUPPRESS,
    "21265": AnswerState.SUPPRESS,
    "21408": AnswerState.REJECTED,
    "21606": AnswerState.PAUSE,
    "21603": AnswerState.PAUSE,
    "21610": AnswerState.SUPPRESS,
    "21611": AnswerState.THROTTLED,
    "21612": AnswerState.REJECTED,
    "21614": AnswerState.SUPPRESS,
    "21617": AnswerState.FIX,
    "21619": AnswerState.FIX,
    "21701": AnswerState.PAUSE,
    "21703": AnswerState.PAUSE,
    "30001": AnswerState.THROTTLED,
    "30002": AnswerState.PAUSE,
}
#: Their word -> ours; "" is not final.
_STATES: Final = {
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
#: Codes of a receipt that say: this person wants none.
_REFUSED: Final = frozenset({"21610"})


class TwilioProvider(SmsCloud):
    """The Provider port over Twilio's messages."""

    name = "twilio"
    evidence = Evidence.TRIED
    needs_filed = False
    fields = (
        AccountField("account_sid", longest=34),
        AccountField("auth_token", "secret"),
        AccountField("sender", default="", longest=40),
        AccountField("messaging_service", default="", longest=34),
        AccountField("endpoint", default="https://api.twilio.com"),
        *COMMON,
    )
    limits = (Limit("length", "1600", f"{_DOCS}/api/errors/21617"),)

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return that a sender is missing: a number or a service that has some."""
        found = list(super().more_problems(config))
        if not config.get("sender") and not config.get("messaging_service"):
            found.append(Problem("sender", text("channels.sender_or_service")))
        return found

    def request(self, account: ChannelAccount, batch: Batch, now: int) -> HttpCall:
        """Return the call for one message."""
        del now
        message, config = batch[0], account.config
        form = {"To": message.address, "Body": message.parts.get("text", "")}
        if config.get("messaging_service"):
            form["MessagingServiceSid"] = config["messaging_service"]
        else:
            form["From"] = config.get("sender", "")
        url = self._access.callbacks(account)
        if url:
            form["StatusCallback"] = f"{url}?m={message.message_id.hex()}"
        return _call(config, "POST", "Messages.json", urlencode(form))

    def read(self, batch: Batch, answer: HttpAnswer, now: int) -> Sequence[Answer]:
        """Return what an answer means for the message."""
        del now
        found = json_of(answer.body)
        if answer.is_taken and found.get("sid"):
            units = str(found.get("num_segments") or "")
            return [
                Answer(
                    batch[0].message_id, AnswerState.ACCEPTED, (str(found["sid"]),),
                    str(found.get("status", "")), units=int(units) if units.isdecimal() else 0,
                )
            ]  # fmt: skip
        code, words = str(found.get("code") or ""), str(found.get("message") or "")
        state = _REACTIONS.get(code)
        if state is None:
            return by_status(batch, answer, code, words)
        return same(batch, state, f"{code} {words}", code=code)

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Read a status or a reply; refuse what Twilio did not sign."""
        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        expected = signature(account.config.get("auth_token", ""), request.url, form)
        given = request.headers.get("x-twilio-signature", "")
        if not hmac.compare_digest(expected.encode(), given.encode()):
            return CallbackAnswer(403)
        said = dict(form)
        known = said.get("MessageSid") or said.get("SmsSid", "")
        if "MessageStatus" in said:
            return CallbackAnswer(200, receipts=told([_status(account, request, said, known)]))
        if "Body" in said and said.get("From"):
            reply = Receipt(
                "sms", account.name, known, "reply", said["Body"],
                address=f"+{digits(said['From'])}", to=said.get("To", ""),
            )  # fmt: skip
            return CallbackAnswer(200, _EMPTY, "text/xml", (reply,))
        return CallbackAnswer(400)

    def query(self, account: ChannelAccount, doubts: Sequence[Doubt]) -> Sequence[Receipt]:
        """Ask for the messages whose id is known; one whose answer was lost has none to ask by."""
        asked = [(one, sid) for one in doubts for sid in one.provider_ids]
        calls = [
            _call(account.config, "GET", f"Messages/{quote(sid, safe='')}.json") for _, sid in asked
        ]
        answers = self._access.http.call(calls) if calls else []
        found: list[Receipt] = []
        for (doubt, sid), answer in zip(asked, answers, strict=True):
            row = json_of(answer.body) if answer.is_taken else {}
            state, code = _final(row.get("status"), row.get("error_code"))
            if state:
                found.append(Receipt(
                    "sms", account.name, sid, state, code or str(row.get("status")), code=code,
                    message_id=doubt.message_id,
                ))  # fmt: skip
        return found


def _status(
    account: ChannelAccount, request: Callback, said: Mapping[str, str], known: str
) -> Receipt:
    """Return a status as a receipt."""
    state, code = _final(said["MessageStatus"], said.get("ErrorCode"))
    named = parse_qs(urlsplit(request.url).query).get("m", [""])[0]
    try:
        message_id = bytes.fromhex(named)
    except ValueError:
        message_id = b""
    return Receipt(
        "sms", account.name, known, state, f"{said['MessageStatus']} {code}".strip(), code=code,
        message_id=message_id if len(message_id) == 16 else b"", address=said.get("To", ""),
    )  # fmt: skip


def signature(token: str, url: str, form: Sequence[tuple[str, str]]) -> str:
    """Return what Twilio signs a request with: the address and the sorted fields."""
    by_name: dict[str, set[str]] = {}
    for name, value in form:
        by_name.setdefault(name, set()).add(value)
    said = url + "".join(
        name + value for name in sorted(by_name) for value in sorted(by_name[name])
    )
    made = hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()
    return base64.b64encode(made).decode()


def _final(status: Value, code: Value) -> tuple[str, str]:
    """Return (our word, the code); "" = not final."""
    written = "" if code is None else str(code)
    state = _STATES.get(str(status), "")
    if written in _REFUSED and state == "failed":
        state = "unsubscribed"
    return state, written


def _call(config: Mapping[str, str], method: str, path: str, form: str = "") -> HttpCall:
    """Return a call to the account's own resources."""
    endpoint = (config.get("endpoint") or "https://api.twilio.com").rstrip("/")
    sid = config.get("account_sid", "")
    who = base64.b64encode(f"{sid}:{config.get('auth_token', '')}".encode()).decode()
    headers = {"Authorization": f"Basic {who}", "Accept": "application/json"}
    if form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    url = f"{endpoint}/2010-04-01/Accounts/{quote(sid, safe='')}/{path}"
    return HttpCall(url, method, headers, form.encode())
