"""SMS by Alibaba Cloud (Dysms 2017-05-25): approved templates, ten messages a call.

The provider knows no idempotency: a message whose answer was lost is asked for, never sent again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

import msgspec

from huiliu.channels.carrier_codes import state_of
from huiliu.channels.provider import COMMON
from huiliu.channels.sms_cloud import (
    CHINA,
    SPLIT,
    Batch,
    SmsCloud,
    by_status,
    full,
    instant,
    json_of,
    mark,
    national,
    rows_of,
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
    Doubt,
    Limit,
    OutboundMessage,
    Receipt,
)
from huiliu.ports.evidence import Evidence
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach

__all__ = ["AliyunProvider", "signed"]

_VERSION: Final = "2017-05-25"
_METHOD: Final = "ACS3-HMAC-SHA256"
_DOCS: Final = "help.aliyun.com/en/sms"
_API: Final = f"{_DOCS}/developer-reference/api-dysmsapi-2017-05-25"
#: code -> what it means. Source: docs/reference/channels-sms.md; others refuse one message.
_REACTIONS: Final = {
    "isv.BUSINESS_LIMIT_CONTROL": AnswerState.REJECTED,
    "isv.DAY_LIMIT_CONTROL": AnswerState.PAUSE,
    "isv.MONTH_LIMIT_CONTROL": AnswerState.PAUSE,
    "isv.MOBILE_NUMBER_ILLEGAL": AnswerState.SUPPRESS,
    "isv.SMS_SIGNATURE_ILLEGAL": AnswerState.FIX,
    "isv.SMS_SIGN_ILLEGAL": AnswerState.FIX,
    "isv.SIGN_STATE_ILLEGAL": AnswerState.FIX,
    "isv.SMS_TEMPLATE_ILLEGAL": AnswerState.FIX,
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": AnswerState.FIX,
    "isv.SMS_CONTENT_ILLEGAL": AnswerState.FIX,
    "isv.BLACK_KEY_CONTROL_LIMIT": AnswerState.FIX,
    "isv.PARAM_LENGTH_LIMIT": AnswerState.FIX,
    "isv.TEMPLATE_MISSING_PARAMETERS": AnswerState.FIX,
    "isv.TEMPLATE_PARAMS_ILLEGAL": AnswerState.FIX,
    "isv.PARAM_NOT_SUPPORT_URL": AnswerState.FIX,
    "isv.INVALID_JSON_PARAM": AnswerState.FIX,
    "isv.INVALID_PARAMETERS": AnswerState.FIX,
    "isv.OUT_OF_SERVICE": AnswerState.PAUSE,
    "isv.AMOUNT_NOT_ENOUGH": AnswerState.PAUSE,
    "isv.ACCOUNT_NOT_EXISTS": AnswerState.PAUSE,
    "isv.ACCOUNT_ABNORMAL": AnswerState.PAUSE,
    "isv.PRODUCT_UN_SUBSCRIPT": AnswerState.PAUSE,
    "isv.DENY_IP_RANGE": AnswerState.PAUSE,
    "isp.RAM_PERMISSION_DENY": AnswerState.PAUSE,
    "SignatureNonceUsed": AnswerState.RETRY,
    "isp.SYSTEM_ERROR": AnswerState.RETRY,
    "isp.GATEWAY_ERROR": AnswerState.RETRY,
    "Throttling": AnswerState.THROTTLED,
    "Throttling.User": AnswerState.THROTTLED,
    "Throttling.Api": AnswerState.THROTTLED,
}
#: Beginnings of codes that speak of the account, its key or its clock.
_OF_ACCOUNT: Final = (
    "Forbidden", "IncompleteSignature", "InvalidAccessKey", "InvalidAction", "InvalidTimeStamp",
    "InvalidVersion", "NoPermission", "SignatureDoesNotMatch",
)  # fmt: skip
#: One number or one set of values of a call is to blame: the others are asked for alone.
_OF_ONE: Final = frozenset({
    "isv.BUSINESS_LIMIT_CONTROL", "isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT",
    "isv.PARAM_LENGTH_LIMIT", "isv.PARAM_NOT_SUPPORT_URL", "isv.SMS_CONTENT_ILLEGAL",
    "isv.BLACK_KEY_CONTROL_LIMIT",
})  # fmt: skip
_TAKEN: Final = msgspec.json.encode({"code": 0, "msg": "接收成功"})
#: What became of a message; 1 = nothing yet.
_FAILED, _DELIVERED = 2, 3
#: A message may have left a little before or after it was handed over.
_SLACK: Final = timedelta(minutes=15)


class AliyunProvider(SmsCloud):
    """The Provider port over Dysms."""

    name = "aliyun"
    evidence = Evidence.TRIED
    #: What fits into OutId: fewer than 256 letters.
    largest = 10
    fields = (
        AccountField("access_key_id", longest=128),
        AccountField("access_key_secret", "secret"),
        AccountField("signature", default=""),
        AccountField("test_template", default=""),
        AccountField("endpoint", default="https://dysmsapi.aliyuncs.com"),
        *COMMON,
    )
    limits = (
        Limit("qps", "5000", f"{_API}-sendsms"),
        Limit("batch", "100", f"{_API}-sendbatchsms"),
        Limit("per_address_day", "50", f"{_DOCS}/user-guide/text-message-sending-rules"),
        Limit("per_address_minute", "1 (OTP)", f"{_DOCS}/user-guide/text-message-sending-rules"),
        Limit("length", "500", f"{_DOCS}/user-guide/text-message-sending-rules"),
    )  # fmt: skip

    def alike(self, message: OutboundMessage) -> Hashable:
        """Return the template: signatures and values may differ within a call."""
        return message.filed.code if message.filed else ""

    def request(self, account: ChannelAccount, batch: Batch, now: int) -> HttpCall:
        """Return one call for one message or several of the same template."""
        signs = [_signature(account, one) for one in batch]
        params = [dict(one.filed.params) if one.filed else {} for one in batch]
        to = [national(one.address) for one in batch]
        code = batch[0].filed.code if batch[0].filed else ""
        if len(batch) == 1:
            action = "SendSms"
            query = {"PhoneNumbers": to[0], "SignName": signs[0]}
            if params[0]:
                query["TemplateParam"] = _json(params[0])
        else:
            action = "SendBatchSms"
            query = {"PhoneNumberJson": _json(to), "SignNameJson": _json(signs)}
            if any(params):
                query["TemplateParamJson"] = _json(params)
        query |= {"TemplateCode": code, "OutId": ticket(batch)}
        return signed(account.config, action, query, now, secrets.token_hex(16))

    def read(self, batch: Batch, answer: HttpAnswer, now: int) -> Sequence[Answer]:
        """Return what an answer means for each message, or SPLIT."""
        del now
        found = json_of(answer.body)
        code, words = str(found.get("Code", "")), str(found.get("Message", ""))
        if code == "OK" and answer.is_taken:
            biz_id = str(found.get("BizId", ""))
            return [
                Answer(
                    one.message_id, AnswerState.ACCEPTED, (f"{biz_id}/{mark(one.address)}",), "OK"
                )
                for one in batch
            ]
        if code in _OF_ONE and len(batch) > 1:
            return SPLIT
        if code in _REACTIONS:
            return same(batch, _REACTIONS[code], f"{code} {words}", code=code)
        if code.startswith(_OF_ACCOUNT):
            return same(batch, AnswerState.PAUSE, f"{code} {words}", code=code)
        if code.startswith("isv.") and answer.status < 500:
            return same(batch, AnswerState.REJECTED, f"{code} {words}", code=code)
        return by_status(batch, answer, code, words)

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Read receipts (SmsReport) and replies (SmsUp); the provider signs neither."""
        rows = rows_of(request.body)
        if request.method != "POST" or rows is None:
            return CallbackAnswer(400)
        receipts = told(_report(account, row) for row in rows)
        return CallbackAnswer(200, _TAKEN, "application/json", receipts)

    def query(self, account: ChannelAccount, doubts: Sequence[Doubt]) -> Sequence[Receipt]:
        """Ask for what was sent to each number on its day; the ticket says which is ours."""
        now = self._access.clock.now()
        asked = [(doubt, day) for doubt in doubts for day in _days(doubt.sent_at)]
        calls = [
            signed(
                account.config, "QuerySendDetails",
                {"PhoneNumber": national(doubt.address), "SendDate": day, "PageSize": "50",
                 "CurrentPage": "1"},
                now, secrets.token_hex(16),
            )
            for doubt, day in asked
        ]  # fmt: skip
        answers = self._access.http.call(calls) if calls else []
        found: list[Receipt] = []
        for (doubt, _), answer in zip(asked, answers, strict=True):
            if answer.reach is Reach.ANSWERED:
                details = _details(json_of(answer.body))
                found += told(_detail(account, doubt, row) for row in details)
        return found


