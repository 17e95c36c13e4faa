"""What ads lead to: clicks, conversions told of, what was asked of campaigns, what they cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from huiliu.advertising.people import Spend
from huiliu.ports.ads import AccountRow

__all__ = [
    "AdResultStore", "ClickRow", "ControlRow", "ConversionRow", "MediaRow", "SpendDay",
    "SpendTotal",
]  # fmt: skip


class ClickRow(msgspec.Struct, frozen=True, gc=False):
    """The last click of a person on an ad of a platform."""

    profile_id: int
    platform: str
    #: The parameter that carried it.
    name: str
    click: str
    at: int


class ConversionRow(msgspec.Struct, frozen=True, gc=False):
    """One order event on its way to a platform."""

    account: str
    event_id: str
    profile_id: int
    event: str
    order_id: str
    value: int
    currency: str
    at: int
    #: waiting, sending, sent, skipped, refused or unknown.
    state: str = "waiting"
    reason: str = ""
    due_at: int = 0
    n_tries: int = 0
    sent_at: int = 0


class ControlRow(msgspec.Struct, frozen=True, gc=False):
    """One thing that was asked of a campaign there."""

    control_id: bytes
    at: int
    account: str
    platform: str
    object_id: str
    #: pause, resume or budget.
    action: str
    amount: int = 0
    currency: str = ""
    reason: str = ""
    by: str = ""
    #: proposed, doing, done, failed or unknown.
    state: str = "proposed"
    answer: str = ""
    done_at: int = 0


@dataclass(frozen=True, slots=True)
class SpendTotal:
    """What an account cost in one currency over some days."""

    account: str
    currency: str
    cost: int
    impressions: int
    clicks: int
    conversions: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class SpendDay:
    """What an ad account cost on one day, in whole minor units."""

    day: str
    account: str
    #: "" = the account is gone.
    platform: str
    currency: str
    cost: int


@dataclass(frozen=True, slots=True, order=True)
class MediaRow:
    """What media cost that no ad account tells of, in whole minor units."""

    day: str
    channel: str
    #: "" = the channel as a whole.
    campaign: str
    currency: str
    cost: int
    note: str = ""
    by: str = ""


class AdResultStore(Protocol):
    """What ads lead to, inside one transaction."""

    def keep_clicks(self, brand_id: int, rows: Sequence[ClickRow]) -> None:
        """Keep clicks; the latest of a person and platform stays."""
        ...

    def clicks(
        self, brand_id: int, platform: str, profiles: Collection[int], since: int
    ) -> dict[int, ClickRow]:
        """Return the last click of people at a platform since an instant."""
        ...

    def forget_clicks(self, before: int, limit: int) -> int:
        """Forget old clicks; return how many."""
        ...

    def add_conversions(self, brand_id: int, rows: Sequence[ConversionRow]) -> int:
        """Add conversions; one of the same id stays as it is. Return how many were new."""
        ...

    def take_account_due(self, now: int) -> AccountRow | None:
        """Return an account with conversions due, kept from others until the end."""
        ...

    def due_conversions(
        self, brand_id: int, account: str, now: int, limit: int
    ) -> list[ConversionRow]:
        """Return conversions that are due, oldest first."""
        ...

    def write_conversions(self, brand_id: int, rows: Sequence[ConversionRow]) -> None:
        """Write what became of conversions."""
        ...

    def conversions(
        self, brand_id: int, account: str, limit: int, state: str = ""
    ) -> list[ConversionRow]:
        """Return conversions, newest first."""
        ...

    def conversion_counts(self, brand_id: int, account: str) -> dict[tuple[str, str], int]:
        """Return (state, reason) -> how many."""
        ...

    def put_control(self, brand_id: int, row: ControlRow) -> None:
        """Store or replace what was asked of a campaign."""
        ...

    def claim_control(self, brand_id: int, control_id: bytes, since: int) -> ControlRow | None:
        """Begin what was proposed since an instant; None = it was begun, or is too old."""
        ...

    def controls(
        self, brand_id: int, limit: int, *, account: str = "", control_id: bytes = b""
    ) -> list[ControlRow]:
        """Return what was asked of campaigns, newest first."""
        ...

    def take_spend_due(self, now: int, again_at: int) -> AccountRow | None:
        """Return an account whose costs are to be asked for, and when it is due again."""
        ...

    def put_spend(
        self, brand_id: int, account: str, rows: Sequence[Spend], source: str, at: int
    ) -> None:
        """Write what campaigns cost; a later word on the same day stands."""
        ...

    def spend(
        self, brand_id: int, first: str, last: str, account: str = "", limit: int = 1_000
    ) -> list[tuple[str, Spend]]:
        """Return (account, what a campaign cost on a day), newest first."""
        ...

    def spend_totals(self, brand_id: int, first: str, last: str) -> list[SpendTotal]:
        """Return what accounts cost over some days, each currency by itself."""
        ...

    def spend_days(self, brand_id: int, first: str, last: str) -> list[SpendDay]:
        """Return what accounts cost on each day, each currency by itself."""
        ...

    def put_media(
        self, brand_id: int, rows: Sequence[MediaRow], by: str, at: int
    ) -> tuple[int, int]:
        """Write what media cost; return how many rows are new and how many were changed."""
        ...

    def media(self, brand_id: int, first: str, last: str, limit: int) -> list[MediaRow]:
        """Return what media cost, newest day first."""
        ...

    def media_days(self, brand_id: int, first: str, last: str) -> list[tuple[str, str, str, int]]:
        """Return (day, channel, currency, cost) of media, campaigns added up."""
        ...

    def drop_media(self, brand_id: int, row: MediaRow) -> bool:
        """Forget what media cost; False = it was not written."""
        ...
