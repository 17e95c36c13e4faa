"""Huawei Cloud's side of SMS: SDK-HMAC-SHA256 signatures, a status for each number, form pushes."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar, Final
from urllib.parse import urlencode, urlsplit

from huiliu.fakes.providers.cloud import SECOND, Asked, FakeCloud, Given, Push, Sent, script_of

__all__ = ["FakeHuawei"]

_KEY: Final = "fakeHuaweiAppKey"
_SECRET: Final = "fake-huawei-secret"  # noqa: S105 - of a fake
_SENDER: Final = "8822093095550"
_AUTHORIZATION: Final = re.compile(
    r"SDK-HMAC-SHA256 Access=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})"
)
#: What a script answers for its number.
_STATUSES: Final = {
    "no_number": "E200015",
    "bad_words": "E200033",
    "too_often": "E200015",
    "busy": "E000623",
}
_FATES: Final = {"DB:0141": "REJECTD"}


class FakeHuawei(FakeCloud):
    """The API and the pushes of Message & SMS."""

    name: ClassVar[str] = "huawei"
    #: Sign what is pushed, as the provider does where it is switched on.
    signs_pushes: bool = False

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"app_key": _KEY, "app_secret": _SECRET, "sender": _SENDER,
                "signature": "青山茶铺", "endpoint": self.url}  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check key, time and signature."""
        found = _AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
        if found is None:
            return _fault("E000101", "Authorization information failure.", 401)
        if found[1] != _KEY:
            return _fault("E000102", "Invalid app_key.", 401)
        stamp = asked.headers.get("x-sdk-date", "")
        try:
            at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            return _fault("E000104", "Invalid time.", 401)
        if abs(at - self.now() / SECOND) > 15 * 60:
            return _fault("E000104", "The time is out of range.", 401)
        expected = _signature("POST", asked.path, asked.headers, found[2].split(";"), asked.body)
        if not hmac.compare_digest(found[3], expected):
            return _fault("E000045", "Signature is wrong.", 401)
        return None

    def busy(self) -> Given:
        """Answer one call too many."""
        return Given(b"", 429, {"Retry-After": "1"})

    def answer(self, asked: Asked) -> Given:
        """Answer the sending of different texts to different numbers."""
        given = asked.json()
        contents = given.get("smsContent")
        if asked.path != "/sms/batchSendDiffSms/v1" or not isinstance(contents, list):
            return _fault("E000503", "Parameter format error.", 400)
        if given.get("from") != _SENDER or len(str(given.get("extend") or "")) > 128:
            return _fault("E000503", "Parameter format error.", 400)
        numbers = {digits for one in contents for digits in _numbers(one)}
        scripts = {script_of(number) for number in numbers}
        if "no_money" in scripts:
            return _fault("E000112", "The user status is frozen.", 403)
        if "fault" in scripts:
            return _fault("E000000", "System error.", 400)
        if "crash" in scripts:
            return Given(b"oops", 502)
        rows = [row for one in contents for row in self._take(one, given)]
        if scripts & {"hang", "lost_answer"}:
            return Given(instead="hang" if "hang" in scripts else "drop")
        good = all(row["status"] == "000000" for row in rows)
        code, words = ("000000", "Success") if good else ("E000510", "The SMS fails to be sent.")
        return Given({"result": rows, "code": code, "description": words})

    def _take(
        self, content: Mapping[str, object], given: Mapping[str, object]
    ) -> list[dict[str, object]]:
        """Take one content for each of its numbers, or say why not."""
        params = content.get("templateParas")
        values = params if isinstance(params, list) else []
        code = str(content.get("templateId"))
        text = self.filled(code, {str(n): str(value) for n, value in enumerate(values, 1)})
        rows = []
        for number in _numbers(content):
            status = _STATUSES.get(script_of(number), "000000")
            if text is None:
                status = "E200030"
            elif not content.get("signature"):
                status = "E200031"
            row: dict[str, object] = {
                "originTo": f"+{number}", "createTime": _written(self.now()), "from": _SENDER,
                "status": status, "countryId": "CN",
            }  # fmt: skip
            if status == "000000":
                whole = f"【{content['signature']}】{text}"
                n = -(-len(whole) // 67) if len(whole) > 70 else 1
                known = f"d6e3cdd0-522b-4692-8304-a07553cdf591_{8_539_659 + len(self.sent)}"
                row |= {"smsMsgId": known, "total": n}
                callback = str(given.get("statusCallback") or self.callback_url)
                self.keep(Sent(
                    number, whole, known, str(given.get("extend") or ""), callback, code,
                    at=self.now(), n_parts=n,
                ))  # fmt: skip
                self.waiting.extend(
                    self.report(self.sent[known], "DELIVRD", part) for part in range(2, n + 1)
                )
            rows.append(row)
        return rows

    def report(self, sent: Sent, fate: str, part: int = 1) -> Push:
        """Return the push that tells what became of a part of a message."""
        form = {
            "sequence": str(part), "total": str(sent.n_parts), "updateTime": _written(self.now()),
            "source": "2", "smsMsgId": sent.known_as, "status": _FATES.get(fate, fate),
            "statusDesc": "用户已退订" if fate == "DB:0141" else "",
        }  # fmt: skip
        if sent.echo:
            form |= {"extend": sent.echo, "to": f"+{sent.number}"}
        return self._push(sent.callback, form)

    def reply(self, number: str, text: str) -> None:
        """Let a phone answer."""
        self.waiting.append(self._push(self.callback_url, {
            "from": f"+{number.lstrip('+')}", "to": _SENDER, "body": text,
            "smsMsgId": f"9692b5be-c427-4525-8e73-cf4a6ac5b3f{len(self.waiting)}",
        }))  # fmt: skip

    def _push(self, url: str, form: Mapping[str, str]) -> Push:
        """Return a push, signed where that is switched on."""
        body = urlencode(form).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self.signs_pushes:
            stamp = f"{datetime.fromtimestamp(self.now() // SECOND, UTC):%Y%m%dT%H%M%SZ}"
            signed = {"content-type": headers["Content-Type"], "x-sdk-date": stamp}
            code = _signature("POST", urlsplit(url).path, signed, sorted(signed), body)
            headers |= {
                "X-Sdk-Date": stamp,
                "Authorization": (
                    f"SDK-HMAC-SHA256 Access={_KEY}, SignedHeaders={';'.join(sorted(signed))}, "
                    f"Signature={code}"
                ),
            }
        return Push(url, body, headers)


def _signature(
    method: str, path: str, headers: Mapping[str, str], names: list[str], body: bytes
) -> str:
    """Return what the signature must be, for the headers that were signed."""
    whole = "\n".join([
        method, path.rstrip("/") + "/", "",
        "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names), ";".join(names),
        hashlib.sha256(body).hexdigest(),
    ])  # fmt: skip
    said = "SDK-HMAC-SHA256\n{}\n{}".format(
        headers.get("x-sdk-date", ""), hashlib.sha256(whole.encode()).hexdigest()
    )
    return hmac.digest(_SECRET.encode(), said.encode(), "sha256").hex()


def _fault(code: str, words: str, status: int) -> Given:
    """Refuse in the provider's words."""
    return Given({"code": code, "description": words}, status)


def _numbers(content: object) -> list[str]:
    """Return the digits of a content's numbers."""
    found = content.get("to") if isinstance(content, dict) else None
    return [str(one).lstrip("+") for one in found] if isinstance(found, list) else []


def _written(at: int) -> str:
    """Return an instant as the provider writes it."""
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"
