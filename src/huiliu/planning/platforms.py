"""Where a brand speaks by hand: platforms and communities that let no program post.

A row says what staff and pages need to know of one: whether a link in a post can be pressed at all
(else a code or a QR code has to carry people over), and how long its title and words may be. The
lengths come from what marketers write, not from a platform's own documents, so they warn and never
refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.kernel.registry import Registry

__all__ = ["PLATFORMS", "Platform"]


@dataclass(frozen=True, slots=True)
class Platform:
    """One place where content is made and posted by people."""

    #: The word that documents use.
    name: str
    #: It is a community: a group of people in which one of the staff speaks.
    is_group: bool = False
    #: Live sessions are held there.
    has_live: bool = False
    #: A link in a post can be pressed.
    has_links: bool = False
    #: How many letters a title and the words may have; 0 = nobody knows a limit.
    title_most: int = 0
    words_most: int = 0


PLATFORMS: Final = Registry((
    Platform("xiaohongshu", has_live=True, title_most=20, words_most=1_000),
    Platform("douyin", has_live=True),
    Platform("kuaishou", has_live=True),
    Platform("channels_video", has_live=True, words_most=1_000),
    Platform("wechat_moments", has_links=True),
    Platform("weibo", has_live=True, has_links=True),
    Platform("bilibili", has_live=True, has_links=True, title_most=80),
    Platform("tiktok", has_live=True),
    Platform("instagram", has_live=True),
    Platform("youtube", has_live=True, has_links=True, title_most=100),
    Platform("taobao_live", has_live=True, has_links=True),
    Platform("app_live", has_live=True, has_links=True),
    Platform("wechat_group", is_group=True, has_links=True),
    Platform("wecom_group", is_group=True, has_links=True),
    Platform("qq_group", is_group=True, has_links=True),
    Platform("douyin_group", is_group=True),
    Platform("xiaohongshu_group", is_group=True),
    Platform("kuaishou_group", is_group=True),
    Platform("other", has_live=True, has_links=True),
))  # fmt: skip
