"""WeChat's side of menus, codes, articles, links and followers, and of what it pushes.

It stands in the fake of an official account, which has checked the token before it asks here. It
knows nothing of our own code: how a push is encrypted is written a second time.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from huiliu.fakes.providers.cloud import SECOND, Push
from huiliu.fakes.providers.door import Asked, Given

__all__ = ["WechatGround", "open_sealed", "seal", "sealed_push"]

_MOST_PERMANENT: Final = 100_000
_LONGEST_LIFE_S: Final = 2_592_000
_DEFAULT_LIFE_S: Final = 60
_OK: Final = {"errcode": 0, "errmsg": "ok"}
#: The end of an openid chooses who it is.
_NO_UNION, _LEFT = "nounion", "left"


class _Fake(Protocol):
    """What the ground asks of the fake that it stands in."""

    callback_url: str
    now: Callable[[], int]

    @property
    def config(self) -> Mapping[str, str]:
        """The fields of an account here."""
        ...


class WechatGround:
    """Everything of an account but tokens and messages."""

    def __init__(self, fake: _Fake) -> None:
        """Stand in a fake."""
        self._fake = fake
        #: scene -> (ticket, how long it lives; 0 = for ever).
        self.codes: dict[str, tuple[str, int]] = {}
        #: What the account shows: the default menu, and those for some by id.
        self.menu: Mapping[str, Any] | None = None
        self.menus_for_some: dict[str, Mapping[str, Any]] = {}
        self.pictures: dict[str, bytes] = {}
        self.drafts: dict[str, Sequence[Mapping[str, Any]]] = {}
        #: job -> (draft, publish_status).
        self.jobs: dict[str, tuple[str, int]] = {}
        self.links: list[Mapping[str, Any]] = []
        #: Links a day; 0 = any number.
        self.most_links = 0
        self.links_used = 0
        #: Everybody who follows.
        self.followers: list[str] = []
        #: Path -> errcode that it answers next, once.
        self.faults: dict[str, int] = {}
        self.asked: Counter[str] = Counter()
        self._n = 0

    def answer(self, asked: Asked) -> Given | None:
        """Answer a call whose token is good; None = it is none of these."""
        handle = {
            "/cgi-bin/qrcode/create": self._code,
            "/cgi-bin/menu/create": self._menu,
            "/cgi-bin/menu/addconditional": self._menu_for_some,
            "/cgi-bin/menu/delete": self._no_menu,
            "/cgi-bin/menu/delconditional": self._no_menu_for_some,
            "/cgi-bin/material/add_material": self._cover,
            "/cgi-bin/media/uploadimg": self._picture,
            "/cgi-bin/draft/add": self._draft,
            "/cgi-bin/draft/delete": self._no_draft,
            "/cgi-bin/freepublish/submit": self._publish,
            "/cgi-bin/freepublish/get": self._published,
            "/cgi-bin/user/info/batchget": self._people,
            "/cgi-bin/user/get": self._everybody,
            "/wxa/generate_urllink": self._link,
            "/wxa/generatescheme": self._link,
        }.get(asked.path)
        if handle is None:
            return None
        self.asked[asked.path] += 1
        if code := self.faults.pop(asked.path, 0):
            return _fault(code)
        return handle(asked)

    # -- what it pushes ---------------------------------------------------------------------------

    def event(self, values: Mapping[str, object]) -> Push:
        """Return a push in safe mode; nested maps are nested elements."""
        config = self._fake.config
        whole = {
            "ToUserName": "gh_0123456789ab",
            "CreateTime": str(self._fake.now() // SECOND),
            **values,
        }
        return sealed_push(
            self._fake.callback_url, _xml(whole).encode(), config["token"], config["aes_key"],
            config["app_id"], self._fake.now(),
        )  # fmt: skip

    def write(self, openid: str, words: str, number: str = "") -> Push:
        """Let a person write."""
        self._n += 1
        return self.event({
            "FromUserName": openid, "MsgType": "text", "Content": words,
            "MsgId": number or str(23_000_000_000_000_000 + self._n),
        })  # fmt: skip

    def happen(self, openid: str, event: str, key: str = "") -> Push:
        """Let a person follow, leave, scan or press."""
        said = {"FromUserName": openid, "MsgType": "event", "Event": event, "EventKey": key}
        return self.event(said)

    def finish(self, job: str, status: int = 0) -> Push:
        """Let a publishing come to its end."""
        draft, _ = self.jobs[job]
        self.jobs[job] = draft, status
        info: dict[str, object] = {"publish_id": job, "publish_status": str(status)}
        if status == 0:
            info |= {"article_id": f"article-{job}", "article_detail": {
                "count": str(len(self.drafts[draft])),
                "item": [{"idx": str(n), "article_url": f"http://mp.weixin.qq.com/s/{job}-{n}"}
                         for n, _ in enumerate(self.drafts[draft], 1)],
            }}  # fmt: skip
        return self.event({
            "FromUserName": "mphelper", "MsgType": "event", "Event": "PUBLISHJOBFINISH",
            "PublishEventInfo": info,
        })  # fmt: skip

    # -- what it answers --------------------------------------------------------------------------

    def _code(self, asked: Asked) -> Given:
        """Make a code."""
        body = asked.json()
        info = body.get("action_info")
        scene = info.get("scene", {}).get("scene_str", "") if isinstance(info, dict) else ""
        if not isinstance(scene, str) or not 1 <= len(scene) <= 64:
            return _fault(40100)
        if body.get("action_name") == "QR_LIMIT_STR_SCENE":
            n_permanent = sum(not lives for _, lives in self.codes.values())
            if scene not in self.codes and n_permanent >= _MOST_PERMANENT:
                return _fault(45013)
            lives = 0
        else:
            asked_s = body.get("expire_seconds", _DEFAULT_LIFE_S)
            lives = asked_s if isinstance(asked_s, int) else _DEFAULT_LIFE_S
            if not 1 <= lives <= _LONGEST_LIFE_S:
                return _fault(40099)
        self._n += 1
        ticket = f"gQ{self._n:06}"
        self.codes[scene] = ticket, lives
        found: dict[str, object] = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{ticket}"}
        return Given(found | ({"expire_seconds": lives} if lives else {}))

    def _menu(self, asked: Asked) -> Given:
        """Show a menu to everybody."""
        body = asked.json()
        if code := _menu_fault(body.get("button")):
            return _fault(code)
        self.menu = body
        return Given(_OK)

    def _menu_for_some(self, asked: Asked) -> Given:
        """Show a menu to some."""
        body = asked.json()
        if code := _menu_fault(body.get("button")):
            return _fault(code)
        if self.menu is None:
            return _fault(65303)
        self._n += 1
        self.menus_for_some[f"4{self._n:07}"] = body
        return Given({"menuid": f"4{self._n:07}"})

    def _no_menu(self, asked: Asked) -> Given:
        """Show no menu."""
        del asked
        self.menu = None
        self.menus_for_some.clear()
        return Given(_OK)

    def _no_menu_for_some(self, asked: Asked) -> Given:
        """Take a menu for some away."""
        gone = self.menus_for_some.pop(str(asked.json().get("menuid")), None)
        return _fault(65301) if gone is None else Given(_OK)

    def _cover(self, asked: Asked) -> Given:
        """Keep a picture for ever."""
        self._n += 1
        name = f"media-{self._n:04}"
        self.pictures[name] = asked.body
        return Given({"media_id": name, "url": f"http://mmbiz.qpic.cn/mmbiz/{name}/0"})

    def _picture(self, asked: Asked) -> Given:
        """Keep a picture of an article's content."""
        if b"image/" not in asked.body:
            return _fault(40005)
        self._n += 1
        url = f"http://mmbiz.qpic.cn/mmbiz/inline-{self._n:04}/0"
        self.pictures[url] = asked.body
        return Given({"url": url})

    def _draft(self, asked: Asked) -> Given:
        """Keep a draft."""
        articles = asked.json().get("articles")
        if not isinstance(articles, list) or not articles or len(articles) > 8:
            return _fault(40007)
        for one in articles:
            if one.get("thumb_media_id") not in self.pictures:
                return _fault(40007)
            if len(one.get("title", "")) > 64:
                return _fault(45003)
        self._n += 1
        draft = f"draft-{self._n:04}"
        self.drafts[draft] = articles
        return Given({"media_id": draft})

    def _no_draft(self, asked: Asked) -> Given:
        """Take a draft away."""
        gone = self.drafts.pop(str(asked.json().get("media_id")), None)
        return _fault(40007) if gone is None else Given(_OK)

    def _publish(self, asked: Asked) -> Given:
        """Take a draft in for publishing."""
        draft = str(asked.json().get("media_id"))
        if draft not in self.drafts:
            return _fault(53503)
        self._n += 1
        job = str(2_247_000_000 + self._n)
        self.jobs[job] = draft, 1
        return Given(_OK | {"publish_id": job, "msg_data_id": job})

    def _published(self, asked: Asked) -> Given:
        """Say how a publishing stands."""
        job = str(asked.json().get("publish_id"))
        if job not in self.jobs:
            return _fault(53504)
        draft, status = self.jobs[job]
        found: dict[str, object] = {"publish_id": job, "publish_status": status}
        if status == 0:
            items = [{"idx": n, "article_url": f"http://mp.weixin.qq.com/s/{job}-{n}"}
                     for n, _ in enumerate(self.drafts[draft], 1)]  # fmt: skip
            found |= {"article_id": f"article-{job}",
                      "article_detail": {"count": len(items), "item": items}}  # fmt: skip
        return Given(found)

    def _people(self, asked: Asked) -> Given:
        """Say who people are."""
        listed = asked.json().get("user_list")
        if not isinstance(listed, list) or not 1 <= len(listed) <= 100:
            return _fault(40032)
        return Given({"user_info_list": [_person(str(one.get("openid"))) for one in listed]})

    def _everybody(self, asked: Asked) -> Given:
        """Name everybody who follows, a page at a time."""
        after = asked.values().get("next_openid", "")
        start = self.followers.index(after) + 1 if after in self.followers else 0
        page = self.followers[start : start + 10_000]
        return Given({
            "total": len(self.followers), "count": len(page), "data": {"openid": page},
            "next_openid": page[-1] if page else "",
        })  # fmt: skip

    def _link(self, asked: Asked) -> Given:
        """Make an address that one person can open."""
        body = asked.json()
        if self.most_links and self.links_used >= self.most_links:
            return _fault(45009)
        if not 1 <= int(str(body.get("expire_interval", 0))) <= 30:
            return _fault(85401)
        self.links_used += 1
        self.links.append(body)
        word = secrets.token_urlsafe(9)
        if asked.path.endswith("generatescheme"):
            return Given(_OK | {"openlink": f"weixin://dl/business/?t={word}"})
        return Given(_OK | {"url_link": f"https://wxaurl.cn/{word}"})


