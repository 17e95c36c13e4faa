"""WeCom's side: tokens, customers, contact codes, greetings, and tasks that employees confirm."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar, Final

from huiliu.fakes.providers.cloud import SECOND, Asked, FakeCloud, Given, Push, Sent
from huiliu.fakes.providers.wechat_ground import sealed_push

__all__ = ["FakeWecom", "WecomTask"]

_CORP: Final = "ww1234567890abcdef"
_SECRET: Final = "fake-wecom-secret"  # noqa: S105 - of a fake
_TOKEN: Final = "fakeWecomCallback"  # noqa: S105 - of a fake
_AES_KEY: Final = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
_OK: Final = {"errcode": 0, "errmsg": "ok"}
_GREET_FOR_S: Final = 20
_MOST: Final = 10_000
_REMINDERS: Final = 3
_DAY_S: Final = 86_400
#: The end of a customer's id chooses what becomes of a message to them.
_NOBODY, _FULL, _BAD = "nobody", "full", "bad"


@dataclass(slots=True)
class WecomTask:
    """What employees were asked to send."""

    kind: str
    text: str
    attachments: object
    #: (employee, whom) -> status: 0 waiting, 1 sent, 2 no friend, 3 over the limit.
    to: dict[tuple[str, str], int] = field(default_factory=dict)
    reminded: list[int] = field(default_factory=list)
    is_cancelled: bool = False


class FakeWecom(FakeCloud):
    """The API and the pushes of WeCom."""

    name: ClassVar[str] = "wecom"
    #: How often a token was asked for, and which is good.
    n_tokens: int = 0
    token: str = ""
    _n: int = 0

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {
            "corp_id": _CORP, "corp_secret": _SECRET, "endpoint": self.url, "token": _TOKEN,
            "aes_key": _AES_KEY, "app": _CORP,
        }  # fmt: skip

    @property
    def customers(self) -> dict[str, set[str]]:
        """Return customer -> employees who have them."""
        return self.__dict__.setdefault("kept_customers", {})  # type: ignore[no-any-return] # own

    @property
    def ways(self) -> dict[str, dict[str, object]]:
        """Return the contact codes by their id."""
        return self.__dict__.setdefault("kept_ways", {})  # type: ignore[no-any-return] # own

    @property
    def tasks(self) -> dict[str, WecomTask]:
        """Return the tasks by their id."""
        return self.__dict__.setdefault("kept_tasks", {})  # type: ignore[no-any-return] # own

    @property
    def greeted(self) -> dict[str, object]:
        """Return welcome code -> what was said."""
        return self.__dict__.setdefault("kept_greeted", {})  # type: ignore[no-any-return] # own

    @property
    def codes(self) -> dict[str, int]:
        """Return welcome code -> until when it is good, in seconds."""
        return self.__dict__.setdefault("kept_codes", {})  # type: ignore[no-any-return] # own

    # -- what people do ---------------------------------------------------------------------------

    def add(self, who: str, employee: str = "zhangsan", state: str = "") -> Push:
        """Let somebody add an employee."""
        self._n += 1
        code = f"WELCOME{self._n:04}"
        self.customers.setdefault(who, set()).add(employee)
        self.codes[code] = self.now() // SECOND + _GREET_FOR_S
        return self._push(
            "add_external_contact", who, employee, {"State": state, "WelcomeCode": code}
        )

    def leave(self, who: str, employee: str = "zhangsan") -> Push:
        """Let somebody take an employee off their list."""
        self.customers.get(who, set()).discard(employee)
        return self._push("del_follow_user", who, employee, {})

    def confirm(self, job: str, employee: str = "") -> None:
        """Let employees send what they were asked to."""
        task = self.tasks[job]
        for (owner, who), status in list(task.to.items()):
            if status or task.is_cancelled or employee not in {"", owner}:
                continue
            is_full = who.endswith(_FULL)
            task.to[owner, who] = 3 if is_full else 1
            if not is_full:
                self._n += 1
                self.keep_sent(who, task.text, f"{job}/{self._n}")

    def keep_sent(self, who: str, text: str, known_as: str) -> None:
        """Note that somebody got a message."""
        self.sent[known_as] = Sent(who, text, known_as, at=self.now())

    def end_token(self) -> None:
        """Let the token end before its time."""
        self.token = ""

    # -- what a provider says ---------------------------------------------------------------------

    def refuse(self, asked: Asked) -> Given | None:
        """Check the token."""
        if asked.path == "/cgi-bin/gettoken":
            return None
        given = asked.values().get("access_token", "")
        if not given:
            return _fault(41001)
        return None if given == self.token else _fault(40014)

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(45033)

    def answer(self, asked: Asked) -> Given:
        """Answer a call."""
        path = asked.path.removeprefix("/cgi-bin/").removeprefix("externalcontact/")
        handle = {
            "gettoken": self._mint, "add_contact_way": self._way, "del_contact_way": self._no_way,
            "send_welcome_msg": self._welcome, "get": self._who, "list": self._whose,
            "groupchat/list": self._groups, "groupchat/get": self._group,
            "add_msg_template": self._task, "get_groupmsg_task": self._employees,
            "get_groupmsg_send_result": self._results, "remind_groupmsg_send": self._remind,
            "cancel_groupmsg_send": self._cancel,
        }.get(path)  # fmt: skip
        return Given(_OK, 404) if handle is None else handle(asked)

    def report(self, sent: Sent, fate: str) -> Push:
        """Push nothing: results are asked for."""
        raise NotImplementedError

    def reply(self, number: str, text: str) -> None:
        """Push nothing: what customers write goes to employees."""
        raise NotImplementedError

    def _mint(self, asked: Asked) -> Given:
        """Give the token in force."""
        if asked.values() != {"corpid": _CORP, "corpsecret": _SECRET}:
            return _fault(40001)
        if not self.token:
            self.n_tokens += 1
            self.token = f"wecom-token-{self.n_tokens}"
        return Given(_OK | {"access_token": self.token, "expires_in": 7_200})

    def _way(self, asked: Asked) -> Given:
        """Make a contact code."""
        body = asked.json()
        users = body.get("user")
        if not isinstance(users, list) or not users or len(str(body.get("state", ""))) > 30:
            return _fault(40058)
        self._n += 1
        config_id = f"{self._n:032x}"
        self.ways[config_id] = body
        picture = f"https://wework.qpic.cn/wwpic/{config_id}/0"
        return Given(_OK | {"config_id": config_id, "qr_code": picture})

    def _no_way(self, asked: Asked) -> Given:
        """Take a contact code back."""
        gone = self.ways.pop(str(asked.json().get("config_id")), None)
        return _fault(41044) if gone is None else Given(_OK)

    def _welcome(self, asked: Asked) -> Given:
        """Greet somebody, once and in time."""
        body = asked.json()
        code = str(body.get("welcome_code"))
        if code in self.greeted or code not in self.codes:
            return _fault(41051)
        if self.now() // SECOND > self.codes[code]:
            return _fault(41050)
        self.greeted[code] = body
        return Given(_OK)

    def _who(self, asked: Asked) -> Given:
        """Say who a customer is."""
        who = asked.values().get("external_userid", "")
        owners = self.customers.get(who)
        if owners is None or who.endswith(_BAD):
            return _fault(40096)
        if not owners:
            return _fault(84061)
        return Given(_OK | {
            "external_contact": {"external_userid": who, "unionid": f"union-{who}"},
            "follow_user": [{"userid": one} for one in sorted(owners)],
        })  # fmt: skip

    def _whose(self, asked: Asked) -> Given:
        """Say whom an employee has."""
        employee = asked.values().get("userid", "")
        mine = sorted(who for who, owners in self.customers.items() if employee in owners)
        return Given(_OK | {"external_userid": mine}) if mine else _fault(84061)

    def _groups(self, asked: Asked) -> Given:
        """List groups, two pages of them."""
        first = "cursor" not in asked.json()
        ids = ["wrOgQhDgAA-first"] if first else ["wrOgQhDgAA-second"]
        rows = [{"chat_id": one, "status": 0} for one in ids]
        return Given(
            _OK | {"group_chat_list": rows} | ({"next_cursor": "more"} if first else {})
        )  # fmt: skip

    def _group(self, asked: Asked) -> Given:
        """Say what a group is."""
        chat = str(asked.json().get("chat_id"))
        members = [{"userid": "zhangsan"}, {"userid": "wmOne"}]
        found = {"chat_id": chat, "name": f"茶友 {chat[-5:]}", "owner": "zhangsan",
                 "member_list": members}  # fmt: skip
        return Given(_OK | {"group_chat": found})

    def _task(self, asked: Asked) -> Given:
        """Make a task of a message."""
        body = asked.json()
        text = body.get("text")
        words = str(text.get("content", "")) if isinstance(text, dict) else ""
        if not words and not body.get("attachments"):
            return _fault(41063)
        self._n += 1
        job = f"msgGCAAAXtWyujaWJHDDGi{self._n:04}"
        task = WecomTask(str(body.get("chat_type", "single")), words, body.get("attachments"))
        if task.kind == "group":
            chats = body.get("chat_id_list")
            sender = str(body.get("sender", ""))
            if not sender or not isinstance(chats, list):
                return _fault(40058)
            task.to = {(sender, str(one)): 0 for one in chats}
            self.tasks[job] = task
            return Given(_OK | {"msgid": job, "fail_list": []})
        listed = body.get("external_userid")
        if not isinstance(listed, list) or not 1 <= len(listed) <= _MOST:
            return _fault(40058)
        if any(str(one).endswith(_BAD) for one in listed):
            return _fault(40096)
        failed = [one for one in listed if not self.customers.get(one) or one.endswith(_NOBODY)]
        for one in listed:
            if one not in failed:
                owner = str(body.get("sender") or sorted(self.customers[one])[0])
                task.to[owner, one] = 0
        if not task.to:
            return _fault(84061)
        self.tasks[job] = task
        return Given(_OK | {"msgid": job, "fail_list": failed})

    def _employees(self, asked: Asked) -> Given:
        """Say which employees were asked."""
        task = self.tasks.get(str(asked.json().get("msgid")))
        if task is None:
            return _fault(41063)
        waits = Counter(owner for (owner, _), status in task.to.items() if not status)
        owners = sorted({owner for owner, _ in task.to})
        rows = [{"userid": one, "status": 0 if waits[one] else 2} for one in owners]
        return Given(_OK | {"task_list": rows, "next_cursor": ""})

    def _results(self, asked: Asked) -> Given:
        """Say what became of an employee's messages, three a page."""
        body = asked.json()
        task = self.tasks.get(str(body.get("msgid")))
        if task is None:
            return _fault(41063)
        key = "chat_id" if task.kind == "group" else "external_userid"
        rows = [
            {key: who, "userid": owner, "status": status, "send_time": self.now() // SECOND}
            for (owner, who), status in sorted(task.to.items())
            if owner == body.get("userid")
        ]
        start = int(str(body.get("cursor") or 0))
        more = str(start + 3) if start + 3 < len(rows) else ""
        return Given(_OK | {"send_list": rows[start : start + 3], "next_cursor": more})

    def _remind(self, asked: Asked) -> Given:
        """Remind employees, not too often."""
        task = self.tasks.get(str(asked.json().get("msgid")))
        if task is None:
            return _fault(41063)
        now = self.now() // SECOND
        task.reminded = [at for at in task.reminded if at > now - _DAY_S]
        if len(task.reminded) >= _REMINDERS:
            return _fault(45009)
        task.reminded.append(now)
        return Given(_OK)

    def _cancel(self, asked: Asked) -> Given:
        """Take back what is not sent."""
        task = self.tasks.get(str(asked.json().get("msgid")))
        if task is None:
            return _fault(41063)
        task.is_cancelled = True
        return Given(_OK)

    def _push(self, change: str, who: str, employee: str, more: dict[str, str]) -> Push:
        """Return a push in safe mode."""
        values = {
            "ToUserName": _CORP, "FromUserName": "sys", "CreateTime": str(self.now() // SECOND),
            "MsgType": "event", "Event": "change_external_contact", "ChangeType": change,
            "UserID": employee, "ExternalUserID": who, **more,
        }  # fmt: skip
        plain = "".join(f"<{name}><![CDATA[{one}]]></{name}>" for name, one in values.items())
        return sealed_push(
            self.callback_url, f"<xml>{plain}</xml>".encode(), _TOKEN, _AES_KEY, _CORP, self.now()
        )


def _fault(code: int) -> Given:
    """Refuse in the platform's words."""
    return Given({"errcode": code, "errmsg": f"refused, hint: [{code}-fake]"})
