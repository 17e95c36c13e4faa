"""The outbox, the attempt ledger, and what became of every message."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import msgspec

__all__ = [
    "HELD",
    "Attempt",
    "AttemptResult",
    "MessageRow",
    "MessageStore",
    "Parts",
    "QueuedMessage",
    "ReceiptRow",
    "Traffic",
]


#: Added to the time of a paused journey's messages and tokens: far behind all others in the
#: index, so that a paused million costs those who claim the others nothing.
HELD: Final = 1 << 61


class QueuedMessage(msgspec.Struct, frozen=True, gc=False):
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
    #: What makes it pointless, as `journeys.cancel` writes it; b"" = nothing.
    cancel_when: bytes
    #: JSON of what the template may use besides traits: the entry event and the run's key.
    inputs: bytes
    #: Of competing journeys the most important goes first: 0 = ahead, 1 = as usual, 2 = behind.
    band: int = 1


class MessageRow(msgspec.Struct, frozen=True, gc=False):
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
    #: How often it failed through nobody's fault.
    tries: int = 0

    @property
    def key(self) -> tuple[int, bytes]:
        """Return (brand_id, message_id)."""
        return self.queued.brand_id, self.queued.message_id


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """One try to hand a message to a provider; written before the provider is called."""

    brand_id: int
    message_id: bytes
    #: From 1.
    number: int
    channel: str
    account: str
    started_at: int
    finished_at: int
    #: started, accepted, throttled, retry, rejected, suppress, pause or unknown.
    outcome: str
    #: The provider's ids, one a part, with spaces between.
    provider_id: str
    #: The provider's own words, without addresses.
    response: str


class AttemptResult(msgspec.Struct, frozen=True, gc=False):
    """What an attempt led to: the attempt as it ended, and what becomes of its message."""

    attempt: Attempt
    #: queued (to be tried again), sent, failed or unknown.
    status: str
    #: Reason code, or "".
    reason: str
    #: When it may be tried again, where status is queued.
    not_before: int
    #: Ids that receipts will carry, one a part.
    provider_ids: tuple[str, ...] = ()
    #: Into how many parts it was cut, where not each of them was answered; 0 = each was.
    n_parts: int = 0


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A provider's report on one part of one message, kept as it arrived."""

    brand_id: int
    channel: str
    account: str
    provider_id: str
    #: delivered, failed or expired.
    state: str
    #: The provider's own code.
    response: str
    at: int
    #: b"" until the answer with the same id is known.
    message_id: bytes = b""


@dataclass(frozen=True, slots=True)
class Parts:
    """How many parts a message was sent in, and what was reported of them."""

    n: int
    n_delivered: int
    n_failed: int
    #: The provider's code of a failure, or "".
    response: str


class Traffic(NamedTuple):
    """What else one person is sent."""

    #: (sent_at, channel, class, journey) of messages sent or being sent.
    sent: list[tuple[int, str, str, str]]
    #: (message_id, channel, journey, queued_at, not_before) of marketing that waits.
    waiting: list[tuple[bytes, str, str, int, int]]


