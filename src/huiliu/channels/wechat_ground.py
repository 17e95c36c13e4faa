"""What an official account or mini-program can do besides sending, asked of WeChat's API.

Source: developers.weixin.qq.com/doc/offiaccount (Custom_Menus, Account_Management, Draft_Box,
Publish, User_Management) and /miniprogram/dev/OpenApiDoc/qrcode-link.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.channels.wechat_api import ApiAnswer, WechatApi
from huiliu.kernel.errors import PlatformFailed
from huiliu.kernel.facts import Value
from huiliu.kernel.times import SECOND
from huiliu.ports.channel import AnswerState, ChannelAccount
from huiliu.ports.official import Follower, MadeCode, Publication, WrittenArticle

__all__ = ["MAKES_LINKS", "WechatGround", "read_publication"]

#: The path whose calls of a day are counted for links.
MAKES_LINKS: Final = "/wxa/generate_urllink"
_DAY_S: Final = 86_400
#: publish_status -> (state, reason). Source: Publish/Callback_on_finish.
_PUBLISHED: Final = {
    0: ("published", ""),
    1: ("publishing", ""),
    2: ("failed", "original"),
    3: ("failed", "ordinary"),
    4: ("failed", "review"),
    5: ("removed", "by_hand"),
    6: ("removed", "blocked"),
}
_PICTURES: Final = {b"\x89PNG": "png", b"GIF8": "gif", b"\xff\xd8\xff": "jpeg"}


class WechatGround:
    """The Official port over WeChat's API."""

    def __init__(self, api: WechatApi) -> None:
        """Ask by a client that knows tokens and codes."""
        self._api = api

    def followers(self, account: ChannelAccount, openids: Sequence[str]) -> list[Follower]:
        """Return who people are."""
        asked = [{"openid": one, "lang": "zh_CN"} for one in openids]
        found = self._ask(account, "/cgi-bin/user/info/batchget", {"user_list": asked})
        return [
            Follower(
                _word(one, "openid"), _word(one, "unionid"), one.get("subscribe") == 1,
                _word(one, "subscribe_scene"), _word(one, "qr_scene_str"),
                _whole(one, "subscribe_time") * SECOND,
            )
            for one in _rows(found, "user_info_list")
        ]  # fmt: skip

    def list_followers(self, account: ChannelAccount, after: str) -> tuple[list[str], str]:
        """Return a page of everybody who follows."""
        found = self._get(account, "/cgi-bin/user/get", {"next_openid": after})
        data = found.get("data")
        listed = data.get("openid") if isinstance(data, Mapping) else None
        openids = [str(one) for one in listed] if isinstance(listed, list) else []
        return openids, _word(found, "next_openid") if openids else ""

    def make_code(self, account: ChannelAccount, scene: str, lives_s: int) -> MadeCode:
        """Make a code."""
        body: dict[str, object] = {
            "action_name": "QR_STR_SCENE" if lives_s else "QR_LIMIT_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        if lives_s:
            body["expire_seconds"] = lives_s
        found = self._ask(account, "/cgi-bin/qrcode/create", body)
        return MadeCode(
            _word(found, "ticket"), _word(found, "url"), _whole(found, "expire_seconds")
        )  # fmt: skip

    def put_menu(self, account: ChannelAccount, menu: Mapping[str, object]) -> str:
        """Show a menu from now on."""
        is_for_some = "matchrule" in menu
        path = "/cgi-bin/menu/addconditional" if is_for_some else "/cgi-bin/menu/create"
        return str(self._ask(account, path, menu).get("menuid", ""))

    def remove_menu(self, account: ChannelAccount, menu_id: str = "") -> None:
        """Take a menu away; one that is not there is away."""
        try:
            if menu_id:
                self._ask(account, "/cgi-bin/menu/delconditional", {"menuid": menu_id})
            else:
                self._get(account, "/cgi-bin/menu/delete", {})
        except PlatformFailed as fault:
            if fault.code not in {"46003", "65301"}:
                raise

    def put_picture(
        self, account: ChannelAccount, name: str, picture: bytes, *, is_cover: bool
    ) -> str:
        """Give a picture to the platform."""
        kind = next((of for start, of in _PICTURES.items() if picture.startswith(start)), "jpeg")
        raw = _multipart(name or f"picture.{kind}", f"image/{kind}", picture)
        if is_cover:
            path, query = "/cgi-bin/material/add_material", {"type": "image"}
        else:
            path, query = "/cgi-bin/media/uploadimg", {}
        answer = self._api.ask(account, path, query=query, raw=raw)
        return _word(_taken(answer), "media_id" if is_cover else "url")

    def add_draft(self, account: ChannelAccount, articles: Sequence[WrittenArticle]) -> str:
        """Put articles among the drafts."""
        body = {
            "articles": [
                {
                    "title": one.title, "author": one.author, "digest": one.digest,
                    "content": one.content, "content_source_url": one.source,
                    "thumb_media_id": one.cover, "need_open_comment": 0,
                    "only_fans_can_comment": 0,
                }
                for one in articles
            ]
        }  # fmt: skip
        return _word(self._ask(account, "/cgi-bin/draft/add", body), "media_id")

    def remove_draft(self, account: ChannelAccount, draft: str) -> None:
        """Take a draft away."""
        self._ask(account, "/cgi-bin/draft/delete", {"media_id": draft})

    def publish(self, account: ChannelAccount, draft: str) -> str:
        """Hand a draft in for publishing."""
        found = self._ask(account, "/cgi-bin/freepublish/submit", {"media_id": draft})
        return str(found.get("publish_id", ""))

    def publication(self, account: ChannelAccount, job: str) -> Publication:
        """Return what became of a job."""
        return read_publication(
            self._ask(account, "/cgi-bin/freepublish/get", {"publish_id": job})
        )  # fmt: skip

    def make_link(
        self,
        account: ChannelAccount,
        page: str,
        query: str,
        lives_s: int,
        *,
        is_scheme: bool,
        version: str = "release",
    ) -> str:
        """Return an address that opens a page of a mini-program for one person."""
        days = max(1, min(30, -(-lives_s // _DAY_S)))
        ends: dict[str, object] = {"expire_type": 1, "expire_interval": days}
        where = {"path": page, "query": query, "env_version": version}
        if is_scheme:
            found = self._ask(account, "/wxa/generatescheme", {"jump_wxa": where, **ends})
            return _word(found, "openlink")
        return _word(self._ask(account, MAKES_LINKS, {**where, **ends}), "url_link")

    def daily_calls(self, account: ChannelAccount, path: str) -> tuple[int, int] | None:
        """Return (used, allowed) of a day's calls of a path."""
        found = self._api.quota(account, path)
        return None if found is None else (found.used, found.daily)

    def _ask(
        self, account: ChannelAccount, path: str, body: Mapping[str, object]
    ) -> Mapping[str, Value]:
        """Post and return what came; raise PlatformFailed."""
        return _taken(self._api.ask(account, path, body))

    def _get(
        self, account: ChannelAccount, path: str, query: Mapping[str, str]
    ) -> Mapping[str, Value]:
        """Get and return what came; raise PlatformFailed."""
        return _taken(self._api.ask(account, path, query=query))


def read_publication(values: Mapping[str, Value]) -> Publication:
    """Return what became of articles, of an answer or of a push: numbers may be words."""
    state, reason = _PUBLISHED.get(_whole(values, "publish_status"), ("publishing", ""))
    details = values.get("article_detail")
    items = details.get("item") if isinstance(details, Mapping) else None
    rows = items if isinstance(items, list) else [items]
    urls = tuple(_word(one, "article_url") for one in rows if isinstance(one, Mapping))
    return Publication(state, reason, _word(values, "article_id"), urls)


def _taken(answer: ApiAnswer) -> Mapping[str, Value]:
    """Return the values of an answer; raise PlatformFailed."""
    if answer.state is not AnswerState.ACCEPTED:
        raise PlatformFailed(
            "WeChat", answer.code, answer.response, retry_after=answer.retry_after
        )  # fmt: skip
    return answer.values


def _multipart(name: str, kind: str, content: bytes) -> tuple[str, bytes]:
    """Return one file as a form."""
    mark = secrets.token_hex(16)
    safe = "".join(one for one in name if one.isalnum() or one in "._-") or "picture"
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="media"; filename="{safe}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    return f"multipart/form-data; boundary={mark}", b"".join(
        (head.encode(), content, f"\r\n--{mark}--\r\n".encode())
    )


def _word(values: Mapping[str, Value], name: str) -> str:
    """Return a text of an answer, "" where there is none."""
    found = values.get(name)
    return found if isinstance(found, str) else ""


def _whole(values: Mapping[str, Value], name: str) -> int:
    """Return a whole number of an answer, -1 where there is none that can be read."""
    found = values.get(name, 0)
    if isinstance(found, str) and found.isascii() and found.isdecimal():
        return int(found)
    return found if isinstance(found, int) else -1


def _rows(values: Mapping[str, Value], name: str) -> list[Mapping[str, Value]]:
    """Return the objects of a list."""
    found = values.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
