"""A rendering as WeCom takes it: words, and one attachment."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["KINDS", "body_of", "fault_of"]

#: What a message may carry besides its words: nothing, a link, or a page of a mini-program.
KINDS = ("text", "link", "mini_program", "image")
_LONGEST_TEXT = 4_000
_LONGEST_TITLE = 128
_LONGEST_MINI_TITLE = 64


def body_of(parts: Mapping[str, str]) -> dict[str, object]:
    """Return `text` and `attachments` of a call."""
    body: dict[str, object] = {"text": {"content": parts.get("text", "")}}
    kind = parts.get("type") or ("link" if parts.get("url") else "text")
    if kind == "link":
        link = {"title": parts.get("title", ""), "url": parts.get("url", "")}
        if parts.get("image"):
            link["picurl"] = parts["image"]
        body["attachments"] = [{"msgtype": "link", "link": link}]
    elif kind == "mini_program":
        page = {
            "title": parts.get("title", ""), "pic_media_id": parts.get("image", ""),
            "appid": parts.get("app", ""), "page": parts.get("page", ""),
        }  # fmt: skip
        body["attachments"] = [{"msgtype": "miniprogram", "miniprogram": page}]
    elif kind == "image":
        image = parts.get("image", "")
        where = "pic_url" if image.startswith("http") else "media_id"
        body["attachments"] = [{"msgtype": "image", "image": {where: image}}]
    return body


def fault_of(parts: Mapping[str, str]) -> str:
    """Return why WeCom would refuse a rendering, "" = it would not.

    Source: developer.work.weixin.qq.com/document/path/92135.
    """
    kind = parts.get("type") or ("link" if parts.get("url") else "text")
    title = parts.get("title", "")
    if kind not in KINDS:
        return f"type is one of {', '.join(KINDS)}"
    if len(parts.get("text", "").encode()) > _LONGEST_TEXT:
        return f"text has more than {_LONGEST_TEXT} bytes"
    if kind in {"link", "mini_program"} and not title:
        return "title is missing"
    if kind == "link" and len(title.encode()) > _LONGEST_TITLE:
        return f"title has more than {_LONGEST_TITLE} bytes"
    if kind == "mini_program" and len(title.encode()) > _LONGEST_MINI_TITLE:
        return f"title has more than {_LONGEST_MINI_TITLE} bytes"
    needed = {"link": ("url",), "mini_program": ("app", "page", "image"), "image": ("image",)}
    lacks = [name for name in needed.get(kind, ()) if not parts.get(name)]
    return f"{', '.join(lacks)} is missing" if lacks else ""
