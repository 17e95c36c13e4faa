"""A mini-program of WeChat: subscription messages, one for each time that a person agreed to one.

WeChat knows no repeat for a repeat here: a message whose answer was lost stays unknown, and is
settled by the event that tells of its end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.channels.access import Access
from huiliu.channels.provider import COMMON, BaseProvider
from huiliu.channels.wechat import answered, checked_endpoint, data_of
from huiliu.channels.wechat_api import ENDPOINT, ApiCall, WechatApi
from huiliu.channels.wechat_push import CALLBACK_FIELDS, take_push
from huiliu.channels.wechat_receipts import RECEIPTS
from huiliu.kernel.errors import Problem
from huiliu.ports.channel import (
    AccountField,
    Answer,
    Callback,
    CallbackAnswer,
    ChannelAccount,
    Limit,
    OutboundMessage,
)
from huiliu.ports.evidence import Evidence
from huiliu.ports.quotas import Quota

__all__ = ["WechatMiniProvider"]

_SEND: Final = "/cgi-bin/message/subscribe/send"
_DOCS: Final = "developers.weixin.qq.com/miniprogram/dev"
#: Languages that WeChat writes around a message.
_LANGUAGES: Final = {"zh-hk": "zh_HK", "zh-tw": "zh_TW", "zh-hant": "zh_TW"}


class WechatMiniProvider(BaseProvider):
    """The Provider port over a mini-program's subscription messages."""

    name = "wechat_mini"
    channel = "mini_program"
    pushes = True
    evidence = Evidence.TRIED
    fields = (
        AccountField("app_id", longest=64),
        AccountField("app_secret", "secret"),
        AccountField("app", default="", longest=64),
        *CALLBACK_FIELDS,
        AccountField(
            "miniprogram_state", "choice", "formal", ("formal", "trial", "developer")
        ),
        #: Addresses that open it, made in a day.
        AccountField("links_a_day", "number", "500000", low=0, high=10_000_000),
        AccountField("endpoint", default=ENDPOINT),
        *COMMON,
    )  # fmt: skip
    limits = (
        Limit("subscription_day", "30000000 (pay) / 10000000", f"{_DOCS}/subscribeMessage.send"),
        Limit("per_tap", "3", f"{_DOCS}/wx.requestSubscribeMessage"),
    )
    paths = (_SEND,)

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
        """Hand messages over; a test message without a template looks whether the account works."""
        real = [one for one in messages if one.parts.get("template_id")]
        calls = [ApiCall(_SEND, _message(account, one)) for one in real]
        found = self._api.ask_all(account, calls)
        answers = [answered(*each) for each in zip(real, found, strict=True)]
        return answers + [
            self._tried(account, one) for one in messages if not one.parts.get("template_id")
        ]

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Read what WeChat pushes, proved and opened."""
        return take_push(account, request, self._access.clock.now(), RECEIPTS)

    def quotas(self, account: ChannelAccount) -> Sequence[Quota]:
        """Return how much of the day's calls is left, as WeChat says now."""
        found = (self._api.quota(account, path) for path in self.paths)
        return [one for one in found if one is not None]

    def _tried(self, account: ChannelAccount, message: OutboundMessage) -> Answer:
        """Return whether WeChat knows the account, without a message to anybody."""
        found = self._api.ask(account, "/cgi-bin/openapi/quota/get", {"cgi_path": _SEND})
        return Answer(
            message.message_id, found.state, (), found.response, found.retry_after, found.code
        )


def _message(account: ChannelAccount, message: OutboundMessage) -> dict[str, object]:
    """Return a subscription message."""
    body: dict[str, object] = {
        "touser": message.address, "template_id": message.parts["template_id"].strip(),
        "data": data_of(message), "lang": _language(message.locale),
        "miniprogram_state": account.config.get("miniprogram_state") or "formal",
    }  # fmt: skip
    if page := message.parts.get("page", "").strip():
        body["page"] = page
    return body


def _language(locale: str) -> str:
    """Return the language in which WeChat says its own words."""
    lower = locale.lower()
    found = next((said for start, said in _LANGUAGES.items() if lower.startswith(start)), "")
    return found or ("zh_CN" if not lower or lower.startswith("zh") else "en_US")
