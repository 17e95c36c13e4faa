"""Frequency caps: how many marketing messages somebody gets in a time, counted over what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.kernel.calendar import period
from huiliu.kernel.times import DAY

__all__ = ["EACH", "PERIODS", "Cap", "Full", "Kin", "SentBefore", "first_full", "lookback"]

#: The words for calendar windows -> what the calendar calls them.
PERIODS: Final = {"day": "today", "week": "this_week", "month": "this_month"}
#: Days that surely hold such a window up to now, wherever its midnight is.
_LONGEST: Final = {"day": 2, "week": 9, "month": 33}
#: What a cap may be counted apart for.
EACH: Final = ("channel", "journey", "category")
_SERVICE: Final = "service"


class SentBefore(msgspec.Struct, frozen=True, gc=False):
    """A message that the person was sent, or is being sent, before."""

    sent_at: int
    channel: str
    message_class: str
    journey: str = ""
    #: The journey's, as it is now; "" = it has none.
    category: str = ""


class Kin(msgspec.Struct, frozen=True, gc=False):
    """What a message is of, as far as caps tell messages apart."""

    channel: str
    journey: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages in a rolling window or in a calendar's day, week or month."""

    #: Its key in the document.
    name: str
    most: int
    #: A rolling window in microseconds; 0 = the calendar's.
    window: int = 0
    #: day, week or month by the person's clocks; "" = a rolling window.
    period: str = ""
    #: Only messages of these count and are held back; empty = all.
    channels: frozenset[str] = frozenset()
    journeys: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    #: channel, journey or category: each has the whole number for itself; "" = all together.
    each: str = ""
    #: Whether a message waits until there is room; else it is not sent.
    waits: bool = False

    def concerns(self, kin: Kin | SentBefore) -> bool:
        """Say whether messages of this kind count towards it."""
        return (
            (not self.channels or kin.channel in self.channels)
            and (not self.journeys or kin.journey in self.journeys)
            and (not self.categories or kin.category in self.categories)
        )

    def begins(self, now: int, zone: str) -> int:
        """Return the last instant of which nothing counts any more."""
        if self.period:
            return period(PERIODS[self.period], now, zone).since - 1
        return now - self.window

    def counted(self, kin: Kin, sent: Iterable[SentBefore], now: int, zone: str) -> list[int]:
        """Return when the messages that count against one of this kind were sent, oldest first."""
        since = self.begins(now, zone)
        mine = getattr(kin, self.each) if self.each else ""
        return sorted(
            one.sent_at
            for one in sent
            if one.sent_at > since
            and one.message_class != _SERVICE
            and self.concerns(one)
            and (not self.each or getattr(one, self.each) == mine)
        )

    def frees_at(self, counted: Sequence[int], now: int, zone: str) -> int:
        """Return when there is room again; 0 = never."""
        if not self.most:
            return 0
        if self.period:
            return period(PERIODS[self.period], now, zone).ends
        return counted[-self.most] + self.window


class Full(msgspec.Struct, frozen=True, gc=False):
    """A cap that leaves no room."""

    cap: Cap
    #: When the messages that fill it were sent.
    counted: Sequence[int]
    #: When there is room again; 0 = never.
    frees_at: int


def first_full(
    caps: Iterable[Cap], kin: Kin, sent: Sequence[SentBefore], now: int, zone: str
) -> Full | None:
    """Return the cap that holds a message back the longest, or None where all have room.

    One that lets nothing wait comes before all that do.
    """
    found: Full | None = None
    for cap in caps:
        if not cap.concerns(kin):
            continue
        counted = cap.counted(kin, sent, now, zone)
        if len(counted) < cap.most:
            continue
        full = Full(cap, counted, cap.frees_at(counted, now, zone))
        if found is None or _hardness(full) > _hardness(found):
            found = full
    return found


def _hardness(full: Full) -> tuple[bool, bool, int]:
    """Return what caps are compared by: none to wait for, never free, later free."""
    return not full.cap.waits, not full.frees_at, full.frees_at


def lookback(caps: Iterable[Cap]) -> int:
    """Return how far back sent messages must be known for all caps."""
    return max(
        (_LONGEST[cap.period] * DAY if cap.period else cap.window for cap in caps), default=0
    )
