"""In-app messages: cards that wait in the brand's own APP or page until their person comes.

There is nobody to call: a card is laid out in the instance's own store, and clients fetch it. The
same message laid out again is the same card.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiliu.channels.access import Access
from huiliu.channels.provider import COMMON, BaseProvider
from huiliu.kernel.errors import HuiliuError, Problem
from huiliu.kernel.ids import parse_profile_id
from huiliu.messages.inapp import CHANNEL, LONGEST, read_card
from huiliu.ports.channel import (
    AccountField,
    Answer,
    AnswerState,
    ChannelAccount,
    Idempotency,
    Limit,
    OutboundMessage,
)
from huiliu.ports.evidence import Evidence
from huiliu.ports.inapp import NewCard

__all__ = ["ANONYMOUS", "FIELDS", "InAppProvider"]

#: Whose messages a browser may see of which only its own random id is known: of people who have no
#: other name, of everybody, of nobody.
ANONYMOUS: Final = ("unnamed", "anyone", "nobody")
#: What clients are told of how to show cards.
FIELDS: Final = (
    AccountField("popups_per_day", "number", "2", low=0, high=100),
    AccountField("popup_gap_minutes", "number", "30", low=0, high=1_440),
    AccountField("poll_seconds", "number", "60", low=10, high=3_600),
    AccountField("anonymous", "choice", "unnamed", ANONYMOUS),
)
#: Parts whose faults are the author's: the next person would get the same.
_AUTHORS: Final = frozenset({"type", "slot", "trigger", "frequency", "priority", "start", "end"})


class InAppProvider(BaseProvider):
    """The Provider port onto the cards of this instance."""

    name = "inapp"
    channel = CHANNEL
    evidence = Evidence.TRIED
    idempotency = Idempotency.RETURNS_FIRST
    fields = (*FIELDS, *COMMON)
    limits = (Limit("length", f"{LONGEST['title']} / {LONGEST['text']}", "messages/inapp.py"),)

    def __init__(self, access: Access) -> None:
        """Hold the door to the cards."""
        self._cards = access.cards

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Lay a card out for each message, all at once."""
        answers: list[Answer] = []
        cards: list[NewCard] = []
        for message in messages:
            made = self._card(message)
            if isinstance(made, Answer):
                answers.append(made)
            else:
                cards.append(made)
        if not cards:
            return answers
        try:
            there = self._cards.put(account.brand_id, cards)
        except HuiliuError as fault:
            # One transaction: nothing is there, and a repeat would change nothing anyway.
            words = type(fault).__name__
            return answers + [
                Answer(one.message_id, AnswerState.RETRY, response=words) for one in cards
            ]
        for one in cards:
            state = AnswerState.ACCEPTED if one.message_id in there else AnswerState.REJECTED
            answers.append(Answer(one.message_id, state, code="" if one.message_id in there
                                  else "person_gone"))  # fmt: skip
        return answers

    def _card(self, message: OutboundMessage) -> NewCard | Answer:
        """Return the card of a message, or why there is none."""
        profile_id = parse_profile_id(message.address)
        if profile_id is None:
            words = "no profile id"
            return Answer(message.message_id, AnswerState.REJECTED, response=words, code="address")
        is_ad = message.message_class == "marketing"
        card = read_card(
            _whole(message), message.at, self._cards.zone, expires_at=message.expires_at,
            is_ad=is_ad, locale=message.locale,
        )  # fmt: skip
        if isinstance(card, list):
            return _refusal(message, card)
        return NewCard(message.message_id, profile_id, message.message_class, card, message.at)


def _whole(message: OutboundMessage) -> dict[str, str]:
    """Return the parts with what a plain text, an operator's test, has no words for."""
    first = message.parts.get("subject") or message.parts.get("text", "")
    title = first.strip().partition("\n")[0][: LONGEST["title"]]
    return {"type": "inbox", "title": title, **message.parts}


def _refusal(message: OutboundMessage, problems: Sequence[Problem]) -> Answer:
    """Return why a rendering cannot be shown: its author's fault, or only this person's values."""
    is_authors = any(one.path in _AUTHORS for one in problems)
    state = AnswerState.FIX if is_authors else AnswerState.REJECTED
    words = "; ".join(f"{one.path}: {one.text}" for one in problems)
    return Answer(message.message_id, state, response=words, code=problems[0].path)
