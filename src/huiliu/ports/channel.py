"""A channel takes rendered messages out and brings receipts and replies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

from huiliu.kernel.errors import Problem

__all__ = [
    "Answer",
    "AnswerState",
    "Channel",
    "ChannelAccount",
    "ChannelStore",
    "OutboundMessage",
    "Receipt",
]


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """One account at one provider, as an operator entered it."""

    brand_id: int
    channel: str
    name: str
    #: The channel's own fields; secrets are unsealed here and never logged.
    config: Mapping[str, str]
    #: Why nothing is sent through it, in the provider's words; "" = it works.
    paused: str = ""


class OutboundMessage(msgspec.Struct, frozen=True, gc=False):
    """A rendered message on its way to a provider; lives in memory only."""

    message_id: bytes
    #: Where to: an e-mail address, an E.164 number ...
    address: str
    #: Rendered parts by name: `text`, `html`, `subject`, ...
    parts: Mapping[str, str]
    #: marketing or service.
    message_class: str
    #: When it was decided to send it: the date that the message shows.
    at: int
    #: The one-click address of this message, where the channel uses one.
    unsubscribe_url: str = ""


class AnswerState(StrEnum):
    """What a provider's answer means for us."""

    ACCEPTED = "accepted"
    #: Try again later, no one is at fault.
    THROTTLED = "throttled"
    #: Try again with a pause.
    RETRY = "retry"
    #: Never for this message.
    REJECTED = "rejected"
    #: Never for this address again.
    SUPPRESS = "suppress"
    #: The account itself is refused: stop it and tell the operator.
    PAUSE = "pause"
    #: We cannot know: wait for a receipt, never resend blindly.
    UNKNOWN = "unknown"


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What the provider said of one message."""

    message_id: bytes
    state: AnswerState
    #: Ids that receipts will carry, one a part.
    provider_ids: tuple[str, ...] = ()
    #: The provider's own words, without addresses.
    response: str = ""
    #: When to try again, in microseconds from now, where the provider said so; 0 = we choose.
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider reported later: a delivery, a bounce or a reply."""

    channel: str
    account: str
    #: The provider's id of the message; "" for a reply.
    provider_id: str
    #: delivered, failed, expired, or reply.
    state: str
    #: The provider's code or a reply's text.
    response: str
    #: The address of a reply's sender; "" otherwise.
    address: str = ""


class Channel(Protocol):
    """One way to reach people; outbound and inbound together."""

    @property
    def name(self) -> str:
        """The word that documents use: `email`, `sms`, ..."""
        ...

    @property
    def address_trait(self) -> str:
        """The trait that holds the address: `email`, `phone`."""
        ...

    @property
    def fields(self) -> Mapping[str, str | None]:
        """An account's fields and their defaults; None = must be given."""
        ...

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Hand messages to the provider and return an answer to each, in any order.

        Never raises for a provider's fault: a message without a clear answer is `unknown`.
        """
        ...

    def receipts(self, account: ChannelAccount) -> Sequence[Receipt]:
        """Return what has arrived from the provider since the last call."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return everything that is wrong with an account's fields, before it is stored."""
        ...


class ChannelStore(Protocol):
    """The accounts at providers, sealed, inside one transaction."""

    def put(self, account: ChannelAccount, at: int) -> None:
        """Store or replace an account; replacing one ends its pause."""
        ...

    def accounts(self, brand_id: int | None = None) -> list[ChannelAccount]:
        """Return the accounts of a brand, or of all, by channel and name."""
        ...

    def pause(self, brand_id: int, channel: str, name: str, reason: str) -> None:
        """Send nothing through an account until it is resumed; "" resumes it."""
        ...

    def remove(self, brand_id: int, channel: str, name: str) -> None:
        """Forget an account; raise NotFound."""
        ...
