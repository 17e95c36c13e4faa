"""Messages that Huiliu writes by itself where a brand wrote none: confirmations and answers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from huiliu.kernel.documents import dump
from huiliu.messages.permission import Names, Permission

__all__ = ["ANSWERS", "answer_template", "confirmation_slug", "confirmation_template"]

#: Meaning -> locale -> what is answered; `{brand}` is what people call the brand.
#: Source: CTIA Messaging Principles (2023) 5.1: who it is, how to stop, how to get help, rates.
ANSWERS: Final[Mapping[str, Names]] = MappingProxyType({
    "stop": {
        "en": "{brand}: you will get no more messages from us. Reply START to come back.",
        "zh-CN": "【{brand}】您已退订，我们不会再发送营销短信。回复“订阅”可重新接收。",
    },
    "start": {
        "en": "{brand}: welcome back. Msg&data rates may apply. Reply HELP for help, STOP to end.",
        "zh-CN": "【{brand}】您已重新订阅。回复“帮助”获取帮助，拒收请回复R",
    },
    "help": {
        "en": "{brand}: offers and news of your orders. {contact} Msg&data rates may apply. "
        "Reply STOP to end.",
        "zh-CN": "【{brand}】本号码用于发送会员消息和订单通知。{contact} 拒收请回复R",
    },
})  # fmt: skip
_CONFIRM: Final[Mapping[str, Mapping[str, Names]]] = MappingProxyType({
    "email": {
        "subject": {"en": "Please confirm: news from {brand}", "zh-CN": "请确认订阅{brand}的消息"},
        "text": {
            "en": "You asked for news from {brand}. Only if you confirm will we write:\n\n"
            "{{{{ confirm_url }}}}\n\n"
            "If it was not you, do nothing: without your confirmation you hear no more of us.\n",
            "zh-CN": "您刚刚登记接收{brand}的消息。请点击下面的链接确认，确认后我们才会发送：\n\n"
            "{{{{ confirm_url }}}}\n\n如果不是您本人操作，请忽略此邮件，我们不会再打扰。\n",
        },
    },
    "sms": {
        "text": {
            "en": "{brand}: please confirm that you want our messages: reply YES or open "
            "{{{{ confirm_url }}}} Not you? Do nothing.",
            "zh-CN": "【{brand}】请确认接收我们的消息：回复“是”或打开 {{{{ confirm_url }}}} "
            "非本人操作请忽略。",
        },
    },
})  # fmt: skip
_NOBODY: Final[Names] = MappingProxyType({"en": "We", "zh-CN": "我们"})


def confirmation_slug(channel: str) -> str:
    """Return the name of the template that asks for a confirmation; a brand may write its own."""
    return f"confirm-{channel}"


def confirmation_template(channel: str, asks: Permission) -> str:
    """Return the template that asks whether a yes was meant, for brands that wrote none."""
    locales = {
        locale: {part: _filled(texts[locale], locale, asks) for part, texts in parts.items()}
        for parts in (_CONFIRM[channel],)
        for locale in ("en", "zh-CN")
    }
    return _document(confirmation_slug(channel), channel, "en", locales)


def answer_template(meaning: str, channel: str, asks: Permission, *, is_chinese: bool) -> str:
    """Return the template that answers a keyword, in the brand's words or the shipped ones.

    Args:
        meaning: stop, start or help.
        channel: which channel it is answered on.
        asks: how the brand asks for permission.
        is_chinese: whose language is not known gets Chinese, not English.
    """
    written = asks.replies.get(meaning)
    texts = written or {
        locale: _filled(said, locale, asks) for locale, said in ANSWERS[meaning].items()
    }
    wanted = "zh-CN" if is_chinese else "en"
    default = wanted if wanted in texts else next(iter(texts))
    locales = {locale: {"text": said} for locale, said in texts.items()}
    slug = f"answer-{meaning}-{channel}" + ("-zh" if is_chinese else "")
    return _document(slug, channel, default, locales)


def _filled(said: str, locale: str, asks: Permission) -> str:
    """Return a shipped text with the brand's name in it."""
    brand = asks.brand.get(locale) or next(iter(asks.brand.values()), _NOBODY[locale])
    # What a brand is called is no part of the template's language.
    plain = brand.replace("{", "").replace("}", "")
    contact = asks.contact.replace("{", "").replace("}", "")
    return " ".join(said.format(brand=plain, contact=contact).split(" ")).replace("  ", " ")


def _document(
    slug: str, channel: str, locale: str, locales: Mapping[str, Mapping[str, str]]
) -> str:
    """Return a template's YAML."""
    return dump({
        "huiliu": 1, "kind": "template", "slug": slug, "name": {"en": slug},
        "channel": channel, "class": "service", "locale": locale,
        "locales": {name: dict(parts) for name, parts in locales.items()},
    })  # fmt: skip
