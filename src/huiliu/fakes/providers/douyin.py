"""Douyin's side of a mini-program: application tokens, one message for each agreement, webhooks."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.arrivals import Arrived
from huiliu.fakes.providers.cloud import SECOND, Asked, FakeCloud, Given, Push, Sent, script_of

__all__ = ["FakeDouyin"]

_KEY: Final = "tt0123456789abcdef"
_SECRET: Final = "fake-douyin-client-secret"  # noqa: S105 - of a fake
_LIVES_S: Final = 7_200
#: What a script answers.
_FAULTS: Final = {
    "no_number": (28014001, "参数错误"),
    "bad_words": (1008, "通知内容违规"),
    "no_money": (1009, "推送消息能力被封禁"),
    "busy": (28006003, "限流"),
    "too_often": (1010, "发送消息过于频繁"),
    "fault": (28001005, "系统内部错误,请重试"),
    "opted_out": (28014043, "用户未订阅该模板"),
}


class FakeDouyin(FakeCloud):
    """The API and the webhooks of a mini-program."""

    name: ClassVar[str] = "douyin_mini"
    #: Refuse messages that nobody agreed to.
    is_strict: bool = False

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"client_key": _KEY, "client_secret": _SECRET, "endpoint": self.url}

    @property
    def tokens(self) -> list[str]:
        """Return the tokens that are good: the newest two."""
        return self.__dict__.setdefault("made", [])  # type: ignore[no-any-return] # own

    @property
    def agreed(self) -> Counter[tuple[str, str]]:
        """Return how many messages were agreed to, by person and template."""
        return self.__dict__.setdefault("agreements", Counter())  # type: ignore[no-any-return] # own

    def agree(self, openid: str, template: str, action: int = 1) -> Push:
        """Let a person answer (1 once, 2 for good, 3 never); return the webhook that tells it."""
        self.agreed[openid, template] += 1 if action == 1 else 10**9 if action == 2 else 0
        content = {"msg_id": template, "time": self.now() // SECOND, "subscribe_action": action}
        return self.push({
            "event": "user_subscribe_action", "client_key": _KEY, "from_user_id": openid,
            "content": msgspec.json.encode(content).decode(),
        })  # fmt: skip

    def push(self, values: dict[str, object]) -> Push:
        """Return a signed webhook."""
        body = msgspec.json.encode(values)
        signature = hashlib.sha1(_SECRET.encode() + body, usedforsecurity=False).hexdigest()
        return Push(self.callback_url, body, {
            "Content-Type": "application/json", "X-Douyin-Signature": signature,
            "Msg-Id": secrets.token_hex(8),
        })  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check the token."""
        if asked.path == "/oauth/client_token/":
            return None
        good = asked.headers.get("access-token", "") in self.tokens[-2:]
        return None if good else _fault(28001003, "access_token无效")

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(*_FAULTS["busy"])

    def answer(self, asked: Asked) -> Given:
        """Give a token, or take a message."""
        body = asked.json()
        if asked.path == "/oauth/client_token/":
            if body.get("client_key") != _KEY or body.get("client_secret") != _SECRET:
                return Given({"data": {"error_code": 10013, "description": "client_secret error"},
                              "message": "error"})  # fmt: skip
            self.tokens.append(f"clt.{secrets.token_hex(16)}")
            data = {"access_token": self.tokens[-1], "error_code": 0, "expires_in": _LIVES_S}
            return Given({"data": data, "message": "success"})
        if asked.path != "/api/notification/v2/subscription/notify_user/":
            return _fault(28001019, "no such api")
        return self._send(body)

    def _send(self, body: dict[str, object]) -> Given:
        """Take a message."""
        openid, template = str(body.get("open_id", "")), str(body.get("msg_id", ""))
        data, script = body.get("data"), script_of(openid)
        if script in _FAULTS:
            return _fault(*_FAULTS[script])
        if not openid or not template or not isinstance(data, dict) or not all(data.values()):
            return _fault(28014001, "参数错误")
        if self.is_strict:
            if self.agreed[openid, template] <= 0:
                return _fault(*_FAULTS["opted_out"])
            self.agreed[openid, template] -= 1
        if script == "crash":
            return Given(b"", 502)
        words = " ".join(str(one) for one in data.values())
        known = f"d{len(self.sent)}"
        self.sent[known] = Sent(openid, words, known, template=template, at=self.now())
        self.arrivals.add(f"{openid} {words}", Arrived(openid, known, words))
        if script in {"hang", "lost_answer"}:
            return Given(instead="hang" if script == "hang" else "drop")
        return Given({"err_no": 0, "err_msg": "", "log_id": f"2026{len(self.sent):012}"})

    def report(self, sent: Sent, fate: str) -> Push:
        """Return a webhook; Douyin tells nothing of messages that arrived."""
        return self.push({"event": "none", "content": f"{sent.known_as} {fate}"})

    def reply(self, number: str, text: str) -> None:
        """Nobody answers a subscription message."""


def _fault(code: int, words: str) -> Given:
    """Refuse in the platform's words."""
    return Given({"err_no": code, "err_msg": words, "log_id": "20230213140437"})
