"""Feishu's group robot (Lark abroad): time and signature stand in the body.

Source: open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (the key of the signature is time,
a new line and the secret, what it signs is empty; 100 posts a minute, 5 a second; 20 KB).
"""

from __future__ import annotations

import base64
import hmac
from typing import Any, Final

from huiliu.messages.robots.base import Fate, Post, Request, cut, encode, fate_of, said_of

__all__ = ["FeishuRobot"]

_LONGEST: Final = 15_000
_LONGEST_TITLE: Final = 400
_SECOND: Final = 1_000_000
#: Too many posts; the system is busy.
_LATER: Final = frozenset({11232, 99991400})


class FeishuRobot:
    """A robot of a Feishu group."""

    name = "feishu"
    takes_secret = True

    def request(self, url: str, secret: str, post: Post, now: int) -> Request:
        """Return what is to be posted."""
        lines: list[list[dict[str, str]]] = [
            [{"tag": "text", "text": line}] for line in cut(post.body, _LONGEST).splitlines()
        ]
        if post.link:
            lines.append([{"tag": "a", "text": post.more, "href": post.link}])
        said = {"title": cut(post.title, _LONGEST_TITLE), "content": lines}
        body: dict[str, Any] = {"msg_type": "post", "content": {"post": {"zh_cn": said}}}
        if secret:
            stamp = str(now // _SECOND)
            code = hmac.digest(f"{stamp}\n{secret}".encode(), b"", "sha256")
            body = {"timestamp": stamp, "sign": base64.b64encode(code).decode(), **body}
        return Request(url, encode(body))

    def fate(self, status: int, body: bytes) -> Fate:
        """Return what an answer means."""
        return fate_of(status, body, "code", _LATER)

    def words(self, status: int, body: bytes) -> str:
        """Return the answer in its own words."""
        return said_of(status, body, "code", "msg")
