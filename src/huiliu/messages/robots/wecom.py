"""WeCom's group robot: the address is the secret.

Source: developer.work.weixin.qq.com/document/path/91770 (body, 4,096 bytes of Markdown, 20 posts a
minute).
"""

from __future__ import annotations

from typing import Final

from huiliu.messages.robots.base import Fate, Post, Request, cut, encode, fate_of, said_of

__all__ = ["WecomRobot"]

_LONGEST: Final = 4_096
#: Too many a minute; the system is busy.
_LATER: Final = frozenset({-1, 45009, 45033})


class WecomRobot:
    """A robot of a WeCom group."""

    name = "wecom"
    takes_secret = False

    def request(self, url: str, secret: str, post: Post, now: int) -> Request:
        """Return what is to be posted."""
        del secret, now
        link = f"\n\n[{post.more}]({post.link})" if post.link else ""
        room = _LONGEST - len(link.encode())
        content = cut(f"### {post.title}\n{post.body}", room) + link
        return Request(url, encode({"msgtype": "markdown", "markdown": {"content": content}}))

    def fate(self, status: int, body: bytes) -> Fate:
        """Return what an answer means."""
        return fate_of(status, body, "errcode", _LATER)

    def words(self, status: int, body: bytes) -> str:
        """Return the answer in its own words."""
        return said_of(status, body, "errcode", "errmsg")
