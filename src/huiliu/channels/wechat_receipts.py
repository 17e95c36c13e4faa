"""What WeChat tells later of messages and of the consent to single ones: receipts and credits.

Each reader takes an event's values as they were pushed, checked and decrypted, and returns receipts
and calls to collect. The calls carry ids of their own, so that a repeat changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from huiliu.channels.wechat_reactions import MUTED
from huiliu.kernel.times import SECOND
from huiliu.ports.channel import ChannelAccount, Receipt

__all__ = ["CREDIT_EVENTS", "PLATFORM", "RECEIPTS", "Read", "credit_call"]

Read = tuple[Sequence[Receipt], Sequence[Mapping[str, object]]]
#: Events that tell of credits: granted once, granted for good, refused.
CREDIT_EVENTS: Final = ("Message Credit Granted", "Message Credit Refused")
#: Who says so: the platform itself; the client of the mini-program says `client`.
PLATFORM: Final = "platform"
_ACCEPTS: Final = frozenset({"accept", "acceptwithaudio", "acceptwithalert", "acceptwithforcepush"})


def _template_sent(account: ChannelAccount, values: Mapping[str, Any]) -> Read:
    """Read TEMPLATESENDJOBFINISH: the message arrived, or was blocked, or failed."""
    status = _word(values, "Status")
    state = "delivered" if status == "success" else "failed"
    receipt = _receipt(account, values, state, status)
    return ([receipt] if receipt else []), []


def _mass_sent(account: ChannelAccount, values: Mapping[str, Any]) -> Read:
    """Read MASSSENDJOBFINISH: it counts people and names none, so no message is settled by it."""
    del account, values
    return [], []


def _subscription_sent(account: ChannelAccount, values: Mapping[str, Any]) -> Read:
    """Read subscribe_msg_sent_event: one entry a message."""
    receipts = []
    for one in _entries(values, "SubscribeMsgSentEvent"):
        code = _word(one, "ErrorCode")
        state = "delivered" if code in {"", "0"} else "failed"
        receipt = _receipt(account, {**values, **one}, state, _word(one, "ErrorStatus"), code)
        if receipt is not None:
            receipts.append(receipt)
    refused = [
        _refused(account, values, one)
        for one in _entries(values, "SubscribeMsgSentEvent")
        if _word(one, "ErrorCode") == str(MUTED)
    ]
    return receipts, refused


def _asked(account: ChannelAccount, values: Mapping[str, Any]) -> Read:
    """Read subscribe_msg_popup_event: what somebody answered when they were asked."""
    calls = [
        credit_call(
            account, CREDIT_EVENTS[0], _word(values, "FromUserName"), _word(one, "TemplateId"),
            _at(values), PLATFORM,
        )
        for one in _entries(values, "SubscribeMsgPopupEvent")
        if _word(one, "SubscribeStatusString").lower() in _ACCEPTS and _word(one, "TemplateId")
    ]  # fmt: skip
    return [], calls


def _changed(account: ChannelAccount, values: Mapping[str, Any]) -> Read:
    """Read subscribe_msg_change_event: somebody wants no more messages by a template."""
    calls = [
        _refused(account, values, one)
        for one in _entries(values, "SubscribeMsgChangeEvent")
        if _word(one, "SubscribeStatusString").lower() == "reject" and _word(one, "TemplateId")
    ]
    return [], calls


#: Event, in lower case -> its reader.
RECEIPTS: Final[Mapping[str, Callable[[ChannelAccount, Mapping[str, Any]], Read]]] = {
    "templatesendjobfinish": _template_sent,
    "masssendjobfinish": _mass_sent,
    "subscribe_msg_sent_event": _subscription_sent,
    "subscribe_msg_popup_event": _asked,
    "subscribe_msg_change_event": _changed,
}


def credit_call(  # noqa: PLR0913 - what an event is made of
    account: ChannelAccount,
    name: str,
    openid: str,
    template_id: str,
    at: int,
    source: str,
    *,
    lasting: bool = False,
) -> Mapping[str, object]:
    """Return the call that tells of a credit; the same for the same answer of the same person.

    Args:
        account: whose mini-program or official account it is.
        name: one of CREDIT_EVENTS.
        openid: whose.
        template_id: for which template.
        at: when, in microseconds.
        source: who says so.
        lasting: the person agreed to any number of messages.
    """
    kind = "douyin_openid" if account.channel == "douyin" else "wechat_openid"
    said = f"{account.channel} {account.name} {name} {openid} {template_id} {at}"
    properties: dict[str, object] = {
        "channel": account.channel, "app": account.config.get("app", ""),
        "template_id": template_id, "source": source,
    }  # fmt: skip
    if lasting:
        properties["lasting"] = True
    return {
        "type": "track",
        "event": name,
        "messageId": "credit-" + hashlib.sha256(said.encode()).hexdigest()[:32],
        "timestamp": datetime.fromtimestamp(at / SECOND, UTC).isoformat(),
        "properties": properties,
        "context": {"channel": account.channel, "externalIds": [{"type": kind, "id": openid}]},
    }


def _refused(
    account: ChannelAccount, values: Mapping[str, Any], one: Mapping[str, Any]
) -> Mapping[str, object]:
    """Return the call that tells of a template that somebody refuses."""
    return credit_call(
        account, CREDIT_EVENTS[1], _word(values, "FromUserName"), _word(one, "TemplateId"),
        _at(values), PLATFORM,
    )  # fmt: skip


def _receipt(
    account: ChannelAccount, values: Mapping[str, Any], state: str, words: str, code: str = ""
) -> Receipt | None:
    """Return the receipt of the message that an event names; None = it names none."""
    known = _word(values, "MsgID") or _word(values, "MsgId")
    if not known or known == "0":
        return None
    return Receipt(
        account.channel, account.name, known, state, " ".join(f"{code} {words}".split())[:300],
        code=code or ("" if state == "delivered" else words[:60]), at=_at(values),
    )  # fmt: skip


def _entries(values: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of a list: XML wraps it in the event's name, JSON does not."""
    inside = values.get(name)
    found = (inside if isinstance(inside, Mapping) else values).get("List")
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, Mapping):
            yield one


def _word(values: Mapping[str, Any], name: str) -> str:
    """Return a value as text, "" where it is none."""
    found = values.get(name)
    return str(found) if isinstance(found, str | int) else ""


def _at(values: Mapping[str, Any]) -> int:
    """Return when an event happened; 0 = it does not say."""
    written = _word(values, "CreateTime")
    return int(written) * SECOND if written.isascii() and written.isdecimal() else 0
