"""Makes weeks of messages and what became of them, for tests of the channel guard."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from tests.integration.outbox import someone
from tests.integration.people import BRAND, log
from tests.integration.warehouses import settle

from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports.world import World
from huiliu.services.message_events import internal_event

__all__ = ["GUARD", "Weeks"]

_numbers = count(1)
GUARD = """\
huiliu: 1
kind: guard
slug: watch
name: {en: Watch, zh-CN: 值守}
metrics: [deliver]
least: 20
within: 1d
wait: 12h
stage: 1h
"""


class Weeks:
    """Messages of some channels, day after day; every share is met exactly."""

    def __init__(self, world: World, *, people: int = 6) -> None:
        """Make the people who get them."""
        self._world = world
        self._people = [
            someone(world, region=("广东省", "北京市")[nth % 2], consents=("email", "sms", "push"))
            for nth in range(people)
        ]
        self._events: list[NewEvent] = []

    def day(
        self,
        ago: int,
        channels: Mapping[str, float],
        *,
        n: int = 60,
        clicked: float = 0.0,
        only: Mapping[str, str] | None = None,
        otherwise: float = 0.95,
    ) -> None:
        """Send on a day: channel -> the share that is delivered.

        Args:
            ago: days before now.
            channels: the shares.
            n: messages of each channel.
            clicked: of those delivered.
            only: the shares are those of messages with these properties alone.
            otherwise: the share of all other messages.
        """
        begin = self._world.clock.now() - ago * DAY - 2 * HOUR
        for channel, share in channels.items():
            counts = {True: [0.0, 0.0], False: [0.0, 0.0]}
            for nth in range(n):
                said = {
                    "message_id": f"g{next(_numbers)}", "channel": channel, "class": "marketing",
                    "journey": ("care", "cart")[nth % 2], "node": "tell", "template_version": 1,
                    "template": ("hello", "news")[nth // 2 % 2],
                    "account": ("main", "spare")[nth // 4 % 2],
                }  # fmt: skip
                is_hit = only is None or all(said.get(name) == one for name, one in only.items())
                held = counts[is_hit]
                held[0] += share if is_hit else otherwise
                at, who = begin + nth * MINUTE, self._people[nth % len(self._people)]
                self._tell(who, "Message Sent", said, at)
                if held[0] >= 1:
                    held[0] -= 1
                    self._tell(who, "Message Delivered", said, at + MINUTE)
                    held[1] += clicked
                    if held[1] >= 1:
                        held[1] -= 1
                        self._tell(who, "Message Clicked", said, at + 5 * MINUTE)

    def settle(self) -> None:
        """Put everything into the log and let the warehouse see it."""
        log(self._world, *self._events)
        self._events = []
        settle(self._world)

    def _tell(self, who: int, name: str, said: Mapping[str, object], at: int) -> None:
        """Note one event of a message."""
        key = said["message_id"]
        self._events.append(internal_event(BRAND, who, name, dict(said), at, key))  # type: ignore[arg-type] # plain words and numbers
