"""Puts an answer of ours into the outbox: attempts, receipts and "never twice" hold as ever.

The outbox holds no text: the template says "the words of this answer", and those are in the vault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec

from huiliu.kernel.documents import dump
from huiliu.kernel.ids import digest
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import DAY
from huiliu.messages.desk import ANSWERABLE
from huiliu.messages.will import CONVERSING
from huiliu.ports.conversations import LineRow
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.people import ProfileRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.kept_words import keep_words, written_token
from huiliu.services.own_templates import own_template

__all__ = ["Answer", "answer_slug", "locales_of", "queue_answer", "usual_title"]

_WORDS: Final = "{{ event.text }}"
#: Channel -> the parts of an answer.
_PARTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "sms": {"text": _WORDS},
    "email": {"subject": "{{ event.title }}", "text": _WORDS},
    "wechat": {"type": "service", "text": _WORDS},
    "inapp": {"type": "inbox", "title": "{{ event.title }}", "text": _WORDS},
})  # fmt: skip
#: Where nothing else says which language, people here write Chinese.
_CHINESE: Final = ("zh-CN", "en")
assert set(_PARTS) == set(ANSWERABLE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be said to a person."""

    #: The present one.
    profile_id: int
    channel: str
    words: str
    #: What makes it this answer: asked for again, nothing goes twice.
    key: tuple[object, ...]
    #: Its subject line, on channels that have one.
    title: str = ""
    user_id: int = 0
    by: str = ""
    keyword: str = ""
    #: After so long it is not sent any more.
    within: int = DAY


def answer_slug(channel: str) -> str:
    """Return the name of the template that carries answers; a brand may write its own."""
    return f"conversation-{channel}"


def locales_of(profile: ProfileRow | None, channel: str) -> tuple[str, ...]:
    """Return the languages in which somebody is answered, the best first."""
    held = profile.traits.get("locale") if profile is not None else None
    said = (held[0],) if held is not None and isinstance(held[0], str) else ()
    usual = ("en", "zh-CN") if channel == "email" and said else _CHINESE
    return (*said, *usual)


def usual_title(locales: Sequence[str]) -> str:
    """Return what an answer is headed with where nothing better is known."""
    return render(text("conversations.title"), "en" if locales[0].startswith("en") else "zh-CN")


def queue_answer(tx: Tx, world: World, brand_id: int, answer: Answer, now: int) -> bool:
    """Put an answer into the outbox and into its conversation; False = it is there already.

    Raises:
        NotFound: the person's key was destroyed.
    """
    number = digest("conversation answer", brand_id, answer.profile_id, *answer.key)
    token = keep_words(tx, world, brand_id, answer.profile_id, answer.words)
    title = keep_words(tx, world, brand_id, answer.profile_id, answer.title)
    line = LineRow(
        brand_id, answer.profile_id, number, now, "out", answer.channel, token=token,
        title_token=title, user_id=answer.user_id, by=answer.by, message_id=number,
        keyword=answer.keyword,
    )  # fmt: skip
    if not tx.conversations.add_line(line):
        return False
    slug = answer_slug(answer.channel)
    held = own_template(tx, world, brand_id, slug, _template(slug, answer.channel))
    told = {"text": written_token(token), "title": written_token(title)}
    inputs = msgspec.json.encode({
        "event": {"name": "Conversation Answered", "occurred_at": now, "properties": told},
        "key": "",
    })  # fmt: skip
    tx.messages.queue([
        QueuedMessage(
            brand_id, number, answer.profile_id, "", 0, number, CONVERSING, answer.channel, slug,
            held.version, "service", now, now + answer.within, now, b"", inputs,
        )
    ])  # fmt: skip
    return True


def _template(slug: str, channel: str) -> str:
    """Return the template that carries answers on a channel."""
    return dump({
        "huiliu": 1, "kind": "template", "slug": slug, "name": {"en": slug}, "channel": channel,
        "class": "service", "locale": "en", "locales": {"en": dict(_PARTS[channel])},
    })  # fmt: skip
