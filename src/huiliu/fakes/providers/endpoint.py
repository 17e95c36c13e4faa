"""A brand's own server: it takes signed messages, hands out access tokens, and reports back."""

from __future__ import annotations

import base64
import hmac
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.providers.cloud import SECOND, Asked, FakeCloud, Given, Push, Sent, script_of

__all__ = ["FakeEndpoint"]

_SECRET: Final = "whsec_" + base64.b64encode(b"a fake secret of thirty-two bytes").decode()
_CLIENT: Final = ("fake-client", "fake-client-secret")
_STATUSES: Final = {
    "no_number": 410, "bad_words": 422, "no_money": 403, "busy": 429, "crash": 500, "fault": 503,
}  # fmt: skip
_STATES: Final = {"DELIVRD": "delivered", "EXPIRED": "expired", "DB:0141": "unsubscribed"}
_LIVES_S: Final = 3_600


class FakeEndpoint(FakeCloud):
    """A server that behaves as docs/reference/channels-sms.md asks of receivers."""

    name: ClassVar[str] = "webhook"
    #: Ask for a token of this server's own, of which only the newest is good.
    wants_token: bool = False
    #: Tokens given out.
    n_tokens: int = 0
    #: The one that is good; "" = none yet.
    token: str = ""

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        found = {"url": f"{self.url}/messages", "secret": _SECRET}
        if self.wants_token:
            found |= {"auth": "oauth2", "token_url": f"{self.url}/token",
                      "client_id": _CLIENT[0], "client_secret": _CLIENT[1]}  # fmt: skip
        return found

    def refuse(self, asked: Asked) -> Given | None:
        """Check the signature of a message, or who asks for a token."""
        if asked.path == "/token":
            who = base64.b64encode(":".join(_CLIENT).encode()).decode()
            return None if asked.headers.get("authorization") == f"Basic {who}" else Given({}, 401)
        known, stamp = (
            asked.headers.get("webhook-id", ""),
            asked.headers.get("webhook-timestamp", ""),
        )
        expected = _signature(known, stamp, asked.body)
        if not hmac.compare_digest(asked.headers.get("webhook-signature", ""), expected):
            return Given({"error": "signature"}, 401)
        if abs(int(stamp) - self.now() // SECOND) > 300:
            return Given({"error": "stale"}, 401)
        bearer = asked.headers.get("authorization", "")
        if self.wants_token and (not self.token or bearer != f"Bearer {self.token}"):
            return Given({"error": "token"}, 401)
        return None

    def busy(self) -> Given:
        """Answer one call too many."""
        return Given({}, 429, {"Retry-After": "1"})

    def answer(self, asked: Asked) -> Given:
        """Take a message, or hand out a token that ends the one before."""
        if asked.path == "/token":
            self.n_tokens += 1
            self.token = f"token-{self.n_tokens}"
            return Given({"access_token": self.token, "token_type": "Bearer",
                          "expires_in": _LIVES_S})  # fmt: skip
        data = asked.json().get("data")
        if not isinstance(data, dict):
            return Given({}, 400)
        script = script_of(str(data["to"]))
        if script in _STATUSES:
            return Given({}, _STATUSES[script])
        parts = data["parts"]
        sent = Sent(str(data["to"]), str(parts["text"]), str(data["message_id"]),
                    callback=self.callback_url, at=self.now())  # fmt: skip
        if sent.known_as not in self.sent:
            self.keep(sent)
        if script in {"hang", "lost_answer"}:
            return Given(instead="hang" if script == "hang" else "drop")
        return Given({"id": f"theirs-{sent.known_as[:8]}"})

    def report(self, sent: Sent, fate: str) -> Push:
        """Return the push that tells what became of a message."""
        state = _STATES.get(fate, "failed")
        return self._push({"message_id": sent.known_as, "state": state, "code": fate})

    def reply(self, number: str, text: str) -> None:
        """Let a person answer."""
        self.waiting.append(self._push({"state": "reply", "from": number, "response": text}))

    def _push(self, row: dict[str, str]) -> Push:
        """Return a signed push."""
        body = msgspec.json.encode([row])
        known, stamp = f"p{len(self.sent)}-{len(self.waiting)}", str(self.now() // SECOND)
        return Push(self.callback_url, body, {
            "Content-Type": "application/json", "webhook-id": known, "webhook-timestamp": stamp,
            "webhook-signature": _signature(known, stamp, body),
        })  # fmt: skip


def _signature(known: str, stamp: str, body: bytes) -> str:
    """Return what the signature must be."""
    key = base64.b64decode(_SECRET.removeprefix("whsec_"))
    code = hmac.digest(key, f"{known}.{stamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(code).decode()}"
