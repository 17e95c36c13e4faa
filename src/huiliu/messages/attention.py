"""The attention of one person is scarce: messages of many journeys compete for what caps leave.

`docs/explanation/attention.md` tells the rules and the formulas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final

import msgspec

from huiliu.kernel.times import HOUR
from huiliu.messages.caps import Cap, Kin, SentBefore, first_full

__all__ = ["Attention", "Contender", "Stake", "ahead_of", "ranked"]

_MARKETING: Final = "marketing"


@dataclass(frozen=True, slots=True)
class Stake:
    """What one journey has in the contest."""

    #: What a conversion brings, in the brand's currency; None = the policy's.
    margin: float | None = None
    #: The share of contests that it wins whatever it is worth; None = the policy's.
    share: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """How journeys compete."""

    #: A message that may go within this time competes already; in microseconds.
    look_ahead: int = 2 * HOUR
    #: What a conversion brings, in the brand's currency.
    margin: float = 0.0
    #: What somebody is still worth who does not opt out.
    remaining: float = 0.0
    #: The tag that says so of each person; "" = `remaining` for all.
    remaining_tag: str = ""
    #: What every journey gets of the contests that it takes part in.
    share: Fraction = Fraction(0)
    #: Journey -> its own stake.
    journeys: Mapping[str, Stake] = field(default_factory=lambda: MappingProxyType({}))
    #: Segments that rates are told apart by; somebody is in the first that holds them.
    segments: tuple[str, ...] = ()
    #: Whether a message that costs more than it is worth is not sent.
    refuses_worthless: bool = False

    def margin_of(self, journey: str) -> float:
        """Return what a conversion of a journey brings."""
        stake = self.journeys.get(journey)
        return self.margin if stake is None or stake.margin is None else stake.margin

    def share_of(self, journey: str) -> Fraction:
        """Return the least share of contests that a journey wins."""
        stake = self.journeys.get(journey)
        return self.share if stake is None or stake.share is None else stake.share

    @property
    def asks_worth(self) -> bool:
        """Say whether it matters what messages are worth."""
        stakes = any(stake.margin for stake in self.journeys.values())
        return bool(self.margin or self.remaining or self.remaining_tag or stakes)


class Contender(msgspec.Struct, frozen=True, gc=False):
    """A message that wants a place among those that a person gets."""

    message_id: bytes
    channel: str
    journey: str
    category: str
    #: The journey's, 1 to 100.
    priority: int
    queued_at: int
    #: When it may go.
    not_before: int
    #: Its expected value in the brand's currency.
    worth: float = 0.0

    @property
    def kin(self) -> Kin:
        """Return what caps tell it apart by."""
        return Kin(self.channel, self.journey, self.category)


def ranked(attention: Attention, all_: Sequence[Contender], draw: float) -> list[Contender]:
    """Return messages in the order in which they get a place.

    By priority, then by what they are worth, then who came first. But the journey in whose share
    the person's number falls comes before all: shares lie side by side from 0 on, so each journey
    is drawn in as large a part of the contests as its share says.

    Args:
        attention: the brand's.
        all_: the messages that compete.
        draw: the person's number of the day, evenly between 0 and 1.
    """
    order = sorted(all_, key=lambda one: (-one.priority, -one.worth, one.queued_at, one.message_id))
    drawn = _drawn(attention, sorted({one.journey for one in order}), draw)
    if drawn is None:
        return order
    return [one for one in order if one.journey == drawn] + [
        one for one in order if one.journey != drawn
    ]


def _drawn(attention: Attention, journeys: Sequence[str], draw: float) -> str | None:
    """Return the journey whose share the number falls into, if it falls into any."""
    shares = [float(attention.share_of(journey)) for journey in journeys]
    # More than all cannot be promised: then everybody gets less, in proportion.
    whole = max(1.0, sum(shares))
    reached = 0.0
    for journey, share in zip(journeys, shares, strict=True):
        reached += share / whole
        if draw < reached:
            return journey
    return None


def ahead_of(
    me: Contender,
    order: Sequence[Contender],
    caps: Sequence[Cap],
    sent: Sequence[SentBefore],
    now: int,
    zone: str,
) -> list[Contender]:
    """Return the messages that take the last place before one; [] = there is a place for it.

    In their order, each takes a place where the caps leave one; one that finds none takes nothing
    from those behind it.
    """
    taken = list(sent)
    winners: list[Contender] = []
    for one in order:
        if one.message_id == me.message_id:
            break
        if first_full(caps, one.kin, taken, now, zone) is None:
            taken.append(SentBefore(now, one.channel, _MARKETING, one.journey, one.category))
            winners.append(one)
    return winners if first_full(caps, me.kin, taken, now, zone) is not None else []
