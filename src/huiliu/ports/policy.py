"""What was counted of messages, so that it is known what one more of them is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from huiliu.messages.odds import Cell, Hazard

__all__ = ["NOT_COUNTED", "AskedRow", "OddsRow", "PolicyStore"]


class AskedRow(NamedTuple):
    """One message that a journey asked for."""

    profile_id: int
    #: When it was sent, or held back.
    at: int
    channel: str
    journey: str
    was_sent: bool
    #: The person's own zone, "" = nobody knows.
    zone: str


class OddsRow(msgspec.Struct, frozen=True):
    """What was counted last in one brand."""

    #: When; 0 = never.
    made_at: int = 0
    cells: Sequence[Cell] = ()
    #: Channel -> how tiring it is; only those of which enough is known.
    hazards: Mapping[str, Hazard] = {}
    #: Why it could not be counted; "" = it was.
    fault: str = ""


NOT_COUNTED = OddsRow()


class PolicyStore(Protocol):
    """Odds, inside one transaction."""

    def made_at(self, brand_id: int) -> int:
        """Return when the odds were counted last; 0 = never."""
        ...

    def odds(self, brand_id: int) -> OddsRow:
        """Return what was counted last."""
        ...

    def keep(self, brand_id: int, row: OddsRow, due_at: int) -> None:
        """Keep what was counted, and when it is to be counted again."""
        ...

    def schedule(self, brand_id: int, due_at: int) -> None:
        """Have the odds counted at an instant, or before it where they are due earlier."""
        ...

    def asked(self, brand_id: int, since: int, limit: int) -> tuple[int, Sequence[AskedRow]]:
        """Return marketing that was sent since, or held back because somebody had enough.

        By person, then by time. Where there is more than the limit it is of one person in so many:
        the number comes first, 1 = of everybody.
        """
        ...

    def adopt(self) -> None:
        """Have the odds counted of every brand that has documents and was never counted."""
        ...

    def due(self, now: int) -> int | None:
        """Return a brand whose odds are due, which no other process then takes; None = none."""
        ...