def signed(
    config: Mapping[str, str], action: str, query: Mapping[str, str], now: int, nonce: str
) -> HttpCall:
    """Return a signed call of the RPC style: all values stand in the query."""
    endpoint = (config.get("endpoint") or "https://dysmsapi.aliyuncs.com").rstrip("/")
    headers = {
        "host": urlsplit(endpoint).netloc,
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": datetime.fromtimestamp(now // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": _VERSION,
    }
    written = "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))
    names = ";".join(sorted(headers))
    canonical = "\n".join((
        "POST", "/", written, *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names,
        headers["x-acs-content-sha256"],
    ))  # fmt: skip
    to_sign = f"{_METHOD}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    secret = config.get("access_key_secret", "").encode()
    signature = hmac.new(secret, to_sign.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"{_METHOD} Credential={config.get('access_key_id', '')},SignedHeaders={names},"
        f"Signature={signature}"
    )
    headers["Accept"] = "application/json"
    headers["Host"] = headers.pop("host")
    return HttpCall(f"{endpoint}/?{written}", headers=headers)


def _quoted(value: str) -> str:
    """Return a value as RFC 3986 writes it."""
    return quote(value, safe="~")


def _signature(account: ChannelAccount, message: OutboundMessage) -> str:
    """Return the signature that a message was filed with, else the account's."""
    filed = message.filed.signature if message.filed else ""
    return filed or account.config.get("signature", "")


