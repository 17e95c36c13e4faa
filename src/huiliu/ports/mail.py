"""Sending domains, the days they send on, domains that ask for patience, addresses that rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from huiliu.messages.dkim import SigningKey
from huiliu.messages.sender_health import Finding
from huiliu.messages.soft_bounces import SoftBounces

__all__ = ["DomainDay", "MailStore", "SenderDomain", "WaitingDomain"]


@dataclass(frozen=True, slots=True)
class SenderDomain:
    """A domain that a brand sends letters from."""

    brand_id: int
    domain: str
    #: Its keys; sealed where they are kept.
    keys: tuple[SigningKey, ...] = ()
    #: Selectors of the keys that are published: a signature that nobody can check does harm.
    live: tuple[str, ...] = ()
    #: Letters on each day of its first weeks; () = as many as there are.
    plan: tuple[int, ...] = ()
    #: Where in the plan it is.
    step: int = 0
    #: The calendar day, `2026-11-22`, that the step is for; "" = none yet.
    day: str = ""
    created_at: int = 0
    #: When its DNS was looked at last; 0 = never.
    checked_at: int = 0
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class DomainDay:
    """What a sending domain did on one day."""

    domain: str
    day: str
    sent: int
    bounced: int
    complained: int


@dataclass(frozen=True, slots=True)
class WaitingDomain:
    """A receiving domain that asked for patience."""

    account: str
    #: The one that stands for all behind the same gate.
    domain: str
    #: How often in a row.
    n: int
    until: int
    #: In the server's words, without addresses.
    response: str


class MailStore(Protocol):
    """What sending e-mail remembers, inside one transaction."""

    def put_domain(self, domain: SenderDomain) -> None:
        """Store or replace a sending domain."""
        ...

    def domains(self, brand_id: int | None = None) -> list[SenderDomain]:
        """Return the sending domains of a brand, or of all, by name."""
        ...

    def domain(self, brand_id: int, domain: str, *, lock: bool = False) -> SenderDomain:
        """Return one, locked to the end of the transaction if asked; raise NotFound."""
        ...

    def remove_domain(self, brand_id: int, domain: str) -> None:
        """Forget a sending domain and its days; raise NotFound."""
        ...

    def open_day(self, brand_id: int, domain: str, day: str) -> int:
        """Lock a domain's day and return how many letters were counted on it."""
        ...

    def count(
        self,
        brand_id: int,
        domain: str,
        day: str,
        *,
        sent: int = 0,
        bounced: int = 0,
        complained: int = 0,
    ) -> None:
        """Add to the figures of a domain's day."""
        ...

    def days(self, brand_id: int, domain: str, limit: int) -> list[DomainDay]:
        """Return the last days of a domain, newest first."""
        ...

    def waiting(self, brand_id: int, now: int) -> list[WaitingDomain]:
        """Return the receiving domains that are left alone now."""
        ...

    def patience(
        self, brand_id: int, account: str, domains: Collection[str], *, will_wait: bool = False
    ) -> Mapping[str, WaitingDomain]:
        """Return what is remembered of receiving domains, locked.

        Those who are about to write one that is not remembered yet take turns.
        """
        ...

    def wait(self, brand_id: int, waiting: Sequence[WaitingDomain]) -> None:
        """Leave receiving domains alone until their time."""
        ...

    def go_on(self, brand_id: int, account: str, domains: Collection[str]) -> None:
        """Forget that receiving domains asked for patience."""
        ...

    def soft_bounces(self, brand_id: int, address: bytes) -> SoftBounces | None:
        """Return what is remembered of an address, locked."""
        ...

    def put_soft_bounces(self, brand_id: int, address: bytes, known: SoftBounces) -> None:
        """Remember an address's soft bounces."""
        ...

    def keep_report(
        self, brand_id: int, account: str, message_id: bytes, *, state: str, response: str, at: int
    ) -> bool:
        """Keep what was reported of a letter; say whether that was new."""
        ...
