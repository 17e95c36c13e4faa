"""Robots of groups at WeCom, DingTalk and Feishu: they check signatures, limits and bodies."""

from __future__ import annotations

import base64
import hmac
import threading
from collections import Counter
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Final, Self

from huiliu.fakes.providers.cloud import SECOND
from huiliu.fakes.providers.door import Asked, Given, open_door

__all__ = ["FakeRobots"]

_LOOK_S: Final = 0.02
_KEY: Final = "693a91f6-7xxx"
_SECRET: Final = "SECfake0123456789"  # noqa: S105 - of a fake
_MINUTE: Final = 60
_HOUR_MS: Final = 3_600_000
_MOST_WECOM: Final = 4_096


class FakeRobots:
    """The three kinds of robots behind one port; each post that was taken is kept."""

    name: ClassVar[str] = "robots"
    #: Posts a minute before a robot says that there are too many.
    most_a_minute: int = 20

    def __init__(self, port: int = 0, *, host: str = "127.0.0.1", now: Callable[[], int]) -> None:
        """Prepare; `start` opens the port, 0 = any free one."""
        self.port = port
        self.host = host
        self.now = now
        #: (robot, title and words) of what was taken, in order.
        self.posts: list[tuple[str, str]] = []
        #: What happens instead of the next answers: busy, crash, drop.
        self.script: list[str] = []
        self.asked: Counter[str] = Counter()
        self._minutes: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    @property
    def config(self) -> dict[str, str]:
        """Return the address of each robot, and the secret of those that check it."""
        base = f"http://{self.host}:{self.port}"
        return {
            "wecom": f"{base}/cgi-bin/webhook/send?key={_KEY}",
            "dingtalk": f"{base}/robot/send?access_token={_KEY}",
            "feishu": f"{base}/open-apis/bot/v2/hook/{_KEY}",
            "secret": _SECRET,
        }

    def report(self) -> dict[str, object]:
        """Return counts."""
        return {"posts": len(self.posts), "asked": dict(sorted(self.asked.items()))}

    def handle(self, asked: Asked) -> Given:
        """Answer one request as the robot of its address would."""
        known = {
            "/cgi-bin/webhook/send": ("wecom", self._wecom),
            "/robot/send": ("dingtalk", self._dingtalk),
            f"/open-apis/bot/v2/hook/{_KEY}": ("feishu", self._feishu),
        }.get(asked.path)
        if known is None:
            return Given({"code": 19001, "msg": "param invalid: incoming webhook token invalid"})
        name, answer = known
        with self._lock:
            self.asked[name] += 1
            script = self.script.pop(0) if self.script else ""
            if script == "crash":
                return Given({}, 502)
            if script == "drop":
                # Taken, and the answer is lost on its way.
                answer(asked)
                return Given(instead="drop")
            minute = name, self.now() // SECOND // _MINUTE
            self._minutes[minute] += 1
            if script == "busy" or self._minutes[minute] > self.most_a_minute:
                return _busy(name)
            return answer(asked)

    def _wecom(self, asked: Asked) -> Given:
        """Answer as WeCom."""
        if asked.values().get("key") != _KEY:
            return Given({"errcode": 93000, "errmsg": "invalid webhook url"})
        said = asked.json().get("markdown")
        if not isinstance(said, dict) or not isinstance(said.get("content"), str):
            return Given({"errcode": 44004, "errmsg": "content is empty"})
        if len(said["content"].encode()) > _MOST_WECOM:
            return Given({"errcode": 40058, "errmsg": "content exceed max length"})
        return self._keep("wecom", said["content"], {"errcode": 0, "errmsg": "ok"})

    def _dingtalk(self, asked: Asked) -> Given:
        """Answer as DingTalk."""
        query = asked.values()
        if query.get("access_token") != _KEY:
            return Given({"errcode": 300005, "errmsg": "token is not exist"})
        stamp = query.get("timestamp", "")
        code = hmac.digest(_SECRET.encode(), f"{stamp}\n{_SECRET}".encode(), "sha256")
        good = stamp.isdecimal() and abs(int(stamp) - self.now() // 1_000) < _HOUR_MS
        if not good or query.get("sign") != base64.b64encode(code).decode():
            return Given({"errcode": 310000, "errmsg": "sign not match"})
        said = asked.json().get("markdown")
        if not isinstance(said, dict) or not said.get("title") or not said.get("text"):
            return Given({"errcode": 40035, "errmsg": "missing title or text"})
        return self._keep("dingtalk", str(said["text"]), {"errcode": 0, "errmsg": "ok"})

    def _feishu(self, asked: Asked) -> Given:
        """Answer as Feishu."""
        body = asked.json()
        stamp = str(body.get("timestamp", ""))
        code = hmac.digest(f"{stamp}\n{_SECRET}".encode(), b"", "sha256")
        good = stamp.isdecimal() and abs(int(stamp) * 1_000 - self.now() // 1_000) < _HOUR_MS
        if not good or body.get("sign") != base64.b64encode(code).decode():
            return Given({"code": 19021, "msg": "sign match fail or time is not within one hour"})
        content = body.get("content")
        post = content.get("post") if isinstance(content, dict) else None
        said = post.get("zh_cn") if isinstance(post, dict) else None
        if body.get("msg_type") != "post" or not isinstance(said, dict):
            return Given({"code": 9499, "msg": "Bad Request"})
        lines = [part.get("text", "") for line in said["content"] for part in line]
        words = "\n".join([str(said["title"]), *lines])
        return self._keep("feishu", words, {"code": 0, "msg": "success", "data": {}})

    def _keep(self, name: str, words: str, answer: dict[str, object]) -> Given:
        """Keep a post and say that it was taken."""
        self.posts.append((name, words))
        return Given(answer)

    def start(self) -> Self:
        """Listen; `port` then holds the real one."""
        self._server = open_door(self.host, self.port, self.handle, self._ended)
        self.port = int(self._server.server_address[1])
        threading.Thread(
            target=self._server.serve_forever, args=(_LOOK_S,), name="fake-robots", daemon=True
        ).start()
        return self

    def stop(self) -> None:
        """Close the port."""
        self._ended.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()


def _busy(name: str) -> Given:
    """Answer one post too many."""
    if name == "feishu":
        return Given({"code": 11232, "msg": "frequency limited psm"})
    code = 45009 if name == "wecom" else 130101
    return Given({"errcode": code, "errmsg": "send too fast, exceed 20 times per minute"})