def _json(value: object) -> str:
    """Return a value as JSON."""
    return msgspec.json.encode(value).decode()


def _days(sent_at: int) -> list[str]:
    """Return the days in China on which a message may have been sent."""
    at = datetime.fromtimestamp(sent_at // SECOND, CHINA)
    return sorted({f"{one:%Y%m%d}" for one in (at - _SLACK, at, at + _SLACK)})


def _details(found: Mapping[str, Value]) -> list[Mapping[str, Value]]:
    """Return the rows of a query's answer."""
    inside = found.get("SmsSendDetailDTOs")
    rows = inside.get("SmsSendDetailDTO") if isinstance(inside, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _report(account: ChannelAccount, row: Mapping[str, Value]) -> Receipt | None:
    """Return one row of a push as a receipt or a reply."""
    number = str(row.get("phone_number", ""))
    if not number:
        return None
    if "content" in row:
        return Receipt(
            "sms", account.name, str(row.get("sequence_id", "")), "reply", str(row["content"]),
            address=full(number), to=str(row.get("dest_code", "")),
            at=instant(str(row.get("send_time", ""))),
        )  # fmt: skip
    code, words = str(row.get("err_code", "")), str(row.get("err_msg", ""))
    return Receipt(
        "sms", account.name, f"{row.get('biz_id', '')}/{mark(number)}",
        state_of(code, words, is_delivered=row.get("success") is True),
        without_numbers(f"{code} {words}".strip()), code=code,
        address=full(number), message_id=ticket_of(str(row.get("out_id", "")), number),
        at=instant(str(row.get("report_time", ""))),
    )  # fmt: skip


def _detail(account: ChannelAccount, doubt: Doubt, row: Mapping[str, Value]) -> Receipt | None:
    """Return what the provider says of a message in doubt, where this row is of it."""
    if ticket_of(str(row.get("OutId", "")), doubt.address) != doubt.message_id:
        return None
    code, status = str(row.get("ErrCode", "")), row.get("SendStatus")
    if status not in {_FAILED, _DELIVERED}:
        return None
    return Receipt(
        "sms", account.name, "", state_of(code, is_delivered=status == _DELIVERED),
        without_numbers(code), code=code, message_id=doubt.message_id,
        at=instant(str(row.get("ReceiveDate", ""))),
    )  # fmt: skip
