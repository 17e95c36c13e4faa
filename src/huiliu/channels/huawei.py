"""SMS by Huawei Cloud (Message & SMS): approved templates, an id for each number.

The provider cannot be asked what became of a message; its receipts carry our ticket, so a message
whose answer was lost is settled by its receipt.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from huiliu.channels.carrier_codes import state_of
from huiliu.channels.provider import COMMON
from huiliu.channels.sms_cloud import (
    SPLIT,
    Batch,
    SmsCloud,
    by_status,
    digits,
    form_of,
    instant,
    json_of,
    same,
    ticket,
    ticket_of,
    told,
    without_numbers,
)
from huiliu.kernel.facts import Value
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
from huiliu.ports.outbound import HttpAnswer, HttpCall

__all__ = ["HuaweiProvider", "signed"]

_METHOD: Final = "SDK-HMAC-SHA256"
_PATH: Final = "/sms/batchSendDiffSms/v1"
_DOCS: Final = "support.huaweicloud.com/api-msgsms"
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_TIME: Final = "%Y-%m-%dT%H:%M:%S%z"
#: How old a signed push may be, in seconds: as the provider asks of calls to it.
_SKEW_S: Final = 15 * 60
_OK: Final = "000000"
#: code -> what it means. Source: docs/reference/channels-sms.md; others refuse one message.
_REACTIONS: Final = {
    "E000000": AnswerState.RETRY,
    "E000027": AnswerState.FIX,
    "E000040": AnswerState.FIX,
    "E000045": AnswerState.PAUSE,
    "E000101": AnswerState.PAUSE,
    "E000102": AnswerState.PAUSE,
    "E000103": AnswerState.PAUSE,
    "E000104": AnswerState.PAUSE,
    "E000105": AnswerState.PAUSE,
    "E000106": AnswerState.PAUSE,
    "E000109": AnswerState.PAUSE,
    "E000110": AnswerState.PAUSE,
    "E000111": AnswerState.PAUSE,
    "E000112": AnswerState.PAUSE,
    "E000503": AnswerState.FIX,
    "E000620": AnswerState.PAUSE,
    "E000623": AnswerState.PAUSE,
    "E200015": AnswerState.REJECTED,
    "E200028": AnswerState.FIX,
    "E200029": AnswerState.FIX,
    "E200030": AnswerState.FIX,
    "E200031": AnswerState.FIX,
    "E200033": AnswerState.FIX,
    "E200037": AnswerState.FIX,
    "E200040": AnswerState.FIX,
    "E200041": AnswerState.FIX,
}
#: It says: look at each number's own status.
_LOOK_INSIDE: Final = "E000510"
_SIGNATURE: Final = re.compile(
    r"SDK-HMAC-SHA256 Access=\"?([^\",\s]+)\"?,\s*SignedHeaders=\"?([^\",\s]+)\"?,"
    r"\s*Signature=\"?([0-9a-f]{64})\"?"
)


class HuaweiProvider(SmsCloud):
    """The Provider port over Huawei Cloud's SMS."""

    name = "huawei"
    evidence = Evidence.TRIED
    #: What fits into `extend`: 128 letters.
    largest = 5
    fields = (
        AccountField("app_key", longest=128),
        AccountField("app_secret", "secret"),
        AccountField("sender", longest=21),
        AccountField("signature", default=""),
        AccountField("test_template", default=""),
        AccountField("signed_callbacks", "flag", "no"),
        AccountField("endpoint", default="https://smsapi.cn-north-4.myhuaweicloud.com:443"),
        *COMMON,
    )
    limits = (
        Limit("batch", "500", f"{_DOCS}/sms_05_0002.html"),
        Limit("marketing_hours", "08:00-21:00", "support.huaweicloud.com/iotcom_03_1002"),
        Limit("clock_skew", "15 min", f"{_DOCS}/sms_05_0002.html"),
        Limit("receipts_for", "72 h", f"{_DOCS}/sms_05_0003.html"),
    )

    def request(self, account: ChannelAccount, batch: Batch, now: int) -> HttpCall:
        """Return one call in which each number has its own template and values."""
        body: dict[str, object] = {
            "from": account.config.get("sender", ""),
            "smsContent": [_content(account, one) for one in batch],
            "extend": ticket(batch),
        }
        url = self._access.callbacks(account)
        if url:
            body["statusCallback"] = url
        return signed(account.config, _PATH, msgspec.json.encode(body), now)

    def read(self, batch: Batch, answer: HttpAnswer, now: int) -> Sequence[Answer]:
        """Return what an answer means for each message, or SPLIT."""
        del now
        found = json_of(answer.body)
        code, words = str(found.get("code", "")), str(found.get("description", ""))
        rows = found.get("result")
        if isinstance(rows, list) and rows and code in {_OK, _LOOK_INSIDE}:
            by_number = {
                digits(str(row.get("originTo", ""))): row
                for row in rows
                if isinstance(row, Mapping)
            }
            return [_answer(one, by_number.get(digits(one.address), {})) for one in batch]
        state = _REACTIONS.get(code)
        if state in {AnswerState.FIX, AnswerState.REJECTED} and len(batch) > 1:
            return SPLIT
        if state is None:
            return by_status(batch, answer, code, words)
        return same(batch, state, f"{code} {words}", code=code)

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Read a receipt or a reply; checked by its signature where the account asks for one."""
        if account.config.get("signed_callbacks") == "yes" and not self._is_signed(
            account, request
        ):
            return CallbackAnswer(401)
        form = form_of(request.body)
        if request.method != "POST" or not form.get("smsMsgId"):
            return CallbackAnswer(400)
        return CallbackAnswer(200, receipts=told([_report(account, form)]))

    def _is_signed(self, account: ChannelAccount, request: Callback) -> bool:
        """Check a push's signature: the same way as that of a call, with the app's secret."""
        found = _SIGNATURE.fullmatch(request.headers.get("authorization", "").strip())
        stamp = request.headers.get("x-sdk-date", "")
        at = instant(stamp, _STAMP.replace("Z", "%z")) // SECOND
        if found is None or abs(at - self._access.clock.now() // SECOND) > _SKEW_S:
            return False
        names = found[2].split(";")
        if found[1] != account.config.get("app_key") or "x-sdk-date" not in names:
            return False
        signature = _signature(
            account.config.get("app_secret", ""), urlsplit(request.url).path, stamp,
            {name: request.headers.get(name, "") for name in names}, request.body,
        )  # fmt: skip
        return hmac.compare_digest(signature, found[3])


def signed(config: Mapping[str, str], path: str, body: bytes, now: int) -> HttpCall:
    """Return a signed call with a JSON body."""
    endpoint = (config.get("endpoint") or HuaweiProvider.fields[6].default or "").rstrip("/")
    stamp = datetime.fromtimestamp(now // SECOND, UTC).strftime(_STAMP)
    headers = {
        "content-type": "application/json",
        "host": urlsplit(endpoint).netloc,
        "x-sdk-date": stamp,
    }
    signature = _signature(config.get("app_secret", ""), path, stamp, headers, body)
    access = f"{_METHOD} Access={config.get('app_key', '')}"
    said = f"{access}, SignedHeaders={';'.join(sorted(headers))}, Signature={signature}"
    return HttpCall(
        endpoint + path,
        headers={
            "Authorization": said,
            "Content-Type": headers["content-type"],
            "Host": headers["host"],
            "X-Sdk-Date": stamp,
        },
        body=body,
    )


def _signature(secret: str, path: str, stamp: str, headers: Mapping[str, str], body: bytes) -> str:
    """Return the signature over path, headers and body."""
    names = sorted(headers)
    canonical = "\n".join((
        "POST", path if path.endswith("/") else path + "/", "",
        *(f"{name}:{headers[name].strip()}" for name in names), "", ";".join(names),
        hashlib.sha256(body).hexdigest(),
    ))  # fmt: skip
    to_sign = f"{_METHOD}\n{stamp}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def _content(account: ChannelAccount, message: OutboundMessage) -> dict[str, object]:
    """Return one message of a call."""
    filed = message.filed
    return {
        "to": [f"+{digits(message.address)}"],
        "templateId": filed.code if filed else "",
        "templateParas": [value for _, value in filed.params] if filed else [],
        "signature": (filed.signature if filed else "") or account.config.get("signature", ""),
    }


def _answer(message: OutboundMessage, row: Mapping[str, Value]) -> Answer:
    """Return the answer to one number; one that is not answered is unknown."""
    status = str(row.get("status", ""))
    if status == _OK:
        total = row.get("total")
        n = total if isinstance(total, int) and 0 < total < 100 else 1
        known = str(row.get("smsMsgId", ""))
        ids = tuple(_part(known, str(at), str(n)) for at in range(1, n + 1))
        return Answer(message.message_id, AnswerState.ACCEPTED, ids, status, units=n)
    state = _REACTIONS.get(status, AnswerState.REJECTED if status else AnswerState.UNKNOWN)
    said = without_numbers(status or "no status")
    return Answer(message.message_id, state, response=said, code=status)


def _part(known: str, sequence: str, total: str) -> str:
    """Return the id of one part of a message."""
    return known if total in {"", "1"} else f"{known}/{sequence}"


def _report(account: ChannelAccount, form: Mapping[str, str]) -> Receipt | None:
    """Return a push as a receipt or a reply."""
    known = form["smsMsgId"]
    if "body" in form:
        sender = digits(form.get("from", ""))
        at = instant(form.get("createTime", ""), _TIME)
        return Receipt(
            "sms", account.name, known, "reply", form["body"], address=f"+{sender}",
            to=form.get("to", ""), at=at,
        ) if sender else None  # fmt: skip
    code, words = form.get("status", ""), form.get("statusDesc", "")
    to, total = form.get("to", ""), form.get("total", "1")
    return Receipt(
        "sms", account.name, _part(known, form.get("sequence", "1"), total),
        state_of(code, words), without_numbers(f"{code} {words}".strip()), code=code,
        # Of a long message each part reports for itself: the message's own id would say too much.
        message_id=ticket_of(form.get("extend", ""), to) if to and total == "1" else b"",
        at=instant(form.get("updateTime", ""), _TIME), address=f"+{digits(to)}" if to else "",
    )  # fmt: skip
