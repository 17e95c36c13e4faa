"""Who is in which arm of an experiment or holdout, as it was drawn when they were first asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

__all__ = ["Assigned", "AssignmentRow", "AssignmentStore", "ScopeRow"]


class Assigned(msgspec.Struct, frozen=True, gc=False):
    """The arm of one person."""

    arm: str
    at: int
    #: How likely this arm was when it was drawn.
    propensity: float
    #: When somebody let a held-out person go; 0 = nobody did.
    ended_at: int = 0


class AssignmentRow(msgspec.Struct, frozen=True, gc=False):
    """One row as it is kept: under the id that the person had then."""

    profile_id: int
    scope: str
    arm: str
    propensity: float
    at: int
    ended_at: int = 0
    ended_by: str = ""
    reason: str = ""


class ScopeRow(msgspec.Struct, frozen=True, gc=False):
    """An experiment or holdout that somebody was asked about."""

    scope: str
    began_at: int
    #: 0 = it goes on.
    ended_at: int


class AssignmentStore(Protocol):
    """Arms that were drawn."""

    def of_people(
        self, brand_id: int, scopes: Collection[str], profiles: Collection[int]
    ) -> Mapping[tuple[str, int], Assigned]:
        """Return (scope, present profile) -> the earliest arm of any id that the person had."""
        ...

    def add(self, brand_id: int, rows: Sequence[AssignmentRow]) -> Collection[tuple[int, str]]:
        """Write rows that are not there yet; return (profile, scope) of those that were new."""
        ...

    def of_person(self, brand_id: int, profiles: Collection[int]) -> Sequence[AssignmentRow]:
        """Return every row of these ids, the oldest first."""
        ...

    def listed(
        self, brand_id: int, scope: str, arm: str, limit: int, before: tuple[int, int]
    ) -> Sequence[AssignmentRow]:
        """Return a page of an arm's rows, the newest first, before (at, profile_id)."""
        ...

    def counts(self, brand_id: int) -> Mapping[str, Mapping[str, int]]:
        """Return scope -> arm -> how many ids were drawn into it."""
        ...

    def by_day(self, brand_id: int, scope: str, zone: str) -> Sequence[tuple[str, str, int]]:
        """Return (day, arm, how many were drawn), by a zone's clocks."""
        ...

    def scopes(self, brand_id: int) -> Mapping[str, ScopeRow]:
        """Return every experiment and holdout that somebody was asked about."""
        ...

    def open_scopes(self, prefix: str) -> Sequence[tuple[int, str]]:
        """Return (brand_id, scope) of every brand's scopes of a kind that go on."""
        ...

    def end_scopes(self, brand_id: int, scopes: Collection[str], now: int) -> int:
        """Note that these are over; return how many went on until now."""
        ...

    def release(
        self, brand_id: int, scope: str, profiles: Collection[int], now: int, by: str, reason: str
    ) -> int:
        """Let held-out ids go; return how many were held."""
        ...
