"""WeChat's side of an official account and of a mini-program: tokens that die, quotas, windows.

An openid chooses what becomes of a message by its end: `43004` and the like are the code that is
answered; the four digits of every fake (9001 undelivered, 9004 hang, 9009 lost answer ...) hold
too.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import ClassVar, Final

from huiliu.fakes.arrivals import Arrived
from huiliu.fakes.providers.cloud import SECOND, Asked, FakeCloud, Given, Push, Sent, script_of
from huiliu.fakes.providers.wechat_ground import WechatGround
from huiliu.fakes.providers.wechat_tokens import WechatTokens

__all__ = ["FakeWechat", "FakeWechatMini"]

_APP_ID: Final = "wx0123456789abcdef"
_APP_SECRET: Final = "fake-wechat-app-secret"  # noqa: S105 - of a fake
_TOKEN: Final = "fakeCallbackToken"  # noqa: S105 - of a fake
_AES_KEY: Final = base64.b64encode(b"a fake key of 32 bytes for tests").decode()[:43]
_HERE: Final = timezone(timedelta(hours=8))
_CODE: Final = re.compile(r"(?:^|\D)(-1|4\d{4}|5\d{4}|87014)$")
_WORDS: Final = {
    "busy": 45011, "fault": -1, "no_number": 40003, "bad_words": 87014, "no_money": 48004,
    "too_often": 45047, "opted_out": 43019,
}  # fmt: skip
_TEMPLATE, _SERVICE = "/cgi-bin/message/template/send", "/cgi-bin/message/custom/send"
_MASS, _SUBSCRIBE = "/cgi-bin/message/mass/send", "/cgi-bin/message/subscribe/send"
_SENDS: Final = frozenset({_TEMPLATE, _SERVICE, _MASS, _SUBSCRIBE})
_OK: Final = {"errcode": 0, "errmsg": "ok"}
#: A repeat of our own id is known for so long.
_REMEMBERED_S: Final = 600
_LONGEST: Final = {"thing": 20, "phrase": 5, "character_string": 32, "name": 20}
_KIND: Final = re.compile(r"([a-z_]+?)_?\d*")


class FakeWechat(FakeCloud):
    """The API and the pushes of an official account."""

    name: ClassVar[str] = "wechat"

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        now: Callable[[], int],
        templates: Mapping[str, str] | None = None,
        seed: int = 1,
    ) -> None:
        """Prepare as every fake does; a template is its fields, `thing1,amount2`."""
        super().__init__(port, host=host, now=now, templates=templates, seed=seed)
        self.tokens = WechatTokens(now)
        self.ground = WechatGround(self)
        #: Path -> calls a day; what is not named may be called any number of times.
        self.daily: dict[str, int] = {}
        #: Calls by path and day in China.
        self.used: Counter[tuple[str, str]] = Counter()
        #: Refuse customer-service messages outside of windows, subscriptions without agreement.
        self.is_strict = False
        #: openid -> [(when it ends in seconds, messages left)].
        self.windows: dict[str, tuple[int, int]] = {}
        #: (openid, template) -> messages agreed to.
        self.agreed: Counter[tuple[str, str]] = Counter()
        #: Bodies as they were taken, by our id of them.
        self.bodies: dict[str, Mapping[str, object]] = {}
        self._known: dict[str, tuple[int, str]] = {}
        self._months: Counter[tuple[str, str]] = Counter()

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"app_id": _APP_ID, "app_secret": _APP_SECRET, "token": _TOKEN,
                "aes_key": _AES_KEY, "endpoint": self.url}  # fmt: skip

    # -- what people do --------------------------------------------------------------------------

    def opened(self, openid: str, n: int = 5, seconds: int = 172_800) -> None:
        """Open a window for a person who did something."""
        self.windows[openid] = self._now_s() + seconds, n

    def agree(self, openid: str, template: str) -> Push:
        """Let a person agree to one message; return the push that tells of it."""
        self.agreed[openid, template] += 1
        entry = {"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": "0"}
        return self.ground.event({
            "FromUserName": openid, "MsgType": "event", "Event": "subscribe_msg_popup_event",
            "SubscribeMsgPopupEvent": {"List": entry},
        })  # fmt: skip

    # -- what WeChat answers ----------------------------------------------------------------------

    def refuse(self, asked: Asked) -> Given | None:
        """Check the token of everything but the asking for tokens."""
        if asked.path in {"/cgi-bin/stable_token", "/cgi-bin/token"}:
            return None
        token = asked.values().get("access_token", "")
        if not token:
            return _fault(41001, "access_token missing")
        if self.tokens.is_good(token):
            return None
        ended = token in self.tokens.ends
        code, words = (42001, "access_token expired") if ended else (40001, "invalid credential")
        return _fault(code, words)

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(45011, "api minute-quota reach limit, must slower")

    def answer(self, asked: Asked) -> Given:
        """Answer what is asked with a good token."""
        if asked.path in {"/cgi-bin/stable_token", "/cgi-bin/token"}:
            return self._token(asked)
        if asked.path == "/cgi-bin/openapi/quota/get":
            return self._quota(str(asked.json().get("cgi_path")))
        if self._is_spent(asked.path):
            return _fault(45009, "reach max api daily quota limit")
        if asked.path not in _SENDS:
            return self.ground.answer(asked) or _fault(40066, "invalid url")
        self.used[asked.path, self._day()] += 1
        body = asked.json()
        if asked.path == _MASS:
            return self._mass(body)
        return self._one(asked.path, body)

    def _one(self, path: str, body: Mapping[str, object]) -> Given:
        """Take a message to one person."""
        openid = str(body.get("touser", ""))
        code = self._code_of(openid)
        if code:
            return _fault(code, "scripted")
        handle = {_TEMPLATE: self._template, _SERVICE: self._service, _SUBSCRIBE: self._subscribe}
        given = handle[path](openid, body)
        taken = isinstance(given.body, dict) and given.body.get("errcode") == 0
        script = script_of(openid) if taken else ""
        if script == "crash":
            return Given(b"<html>502</html>", 502)
        if script in {"hang", "lost_answer"}:
            return Given(instead="hang" if script == "hang" else "drop")
        return given

    def report(self, sent: Sent, fate: str) -> Push:
        """Return the push that tells what became of a message."""
        if sent.signature == "subscribe":
            refused = fate != "DELIVRD"
            entry = {"TemplateId": sent.template, "MsgID": sent.known_as,
                     "ErrorCode": "43101" if refused else "0",
                     "ErrorStatus": "user refuse" if refused else "success"}  # fmt: skip
            return self.ground.event({
                "FromUserName": sent.number, "MsgType": "event",
                "Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": entry},
            })  # fmt: skip
        status = {"DELIVRD": "success", "EXPIRED": "failed: system failed"}
        return self.ground.event({
            "FromUserName": sent.number, "MsgType": "event", "Event": "TEMPLATESENDJOBFINISH",
            "MsgID": sent.known_as, "Status": status.get(fate, "failed:user block"),
        })  # fmt: skip

    def reply(self, number: str, text: str) -> None:
        """Let a person write: their window opens."""
        self.opened(number)
        self.waiting.append(self.ground.write(number, text))

    def _token(self, asked: Asked) -> Given:
        """Give a token to who knows the secret."""
        if asked.path == "/cgi-bin/token":
            given: Mapping[str, object] = asked.values()
        else:
            given = asked.json()
        if given.get("appid") != _APP_ID:
            return _fault(40013, "invalid appid")
        if given.get("secret") != _APP_SECRET:
            return _fault(40125, "invalid appsecret")
        if asked.path == "/cgi-bin/token":
            token, lives = self.tokens.ask_plain()
            return Given({"access_token": token, "expires_in": lives})
        found = self.tokens.ask_stable(forced=given.get("force_refresh") is True)
        if isinstance(found, int):
            return _fault(found, "force_refresh too often")
        return Given({"access_token": found[0], "expires_in": found[1]})

    def _quota(self, path: str) -> Given:
        """Say what is left of a path's calls."""
        daily, used = self.daily.get(path, 100_000), self.used[path, self._day()]
        return Given({
            **_OK, "quota": {"daily_limit": daily, "used": used, "remain": max(0, daily - used)},
            "rate_limit": {"call_count": 3_000, "refresh_second": 60},
        })  # fmt: skip

    def _template(self, openid: str, body: Mapping[str, object]) -> Given:
        """Take a template message; a repeat of its id is known."""
        ours = str(body.get("client_msg_id", ""))
        if self._is_repeat(f"{openid} {ours}" if ours else ""):
            return _fault(43116, "duplicate client_msg_id")
        fault = self._form_fault(body)
        if fault is not None:
            return fault
        return self._taken(openid, body, ours, "template")

    def _service(self, openid: str, body: Mapping[str, object]) -> Given:
        """Take a customer-service message inside its window."""
        if self.is_strict:
            ends_at, left = self.windows.get(openid, (0, 0))
            if ends_at <= self._now_s():
                return _fault(45015, "response out of time limit or subscription is canceled")
            if left <= 0:
                return _fault(45047, "out of response count limit")
            self.windows[openid] = ends_at, left - 1
        kind = str(body.get("msgtype"))
        if not isinstance(body.get(kind), dict):
            return _fault(40008, "invalid message type")
        self._keep(openid, body, f"s{len(self.sent)}", "")
        return Given(_OK)

    def _subscribe(self, openid: str, body: Mapping[str, object]) -> Given:
        """Take a subscription message: one for each agreement."""
        template = str(body.get("template_id"))
        fault = self._form_fault(body)
        if fault is not None:
            return fault
        if self.is_strict:
            if self.agreed[openid, template] <= 0:
                return _fault(43101, "user refuse to accept the msg")
            self.agreed[openid, template] -= 1
        return self._taken(openid, body, "", "subscribe")

    def _mass(self, body: Mapping[str, object]) -> Given:
        """Take a mass message for two or more; of a person's fifth of a month nobody hears."""
        people = body.get("touser")
        if not isinstance(people, list) or not 2 <= len(people) <= 10_000:
            return _fault(40130, "invalid openid list size, at least two openid")
        ours = str(body.get("clientmsgid", ""))
        if self._is_repeat(ours):
            return _fault(45065, "clientmsgid exist", msg_id=self._known[ours][1])
        known = str(1_000_000_000 + len(self._known))
        self._known[ours] = self._now_s(), known
        for openid in people:
            month = self._day()[:7]
            if self._months[openid, month] < 4 and not self._code_of(openid):
                self._months[openid, month] += 1
                self._keep(openid, body, f"{known}/{openid}", ours)
        return Given({**_OK, "msg_id": int(known), "msg_data_id": 206_227_730})

    def _taken(self, openid: str, body: Mapping[str, object], ours: str, kind: str) -> Given:
        """Take a message that is reported later."""
        known = str(2_002_000_000_000_000_000 + len(self.sent))
        if ours:
            self._known[f"{openid} {ours}"] = self._now_s(), known
        self._keep(openid, body, known, ours, kind)
        return Given({**_OK, "msgid": int(known)})

    def _keep(
        self, openid: str, body: Mapping[str, object], known: str, ours: str, kind: str = ""
    ) -> None:
        """Keep a message; one that has a report gets it."""
        words = _words(body)
        self.bodies[ours or known] = body
        sent = Sent(
            openid, words, known, ours, self.callback_url, str(body.get("template_id", "")), kind,
            self.now(),
        )  # fmt: skip
        if kind:
            self.keep(sent)
            return
        self.sent[known] = sent
        self.arrivals.add(f"{openid} {words} {known}", Arrived(openid, known, words))

    def _form_fault(self, body: Mapping[str, object]) -> Given | None:
        """Return why an approved form is not filled in well."""
        code, data = str(body.get("template_id")), body.get("data")
        data = data if isinstance(data, dict) else {}
        if self.templates is not None and code not in self.templates:
            return _fault(40037, "invalid template_id")
        wanted = (self.templates or {}).get(code, "").split(",") if self.templates else list(data)
        for name in filter(None, wanted):
            value = str(data.get(name, {}).get("value", ""))
            found = _KIND.fullmatch(name)
            longest = _LONGEST.get(found[1], 0) if found else 0
            if not value:
                return _fault(47003, f"argument invalid! data.{name}.value is empty")
            if longest and len(value) > longest:
                return _fault(47003, f"argument invalid! data.{name}.value invalid")
        return None

    def _is_repeat(self, ours: str) -> bool:
        """Say whether an id of ours was used lately."""
        return bool(ours) and self._known.get(ours, (0, ""))[0] > self._now_s() - _REMEMBERED_S

    def _is_spent(self, path: str) -> bool:
        """Say whether a path may be called no more today."""
        most = self.daily.get(path)
        return most is not None and self.used[path, self._day()] >= most

    def _code_of(self, openid: str) -> int:
        """Return the code that an openid asks for, 0 = none."""
        found = _CODE.search(openid)
        return int(found[1]) if found else _WORDS.get(script_of(openid), 0)

    def _day(self) -> str:
        """Return the day in China."""
        return f"{datetime.fromtimestamp(self._now_s(), _HERE):%Y-%m-%d}"

    def _now_s(self) -> int:
        """Return the time in seconds."""
        return self.now() // SECOND


class FakeWechatMini(FakeWechat):
    """A mini-program: the same tokens, and subscription messages."""

    name: ClassVar[str] = "wechat_mini"


def _words(body: Mapping[str, object]) -> str:
    """Return what a reader sees of a message."""
    data = body.get("data")
    if isinstance(data, dict):
        return " ".join(str(one.get("value")) for one in data.values())
    inside = body.get(str(body.get("msgtype")))
    if not isinstance(inside, dict):
        return ""
    articles = inside.get("articles")
    first = articles[0] if isinstance(articles, list) and articles else inside
    return " ".join(str(value) for value in first.values())


def _fault(code: int, words: str, **more: object) -> Given:
    """Refuse in the platform's words."""
    return Given({"errcode": code, "errmsg": f"{words} rid: 663dc174-fake", **more})
