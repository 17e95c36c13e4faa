"""What WeChat pushes to an official account or a mini-program, read as what happened.

WeChat repeats what is not answered within five seconds, up to three times: a message is one by its
MsgId, an event by who, when and what, so a repeat is the same event of the log.
Source: developers.weixin.qq.com/doc/offiaccount/Message_Management.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from huiliu.channels.sealed_push import CALLBACK_FIELDS, Push, open_push
from huiliu.channels.wechat_xml import write_xml
from huiliu.governance.detection import clean_url
from huiliu.kernel.times import show_instant
from huiliu.ports.channel import (
    Callback,
    CallbackAnswer,
    ChannelAccount,
    Incoming,
    PlatformNews,
    Receipt,
)

__all__ = ["CALLBACK_FIELDS", "PushReader", "take_push"]

#: What a passive answer may hold, in bytes. Source: Message_Management/Passive_user_reply_message.
_LONGEST_ANSWER: Final = 2_048
_TAKEN: Final = b"success"
_SCENE: Final = "qrscene_"
#: Kinds of messages that people send.
_MESSAGES: Final = frozenset({
    "text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage",
})  # fmt: skip
#: Event -> how the event says that a menu's button was pressed.
_MENU: Final = MappingProxyType({
    "click": "click", "view": "view", "view_miniprogram": "miniprogram",
    "scancode_push": "scan", "scancode_waitmsg": "scan", "pic_sysphoto": "photo",
    "pic_photo_or_album": "photo", "pic_weixin": "photo", "location_select": "location",
})  # fmt: skip

#: Reads one event: (account, what was pushed) -> receipts, and calls for the log.
PushReader: TypeAlias = Callable[
    [ChannelAccount, Mapping[str, Any]],
    tuple[Sequence[Receipt], Sequence[Mapping[str, object]]],
]


def take_push(
    account: ChannelAccount,
    request: Callback,
    now: int,
    readers: Mapping[str, PushReader] = MappingProxyType({}),
) -> CallbackAnswer:
    """Return what WeChat is answered, and what happened.

    Args:
        account: an official account's or mini-program's.
        request: as it came.
        now: what time it is.
        readers: event, in lower case, -> who reads it, besides those of the ground itself.
    """
    found = open_push(account, request, now, account.config.get("app_id", ""))
    if isinstance(found, CallbackAnswer):
        return found
    return _read(account, found, readers)


def _passive(push: Push, words: str) -> bytes:
    """Return an immediate answer in words, cut to what WeChat takes."""
    cut = words.encode()[:_LONGEST_ANSWER].decode("utf-8", "ignore")
    return push.write(
        write_xml({
            "ToUserName": push.word("FromUserName"),
            "FromUserName": push.word("ToUserName"),
            "CreateTime": push.word("CreateTime"),
            "MsgType": "text",
            "Content": cut,
        })
    )  # fmt: skip


def _call(
    account: ChannelAccount, push: Push, event: str, openid: str, properties: Mapping[str, object]
) -> dict[str, object]:
    """Return a call for the log: who, when, what; under an id that nobody else can tell."""
    names = [{"type": "wechat_openid", "id": openid}]
    if union := push.word("UnionId") or push.word("unionid"):
        names.append({"type": "wechat_unionid", "id": union})
    return {
        "type": "track",
        "event": event,
        "messageId": _number(account, push, event),
        "timestamp": show_instant(push.at),
        "properties": {
            "channel": account.channel,
            "app": account.config.get("app", ""),
            **properties,
        },
        "context": {"channel": account.channel, "externalIds": names},
    }


def _number(account: ChannelAccount, push: Push, event: str) -> str:
    """Return the id of what an event says: the same however often it is pushed."""
    given = push.word("MsgId")
    said = (
        [given]
        if given
        else [push.word(name) for name in ("FromUserName", "CreateTime", "Event", "EventKey")]
    )
    key = account.config.get("token", "").encode()
    written = "\0".join([account.config.get("app_id", ""), event, *said]).encode()
    return f"wechat:{hmac.new(key, written, hashlib.sha256).hexdigest()[:32]}"


def _read(account: ChannelAccount, push: Push, readers: Mapping[str, PushReader]) -> CallbackAnswer:
    """Return what a push says."""
    kind, openid = push.word("MsgType").lower(), push.word("FromUserName")
    if kind == "event":
        event = push.word("Event").lower()
        if event == "publishjobfinish":
            info = push.values.get("PublishEventInfo")
            told = PlatformNews("article", info if isinstance(info, Mapping) else {})
            return CallbackAnswer(200, _TAKEN, news=(told,))
        if event in readers:
            receipts, calls = readers[event](account, push.values)
            return CallbackAnswer(200, _TAKEN, receipts=tuple(receipts), events=tuple(calls))
        return _event(account, push, event, openid)
    if kind not in _MESSAGES or not openid:
        return CallbackAnswer(200, _TAKEN)
    call = _call(account, push, "WeChat Message Received", openid, {"message_type": kind})
    return _answered(account, push, openid, call, kind, _text_of(push, kind))


def _event(account: ChannelAccount, push: Push, event: str, openid: str) -> CallbackAnswer:
    """Return what an event of a person says; one that says nothing to us is taken all the same."""
    key = push.word("EventKey")
    call = partial(_call, account, push)
    if event == "subscribe":
        scene = key.removeprefix(_SCENE) if key.startswith(_SCENE) else ""
        followed = call("WeChat Followed", openid, {"scene": scene})
        return _answered(account, push, openid, followed, "follow", scene)
    if event == "unsubscribe":
        gone = {"reason": "unfollowed"}
        return CallbackAnswer(200, _TAKEN, events=(
            call("WeChat Unfollowed", openid, {}), call("Contact Point Removed", openid, gone),
        ))  # fmt: skip
    if event == "scan":
        scanned = call("WeChat Scanned", openid, {"scene": key})
        return _answered(account, push, openid, scanned, "scan", key)
    if event in _MENU:
        pressed = {"key": clean_url(key) if event == "view" else key, "kind": _MENU[event]}
        clicked = call("WeChat Menu Clicked", openid, pressed)
        return _answered(account, push, openid, clicked, "menu", key)
    if event == "user_enter_tempsession":
        entered = call("WeChat Session Entered", openid, {"source": push.word("SessionFrom")})
        return _answered(account, push, openid, entered, "", "")
    return CallbackAnswer(200, _TAKEN)


def _answered(
    account: ChannelAccount,
    push: Push,
    openid: str,
    call: Mapping[str, object],
    kind: str,
    words: str,
) -> CallbackAnswer:
    """Return the answer to what a person did: whoever does something can be reached here."""
    point = _call(account, push, "Contact Point Added", openid, {"platform": "wechat"})
    news = (PlatformNews("follower", {"openid": openid}),) if kind == "follow" else ()
    incoming = Incoming(
        openid, kind, words, push.word("MediaId"), str(call["messageId"]), push.at
    )  # fmt: skip
    return CallbackAnswer(
        200, _TAKEN, events=(call, point), news=news, incoming=incoming if kind else None,
        write=partial(_passive, push) if account.channel == "wechat" else None,
    )  # fmt: skip


def _text_of(push: Push, kind: str) -> str:
    """Return what a person wrote, or what stands for it."""
    names = {"text": "Content", "link": "Url", "location": "Label", "voice": "Recognition",
             "miniprogrampage": "Title"}  # fmt: skip
    found = push.values.get(names.get(kind, ""))
    return found if isinstance(found, str) else ""
