"""Twilio's side of messages: Basic sign-in, statuses that come one by one, signed pushes."""

from __future__ import annotations

import base64
import hmac
import re
from typing import ClassVar, Final
from urllib.parse import urlencode

from huiliu.fakes.providers.cloud import Asked, FakeCloud, Given, Push, Sent, script_of

__all__ = ["FakeTwilio"]

_SID: Final = "ACfa4e0000000000000000000000000000"
_TOKEN: Final = "fake-twilio-token"  # noqa: S105 - of a fake
_SENDER: Final = "+14155550100"
_PATH: Final = f"/2010-04-01/Accounts/{_SID}/Messages"
#: What a script answers: (code, words, status).
_FAULTS: Final = {
    "no_number": (21211, "The 'To' number {to} is not a valid phone number.", 400),
    "opted_out": (21610, "Attempt to send to unsubscribed recipient", 400),
    "bad_words": (21617, "The concatenated message body exceeds the 1600 character limit", 400),
    "no_money": (20003, "Authenticate", 401),
    "busy": (20429, "Too Many Requests", 429),
}
_STATES: Final = {"DELIVRD": ("delivered", ""), "EXPIRED": ("undelivered", "30003")}


class FakeTwilio(FakeCloud):
    """The API and the pushes of Twilio's messages."""

    name: ClassVar[str] = "twilio"

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"account_sid": _SID, "auth_token": _TOKEN, "sender": _SENDER, "endpoint": self.url}

    def refuse(self, asked: Asked) -> Given | None:
        """Check name and token."""
        expected = base64.b64encode(f"{_SID}:{_TOKEN}".encode()).decode()
        if hmac.compare_digest(asked.headers.get("authorization", ""), f"Basic {expected}"):
            return None
        return _fault(20003, "Authenticate", 401)

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(20429, "Too Many Requests", 429)

    def answer(self, asked: Asked) -> Given:
        """Answer the making of a message, and the asking for one."""
        if asked.method == "POST" and asked.path == f"{_PATH}.json":
            return self._make(asked.form())
        found = re.fullmatch(rf"{_PATH}/(SM[0-9a-f]{{32}})\.json", asked.path)
        if asked.method == "GET" and found and found[1] in self.sent:
            return Given(self._shown(self.sent[found[1]]))
        return _fault(20404, "The requested resource was not found", 404)

    def _make(self, form: dict[str, str]) -> Given:
        """Take a message, or say why not."""
        to, script = form.get("To", ""), script_of(form.get("To", ""))
        if script in _FAULTS:
            code, words, status = _FAULTS[script]
            return _fault(code, words.format(to=to), status)
        if script == "crash":
            return Given(b"<html>500</html>", 500)
        if form.get("From") != _SENDER and not form.get("MessagingServiceSid", "").startswith("MG"):
            return _fault(21603, "A 'From' phone number is required.", 400)
        if not form.get("Body"):
            return _fault(21602, "Message body is required.", 400)
        sid = f"SM{len(self.sent) + 1:032x}"
        sent = Sent(to.lstrip("+"), form["Body"], sid,
                    callback=form.get("StatusCallback", self.callback_url),
                    n_parts=-(-len(form["Body"]) // 153))  # fmt: skip
        self.keep(sent)
        if script in {"hang", "lost_answer"}:
            return Given(instead="hang" if script == "hang" else "drop")
        return Given(self._shown(sent) | {"status": "queued"}, 201)

    def _shown(self, sent: Sent) -> dict[str, object]:
        """Return a message as it is shown."""
        status, code = _state(self.fates.get(sent.known_as, ""))
        return {
            "sid": sent.known_as, "account_sid": _SID, "to": f"+{sent.number}", "from": _SENDER,
            "body": sent.text, "status": status, "error_code": int(code) if code else None,
            "num_segments": str(sent.n_parts), "direction": "outbound-api",
        }  # fmt: skip

    def report(self, sent: Sent, fate: str) -> Push:
        """Return the push that tells what became of a message."""
        status, code = _state(fate)
        form = {"MessageSid": sent.known_as, "SmsSid": sent.known_as, "MessageStatus": status,
                "SmsStatus": status, "To": f"+{sent.number}", "From": _SENDER,
                "AccountSid": _SID, "ApiVersion": "2010-04-01"}  # fmt: skip
        if code:
            form["ErrorCode"] = code
        return _push(sent.callback, form)

    def reply(self, number: str, text: str) -> None:
        """Let a phone answer."""
        sid = f"SM{0xF000 + len(self.waiting):032x}"
        self.waiting.append(_push(self.callback_url, {
            "MessageSid": sid, "SmsSid": sid, "AccountSid": _SID, "From": f"+{number.lstrip('+')}",
            "To": _SENDER, "Body": text, "NumMedia": "0", "NumSegments": "1",
        }))  # fmt: skip


def _push(url: str, form: dict[str, str]) -> Push:
    """Return a signed push."""
    said = url + "".join(name + form[name] for name in sorted(form))
    code = base64.b64encode(hmac.digest(_TOKEN.encode(), said.encode(), "sha1")).decode()
    return Push(url, urlencode(form).encode(), {
        "Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": code,
    })  # fmt: skip


def _state(fate: str) -> tuple[str, str]:
    """Return a fate in Twilio's words: (status, error code)."""
    return _STATES.get(fate, ("undelivered", "30005")) if fate else ("sent", "")


def _fault(code: int, words: str, status: int) -> Given:
    """Refuse in the provider's words."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Given({"code": code, "message": words, "more_info": more, "status": status}, status)
