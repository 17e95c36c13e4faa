"""An article of an official account: what a rendering of type `article` becomes.

Source: developers.weixin.qq.com/doc/offiaccount/Draft_Box/Add_draft.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.messages.channels import FIELD

__all__ = ["ARTICLE", "Article", "article_of", "pictures_of", "with_pictures"]

ARTICLE: Final = "article"
_LONGEST_TITLE, _LONGEST_DIGEST, _LONGEST_AUTHOR = 64, 120, 16
_LONGEST_CONTENT: Final = 20_000
_LONGEST_BYTES: Final = 1_000_000
_LONGEST_URL: Final = 1_024
_PICTURE: Final = re.compile(r"""(<img\b[^>]*?\bsrc\s*=\s*)(["'])(.*?)\2""", re.IGNORECASE)
#: What the platform takes out without a word.
_TAKEN_OUT: Final = re.compile(r"(?i)<\s*(script|iframe|form|input|style|link|object|embed)\b")
#: Pictures that lie with the platform already.
_THEIRS: Final = ("http://mmbiz.qpic.cn/", "https://mmbiz.qpic.cn/")


@dataclass(frozen=True, slots=True)
class Article:
    """One article, before its pictures are with the platform."""

    title: str
    digest: str
    author: str
    html: str
    #: Where its cover lies: an address, or the platform's own id.
    cover: str
    #: Where "read the original" leads; "" = nowhere.
    source: str


def article_of(parts: Mapping[str, str]) -> Article | tuple[Problem, ...]:
    """Return the article of a rendering, or everything that the platform would refuse."""
    title, html = parts.get("title", "").strip(), parts.get("html", "").strip()
    digest = parts.get(f"{FIELD}digest", "").strip()
    author = parts.get(f"{FIELD}author", "").strip()
    source, cover = parts.get("url", "").strip(), parts.get("image", "").strip()
    problems = [
        Problem(part, text("articles.too_long", longest=longest, n=len(words)))
        for part, words, longest in (
            ("title", title, _LONGEST_TITLE), ("fields.digest", digest, _LONGEST_DIGEST),
            ("fields.author", author, _LONGEST_AUTHOR), ("html", html, _LONGEST_CONTENT),
            ("url", source, _LONGEST_URL),
        )
        if len(words) > longest
    ]  # fmt: skip
    if parts.get("type", "").strip() != ARTICLE:
        problems.append(Problem("type", text("articles.type")))
    problems += [
        Problem(part, text("articles.missing"))
        for part, words in (("title", title), ("html", html), ("image", cover))
        if not words
    ]
    if len(html.encode()) > _LONGEST_BYTES:
        problems.append(Problem("html", text("articles.too_large")))
    if found := _TAKEN_OUT.search(html):
        problems.append(Problem("html", text("articles.taken_out", name=found[1].lower())))
    bad = [one for one in pictures_of(html) if not one.startswith("https://")]
    problems += [Problem("html", text("articles.picture", place=one[:80])) for one in bad]
    if problems:
        return tuple(problems)
    return Article(title, digest, author, html, cover, source)


def pictures_of(html: str) -> tuple[str, ...]:
    """Return the addresses of pictures that do not lie with the platform yet, each once."""
    found = (match[3].strip() for match in _PICTURE.finditer(html))
    return tuple(dict.fromkeys(one for one in found if not one.startswith(_THEIRS)))


def with_pictures(html: str, places: Mapping[str, str]) -> str:
    """Return the content with its pictures where the platform has them."""
    return _PICTURE.sub(
        lambda match: f"{match[1]}{match[2]}{places.get(match[3].strip(), match[3])}{match[2]}",
        html,
    )
