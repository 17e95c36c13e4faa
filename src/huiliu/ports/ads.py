"""Accounts at ad platforms, their audiences, and the log of what was shared with whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from huiliu.advertising.people import Person
from huiliu.advertising.permission import Word

__all__ = [
    "AccountRow",
    "AdStore",
    "AudienceRow",
    "MemberCounts",
    "MemberRow",
    "TransferRow",
]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account at an ad platform."""

    brand_id: int
    name: str
    platform: str
    #: Its fields; secrets are unsealed here and never logged.
    config: Mapping[str, str]
    #: Why nothing more is shared through it; "" = it works.
    paused: str = ""
    created_at: int = 0
    changed_at: int = 0


@dataclass(frozen=True, slots=True)
class AudienceRow:
    """An audience as it stands at its platform."""

    brand_id: int
    slug: str
    account: str
    #: Of the document that its members were looked at by.
    stamp: bytes = b""
    #: Its id there; "" = not made yet.
    remote: str = ""
    is_published: bool = False
    #: Members of the segment up to this id were looked at; -1 = all were.
    fill_after: int = 0
    due_at: int = 0
    n_failures: int = 0
    #: 0 = it works.
    failing_since: int = 0
    last_error: str = ""
    #: 0 = never.
    last_ok_at: int = 0


class MemberRow(msgspec.Struct, frozen=True, gc=False):
    """One person of an audience, in it or not."""

    profile_id: int
    #: By a journey: 1 put in, -1 taken out, 0 neither.
    joined: int
    #: Every hash that the platform may hold of them.
    shared: tuple[Person, ...]
    shared_at: int
    #: Why nothing is shared; "" = it is.
    why: str
    #: To be looked at since; 0 = as it should be.
    dirty_at: int


class TransferRow(msgspec.Struct, frozen=True, gc=False):
    """One person's data that went to a platform, or was taken back."""

    at: int
    profile_id: int
    platform: str
    account: str
    #: "" = a conversion.
    audience: str
    #: added, removed or converted.
    action: str
    #: phone, email, click.
    kinds: tuple[str, ...]
    #: Of a removal: no_consent, left, erased ...
    reason: str = ""
    #: Position of the yes that it rests on; 0 = a removal.
    consent: int = 0
    #: A conversion's event id.
    reference: str = ""
    transfer_id: int = 0


@dataclass(frozen=True, slots=True)
class MemberCounts:
    """How the people of an audience stand."""

    shared: int = 0
    waiting: int = 0
    #: Why -> how many are not shared.
    why: Mapping[str, int] = field(default_factory=dict)


class AdStore(Protocol):
    """Ads, inside one transaction."""

    def put_account(self, row: AccountRow) -> None:
        """Store or replace an account."""
        ...

    def accounts(self, brand_id: int | None = None) -> list[AccountRow]:
        """Return the accounts of a brand, or of all, by name."""
        ...

    def account(self, brand_id: int, name: str) -> AccountRow:
        """Return an account; raise NotFound."""
        ...

    def pause_account(self, brand_id: int, name: str, reason: str) -> None:
        """Pause an account, or end its pause with ""; raise NotFound."""
        ...

    def remove_account(self, brand_id: int, name: str) -> None:
        """Forget an account; raise NotFound."""
        ...

    def brands(self) -> set[int]:
        """Return the brands that have accounts."""
        ...

    def put_audience(self, row: AudienceRow) -> None:
        """Store or replace how an audience stands."""
        ...

    def audiences(self, brand_id: int | None = None) -> list[AudienceRow]:
        """Return how audiences stand, by name."""
        ...

    def audience(self, brand_id: int, slug: str) -> AudienceRow | None:
        """Return how one stands; None = nothing is known of it."""
        ...

    def forget_audience(self, brand_id: int, slug: str) -> None:
        """Forget one and its members; the log of transfers stays."""
        ...

    def take_due(self, now: int, adds_before: int) -> AudienceRow | None:
        """Return an audience with something to do, kept from others until the end.

        People to be taken out are due at once; others when they wait since `adds_before`.
        """
        ...

    def served(self, brand_id: int, slug: str, at: int) -> None:
        """Write when one was served: whoever was served longest ago is next."""
        ...

    def mark(self, brand_id: int, audience: str, profiles: Collection[int], at: int) -> None:
        """Have people looked at; those who were not known to the audience become so."""
        ...

    def mark_known(self, brand_id: int, profiles: Collection[int], at: int) -> int:
        """Have people looked at in every audience that knows them; return how many rows."""
        ...

    def mark_all(self, brand_id: int, audience: str, at: int) -> None:
        """Have everybody of an audience looked at."""
        ...

    def join(self, brand_id: int, audience: str, profile_id: int, joined: int, at: int) -> None:
        """Write that a journey put a person in or took them out."""
        ...

    def fold(self, brand_id: int, gone: int, into: int, at: int) -> None:
        """Let a person who was merged go on as another, with all that was shared of them."""
        ...

    def dirty(self, brand_id: int, audience: str, adds_before: int, limit: int) -> list[MemberRow]:
        """Return people to be looked at: first those of whom something is shared."""
        ...

    def members(self, brand_id: int, audience: str, limit: int, after: int = 0) -> list[MemberRow]:
        """Return people of an audience by id."""
        ...

    def write_members(self, brand_id: int, audience: str, rows: Sequence[MemberRow]) -> None:
        """Write what is shared of people, and why not; `dirty_at` is left as it is."""
        ...

    def settle(self, brand_id: int, audience: str, rows: Sequence[MemberRow]) -> None:
        """Note that these are as they should be, unless they were marked again since."""
        ...

    def drop_members(self, brand_id: int, audience: str, profiles: Collection[int]) -> None:
        """Forget people who are not in an audience any more and of whom nothing is shared."""
        ...

    def member_counts(self, brand_id: int, audience: str) -> MemberCounts:
        """Return how the people of an audience stand."""
        ...

    def of_person(self, brand_id: int, profiles: Collection[int]) -> list[tuple[str, MemberRow]]:
        """Return (audience, row) of people."""
        ...

    def words(self, brand_id: int, profiles: Collection[int]) -> dict[int, list[Word]]:
        """Return profile_id -> the last words on sharing with ad platforms, one a channel."""
        ...

    def record_transfers(self, brand_id: int, rows: Sequence[TransferRow]) -> None:
        """Append to the log of transfers."""
        ...

    def transfers(
        self,
        brand_id: int,
        limit: int,
        *,
        audience: str = "",
        account: str = "",
        profiles: Collection[int] = (),
        before: int | None = None,
    ) -> list[TransferRow]:
        """Return the log, newest first, below an id."""
        ...
