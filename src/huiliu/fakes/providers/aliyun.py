"""Alibaba Cloud's side of Dysms: ACS3 signatures, nonces used once, receipts in arrays."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar, Final
from urllib.parse import parse_qsl, quote

import msgspec

from huiliu.fakes.providers.cloud import SECOND, Asked, FakeCloud, Given, Push, Sent, script_of

__all__ = ["FakeAliyun"]

_KEY: Final = "LTAI5tFakeKeyOfNobody"
_SECRET: Final = "fake-aliyun-secret"  # noqa: S105 - of a fake
_HERE: Final = timezone(timedelta(hours=8))
_AUTHORIZATION: Final = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})"
)
#: What a script answers: (code, words, status).
_FAULTS: Final = {
    "no_number": ("isv.MOBILE_NUMBER_ILLEGAL", "号码格式错误", 200),
    "bad_words": ("isv.SMS_CONTENT_ILLEGAL", "短信内容包含禁止发送内容", 200),
    "no_money": ("isv.AMOUNT_NOT_ENOUGH", "账户余额不足", 200),
    "too_often": ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", 200),
    "fault": ("isp.SYSTEM_ERROR", "系统错误", 200),
    "busy": ("Throttling.User", "Request was denied due to user flow control.", 400),
}
_WORDS: Final = {"DELIVRD": "用户接收成功", "UNDELIV": "用户不可达", "DB:0141": "用户已退订"}


class FakeAliyun(FakeCloud):
    """The API and the pushes of Dysms."""

    name: ClassVar[str] = "aliyun"

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"access_key_id": _KEY, "access_key_secret": _SECRET, "signature": "青山茶铺",
                "endpoint": self.url}  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check key, time, nonce and signature, in this order."""
        found = _AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
        if found is None or found[1] != _KEY:
            return _fault("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        try:
            at = datetime.strptime(
                asked.headers.get("x-acs-date", ""), "%Y-%m-%dT%H:%M:%SZ"
            ).replace(tzinfo=UTC)
        except ValueError:
            return _fault(
                "InvalidTimeStamp.Format", "Specified time stamp is not well formed.", 400
            )
        if abs(at.timestamp() - self.now() / SECOND) > 15 * 60:
            return _fault("InvalidTimeStamp.Expired", "Specified time stamp is expired.", 400)
        nonce = asked.headers.get("x-acs-signature-nonce", "")
        if not nonce or nonce in self._nonces:
            return _fault("SignatureNonceUsed", "Specified signature nonce was used already.", 400)
        if not hmac.compare_digest(found[3], _signature(asked, found[2].split(";"))):
            return _fault("SignatureDoesNotMatch", "Specified signature is not matched.", 400)
        self._nonces.add(nonce)
        return None

    @property
    def _nonces(self) -> set[str]:
        """Return the nonces that were used."""
        return self.__dict__.setdefault("used", set())  # type: ignore[no-any-return] # own

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(*_FAULTS["busy"])

    def answer(self, asked: Asked) -> Given:
        """Answer SendSms, SendBatchSms and QuerySendDetails."""
        values = asked.values() | (asked.form() if asked.body else {})
        match asked.headers.get("x-acs-action"):
            case "SendSms":
                numbers = values.get("PhoneNumbers", "").split(",")
                signs = [values.get("SignName", "")] * len(numbers)
                params = [_object(values.get("TemplateParam"))] * len(numbers)
            case "SendBatchSms":
                numbers = _list(values.get("PhoneNumberJson"))
                signs = _list(values.get("SignNameJson"))
                params = [
                    {str(name): str(value) for name, value in one.items()}
                    for one in msgspec.json.decode(values.get("TemplateParamJson") or "[]")
                ] or [{} for _ in numbers]
                if not len(numbers) == len(signs) == len(params) or len(numbers) > 100:
                    return _fault("isv.INVALID_PARAMETERS", "参数异常", 200)
            case "QuerySendDetails":
                return self._details(values)
            case _:
                return _fault("InvalidAction.NotFound", "Specified api is not found.", 404)
        return self._send(values, numbers, signs, params)

    def _send(
        self, values: Mapping[str, str], numbers: list[str], signs: list[str],
        params: list[dict[str, str]],
    ) -> Given:  # fmt: skip
        """Take all messages of a call, or none of them."""
        code = values.get("TemplateCode", "")
        if len(values.get("OutId", "")) > 255:
            return _fault("isv.INVALID_PARAMETERS", "OutId too long", 200)
        texts = []
        for number, sign, given in zip(numbers, signs, params, strict=True):
            fault = _FAULTS.get(script_of(number))
            if fault is not None:
                return _fault(*fault)
            if not sign:
                return _fault("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法", 200)
            text = self.filled(code, given)
            if text is None:
                return _fault("isv.SMS_TEMPLATE_ILLEGAL", "短信模版不合法", 200)
            if "${" in text:
                return _fault("isv.TEMPLATE_MISSING_PARAMETERS", "模版缺少变量", 200)
            texts.append(f"【{sign}】{text}")
        scripts = {script_of(number) for number in numbers}
        if "crash" in scripts:
            return Given(b"<html>502</html>", 502)
        biz_id = f"{900600000000000000 + len(self.sent)}^0"
        for number, sign, text in zip(numbers, signs, texts, strict=True):
            self.keep(Sent(
                _full(number), text, f"{biz_id}/{number}", values.get("OutId", ""),
                self.callback_url, code, sign, self.now(),
            ))  # fmt: skip
        if scripts & {"hang", "lost_answer"}:
            return Given(instead="hang" if "hang" in scripts else "drop")
        return Given({"Code": "OK", "Message": "OK", "BizId": biz_id, "RequestId": "F-1"})

    def _details(self, values: Mapping[str, str]) -> Given:
        """Return what was sent to a number on a day."""
        number, day = _full(values.get("PhoneNumber", "")), values.get("SendDate", "")
        rows = [
            {
                "PhoneNum": values.get("PhoneNumber"), "OutId": one.echo, "Content": one.text,
                "TemplateCode": one.template, "SendDate": _written(one.at),
                "SendStatus": _status(self.fates.get(one.known_as, "")),
                "ErrCode": self.fates.get(one.known_as, ""), "ReceiveDate": _written(self.now()),
            }
            for one in self.sent.values()
            if one.number == number and _written(one.at)[:10].replace("-", "") == day
        ]  # fmt: skip
        return Given({
            "Code": "OK", "Message": "OK", "TotalCount": str(len(rows)), "RequestId": "F-2",
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows},
        })  # fmt: skip

    def report(self, sent: Sent, fate: str) -> Push:
        """Return the push that tells what became of a message."""
        row = {
            "phone_number": sent.number[2:], "send_time": _written(sent.at),
            "report_time": _written(self.now()), "success": fate == "DELIVRD",
            "err_code": fate, "err_msg": _WORDS.get(fate, ""), "sms_size": "1",
            "biz_id": sent.known_as.partition("/")[0], "out_id": sent.echo,
        }  # fmt: skip
        return self._push([row])

    def reply(self, number: str, text: str) -> None:
        """Let a phone answer."""
        row: dict[str, object] = {
            "phone_number": number.lstrip("+").removeprefix("86"), "content": text,
            "send_time": _written(self.now()), "dest_code": "1069",
            "sequence_id": str(10_000 + len(self.waiting)),
        }  # fmt: skip
        self.waiting.append(self._push([row]))

    def _push(self, rows: list[dict[str, object]]) -> Push:
        """Return a push; nothing of it is signed."""
        body = msgspec.json.encode(rows)
        return Push(self.callback_url, body, {"Content-Type": "application/json;charset=UTF-8"})


