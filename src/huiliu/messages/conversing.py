"""How a conversation stands, and how long somebody can be answered on a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.kernel.times import HOUR

__all__ = ["CLOSED", "OPEN", "STATES", "WAITING", "Window", "reply_title", "window_of"]

#: It is our turn, it is theirs, it is over.
OPEN: Final = "open"
WAITING: Final = "waiting"
CLOSED: Final = "closed"
STATES: Final = (OPEN, WAITING, CLOSED)
#: Channel -> how long after somebody wrote they can be answered.
#: Source: the official account's customer-service messages, 48 hours after a message.
_WINDOWS: Final = {"wechat": 48 * HOUR}
_BACK: Final = ("re:", "re：", "回复:", "回复：", "答复:", "答复：", "aw:", "sv:")
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Window:
    """How long, and how often, somebody can be answered on a channel."""

    #: When it shuts.
    until: int
    #: How many answers are left.
    left: int

    def is_open(self, now: int) -> bool:
        """Say whether an answer can still go."""
        return now < self.until and self.left > 0


def window_of(channel: str, heard_at: int, until: int, left: int) -> Window | None:
    """Return the window of a person on a channel; None = the channel has none.

    Args:
        channel: where.
        heard_at: when they last wrote there.
        until: when the places that are left end; 0 = none is left.
        left: how many there are.
    """
    length = _WINDOWS.get(channel)
    if length is None:
        return None
    return Window(until, left) if left else Window(heard_at + length, 0)


def reply_title(title: str) -> str:
    """Return the subject line of an answer: as it was, with one mark that it is an answer."""
    title = " ".join(title.split())
    if not title or title.lower().startswith(_BACK):
        return title[:_LONGEST]
    return f"Re: {title}"[:_LONGEST]
