"""Tencent Cloud's side of SMS: TC3 signatures, an answer for each number."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.providers.cloud import SECOND, Asked, FakeCloud, Given, Push, Sent, script_of

__all__ = ["FakeTencent"]

_ID: Final = "AKIDfakeOfNobody"
_SECRET: Final = "fake-tencent-secret"  # noqa: S105 - of a fake
_APP: Final = "1400006666"
_HERE: Final = timezone(timedelta(hours=8))
_AUTHORIZATION: Final = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, "
    r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})"
)
#: What a script answers for its number.
_FAULTS: Final = {
    "no_number": ("InvalidParameterValue.IncorrectPhoneNumber", "incorrect phone number"),
    "opted_out": ("FailedOperation.PhoneNumberInBlacklist", "phone number is in blacklist"),
    "bad_words": ("FailedOperation.ContainSensitiveWord", "contains sensitive words"),
    "no_money": ("FailedOperation.InsufficientBalanceInSmsPackage", "insufficient balance"),
    "too_often": ("LimitExceeded.PhoneNumberDailyLimit", "the number of SMS messages exceeds"),
    "night": ("FailedOperation.MarketingSendTimeConstraint", "08:00-22:00 only"),
    "busy": ("LimitExceeded.DeliveryFrequencyLimit", "delivery frequency limit"),
    "fault": ("InternalError.SendAndRecvFail", "send and receive failed"),
}
_WORDS: Final = {"DELIVRD": "用户短信接收成功", "UNDELIV": "短信发送失败", "DB:0141": "用户已退订"}
_SLOT: Final = re.compile(r"\{\d+\}")


class FakeTencent(FakeCloud):
    """The API and the pushes of Tencent Cloud SMS."""

    name: ClassVar[str] = "tencent"

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"secret_id": _ID, "secret_key": _SECRET, "app_id": _APP, "signature": "青山茶铺",
                "endpoint": self.url}  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check name, time and signature."""
        found = _AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
        if found is None:
            return _error("AuthFailure.InvalidAuthorization", "Authorization is invalid.")
        if found[1] != _ID:
            return _error("AuthFailure.SecretIdNotFound", "SecretId is not found.")
        stamp = asked.headers.get("x-tc-timestamp", "")
        if not stamp.isdecimal() or abs(int(stamp) - self.now() // SECOND) > 300:
            return _error("AuthFailure.SignatureExpire", "Signature expired.")
        day = f"{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%d}"
        expected = _signature(asked, found[3].split(";"), stamp, day)
        if day != found[2] or not hmac.compare_digest(found[4], expected):
            return _error("AuthFailure.SignatureFailure", "The provided credentials are invalid.")
        if asked.headers.get("x-tc-version") != "2021-01-11":
            return _error("NoSuchVersion", "The version is not supported.")
        return None

    def busy(self) -> Given:
        """Answer one call too many."""
        return _error("RequestLimitExceeded", "Your current request times equals to the limit.")

    def answer(self, asked: Asked) -> Given:
        """Answer SendSms and PullSmsSendStatusByPhoneNumber."""
        given = asked.json()
        if given.get("SmsSdkAppId") != _APP:
            return _error("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "app id verify fail")
        match asked.headers.get("x-tc-action"):
            case "SendSms":
                return self._send(given)
            case "PullSmsSendStatusByPhoneNumber":
                return self._pull(given)
            case _:
                return _error("InvalidAction", "The action is invalid.")

    def _send(self, given: dict[str, object]) -> Given:
        """Answer for each number."""
        numbers = _strings(given.get("PhoneNumberSet"))
        if not numbers or len(numbers) > 200:
            return _error("LimitExceeded.PhoneNumberCountLimit", "too many phone numbers")
        if len({one.startswith("+86") for one in numbers}) > 1:
            return _error(
                "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber", "mixed numbers"
            )
        echo = str(given.get("SessionContext") or "")
        if len(echo) > 511:
            return _error("InvalidParameter", "SessionContext is too long")
        code = str(given.get("TemplateId") or "")
        values = _strings(given.get("TemplateParamSet"))
        text = self.filled(code, {str(n): value for n, value in enumerate(values, 1)})
        wanted = len(_SLOT.findall(self.templates.get(code, ""))) if self.templates else None
        if text is None:
            fault = ("FailedOperation.TemplateIncorrectOrUnapproved", "template unapproved")
        elif wanted not in {None, len(values)}:
            fault = ("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "params mismatch")
        else:
            fault = None
        scripts = {script_of(one) for one in numbers}
        if "crash" in scripts:
            return Given(b"bad gateway", 502)
        sign = str(given.get("SignName") or "")
        rows = [self._one(one, f"【{sign}】{text}", echo, code, fault) for one in numbers]
        if scripts & {"hang", "lost_answer"}:
            return Given(instead="hang" if "hang" in scripts else "drop")
        return Given({"Response": {"SendStatusSet": rows, "RequestId": "F-1"}})

    def _one(
        self, number: str, text: str, echo: str, code: str, fault: tuple[str, str] | None
    ) -> dict[str, object]:
        """Take a message to one number, or say why not."""
        found = fault or _FAULTS.get(script_of(number))
        row: dict[str, object] = {
            "SerialNo": "", "PhoneNumber": number, "Fee": 0, "SessionContext": echo,
            "IsoCode": "CN",
        }  # fmt: skip
        if found is not None:
            return row | {"Code": found[0], "Message": found[1]}
        known = f"5000:1045710669157053{len(self.sent):06}"
        n = max(1, -(-len(text) // 67)) if len(text) > 70 else 1
        self.keep(Sent(
            number.lstrip("+"), text, known, echo, self.callback_url, code, at=self.now(),
            n_parts=n,
        ))  # fmt: skip
        return row | {"SerialNo": known, "Fee": n, "Code": "Ok", "Message": "send success"}

    def _pull(self, given: dict[str, object]) -> Given:
        """Return what was sent to a number in a stretch of time."""
        number = str(given.get("PhoneNumber", "")).lstrip("+")
        since, until = int(str(given["BeginTime"])), int(str(given["EndTime"]))
        rows = [
            {
                "UserReceiveTime": self.now() // SECOND, "CountryCode": "86",
                "SubscriberNumber": number[2:], "PhoneNumber": f"+{number}",
                "SerialNo": one.known_as, "SessionContext": one.echo,
                "ReportStatus": "SUCCESS" if self.fates[one.known_as] == "DELIVRD" else "FAIL",
                "Description": self.fates[one.known_as],
            }
            for one in self.sent.values()
            if one.number == number and since <= one.at // SECOND <= until
            and one.known_as in self.fates
        ]  # fmt: skip
        return Given({"Response": {"PullSmsSendStatusSet": rows, "RequestId": "F-2"}})

    def report(self, sent: Sent, fate: str) -> Push:
        """Return the push that tells what became of a message."""
        return self._push([{
            "user_receive_time": f"{datetime.fromtimestamp(self.now() // SECOND, _HERE):%F %T}",
            "nationcode": "86", "mobile": sent.number.removeprefix("86"),
            "report_status": "SUCCESS" if fate == "DELIVRD" else "FAIL", "errmsg": fate,
            "description": _WORDS.get(fate, fate), "sid": sent.known_as,
        }])  # fmt: skip

    def reply(self, number: str, text: str) -> None:
        """Let a phone answer."""
        self.waiting.append(self._push({
            "extend": "", "mobile": number.lstrip("+").removeprefix("86"), "nationcode": "86",
            "sign": "青山茶铺", "text": text, "time": self.now() // SECOND,
        }))  # fmt: skip

    def _push(self, body: object) -> Push:
        """Return a push; nothing of it is signed."""
        return Push(
            self.callback_url, msgspec.json.encode(body), {"Content-Type": "application/json"}
        )


def _signature(asked: Asked, names: list[str], stamp: str, day: str) -> str:
    """Return what the signature must be, for the headers that were signed."""
    headers = "".join(f"{name}:{asked.headers.get(name, '').strip().lower()}\n" for name in names)
    hashed = hashlib.sha256(asked.body).hexdigest()
    whole = f"{asked.method}\n/\n{asked.query}\n{headers}\n{';'.join(names)}\n{hashed}"
    said = (
        f"TC3-HMAC-SHA256\n{stamp}\n{day}/sms/tc3_request\n"
        f"{hashlib.sha256(whole.encode()).hexdigest()}"
    )
    of_day = hmac.digest(b"TC3" + _SECRET.encode(), day.encode(), "sha256")
    of_service = hmac.digest(of_day, b"sms", "sha256")
    key = hmac.digest(of_service, b"tc3_request", "sha256")
    return hmac.digest(key, said.encode(), "sha256").hex()


def _error(code: str, words: str) -> Given:
    """Refuse in the provider's words; the status is 200 all the same."""
    return Given({"Response": {"Error": {"Code": code, "Message": words}, "RequestId": "F-0"}})


def _strings(found: object) -> list[str]:
    """Return a list of strings."""
    return [str(one) for one in found] if isinstance(found, list) else []