def _signature(asked: Asked, names: list[str]) -> str:
    """Return what the signature must be, for the headers that were signed."""
    query = sorted(parse_qsl(asked.query, keep_blank_values=True))
    written = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in query)
    headers = "".join(f"{name}:{asked.headers.get(name, '').strip()}\n" for name in names)
    hashed = hashlib.sha256(asked.body).hexdigest()
    whole = f"{asked.method}\n{asked.path}\n{written}\n{headers}\n{';'.join(names)}\n{hashed}"
    said = f"ACS3-HMAC-SHA256\n{hashlib.sha256(whole.encode()).hexdigest()}"
    return hmac.new(_SECRET.encode(), said.encode(), hashlib.sha256).hexdigest()


def _fault(code: str, words: str, status: int) -> Given:
    """Refuse in the provider's words."""
    return Given({"Code": code, "Message": words, "RequestId": "F-0"}, status)


def _status(fate: str) -> int:
    """Return a fate as the provider counts it: 1 waiting, 2 failed, 3 delivered."""
    return 1 if not fate else 3 if fate == "DELIVRD" else 2


def _written(at: int) -> str:
    """Return an instant as the provider writes it."""
    return f"{datetime.fromtimestamp(at // SECOND, _HERE):%Y-%m-%d %H:%M:%S}"


def _full(number: str) -> str:
    """Return a number's digits with its country code."""
    return f"86{number}" if len(number) == 11 and number.startswith("1") else number


def _object(written: str | None) -> dict[str, str]:
    """Return an object of a field."""
    return {str(name): str(value) for name, value in msgspec.json.decode(written or "{}").items()}


def _list(written: str | None) -> list[str]:
    """Return a list of a field."""
    return [str(one) for one in msgspec.json.decode(written or "[]")]
