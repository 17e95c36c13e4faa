"""The outbox, the attempt ledger, and what became of every message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Attempt", "MessageRow", "MessageStore", "QueuedMessage"]


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message that a journey decided on; it holds no text."""

    brand_id: int
    message_id: bytes
    profile_id: int
    journey: str
    version: int
    run_id: bytes
    node: str
    channel: str
    template: str
    template_version: int
    #: marketing or service.
    message_class: str
    queued_at: int
    #: Not sent later than this; 0 = no limit.
    expires_at: int
    #: Not sent before this: quiet hours move it.
    not_before: int
    #: JSON of cancel_when: a condition and the run's key.
    cancel_when: bytes
    #: JSON of what the template may use besides traits: the entry event and the run's key.
    inputs: bytes


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message and what became of it."""

    queued: QueuedMessage
    #: queued, sending, sent, delivered, failed, unknown, not_sent.
    status: str
    #: Reason code of a non-send or failure, or "".
    reason: str
    sent_at: int
    #: When the status last changed.
    changed_at: int
    #: Fencing token: raised by each claim.
    fence: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to hand a message to a provider; written before the provider is called."""

    brand_id: int
    message_id: bytes
    #: From 1.
    number: int
    channel: str
    account: str
    started_at: int
    finished_at: int
    #: started, accepted, rejected, throttled, failed, unknown.
    outcome: str
    provider_id: str
    #: The provider's own words, without addresses.
    response: str


class MessageStore(Protocol):
    """Messages, inside one transaction."""

    def queue(self, messages: Sequence[QueuedMessage]) -> int:
        """Insert messages that do not exist yet; return how many were new."""
        ...

    def claim(
        self, now: int, limit: int, lease_for: int, channel: str | None = None
    ) -> list[MessageRow]:
        """Lock up to `limit` messages that may go at `now`, service before marketing."""
        ...

    def sent_since(
        self, brand_id: int, profiles: Collection[int], since: int
    ) -> dict[int, list[tuple[int, str, str]]]:
        """Return profile_id -> (sent_at, channel, class) of messages sent or being sent since."""
        ...

    def decide(self, rows: Sequence[MessageRow]) -> None:
        """Write status, reason, not_before and fence after a claim's decisions."""
        ...

    def start(self, attempts: Sequence[Attempt]) -> None:
        """Write attempts before their provider is called."""
        ...

    def finish(self, attempts: Sequence[Attempt]) -> None:
        """Write what the provider said, unless a newer fence took over."""
        ...

    def by_provider_id(
        self, brand_id: int, channel: str, account: str, provider_ids: Collection[str]
    ) -> dict[str, MessageRow]:
        """Return provider_id -> message."""
        ...

    def settle(self, brand_id: int, outcomes: Sequence[tuple[bytes, str, str, int]]) -> None:
        """Apply (message_id, status, reason, at) of receipts; a final status never goes back."""
        ...

    def of_profile(self, brand_id: int, profile_id: int, limit: int) -> list[MessageRow]:
        """Return a profile's messages, newest first."""
        ...

    def attempts(self, brand_id: int, messages: Collection[bytes]) -> list[Attempt]:
        """Return the attempts of messages, oldest first."""
        ...
