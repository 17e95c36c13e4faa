"""On which channels somebody can be answered, and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.texts import Text, text
from huiliu.messages.conversing import Window, window_of
from huiliu.messages.desk import ANSWERABLE
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.message_credits import service_window

__all__ = ["Way", "answer_channels"]

#: The channel whose places in the window are counted.
_WINDOWED: Final = "wechat"


@dataclass(frozen=True, slots=True)
class Way:
    """A channel on which somebody wrote and can be answered."""

    channel: str
    #: When they last wrote there.
    heard_at: int
    #: None = whenever.
    window: Window | None
    #: Every account of the channel sends only texts that carriers approved beforehand.
    needs_filed: bool = False

    def fault(self, now: int) -> Text | None:
        """Return why nothing can be said there now, or None."""
        if self.needs_filed:
            return text("conversations.needs_filed")
        if self.window is None or self.window.is_open(now):
            return None
        if self.window.until <= now:
            return text("conversations.window_shut")
        return text("conversations.window_used")


def answer_channels(tx: Tx, world: World, brand_id: int, person: int) -> Sequence[Way]:
    """Return the channels on which a present person wrote and there is an account, newest first."""
    now = world.clock.now()
    accounts = [one for one in tx.channels.accounts(brand_id) if not one.paused]
    heard = tx.conversations.heard_on(brand_id, person)
    found = []
    for channel, at in sorted(heard.items(), key=lambda each: -each[1]):
        providers = [
            world.providers[one.provider]
            for one in accounts
            if one.channel == channel and one.provider in world.providers
        ]
        if channel not in ANSWERABLE or not providers:
            continue
        filed = all(one.needs_filed for one in providers)
        place = service_window(tx, world, brand_id, person, now) if channel == _WINDOWED else None
        until, left = (place.until, place.left) if place is not None else (0, 0)
        found.append(Way(channel, at, window_of(channel, at, until, left), filed))
    return found