def sealed_push(url: str, plain: bytes, token: str, key: str, owner: str, now: int) -> Push:
    """Return a push as safe mode writes it."""
    at, nonce = str(now // SECOND), secrets.token_hex(6)
    sealed = seal(plain, key, owner)
    query = f"timestamp={at}&nonce={nonce}&encrypt_type=aes"
    signature, msg_signature = _sign(token, at, nonce), _sign(token, at, nonce, sealed)
    body = (
        f"<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    )
    return Push(
        f"{url}?signature={signature}&{query}&msg_signature={msg_signature}", body.encode(),
        {"Content-Type": "text/xml"},
    )  # fmt: skip


def seal(plain: bytes, key: str, owner: str) -> str:
    """Return a message as the platform encrypts it."""
    secret = base64.b64decode(key + "=")
    whole = secrets.token_bytes(16) + len(plain).to_bytes(4, "big") + plain + owner.encode()
    pad = 32 - len(whole) % 32
    writer = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(writer.update(whole + bytes([pad]) * pad) + writer.finalize()).decode()


def open_sealed(sealed: str, key: str) -> bytes:
    """Return what an answer to the platform says."""
    secret = base64.b64decode(key + "=")
    reader = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
    opened = reader.update(base64.b64decode(sealed)) + reader.finalize()
    opened = opened[: -opened[-1]]
    return opened[20 : 20 + int.from_bytes(opened[16:20], "big")]


def _sign(*parts: str) -> str:
    """Return the platform's signature."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def _xml(values: Mapping[str, object]) -> str:
    """Return a document of values."""
    return f"<xml>{_elements(values)}</xml>"


def _elements(values: Mapping[str, object]) -> str:
    """Return elements; a list is an element for each."""
    found = []
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            inside = _elements(one) if isinstance(one, Mapping) else f"<![CDATA[{one}]]>"
            found.append(f"<{name}>{inside}</{name}>")
    return "".join(found)


def _person(openid: str) -> dict[str, object]:
    """Return who an openid is; its end chooses."""
    if openid.endswith(_LEFT):
        return {"subscribe": 0, "openid": openid}
    union = "" if openid.endswith(_NO_UNION) else f"union-{openid}"
    return {
        "subscribe": 1, "openid": openid, "subscribe_scene": "ADD_SCENE_QR_CODE",
        "subscribe_time": 1_700_000_000, "qr_scene_str": "",
        **({"unionid": union} if union else {}),
    }  # fmt: skip


def _menu_fault(buttons: object) -> int:
    """Return why a menu is refused, 0 = it is not."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        return 40016
    for one in buttons:
        below = one.get("sub_button", [])
        if len(below) > 5:
            return 40023
        if len(one.get("name", "").encode()) > 16 or any(
            len(each.get("name", "").encode()) > 60 for each in below
        ):
            return 40018
        if not below and one.get("type") not in {"view", "click", "miniprogram", "scancode_push"}:
            return 40017
    return 0


def _fault(code: int) -> Given:
    """Refuse in the platform's words."""
    return Given({"errcode": code, "errmsg": f"refused rid: {code}-fake"})
