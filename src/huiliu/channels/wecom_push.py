"""What WeCom pushes: customers who come and go, each with the employee and the code they used.

Source: developer.work.weixin.qq.com/document/path/92130 (customers) and 90930 (encryption).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from huiliu.channels.sealed_push import Push, open_push
from huiliu.kernel.times import SECOND, show_instant
from huiliu.ports.channel import Callback, CallbackAnswer, ChannelAccount, PlatformNews

__all__ = ["take_wecom_push"]

_TAKEN: Final = CallbackAnswer(200, b"success")
#: The platform takes a greeting for so long.
_WELCOME_FOR: Final = 20 * SECOND
_GONE: Final = {"del_external_contact": "removed", "del_follow_user": "unfollowed"}


def take_wecom_push(account: ChannelAccount, request: Callback, now: int) -> CallbackAnswer:
    """Return what WeCom is answered, and what happened."""
    owner = account.config.get("corp_id", "")
    found = open_push(account, request, now, owner, is_sealed=True)
    if isinstance(found, CallbackAnswer):
        return found
    if found.word("Event") == "change_external_contact":
        return _customer(account, found)
    return _TAKEN


def _customer(account: ChannelAccount, push: Push) -> CallbackAnswer:
    """Return what became of a customer."""
    change, who = push.word("ChangeType"), push.word("ExternalUserID")
    if not who:
        return _TAKEN
    properties = {"employee": push.word("UserID"), "state": push.word("State")}
    if change in {"add_external_contact", "add_half_external_contact"}:
        news = [PlatformNews("customer", {"external_userid": who})]
        code = push.word("WelcomeCode")
        if code and change == "add_external_contact":
            news.append(
                PlatformNews("welcome", {
                    "external_userid": who, "code": code, "state": push.word("State"),
                    "until": push.at + _WELCOME_FOR,
                })
            )  # fmt: skip
        events = (
            _call(account, push, "WeCom Customer Added", who, properties),
            _call(account, push, "Contact Point Added", who, {"platform": "wecom"}),
        )
        return CallbackAnswer(200, b"success", events=events, news=tuple(news))
    if change in _GONE:
        # Whom another employee still has is a customer still: that is asked for.
        news = [PlatformNews("customer", {"external_userid": who, "reason": _GONE[change]})]
        left = _call(account, push, "WeCom Customer Left", who, properties)
        return CallbackAnswer(200, b"success", events=(left,), news=tuple(news))
    return _TAKEN


def _call(
    account: ChannelAccount, push: Push, event: str, who: str, properties: Mapping[str, object]
) -> dict[str, object]:
    """Return a call for the log, under an id that nobody else can tell."""
    key = account.config.get("token", "").encode()
    said = [event, who, *(push.word(name) for name in ("UserID", "CreateTime", "ChangeType"))]
    written = "\0".join([account.config.get("corp_id", ""), *said]).encode()
    return {
        "type": "track",
        "event": event,
        "messageId": f"wecom:{hmac.new(key, written, hashlib.sha256).hexdigest()[:32]}",
        "timestamp": show_instant(push.at),
        "properties": {
            "channel": "wecom", "app": account.config.get("app", ""), **properties,
        },
        "context": {
            "channel": "wecom", "externalIds": [{"type": "wecom_userid", "id": who}],
        },
    }  # fmt: skip
