"""Getui's side of push: a token of a day, and requests that are lost when their id comes again."""

from __future__ import annotations

from hashlib import md5, sha256
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.providers.cloud import Asked, Given, Push, Sent, script_of
from huiliu.fakes.providers.push import FakePush

__all__ = ["FakeGetui"]

_APP, _KEY, _SECRET = "fakegetuiapp", "fakegetuikey", "fakegetuisecret"
_BASE: Final = f"/v2/{_APP}"
_DAY_MS: Final = 86_400_000
#: What a script answers: (status, code, words).
_FAULTS: Final = {
    "bad_words": (400, 20001, "param error"),
    "no_money": (403, 10006, "insufficient permission"),
    "busy": (429, 10009, "too many requests"),
    "fault": (503, 0, ""),
    "crash": (500, 0, ""),
}


class FakeGetui(FakePush):
    """Getui's REST API, version 2."""

    name: ClassVar[str] = "getui"
    #: Tokens given out, and the one that is good.
    n_tokens: int = 0
    token: str = ""

    def __init__(self, *given: int, **more: object) -> None:
        """Prepare as every fake does."""
        super().__init__(*given, **more)  # type: ignore[arg-type]  # as FakeCloud takes them
        #: Ids of requests that came; a second one is lost.
        self.requests: set[str] = set()

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"appid": _APP, "app_key": _KEY, "master_secret": _SECRET, "endpoint": self.url}

    def refuse(self, asked: Asked) -> Given | None:
        """Check the signature of who asks for a token, or the token."""
        if asked.path == f"{_BASE}/auth":
            body = asked.json()
            said = f"{_KEY}{body.get('timestamp')}{_SECRET}"
            stamp = str(body.get("timestamp") or "0")
            is_now = stamp.isdigit() and abs(int(stamp) - self.now() // 1_000) < 600_000
            is_mine = body.get("sign") == sha256(said.encode()).hexdigest()
            return None if is_now and is_mine else _said(400, 10004, "sign error")
        if self.token and asked.headers.get("token") == self.token:
            return None
        return _said(401, 10001, "token is invalid")

    def busy(self) -> Given:
        """Answer one call too many."""
        return _said(429, 10009, "too many requests")

    def answer(self, asked: Asked) -> Given:
        """Hand out a token, or take a push."""
        if asked.path == f"{_BASE}/auth":
            self.n_tokens += 1
            self.token = f"getui-token-{self.n_tokens}"
            ends = str(self.now() // 1_000 + _DAY_MS)
            return Given({"code": 0, "msg": "success",
                          "data": {"token": self.token, "expire_time": ends}})  # fmt: skip
        if asked.path != f"{_BASE}/push/single/cid":
            return _said(404, 404, "not found")
        return self._push(asked.json())

    def _push(self, body: dict[str, object]) -> Given:
        """Take a push to one device."""
        request, audience = str(body.get("request_id") or ""), body.get("audience")
        cids = audience.get("cid") if isinstance(audience, dict) else None
        if not 10 <= len(request) <= 32 or not isinstance(cids, list) or len(cids) != 1:
            return _said(400, 20001, "param error")
        cid, script = str(cids[0]), script_of(str(cids[0]))
        if script in _FAULTS:
            return _said(*_FAULTS[script])
        task = f"RASS_{len(self.sent) + 1:06}"
        status = "successed_ignore" if script == "no_number" else "successed_online"
        if request in self.requests:
            # Said to be taken, and nothing happens.
            self.arrivals.count("lost")
        elif status != "successed_ignore":
            message = body.get("push_message")
            shown = message.get("notification") if isinstance(message, dict) else None
            words = str(shown.get("body") or "") if isinstance(shown, dict) else ""
            sent = Sent(cid, words, task, at=self.now())
            self.keep(sent)
            self.waiting.append(self.report(sent, "0"))
        self.requests.add(request)
        if script in {"hang", "lost_answer"}:
            return Given(instead="hang" if script == "hang" else "drop")
        return Given({"code": 0, "msg": "success", "data": {task: {cid: status}}})

    def report(self, sent: Sent, fate: str) -> Push:
        """Return the signed push that tells what became of a message."""
        said = f"{_APP}{sent.number}{sent.known_as}m{sent.known_as}{_SECRET}"
        row = {
            "appid": _APP, "cid": sent.number, "taskid": sent.known_as,
            "msgid": f"m{sent.known_as}", "code": fate, "desc": "success", "actionId": "0",
            "recvtime": self.now() // 1_000,
            "sign": md5(said.encode(), usedforsecurity=False).hexdigest(),
        }  # fmt: skip
        headers = {"Content-Type": "application/json"}
        return Push(self.callback_url, msgspec.json.encode(row), headers)


def _said(status: int, code: int, words: str) -> Given:
    """Refuse in Getui's words."""
    return Given({"code": code, "msg": words} if code else b"<html></html>", status)
