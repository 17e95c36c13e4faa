"""How accounts at providers may be used now: rates, quotas, breakers, and how they fared."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeAlias

import msgspec

from huiliu.messages.pace import Pace

__all__ = [
    "AccountKey",
    "MinuteCount",
    "QuotaClaim",
    "QuotaRow",
    "RateClaim",
    "StoppedTemplate",
    "SupplierStore",
]

#: (brand_id, channel, account).
AccountKey: TypeAlias = tuple[int, str, str]


class RateClaim(msgspec.Struct, frozen=True):
    """What is wanted of an account's rate."""

    account: AccountKey
    #: The configured units a second; 0 = none.
    ceiling: float
    #: Units.
    wanted: int
    #: The share of a second's units that is left for others: marketing leaves some to service.
    reserve: float


class QuotaClaim(msgspec.Struct, frozen=True):
    """What is wanted of one quota in one window."""

    account: AccountKey
    #: `day`, or a word of whoever keeps the quota.
    name: str
    window_start: int
    #: All that may be used in the window.
    amount: int
    #: Units.
    wanted: int


class QuotaRow(msgspec.Struct, frozen=True):
    """How a quota stands in one window."""

    account: AccountKey
    name: str
    window_start: int
    used: int
    amount: int


class MinuteCount(msgspec.Struct, frozen=True):
    """How often what happened on an account in a minute."""

    account: AccountKey
    #: "" where the message is not known.
    message_class: str
    #: The start of the minute, as an instant.
    minute: int
    name: str
    n: int


class StoppedTemplate(msgspec.Struct, frozen=True):
    """Versions of a template that a provider refused for what they are."""

    brand_id: int
    template: str
    #: This one and those before.
    version: int
    channel: str
    account: str
    #: The provider's words.
    response: str
    stopped_at: int


class SupplierStore(Protocol):
    """What workers share about accounts, inside one transaction."""

    def paces(self, channel: str | None = None) -> dict[AccountKey, Pace]:
        """Return what was learned of the accounts of a channel, or of all; locks nothing."""
        ...

    def claim_rates(self, claims: Sequence[RateClaim], now: int) -> dict[AccountKey, int]:
        """Take units out of each account's rate and return what each got; one statement.

        An account whose breaker is open gives nothing; one that may be tried gives a few, once.
        """
        ...

    def return_rates(self, units: Mapping[AccountKey, int]) -> None:
        """Give back what was not used; a negative number is what was used beyond the claim."""
        ...

    def claim_quotas(self, claims: Sequence[QuotaClaim]) -> dict[tuple[AccountKey, str], int]:
        """Use up to so many units of each quota; return what each (account, name) granted.

        One statement: whatever comes at the same time, no window is ever used beyond its amount.
        """
        ...

    def return_quotas(self, claims: Sequence[QuotaClaim]) -> None:
        """Give back the `wanted` units of each, which were claimed and not used."""
        ...

    def quotas(self, brand_id: int, since: int) -> list[QuotaRow]:
        """Return the quotas of windows that began at an instant or later."""
        ...

    def lock_pace(self, account: AccountKey) -> Pace:
        """Lock what was learned of an account, made where there is nothing, and return it."""
        ...

    def put_pace(self, account: AccountKey, pace: Pace) -> None:
        """Write what was learned of an account that this transaction holds."""
        ...

    def add_counts(self, counts: Sequence[MinuteCount]) -> None:
        """Add to the counts of minutes."""
        ...

    def count(
        self, brand_id: int, channel: str, account: str, at: int, counts: Mapping[str, int]
    ) -> None:
        """Add what was reported of an account to the counts of the minute of an instant."""
        ...

    def counts(
        self, brand_id: int, since: int, until: int, step: int
    ) -> list[tuple[str, str, int, str, int]]:
        """Return (channel, account, start of a step, name, how many) of a span of time."""
        ...

    def forget(self, before: int, limit: int) -> int:
        """Drop counts and quotas older than an instant; return how many rows."""
        ...

    def stop_template(self, stopped: StoppedTemplate) -> bool:
        """Send nothing with these versions; say whether that is new."""
        ...

    def stopped_templates(self, brand_id: int) -> list[StoppedTemplate]:
        """Return the templates that are stopped."""
        ...

    def all_stopped(self) -> list[StoppedTemplate]:
        """Return the templates that are stopped, of every brand."""
        ...

    def resume_template(self, brand_id: int, template: str) -> StoppedTemplate:
        """Let a template go again and return how it was stopped; raise NotFound."""
        ...

    def upgrade(self, brand_id: int, template: str, before: int, version: int, now: int) -> int:
        """Let queued messages of stopped versions go now, with this version; return how many."""
        ...

    def drop(self, accounts: Collection[AccountKey]) -> None:
        """Forget what was learned of accounts: they were changed, resumed or removed."""
        ...
