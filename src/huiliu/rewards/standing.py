"""Where a person stands on a ladder: up at once, down only when a period ends."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from huiliu.rewards.tiers import Benefit, Level, Occasion, Tiers

__all__ = ["Moved", "Standing", "as_hundredths", "benefits_due", "stand"]


class Moved(StrEnum):
    """What became of a level."""

    UP = "up"
    DOWN = "down"
    #: Kept for another period.
    KEPT = "kept"
    #: Nothing: the period is not over.
    STAYED = "stayed"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands now."""

    moved: Moved
    #: None = on no level.
    level: Level | None
    #: When the level is looked at again.
    until: int


def stand(tiers: Tiers, level: str, until: int, measured: int, now: int) -> Standing:
    """Return where a person stands.

    Args:
        tiers: the ladder.
        level: where they stood; "" = on none.
        until: when that ends.
        measured: what counts of them now.
        now: the present.
    """
    was, reached = tiers.rank_of(level), tiers.rank(measured)
    if reached > was:
        return Standing(Moved.UP, tiers.levels[reached], now + tiers.period)
    # A level that the document names no more is left as soon as it is looked at.
    if was < 0:
        return Standing(Moved.DOWN if level else Moved.STAYED, None, 0)
    if now < until:
        return Standing(Moved.STAYED, tiers.levels[was], until)
    if reached == was:
        return Standing(Moved.KEPT, tiers.levels[was], now + tiers.period)
    found = tiers.levels[reached] if reached >= 0 else None
    return Standing(Moved.DOWN, found, now + tiers.period)


def benefits_due(tiers: Tiers, level: str, found: Standing) -> list[tuple[Level, Benefit]]:
    """Return what is to be given after a move, each with the level that gives it.

    Whoever passes a level on the way up is welcomed there as well; what a level gives again and
    again, only the one that is reached gives.
    """
    if found.level is None or found.moved not in {Moved.UP, Moved.KEPT}:
        return []
    due: list[tuple[Level, Benefit]] = []
    rank = tiers.rank_of(found.level.id)
    first = tiers.rank_of(level) + 1 if found.moved is Moved.UP else rank + 1
    for step in tiers.levels[first : rank + 1]:
        due += [(step, one) for one in step.benefits if one.on is Occasion.ENTRY]
    due += [(found.level, one) for one in found.level.benefits if one.on is Occasion.RENEWAL]
    return due


def as_hundredths(amount: Decimal) -> int:
    """Return points or a share in hundredths."""
    return int((amount * 100).to_integral_value())
