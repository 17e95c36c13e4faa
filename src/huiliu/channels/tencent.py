"""SMS by Tencent Cloud (2021-01-11): approved templates, an answer for each number."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Hashable, Mapping, Sequence
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
    first_eight,
    full,
    instant,
    json_of,
    rows_of,
    same,
    ticket,
    ticket_of,
    told,
    without_numbers,
)
from huiliu.kernel.facts import Value
from huiliu.kernel.times import MINUTE, SECOND
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

__all__ = ["TencentProvider", "signed"]

_VERSION: Final = "2021-01-11"
_METHOD: Final = "TC3-HMAC-SHA256"
_DOCS: Final = "cloud.tencent.com/document/api/382"
#: code -> what it means. Source: the error codes of the vendor's SDK, see
#: docs/reference/channels-sms.md; others refuse one message.
_REACTIONS: Final = {
    "LimitExceeded.DeliveryFrequencyLimit": AnswerState.THROTTLED,
    "LimitExceeded.GlobalSmsSendingRateLimit": AnswerState.THROTTLED,
    "RequestLimitExceeded": AnswerState.THROTTLED,
    "LimitExceeded.PhoneNumberThirtySecondLimit": AnswerState.REJECTED,
    "LimitExceeded.PhoneNumberOneHourLimit": AnswerState.REJECTED,
    "LimitExceeded.PhoneNumberDailyLimit": AnswerState.REJECTED,
    "LimitExceeded.PhoneNumberSameContentDailyLimit": AnswerState.REJECTED,
    "LimitExceeded.AppDailyLimit": AnswerState.PAUSE,
    "LimitExceeded.AppGlobalDailyLimit": AnswerState.PAUSE,
    "LimitExceeded.AppMainlandChinaDailyLimit": AnswerState.PAUSE,
    "LimitExceeded.AppCountryOrRegionDailyLimit": AnswerState.PAUSE,
    "LimitExceeded.AppCountryOrRegionInBlacklist": AnswerState.REJECTED,
    "LimitExceeded.DailyLimit": AnswerState.PAUSE,
    "FailedOperation.PhoneNumberInBlacklist": AnswerState.SUPPRESS,
    "InvalidParameterValue.IncorrectPhoneNumber": AnswerState.SUPPRESS,
    "FailedOperation.PhoneNumberParseFail": AnswerState.SUPPRESS,
    "FailedOperation.ContainSensitiveWord": AnswerState.FIX,
    "InvalidParameter.DirtyWordFound": AnswerState.FIX,
    "FailedOperation.SignatureIncorrectOrUnapproved": AnswerState.FIX,
    "FailedOperation.TemplateIncorrectOrUnapproved": AnswerState.FIX,
    "FailedOperation.TemplateUnapprovedOrNotExist": AnswerState.FIX,
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": AnswerState.FIX,
    "InvalidParameterValue.TemplateParameterFormatError": AnswerState.FIX,
    "InvalidParameterValue.TemplateParameterLengthLimit": AnswerState.FIX,
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": AnswerState.FIX,
    "InvalidParameterValue.ContentLengthLimit": AnswerState.FIX,
    "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone": AnswerState.FIX,
    "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone": AnswerState.FIX,
    "FailedOperation.InsufficientBalanceInSmsPackage": AnswerState.PAUSE,
    "UnauthorizedOperation.ServiceSuspendDueToArrears": AnswerState.PAUSE,
    "UnauthorizedOperation.RequestIpNotInWhitelist": AnswerState.PAUSE,
    "UnauthorizedOperation.RequestPermissionDeny": AnswerState.PAUSE,
    "UnauthorizedOperation.SdkAppIdIsDisabled": AnswerState.PAUSE,
    "UnauthorizedOperation.SmsSdkAppIdVerifyFail": AnswerState.PAUSE,
    "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny": AnswerState.PAUSE,
    "InvalidParameterValue.SdkAppIdNotExist": AnswerState.PAUSE,
    "InternalError.Timeout": AnswerState.UNKNOWN,
    "InternalError.SendAndRecvFail": AnswerState.UNKNOWN,
    "InternalError.RequestTimeException": AnswerState.PAUSE,
    "InternalError.UnknownError": AnswerState.UNKNOWN,
    "InternalError.OtherError": AnswerState.UNKNOWN,
}
_NIGHT: Final = "FailedOperation.MarketingSendTimeConstraint"
_TAKEN: Final = msgspec.json.encode({"result": 0, "errmsg": "OK"})


class TencentProvider(SmsCloud):
    """The Provider port over Tencent Cloud SMS."""

    name = "tencent"
    evidence = Evidence.TRIED
    #: What fits into SessionContext: fewer than 512 letters. The provider takes 200 numbers.
    largest = 20
    fields = (
        AccountField("secret_id", longest=128),
        AccountField("secret_key", "secret"),
        AccountField("app_id", longest=20),
        AccountField("signature", default=""),
        AccountField("test_template", default=""),
        AccountField("region", default="ap-guangzhou"),
        AccountField("endpoint", default="https://sms.tencentcloudapi.com"),
        *COMMON,
    )
    limits = (
        Limit("qps", "3000", f"{_DOCS}/55981"),
        Limit("batch", "200", f"{_DOCS}/55981"),
        Limit("per_address_day", "30 s / 1 h / 24 h", f"{_DOCS}/59177"),
        Limit("marketing_hours", "08:00-22:00", f"{_DOCS}/59177"),
        Limit("clock_skew", "5 min", f"{_DOCS}/52071"),
    )

    def alike(self, message: OutboundMessage) -> Hashable:
        """Return what one call has but once: text, values, signature, home or abroad."""
        filed = message.filed
        is_home = digits(message.address).startswith("86")
        return (filed.code, filed.signature, filed.params, is_home) if filed else None

    def request(self, account: ChannelAccount, batch: Batch, now: int) -> HttpCall:
        """Return one call for numbers that get the same words."""
        filed = batch[0].filed
        body = {
            "PhoneNumberSet": [f"+{digits(one.address)}" for one in batch],
            "SmsSdkAppId": account.config.get("app_id", ""),
            "SignName": (filed.signature if filed else "") or account.config.get("signature", ""),
            "TemplateId": filed.code if filed else "",
            "TemplateParamSet": [value for _, value in filed.params] if filed else [],
            "SessionContext": ticket(batch),
        }
        return signed(account.config, "SendSms", body, now)

    def read(self, batch: Batch, answer: HttpAnswer, now: int) -> Sequence[Answer]:
        """Return what an answer means for each message, or SPLIT."""
        inside = json_of(answer.body).get("Response")
        found = inside if isinstance(inside, Mapping) else {}
        fault = found.get("Error")
        if isinstance(fault, Mapping):
            code, words = str(fault.get("Code", "")), str(fault.get("Message", ""))
            state = _state(code)
            if state in {AnswerState.SUPPRESS, AnswerState.REJECTED} and len(batch) > 1:
                return SPLIT
            if state is None:
                return by_status(batch, HttpAnswer(answer.reach, 400), code, words)
            return same(batch, state, f"{code} {words}", code=code, retry_after=_after(code, now))
        rows = found.get("SendStatusSet")
        if not isinstance(rows, list) or not rows:
            return by_status(batch, answer)
        by_number = {
            digits(str(row.get("PhoneNumber", ""))): row for row in rows if isinstance(row, Mapping)
        }
        return [_answer(one, by_number.get(digits(one.address), {}), now) for one in batch]

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Read receipts and replies; the provider signs neither."""
        rows = rows_of(request.body)
        if request.method != "POST" or rows is None:
            return CallbackAnswer(400)
        receipts = told(_report(account, row) for row in rows if row.get("mobile"))
        return CallbackAnswer(200, _TAKEN, "application/json", receipts)

    def query(self, account: ChannelAccount, doubts: Sequence[Doubt]) -> Sequence[Receipt]:
        """Ask for what was sent to each number; the ticket says which is ours.

        The provider shows tickets only for accounts that asked it to; without, nothing is told:
        another message to the same number must not be taken for this one.
        """
        now = self._access.clock.now()
        calls = [
            signed(account.config, "PullSmsSendStatusByPhoneNumber", {
                "BeginTime": (one.sent_at - MINUTE) // SECOND, "Offset": 0, "Limit": 100,
                "EndTime": min(one.sent_at + 15 * MINUTE, now) // SECOND,
                "PhoneNumber": f"+{digits(one.address)}",
                "SmsSdkAppId": account.config.get("app_id", ""),
            }, now)
            for one in doubts
        ]  # fmt: skip
        answers = self._access.http.call(calls) if calls else []
        found: list[Receipt] = []
        for doubt, answer in zip(doubts, answers, strict=True):
            if answer.reach is Reach.ANSWERED:
                row = _own(_pulled(json_of(answer.body)), doubt)
                found += told([_pulled_receipt(account, doubt, row)] if row else ())
        return found


