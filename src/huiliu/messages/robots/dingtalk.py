"""DingTalk's group robot: the address carries a token, and time and signature beside it.

Source: open.dingtalk.com/document/group/custom-robot-access (HMAC-SHA256 of time, a new line and
the secret; the clock may be off by an hour; 20 posts a minute; 20,000 bytes).
"""

from __future__ import annotations

import base64
import hmac
from typing import Final
from urllib.parse import quote_plus

from huiliu.messages.robots.base import Fate, Post, Request, cut, encode, fate_of, said_of

__all__ = ["DingTalkRobot"]

_LONGEST: Final = 18_000
_LONGEST_TITLE: Final = 200
_MILLISECOND: Final = 1_000
#: Posted too fast; the system is busy.
_LATER: Final = frozenset({-1, 130101, 410100})


class DingTalkRobot:
    """A robot of a DingTalk group."""

    name = "dingtalk"
    takes_secret = True

    def request(self, url: str, secret: str, post: Post, now: int) -> Request:
        """Return what is to be posted."""
        if secret:
            stamp = now // _MILLISECOND
            code = hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), "sha256")
            url += f"{'&' if '?' in url else '?'}timestamp={stamp}"
            url += f"&sign={quote_plus(base64.b64encode(code))}"
        link = f"\n\n[{post.more}]({post.link})" if post.link else ""
        words = cut(f"### {post.title}\n\n{post.body}", _LONGEST) + link
        said = {"title": cut(post.title, _LONGEST_TITLE), "text": words}
        return Request(url, encode({"msgtype": "markdown", "markdown": said}))

    def fate(self, status: int, body: bytes) -> Fate:
        """Return what an answer means."""
        return fate_of(status, body, "errcode", _LATER)

    def words(self, status: int, body: bytes) -> str:
        """Return the answer in its own words."""
        return said_of(status, body, "errcode", "errmsg")
