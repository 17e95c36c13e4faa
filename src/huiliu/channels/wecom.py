"""WeCom: messages that an employee is asked to send to those who added them.

Nothing goes by itself: the platform makes a task of what is handed over, the employee confirms it
in their app, and only then do the customers get it. What became of each is asked for later
(`wecom_ground`); until then the message is on its way.
Source: developer.work.weixin.qq.com/document/path/92135.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from huiliu.channels.access import Access
from huiliu.channels.provider import COMMON, BaseProvider
from huiliu.channels.sealed_push import CALLBACK_FIELDS
from huiliu.channels.wechat_api import ApiAnswer
from huiliu.channels.wecom_api import ENDPOINT, WecomApi
from huiliu.channels.wecom_message import body_of, fault_of
from huiliu.channels.wecom_push import take_wecom_push
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.ports.channel import (
    AccountField,
    Answer,
    AnswerState,
    Callback,
    CallbackAnswer,
    ChannelAccount,
    Limit,
    OutboundMessage,
)
from huiliu.ports.evidence import Evidence

__all__ = ["WecomProvider", "mark_of"]

_DOCS: Final = "developer.work.weixin.qq.com/document/path"
#: Customers in one task.
_MOST: Final = 10_000


class WecomProvider(BaseProvider):
    """The Provider port over WeCom's mass sending."""

    name = "wecom"
    channel = "wecom"
    evidence = Evidence.DOCUMENTS
    pushes = True
    fields = (
        AccountField("corp_id", longest=64),
        AccountField("corp_secret", "secret"),
        #: The employee who sends; "" = whom the customer added.
        AccountField("sender", default="", longest=64),
        AccountField("app", default="", longest=64),
        #: Messages to a customer in a month; 0 = as many as it has days.
        AccountField("monthly_messages", "number", "0", low=0, high=31),
        #: Days until what nobody confirmed is taken back.
        AccountField("confirm_days", "number", "3", low=1, high=30),
        AccountField("endpoint", default=ENDPOINT),
        *CALLBACK_FIELDS,
        *COMMON,
    )
    limits = (
        Limit("batch", "10000", f"{_DOCS}/92135"),
        Limit("per_address_month", "28-31", f"{_DOCS}/92135"),
        Limit("per_minute", "10000", f"{_DOCS}/90454"),
        Limit("per_hour", "150000", f"{_DOCS}/90454"),
        Limit("reminders_day", "3", f"{_DOCS}/93563"),
        Limit("welcome_seconds", "20", f"{_DOCS}/92137"),
        Limit("contact_codes", "500000", f"{_DOCS}/92228"),
    )

    def __init__(self, access: Access) -> None:
        """Hold the doors."""
        self._access = access
        self._api = WecomApi(access)

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return why the address of the API can never be called, or pushes never be opened."""
        found = []
        fault = self._access.http.problem(config["endpoint"]) if config.get("endpoint") else ""
        if fault:
            found.append(Problem("endpoint", text("channels.bad_url", cause=fault)))
        key = config.get("aes_key", "")
        if key and len(key) != 43:
            found.append(Problem("aes_key", text("channels.aes_key")))
        return found

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Ask employees to send: those who get the same words are one task."""
        answers: list[Answer] = []
        alike: dict[bytes, list[OutboundMessage]] = {}
        for one in messages:
            if fault := fault_of(one.parts):
                answers.append(
                    Answer(one.message_id, AnswerState.FIX, response=fault, code="bad_parts")
                )
                continue
            alike.setdefault(msgspec.json.encode(body_of(one.parts)), []).append(one)
        for together in alike.values():
            for at in range(0, len(together), _MOST):
                answers.extend(self._hand_over(account, together[at : at + _MOST]))
        return answers

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Read what WeCom pushed."""
        return take_wecom_push(account, request, self._access.clock.now())

    def _hand_over(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> list[Answer]:
        """Make one task of messages with the same words."""
        body = {
            "chat_type": "single",
            "external_userid": sorted({one.address for one in messages}),
            **body_of(messages[0].parts),
        }
        if sender := account.config.get("sender"):
            body["sender"] = sender
        answer = self._api.ask(account, "/cgi-bin/externalcontact/add_msg_template", body)
        job = answer.values.get("msgid")
        if answer.state is AnswerState.ACCEPTED and isinstance(job, str) and job:
            failed = answer.values.get("fail_list")
            lost = {str(one) for one in failed} if isinstance(failed, list) else set()
            return [_answer(one, job, lost) for one in messages]
        if answer.state is AnswerState.SUPPRESS and len(messages) > 1:
            # It names nobody: whose address is dead is found by asking for each alone.
            return [found for one in messages for found in self._hand_over(account, [one])]
        return [_refused(one, answer) for one in messages]


def _answer(message: OutboundMessage, job: str, lost: set[str]) -> Answer:
    """Return what a task means for one message: whom nobody has as a customer is left out of it."""
    if message.address in lost:
        return Answer(
            message.message_id, AnswerState.SUPPRESS, response="in fail_list", code="fail_list"
        )
    return Answer(
        message.message_id, AnswerState.ACCEPTED, (f"{job}/{mark_of(message.address)}",)
    )  # fmt: skip


def _refused(message: OutboundMessage, answer: ApiAnswer) -> Answer:
    """Return a refusal of the whole call for one message."""
    state = answer.state
    if state is AnswerState.REFRESH:
        # Renewed once and refused again: the token is none of ours to mend in this minute.
        state = AnswerState.RETRY
    elif state is AnswerState.ACCEPTED:
        state = AnswerState.UNKNOWN
    return Answer(
        message.message_id, state, response=answer.response, code=answer.code,
        retry_after=answer.retry_after,
    )  # fmt: skip


def mark_of(address: str) -> str:
    """Return what tells the customers of one task apart, and names none of them."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]