def signed(
    config: Mapping[str, str], action: str, body: Mapping[str, object], now: int
) -> HttpCall:
    """Return a signed call: TC3 over content type, host and body."""
    endpoint = (config.get("endpoint") or "https://sms.tencentcloudapi.com").rstrip("/")
    host = urlsplit(endpoint).netloc
    written = msgspec.json.encode(body)
    kind = "application/json"
    hashed = hashlib.sha256(written).hexdigest()
    canonical = f"POST\n/\n\ncontent-type:{kind}\nhost:{host}\n\ncontent-type;host\n{hashed}"
    at = now // SECOND
    day = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
    scope = f"{day}/sms/tc3_request"
    to_sign = f"{_METHOD}\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{config.get('secret_key', '')}".encode()
    for part in (day, "sms", "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return HttpCall(
        endpoint + "/",
        headers={
            "Authorization": (
                f"{_METHOD} Credential={config.get('secret_id', '')}/{scope}, "
                f"SignedHeaders=content-type;host, Signature={signature}"
            ),
            "Content-Type": kind,
            "Host": host,
            "X-TC-Action": action,
            "X-TC-Region": config.get("region") or "ap-guangzhou",
            "X-TC-Timestamp": str(at),
            "X-TC-Version": _VERSION,
        },
        body=written,
    )


