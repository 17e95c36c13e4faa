"""Levels of members: what counts, where people stand, and what they were given."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

__all__ = ["TierFact", "TierGift", "TierState", "TierStore"]


@dataclass(frozen=True, slots=True)
class TierFact:
    """One thing that counts: an order, or points that were earned."""

    profile_id: int
    #: 16 bytes: hash of what it is.
    ref: bytes
    at: int
    #: Minor units, or hundredths.
    paid: int = 0
    #: Adds up; never more than was paid counts.
    refunded: int = 0
    #: Hundredths.
    weight: int = 100


@dataclass(frozen=True, slots=True)
class TierState:
    """Where a person stands."""

    profile_id: int
    level: str
    since: int
    #: When it is looked at again: until then nobody falls.
    until: int
    measured: int


@dataclass(frozen=True, slots=True)
class TierGift:
    """What a level or a rule gave a person."""

    profile_id: int
    ref: bytes
    #: level or feed.
    source: str
    #: Which level, or which rule.
    name: str
    at: int
    points: Decimal = Decimal(0)
    coupon: str = ""
    code: str = ""
    #: Why it could not be given; "" = it was.
    refused: str = ""


class TierStore(Protocol):
    """Levels of members, inside one transaction."""

    def add_facts(self, brand_id: int, programme: str, facts: Sequence[TierFact]) -> None:
        """Keep what counts; the same thing again keeps its largest amount."""
        ...

    def refund(self, brand_id: int, programme: str, ref: bytes, amount: int) -> list[int]:
        """Take back what counted of one thing, whoever it was for; return whose it was."""
        ...

    def measures(
        self, brand_id: int, programme: str, profiles: Collection[int], since: int
    ) -> dict[int, int]:
        """Return what counts of each id since an instant, in the measure's unit."""
        ...

    def facts_of(
        self, brand_id: int, programme: str, profiles: Collection[int], limit: int
    ) -> list[TierFact]:
        """Return what counted of some ids, newest first."""
        ...

    def lock(
        self, brand_id: int, programme: str, profiles: Collection[int]
    ) -> dict[int, TierState]:
        """Return where some people stand, locked until the transaction ends."""
        ...

    def states_of(
        self, brand_id: int, profiles: Collection[int]
    ) -> list[tuple[str, TierState]]:  # fmt: skip
        """Return (programme, state) of some ids."""
        ...

    def put(self, brand_id: int, programme: str, states: Sequence[TierState]) -> None:
        """Write where people stand."""
        ...

    def drop(self, brand_id: int, programme: str, profiles: Collection[int]) -> None:
        """Forget where ids stand that are somebody else now."""
        ...

    def due(self, brand_id: int, programme: str, at: int, limit: int) -> list[int]:
        """Return people whose level ends by an instant, the earliest first."""
        ...

    def next_due(self, brand_id: int, programme: str) -> int | None:
        """Return when the next level ends; None = nobody has one."""
        ...

    def counts(self, brand_id: int, programme: str) -> Mapping[str, int]:
        """Return level -> how many people stand there."""
        ...

    def people(
        self, brand_id: int, programme: str, level: str, limit: int
    ) -> list[TierState]:  # fmt: skip
        """Return people of a level, those who count most first."""
        ...

    def given(
        self, brand_id: int, programme: str, profile_id: int, source: str, name: str, since: int
    ) -> int:
        """Return how often a rule gave a person something since an instant."""
        ...

    def add_gift(self, brand_id: int, programme: str, gift: TierGift) -> bool:
        """Write down a gift before it is given; False = it was written before."""
        ...

    def settle_gift(self, brand_id: int, programme: str, gift: TierGift) -> None:
        """Write what became of a gift."""
        ...

    def gifts_of(self, brand_id: int, profiles: Collection[int], limit: int) -> list[TierGift]:
        """Return what people were given, newest first."""
        ...

    def forget(self, brand_id: int, programme: str) -> None:
        """Drop what counts, so that the log is read anew; levels and gifts stay."""
        ...
