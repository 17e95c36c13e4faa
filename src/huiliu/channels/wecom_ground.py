"""What a company's WeCom can do besides sending to customers, asked of its API.

Source: developer.work.weixin.qq.com/document/path 92228 (codes), 92137 (greetings), 92114
(customers), 92120 (groups), 93338 (results), 97610 (reminders), 97611 (taking back).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from huiliu.channels.wecom_api import WecomApi
from huiliu.channels.wecom_message import body_of
from huiliu.kernel.errors import PlatformFailed
from huiliu.kernel.facts import Value
from huiliu.kernel.times import SECOND
from huiliu.ports.channel import AnswerState, ChannelAccount
from huiliu.ports.wecom import Customer, MadeWay, SendResult, WecomGroup

__all__ = ["WecomGround"]

_PATH: Final = "/cgi-bin/externalcontact"
_SINGLE, _SEVERAL, _BY_PICTURE = 1, 2, 2
_STATES: Final = {0: "waiting", 1: "sent", 2: "no_friend", 3: "over_limit"}
_PAGE: Final = 500
#: It is about the token, the account or the pace, not about what was asked.
_PUT_OFF: Final = frozenset({
    AnswerState.REFRESH, AnswerState.RETRY, AnswerState.THROTTLED, AnswerState.PAUSE,
})  # fmt: skip
#: A cursor that never ends is a fault of theirs.
_MOST_PAGES: Final = 400


class WecomGround:
    """The Wecom port over the API."""

    def __init__(self, api: WecomApi) -> None:
        """Ask by a client that knows tokens and codes."""
        self._api = api

    def make_way(
        self,
        account: ChannelAccount,
        users: Sequence[str],
        state: str,
        remark: str,
        *,
        skips_check: bool,
    ) -> MadeWay:
        """Make a code that adds one of some employees."""
        found = self._ask(account, f"{_PATH}/add_contact_way", {
            "type": _SEVERAL if len(users) > 1 else _SINGLE, "scene": _BY_PICTURE,
            "user": list(users), "state": state, "remark": remark[:30],
            "skip_verify": skips_check,
        })  # fmt: skip
        return MadeWay(_word(found, "config_id"), _word(found, "qr_code"))

    def remove_way(self, account: ChannelAccount, config_id: str) -> None:
        """Take a code back."""
        self._ask(account, f"{_PATH}/del_contact_way", {"config_id": config_id})

    def welcome(self, account: ChannelAccount, code: str, parts: Mapping[str, str]) -> None:
        """Greet somebody."""
        self._ask(account, f"{_PATH}/send_welcome_msg", {"welcome_code": code, **body_of(parts)})

    def customer(self, account: ChannelAccount, external_userid: str) -> Customer:
        """Return who somebody is; nobody's customer has no owners."""
        found = self._get(account, f"{_PATH}/get", {"external_userid": external_userid})
        who = found.get("external_contact")
        unionid = _word(who, "unionid") if isinstance(who, Mapping) else ""
        owners = tuple(_word(one, "userid") for one in _rows(found, "follow_user"))
        return Customer(external_userid, unionid, tuple(one for one in owners if one))

    def customers(self, account: ChannelAccount, userid: str) -> list[str]:
        """Return whom an employee has as customers."""
        found = self._get(account, f"{_PATH}/list", {"userid": userid}).get("external_userid")
        return [str(one) for one in found] if isinstance(found, list) else []

    def groups(self, account: ChannelAccount) -> list[WecomGroup]:
        """Return the groups of customers."""
        found = []
        for one in self._pages(account, f"{_PATH}/groupchat/list", {"limit": 1_000},
                               "group_chat_list"):  # fmt: skip
            asked = {"chat_id": _word(one, "chat_id"), "need_name": 0}
            told = self._ask(account, f"{_PATH}/groupchat/get", asked).get("group_chat")
            if isinstance(told, Mapping):
                found.append(
                    WecomGroup(
                        _word(told, "chat_id"), _word(told, "name"), _word(told, "owner"),
                        len(_rows(told, "member_list")),
                    )
                )  # fmt: skip
        return found

    def ask_groups(
        self, account: ChannelAccount, owner: str, chats: Sequence[str], parts: Mapping[str, str]
    ) -> str:
        """Ask a groups' owner to send a message into them."""
        body: dict[str, object] = {"chat_type": "group", "sender": owner, **body_of(parts)}
        if chats:
            body["chat_id_list"] = list(chats)
        return _word(self._ask(account, f"{_PATH}/add_msg_template", body), "msgid")

    def results(self, account: ChannelAccount, job: str) -> list[SendResult]:
        """Return what became of a job, employee by employee."""
        found: list[SendResult] = []
        tasks = self._pages(
            account, f"{_PATH}/get_groupmsg_task", {"msgid": job, "limit": _PAGE}, "task_list"
        )
        for task in tasks:
            userid = _word(task, "userid")
            asked = {"msgid": job, "userid": userid, "limit": _PAGE}
            found += [
                SendResult(
                    userid, _word(one, "external_userid") or _word(one, "chat_id"),
                    _STATES.get(_whole(one, "status"), "waiting"),
                    _whole(one, "send_time") * SECOND,
                )
                for one in self._pages(
                    account, f"{_PATH}/get_groupmsg_send_result", asked, "send_list"
                )
            ]  # fmt: skip
        return found

    def remind(self, account: ChannelAccount, job: str) -> None:
        """Remind the employees who have not sent yet."""
        self._ask(account, f"{_PATH}/remind_groupmsg_send", {"msgid": job})

    def cancel(self, account: ChannelAccount, job: str) -> None:
        """Take back what is not sent yet."""
        self._ask(account, f"{_PATH}/cancel_groupmsg_send", {"msgid": job})

    def _pages(
        self, account: ChannelAccount, path: str, body: Mapping[str, object], name: str
    ) -> Iterator[Mapping[str, Value]]:
        """Yield the rows of all pages."""
        cursor = ""
        for _ in range(_MOST_PAGES):
            asked = {**body, "cursor": cursor} if cursor else body
            found = self._ask(account, path, asked)
            yield from _rows(found, name)
            cursor = _word(found, "next_cursor")
            if not cursor:
                return

    def _ask(
        self, account: ChannelAccount, path: str, body: Mapping[str, object]
    ) -> Mapping[str, Value]:
        """Post and return what came; raise PlatformFailed."""
        return self._taken(account, path, body)

    def _get(
        self, account: ChannelAccount, path: str, query: Mapping[str, str]
    ) -> Mapping[str, Value]:
        """Get and return what came; raise PlatformFailed."""
        return self._taken(account, path, None, query)

    def _taken(
        self,
        account: ChannelAccount,
        path: str,
        body: Mapping[str, object] | None,
        query: Mapping[str, str] | None = None,
    ) -> Mapping[str, Value]:
        """Return what came; raise PlatformFailed."""
        answer = self._api.ask(account, path, body, query or {})
        if answer.state is not AnswerState.ACCEPTED:
            raise PlatformFailed(
                "WeCom", answer.code, answer.response, retry_after=answer.retry_after,
                is_put_off=answer.state in _PUT_OFF,
            )  # fmt: skip
        return answer.values


def _word(values: Mapping[str, Value], name: str) -> str:
    """Return a text of an answer, "" where there is none."""
    found = values.get(name)
    return found if isinstance(found, str) else ""


def _whole(values: Mapping[str, Value], name: str) -> int:
    """Return a whole number of an answer, 0 where there is none."""
    found = values.get(name)
    return found if isinstance(found, int) else 0


def _rows(values: Mapping[str, Value], name: str) -> list[Mapping[str, Value]]:
    """Return the objects of a list."""
    found = values.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
