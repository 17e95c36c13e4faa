"""How a text is meant that does not say so: read as its pack usually is, unless it shows more."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from huiliu.governance.packs.pack import Content, Pack

__all__ = ["guess_content"]

_SUBJECT: Final = re.compile(
    r"(?i)^\s*(?:subject|betreff|objet|asunto|oggetto|主题)\s*[:：]\s*(.*)"
)
#: News that somebody waits for ...
_SERVICE: Final = re.compile(
    r"(?i)验证码|校验码|动态码|(?:您的|你的|亲，您的)?(?:订单|包裹|快递|快件|退款|预约|挂号|账单|工单|发票)[^。！？]{0,24}"
    r"(?:已|将|正在|延误|取消|成功|完成|到达|签收|发货|出库|提醒|开具|到账)|取件码|已(?:发货|发出|签收|退款|出库|揽收|到账)|派送中"
    r"|verification code|one-time|security code|\b(?:your|the)(?: \w+){0,2} (?:order|parcel"
    r"|package|appointment|refund|delivery|booking|reservation|payment|ticket|prescription|table|flight)\b[^.!?]{0,60}"
    r"(?:ship|deliver|confirm|ready|deliver|process|schedul|arriv|on its way|received|remind"
    r"|complete|delay|cancel|tomorrow|issued|is due|refunded)"
    r"|\b(?:code|otp|pin) (?:is|:)?\s?\d{4,8}"
)
#: ... that wants nothing sold beside it.
_SELLS: Final = re.compile(
    r"(?i)优惠|促销|折扣|满\s?\d+\s?减|领券|抢购|秒杀|特价|立减|红包|新品|上新|大促|福利|\d折|半价"
    r"|拒收|退订|好礼|会员日|双11|618|% ?off|\bsale\b|discount|coupon|promo|\bdeals?\b|new arrivals"
    r"|\bshop now|\bfree\b|\bsave\b|unsubscribe|opt[- ]?out|reply stop|\bvip\b|exclusive|limited"
    r"|\bwin\b|\bprize|offer"
)
#: What an order was paid or refunded with sells nothing.
_BOOKED: Final = re.compile(
    r"(?:优惠券|红包)[^，。,]{0,6}(?:退回|退还|返还)|(?:已|共)优惠\s?\d+|优惠后"
)


def guess_content(content: Content, pack: Pack | None = None) -> Content:
    """Return a text with the channel and class that it most likely has, where it names none.

    Args:
        content: the text.
        pack: which one it is to be held against; None = not a certain one.
    """
    parts = dict(content.parts)
    text = parts.get("text", "")
    subject = _SUBJECT.match(text)
    if subject is not None and "subject" not in parts:
        parts = {"subject": subject[1], **parts, "text": text[subject.end() :].strip() or text}
    channel = content.channel
    if not channel and pack is not None:
        channel = "email" if "subject" in parts and pack.channel in {"sms", "email"} else ""
        channel = channel or pack.channel
    message_class = content.message_class
    if not message_class:
        is_service = bool(_SERVICE.search(text)) and not _SELLS.search(_BOOKED.sub("", text))
        message_class = "service" if is_service else "marketing"
    if pack is not None and pack.scope.classes and content.message_class == "":
        message_class = pack.message_class
    return replace(content, parts=parts, channel=channel, message_class=message_class)