class MessageStore(Protocol):
    """Messages, inside one transaction."""

    def queue(self, messages: Sequence[QueuedMessage]) -> int:
        """Put messages into the outbox; an id that is there changes nothing. Return how many."""
        ...

    def claim(
        self,
        now: int,
        limit: int,
        channel: str,
        message_class: str,
        *,
        cancellable: bool,
        full: Sequence[int] = (),
    ) -> list[MessageRow]:
        """Lock up to `limit` queued messages that may go at `now`, the most important first.

        Those locked elsewhere are skipped. Without `cancellable`, those that an event may have
        made pointless are left alone, and so are those of brands that are `full`.
        """
        ...

    def is_due(self, now: int, channel: str, message_class: str) -> bool:
        """Say whether any message of a channel and class may go at `now`."""
        ...

    def take_overdue(self, now: int, limit: int) -> list[MessageRow]:
        """Never send queued messages whose time is over, and return them."""
        ...

    def claim_doubts(
        self, channels: Collection[str], since: int, until: int, now: int, limit: int
    ) -> list[MessageRow]:
        """Return unknown messages to ask about now, each for one worker; later ones wait longer."""
        ...

    def unknown(self, brand_id: int, limit: int, before: int = 0) -> list[MessageRow]:
        """Return messages of which nobody knows whether they went, the newest first."""
        ...

    def n_unknown(self, brand_id: int) -> dict[str, int]:
        """Return channel -> how many messages nobody knows the end of."""
        ...

    def provider_ids(self, brand_id: int, messages: Collection[bytes]) -> dict[bytes, list[str]]:
        """Return the providers' ids of messages."""
        ...

    def traffic(
        self, brand_id: int, profiles: Collection[int], since: int, until: int
    ) -> dict[int, Traffic]:
        """Return present profile -> messages sent since, and marketing that may go by `until`.

        Those of the profiles that were merged into it count too.
        """
        ...

    def decide(self, rows: Sequence[MessageRow], not_before: Sequence[int], lease: int) -> None:
        """Write status, reason, sent_at, changed_at and fence of claimed rows, and their times."""
        ...

    def start(self, attempts: Sequence[Attempt]) -> set[tuple[int, bytes]]:
        """Write attempts before their provider is called; return the messages still held."""
        ...

    def finish(self, results: Sequence[AttemptResult]) -> set[tuple[int, bytes]]:
        """Write what came of attempts; return the messages that moved.

        A message moves only if no newer attempt took over, and never back from a final status.
        """
        ...

    def take_expired(self, now: int, limit: int) -> list[tuple[MessageRow, Attempt | None]]:
        """Lock messages whose sender vanished, with the attempt that it had started."""
        ...

    def keep_receipts(self, receipts: Sequence[ReceiptRow]) -> None:
        """Keep receipts as they arrived; a repeat changes nothing."""
        ...

    def learn_ids(self, receipts: Sequence[ReceiptRow]) -> None:
        """Take a provider's ids from receipts that name messages of ours which were sent."""
        ...

    def match_receipts(self, limit: int) -> list[ReceiptRow]:
        """Return kept receipts whose message has become known, each once."""
        ...

    def forget_receipts(self, before: int) -> int:
        """Drop receipts older than an instant that no message ever claimed."""
        ...

    def lock(self, brand_id: int, messages: Collection[bytes]) -> dict[bytes, MessageRow]:
        """Lock messages in id order and return those that exist."""
        ...

    def parts(self, brand_id: int, messages: Collection[bytes]) -> dict[bytes, Parts]:
        """Return what was reported of each message's parts."""
        ...

    def settle(self, brand_id: int, outcomes: Sequence[tuple[bytes, str, str, int]]) -> set[bytes]:
        """Apply (message_id, status, reason, at) of receipts; return the messages that moved.

        A final status never goes back.
        """
        ...

    def message(self, brand_id: int, message_id: bytes) -> MessageRow:
        """Return one message; raise NotFound."""
        ...

    def of_profile(self, brand_id: int, profile_id: int, limit: int) -> list[MessageRow]:
        """Return the messages of a present profile and of those merged into it, newest first."""
        ...

    def recent(self, brand_id: int, limit: int, before: int = 0) -> list[MessageRow]:
        """Return messages by queued_at, newest first, older than the instant `before` if given."""
        ...

    def attempts(self, brand_id: int, messages: Collection[bytes]) -> list[Attempt]:
        """Return the attempts of messages, oldest first."""
        ...

    def receipts(self, brand_id: int, messages: Collection[bytes]) -> list[ReceiptRow]:
        """Return the receipts of messages, oldest first."""
        ...

    def unreachable(
        self,
        brand_id: int,
        profiles: Collection[int],
        channel: str,
        trait: str,
        *,
        has_contacts: bool = False,
    ) -> dict[int, str]:
        """Return profile -> why no marketing can go to it by a channel now, of those.

        Reasons: address_missing, consent_missing, consent_withdrawn.

        Args:
            brand_id: whose people.
            profiles: of them.
            channel: the way to reach them.
            trait: what holds their address; "" = contact points do, or they are it themselves.
            has_contacts: contact points do.
        """
        ...

    def refuse(self, messages: Sequence[QueuedMessage], reasons: Sequence[str]) -> None:
        """Write down messages that will never go; an id that is there changes nothing."""
        ...

    def cancel(
        self, brand_id: int, journey: str, before: int, limit: int, reason: str, at: int
    ) -> list[MessageRow]:
        """Never send messages of a journey that were queued at or before an instant.

        Returns those that stood in the queue; one that is being sent is its sender's.
        """
        ...

    def park(self, brand_id: int, journey: str, limit: int, *, on: bool) -> int:
        """Put queued messages of a journey far back, or bring them again; return how many."""
        ...

    def counts(
        self, brand_id: int, journey: str, spans: Sequence[tuple[int, int]]
    ) -> list[tuple[str, str, str, int]]:
        """Return (node, status, reason, how many) of messages queued within spans of time.

        A span that ends at 0 has not ended.
        """
        ...

    def depth(self) -> Mapping[tuple[int, str, str, str], int]:
        """Return (brand_id, channel, class, status) -> how many are queued or being sent."""
        ...
