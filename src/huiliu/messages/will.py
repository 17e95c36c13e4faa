"""What a person chose besides yes and no: which topics, how often, and a rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from huiliu.kernel.facts import Value
from huiliu.kernel.times import as_instant
from huiliu.messages.caps import Cap
from huiliu.messages.permission import FREQUENCIES

__all__ = [
    "ANSWERING",
    "CHOICES",
    "CONVERSING",
    "FREQUENCY",
    "NO_WILL",
    "OWN_CAP",
    "PAUSED",
    "TOPICS",
    "Will",
    "longest_of",
    "will_of",
]

#: The traits that hold it: segments can ask for them, and servers may set them.
TOPICS: Final = "refused_topics"
FREQUENCY: Final = "marketing_frequency"
PAUSED: Final = "marketing_paused_until"
CHOICES: Final = (TOPICS, FREQUENCY, PAUSED)
#: The node of an answer to a keyword: no journey asked for it.
ANSWERING: Final = "answer"
#: The node of what staff, or the desk by itself, say in a conversation.
CONVERSING: Final = "conversation"
#: The name of a person's own cap.
OWN_CAP: Final = "own"
_SERVICE: Final = "service"


class Will(msgspec.Struct, frozen=True, gc=False):
    """What one person chose, as far as one message asks."""

    #: The message's topic is one that they do not want to hear of.
    refuses_topic: bool = False
    #: They want a rest until this instant; 0 = none.
    paused_until: int = 0
    #: How often they want to hear; None = whenever there is news.
    cap: Cap | None = None
    #: The message answers what they wrote: they wait for it.
    is_answer: bool = False

    def refusal(self, message_class: str, now: int) -> str:
        """Return the reason for which a message may not go now, or ""."""
        if message_class == _SERVICE:
            return ""
        if now < self.paused_until:
            return "paused_by_person"
        return "topic_refused" if self.refuses_topic else ""


NO_WILL: Final = Will()
_ANSWER: Final = Will(is_answer=True)


def will_of(traits: Mapping[str, Value], topic: str, *, is_answer: bool = False) -> Will:
    """Return what a person's traits say about a message of a topic; "" = of none."""
    refused, often, paused = traits.get(TOPICS), traits.get(FREQUENCY), traits.get(PAUSED)
    if not (refused or often or paused):
        return _ANSWER if is_answer else NO_WILL
    until = as_instant(paused) if isinstance(paused, str) else None
    most, window = FREQUENCIES.get(often, (0, 0)) if isinstance(often, str) else (0, 0)
    return Will(
        refuses_topic=bool(topic) and isinstance(refused, list) and topic in refused,
        paused_until=until or 0,
        cap=Cap(OWN_CAP, most, window) if most else None,
        is_answer=is_answer,
    )


def longest_of(traits: Mapping[str, Value]) -> int:
    """Return how far back sent messages must be known for a person's own choice."""
    often = traits.get(FREQUENCY)
    return FREQUENCIES.get(often, (0, 0))[1] if isinstance(often, str) else 0
