"""An official account of WeChat: template messages, customer-service messages, mass messages.

What kind a message is, its template says (`type`). A template message carries our id, by which
WeChat knows a repeat for ten minutes; so one whose answer was lost is asked for once more at once.
A mass message is one text for up to ten thousand people, also with an id of ours. Customer-service
messages have no such id: one whose answer was lost stays unknown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from typing import Final

from huiliu.channels.access import Access
from huiliu.channels.provider import COMMON, BaseProvider
from huiliu.channels.wechat_api import ENDPOINT, ApiAnswer, ApiCall, WechatApi
from huiliu.channels.wechat_push import CALLBACK_FIELDS, take_push
from huiliu.channels.wechat_receipts import RECEIPTS
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.messages.channels import FIELD
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
from huiliu.ports.quotas import Quota

__all__ = ["WechatProvider", "answered", "checked_endpoint", "data_of"]

_TEMPLATE: Final = "/cgi-bin/message/template/send"
_SERVICE: Final = "/cgi-bin/message/custom/send"
_MASS: Final = "/cgi-bin/message/mass/send"
_DOCS: Final = "developers.weixin.qq.com/doc/offiaccount/Message_Management"
#: Openids in one mass message.
_LARGEST: Final = 10_000
#: It is about this one person, not about the account.
_OF_ONE: Final = frozenset({"45011"})
#: What an answer to a repeat settles; after any other nobody knows what became of the first.
_DEFINITE: Final = frozenset({
    AnswerState.ACCEPTED, AnswerState.REJECTED, AnswerState.SUPPRESS, AnswerState.FIX,
})  # fmt: skip
#: Asked for fewer than two people, a mass message is refused.
_TOO_FEW: Final = "40130"


class WechatProvider(BaseProvider):
    """The Provider port over an official account."""

    name = "wechat"
    channel = "wechat"
    pushes = True
    evidence = Evidence.TRIED
    fields = (
        AccountField("app_id", longest=64),
        AccountField("app_secret", "secret"),
        AccountField("app", default="", longest=64),
        *CALLBACK_FIELDS,
        #: An openid of the brand's own: it goes with a mass message that is for one person.
        AccountField("companion", default="", longest=64),
        AccountField("reply_messages", "number", "5", low=1, high=100),
        AccountField("reply_hours", "number", "48", low=1, high=72),
        AccountField("touch_messages", "number", "3", low=0, high=100),
        AccountField("touch_seconds", "number", "60", low=1, high=3_600),
        AccountField("mass_a_month", "number", "4", low=0, high=31),
        AccountField("permanent_codes", "number", "100000", low=0, high=100_000),
        AccountField("endpoint", default=ENDPOINT),
        *COMMON,
    )
    limits = (
        Limit("template_day", "100000", f"{_DOCS}/Template_Message_Operation_Specifications"),
        Limit("service_window", "5 / 48 h", f"{_DOCS}/Service_Center_messages"),
        Limit("touch_window", "3 / 1 min", f"{_DOCS}/Service_Center_messages"),
        Limit("mass_month", "4", f"{_DOCS}/Batch_Sends_and_Originality_Checks"),
        Limit("mass_minute", "60", f"{_DOCS}/Batch_Sends_and_Originality_Checks"),
        Limit("batch", str(_LARGEST), f"{_DOCS}/Batch_Sends_and_Originality_Checks"),
    )
    #: Paths whose quota is worth looking at.
    paths = (_TEMPLATE, _SERVICE, _MASS)

    def __init__(self, access: Access) -> None:
        """Hold the doors."""
        self._access = access
        self._api = WechatApi(access)

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return why the address of the API can never be called."""
        return checked_endpoint(self._access, config)

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Hand messages over, each by its kind."""
        by_kind: dict[str, list[OutboundMessage]] = {}
        for one in messages:
            by_kind.setdefault(one.parts.get("type", "service").strip(), []).append(one)
        answers: list[Answer] = []
        for kind, mine in by_kind.items():
            if kind == "template":
                answers += self._templates(account, mine)
            elif kind == "mass":
                answers += self._masses(account, mine)
            elif kind == "service":
                calls = [ApiCall(_SERVICE, _service(one)) for one in mine]
                found = self._api.ask_all(account, calls)
                answers += [answered(*each) for each in zip(mine, found, strict=True)]
            else:
                answers += [
                    Answer(one.message_id, AnswerState.FIX, response=f"type {kind}") for one in mine
                ]
        return answers

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Read what WeChat pushes, proved and opened."""
        return take_push(account, request, self._access.clock.now(), RECEIPTS)

    def quotas(self, account: ChannelAccount) -> Sequence[Quota]:
        """Return how much of the day's calls is left, as WeChat says now."""
        found = (self._api.quota(account, path) for path in self.paths)
        return [one for one in found if one is not None]

    def _templates(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> list[Answer]:
        """Send template messages; of one whose answer was lost the repeat tells what became."""
        found = self._api.ask_all(account, [ApiCall(_TEMPLATE, _template(one)) for one in messages])
        lost = [
            nth
            for nth, one in enumerate(found)
            if one.state is AnswerState.UNKNOWN and not one.code
        ]
        if lost:
            calls = [ApiCall(_TEMPLATE, _template(messages[nth])) for nth in lost]
            for nth, again in zip(lost, self._api.ask_all(account, calls), strict=True):
                # Put off it may not be: the first may have gone, and later WeChat knows no repeat.
                if again.state in _DEFINITE:
                    found[nth] = again
        return [answered(*each) for each in zip(messages, found, strict=True)]

    def _masses(self, account: ChannelAccount, messages: Sequence[OutboundMessage]) -> list[Answer]:
        """Send mass messages: one for all who get the same words."""
        alike: dict[Hashable, list[OutboundMessage]] = {}
        for one in messages:
            alike.setdefault(tuple(sorted(one.parts.items())), []).append(one)
        batches = [
            mine[at : at + _LARGEST]
            for mine in alike.values()
            for at in range(0, len(mine), _LARGEST)
        ]
        companion = account.config.get("companion", "")
        calls, ready, answers = [], [], list[Answer]()
        for batch in batches:
            people = list(dict.fromkeys(one.address for one in batch))
            if len(people) < 2 and companion and companion not in people:
                people.append(companion)
            if len(people) < 2:
                # Nobody else gets it just now; a companion would let it go.
                answers += [_lonely(one) for one in batch]
                continue
            calls.append(ApiCall(_MASS, _mass(batch, people)))
            ready.append(batch)
        for batch, found in zip(ready, self._api.ask_all(account, calls), strict=True):
            known = found.values.get("msg_id")
            answers += [
                answered(one, found, f"{known}/{one.message_id.hex()}" if known else "")
                for one in batch
            ]
        return answers


def answered(message: OutboundMessage, found: ApiAnswer, known_as: str | None = None) -> Answer:
    """Return what the API's answer means for one message.

    Args:
        message: that was sent.
        found: what the API said.
        known_as: the platform's id of it; None = the answer's `msgid`.
    """
    if known_as is None:
        written = found.values.get("msgid")
        known_as = str(written) if written else ""
    taken = found.state is AnswerState.ACCEPTED
    return Answer(
        message.message_id, found.state, (known_as,) if taken and known_as else (),
        found.response, found.retry_after, found.code,
        scope="address" if found.code in _OF_ONE else "",
    )  # fmt: skip


def data_of(message: OutboundMessage) -> dict[str, dict[str, str]]:
    """Return the fields of a form as WeChat takes them."""
    return {
        part.removeprefix(FIELD): {"value": value.strip()}
        for part, value in message.parts.items()
        if part.startswith(FIELD)
    }


def checked_endpoint(access: Access, config: Mapping[str, str]) -> Sequence[Problem]:
    """Return why the address of an API can never be called."""
    fault = access.http.problem(config["endpoint"]) if config.get("endpoint") else ""
    return [Problem("endpoint", text("channels.bad_url", cause=fault))] if fault else []


def _part(message: OutboundMessage, name: str) -> str:
    """Return a part without blanks around it."""
    return message.parts.get(name, "").strip()


def _template(message: OutboundMessage) -> dict[str, object]:
    """Return a template message."""
    body: dict[str, object] = {
        "touser": message.address, "template_id": _part(message, "template_id"),
        "client_msg_id": message.message_id.hex(), "data": data_of(message),
    }  # fmt: skip
    if url := _part(message, "url"):
        body["url"] = url
    if app := _part(message, "app"):
        body["miniprogram"] = {"appid": app, "pagepath": _part(message, "page")}
    return body


def _service(message: OutboundMessage) -> dict[str, object]:
    """Return a customer-service message: a card, an article, a picture, or words."""
    title, words, url = (_part(message, name) for name in ("title", "text", "url"))
    media, app = _part(message, "media"), _part(message, "app")
    body: dict[str, object] = {"touser": message.address}
    if app:
        card = {"title": title or words, "appid": app, "pagepath": _part(message, "page"),
                "thumb_media_id": media}  # fmt: skip
        return body | {"msgtype": "miniprogrampage", "miniprogrampage": card}
    if title and url:
        article = {"title": title, "description": words, "url": url,
                   "picurl": _part(message, "image")}  # fmt: skip
        return body | {"msgtype": "news", "news": {"articles": [article]}}
    if media and not words:
        return body | {"msgtype": "image", "image": {"media_id": media}}
    return body | {"msgtype": "text", "text": {"content": words or title}}


def _mass(batch: Sequence[OutboundMessage], people: Sequence[str]) -> dict[str, object]:
    """Return a mass message: an article that was drafted, or words."""
    ids = b"".join(sorted(one.message_id for one in batch))
    body: dict[str, object] = {
        "touser": list(people), "send_ignore_reprint": 0,
        "clientmsgid": hashlib.sha256(ids).hexdigest()[:32],
    }  # fmt: skip
    if media := _part(batch[0], "media"):
        return body | {"msgtype": "mpnews", "mpnews": {"media_id": media}}
    return body | {"msgtype": "text", "text": {"content": _part(batch[0], "text")}}


def _lonely(message: OutboundMessage) -> Answer:
    """Return that a mass message for one person waits for company."""
    return Answer(
        message.message_id, AnswerState.RETRY, response="a mass message is for two or more",
        code=_TOO_FEW, scope="address",
    )  # fmt: skip