def _state(code: str) -> AnswerState | None:
    """Return what a code means; None = it is not known."""
    if code == _NIGHT:
        return AnswerState.THROTTLED
    if code.startswith("AuthFailure"):
        return AnswerState.PAUSE
    return _REACTIONS.get(code)


def _after(code: str, now: int) -> int:
    """Return when to try again: marketing is taken from eight in the morning on."""
    return first_eight(now) if code == _NIGHT else 0


def _answer(message: OutboundMessage, row: Mapping[str, Value], now: int) -> Answer:
    """Return the answer to one number; one that is not answered is unknown."""
    code, words = str(row.get("Code", "")), str(row.get("Message", ""))
    if code == "Ok":
        fee = row.get("Fee")
        return Answer(
            message.message_id, AnswerState.ACCEPTED, (str(row.get("SerialNo", "")),), "Ok",
            units=fee if isinstance(fee, int) else 0,
        )  # fmt: skip
    state = _state(code) or (AnswerState.REJECTED if code else AnswerState.UNKNOWN)
    said = without_numbers(f"{code} {words}".strip())
    return Answer(
        message.message_id, state, response=said, code=code, retry_after=_after(code, now)
    )


def _pulled(found: Mapping[str, Value]) -> list[Mapping[str, Value]]:
    """Return the rows of a pull's answer."""
    inside = found.get("Response")
    rows = inside.get("PullSmsSendStatusSet") if isinstance(inside, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _own(rows: Sequence[Mapping[str, Value]], doubt: Doubt) -> Mapping[str, Value] | None:
    """Return the row of a message in doubt, by its ticket."""
    for row in rows:
        context = str(row.get("SessionContext") or "")
        if ticket_of(context, doubt.address) == doubt.message_id:
            return row
    return None


def _report(account: ChannelAccount, row: Mapping[str, Value]) -> Receipt:
    """Return one row of a push as a receipt or a reply."""
    number = full(str(row["mobile"]), str(row.get("nationcode") or "86"))
    if "text" in row:
        time = row.get("time")
        # The provider numbers no replies: a repeat is known by all that it says.
        said = hashlib.sha256(f"{number}\0{time}\0{row['text']}".encode()).hexdigest()
        return Receipt(
            "sms", account.name, said[:16], "reply", str(row["text"]), address=number,
            to=str(row.get("extend") or ""), at=time * SECOND if isinstance(time, int) else 0,
        )  # fmt: skip
    code, words = str(row.get("errmsg", "")), str(row.get("description", ""))
    return Receipt(
        "sms", account.name, str(row.get("sid", "")),
        state_of(code, words, is_delivered=row.get("report_status") == "SUCCESS"),
        without_numbers(f"{code} {words}".strip()), code=code, address=number,
        at=instant(str(row.get("user_receive_time", ""))),
    )  # fmt: skip


def _pulled_receipt(
    account: ChannelAccount, doubt: Doubt, row: Mapping[str, Value]
) -> Receipt | None:
    """Return what the provider says of a message in doubt."""
    words, status = str(row.get("Description", "")), row.get("ReportStatus")
    if status not in {"SUCCESS", "FAIL"}:
        return None
    at = row.get("UserReceiveTime")
    return Receipt(
        "sms", account.name, "", state_of(words, words, is_delivered=status == "SUCCESS"),
        without_numbers(words), message_id=doubt.message_id,
        at=at * SECOND if isinstance(at, int) else 0,
    )  # fmt: skip
