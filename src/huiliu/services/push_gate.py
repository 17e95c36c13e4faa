"""The gate of push: makers of Android phones show only so much marketing of an APP a day.

What goes beyond that is lost without a word, and an APP that tries often is punished. So marketing
to a phone whose maker counts takes one of the day's places first; other devices of the same person
get it all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import Instant
from huiliu.messages.maker_limits import (
    DEFAULT_LIMITS,
    china_day,
    maker_of,
    next_china_day,
    read_limits,
)
from huiliu.messages.policy import Decision, Hold, Refuse, Send
from huiliu.messages.rendering import Rendered
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount
from huiliu.ports.contacts import ContactPoint
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.admission import Gate
from huiliu.services.leaving import Leaving, Reached

__all__ = ["PUSH"]

#: Their messages go over the makers' channels; Google's and Apple's do not.
_OVER_MAKERS: Final = frozenset({"jpush", "getui"})
_NEVER: Final = frozenset({AnswerState.REJECTED, AnswerState.SUPPRESS, AnswerState.FIX})


class _Admission:
    """The Admission of one batch of push messages."""

    def __init__(self, tx: Tx, brand_id: int, now: int) -> None:
        """Take nothing yet."""
        self._tx = tx
        self._brand_id = brand_id
        self._now = now
        self._n_taken = 0

    def admit(
        self,
        queued: QueuedMessage,
        rendered: Rendered,
        account: ChannelAccount,
        contacts: Sequence[Reached],
    ) -> Decision | Sequence[Reached]:
        """Say to which devices a message may go now."""
        del rendered
        if not contacts:
            return Refuse("address_missing")
        if queued.message_class == "service" or account.provider not in _OVER_MAKERS:
            return Send()
        limits = read_limits(account.config.get("maker_limits") or DEFAULT_LIMITS) or {}
        counted = [
            (one.point, limits[maker]) for one in contacts if (maker := _maker(one.point)) in limits
        ]
        if not counted:
            return Send()
        has_place = self._tx.push.take_places(
            self._brand_id, queued.message_id, china_day(self._now), counted
        )
        self._n_taken += len(has_place)
        full = {point.key for point, _ in counted} - has_place
        left = [one for one in contacts if one.point.key not in full]
        if left:
            return left
        tomorrow = next_china_day(self._now)
        if queued.expires_at and tomorrow > queued.expires_at:
            return Refuse("maker_limit")
        return Hold(Instant(tomorrow), "maker_limit")

    def close(self) -> None:
        """Drop the places of days that are over."""
        if self._n_taken:
            self._tx.push.forget_places(self._brand_id, china_day(self._now) - 1)


def _maker(point: ContactPoint) -> str:
    """Return who made a phone whose maker counts; "" = nobody counts."""
    return "" if point.platform in {"ios", "web"} else maker_of(point.vendor)


def _open(tx: Tx, world: World, brand_id: int, now: int) -> _Admission:
    """Open the gate for one batch."""
    del world
    return _Admission(tx, brand_id, now)


def _settle(
    tx: Tx, world: World, part: Sequence[Leaving], answers: Mapping[bytes, Answer], now: int
) -> Sequence[NewEvent]:
    """Give back the places of what reached no phone."""
    del world
    account = part[0].account
    never = [
        one.outbound.message_id
        for one in part
        if one.row.queued.message_class != "service"
        and answers[one.outbound.message_id].state in _NEVER
    ]
    if never and account.provider in _OVER_MAKERS:
        tx.push.free_places(account.brand_id, never, china_day(now) - 1)
    return ()


PUSH: Final = Gate(_open, _settle)
