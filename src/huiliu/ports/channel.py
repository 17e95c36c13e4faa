"""Providers take rendered messages out on a channel, and bring receipts and replies in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import msgspec

from huiliu.kernel.errors import Problem
from huiliu.messages.dkim import SigningKey
from huiliu.ports.callback import (
    NO_CALLBACKS,
    Callback,
    CallbackAnswer,
    Incoming,
    PlatformNews,
    Receipt,
)
from huiliu.ports.evidence import Evidence

__all__ = [
    "NO_CALLBACKS",
    "AccountField",
    "Answer",
    "AnswerState",
    "Callback",
    "CallbackAnswer",
    "ChannelAccount",
    "ChannelStore",
    "Dead",
    "Doubt",
    "Filed",
    "Idempotency",
    "Incoming",
    "Letterhead",
    "Limit",
    "OutboundMessage",
    "PlatformNews",
    "Provider",
    "Receipt",
    "Target",
    "Tokens",
]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What the letters of a sending domain prove themselves with."""

    #: They sign; () = nothing is signed.
    keys: tuple[SigningKey, ...] = ()
    #: What the codes in return paths are made with.
    return_key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """One account at one provider, as an operator entered it."""

    brand_id: int
    channel: str
    name: str
    #: The provider's own fields; secrets are unsealed here and never logged.
    config: Mapping[str, str]
    #: Why nothing is sent through it, in the provider's words; "" = it works.
    paused: str = ""
    #: Which technical way: `smtp`, `smpp`, `aliyun` ...
    provider: str = ""
    #: What an e-mail account's letters prove themselves with; put there when it is about to send.
    letterhead: Letterhead | None = None


@dataclass(frozen=True, slots=True)
class AccountField:
    """One field of an account's form; its label is `channel.field.<name>` in the catalogues."""

    name: str
    #: text, secret, number, choice or flag (yes / no).
    kind: str = "text"
    #: None = must be given.
    default: str | None = None
    #: Words of a choice.
    choices: tuple[str, ...] = ()
    #: Lowest and highest number.
    low: int = 0
    high: int = 0
    #: Most characters of a text; 0 = no limit.
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """One published limit of a provider, with where it stands; what is in force is configured."""

    #: `qps`, `batch`, `per_address_day`, `length`, `window` ...: `channel.limit.<name>`.
    name: str
    value: str
    source: str


class Idempotency(StrEnum):
    """What a provider makes of the same message handed over twice."""

    #: It is sent twice.
    NONE = "none"
    #: The first answer comes again; nothing is sent twice.
    RETURNS_FIRST = "returns_first"
    #: The second is silently lost.
    LOSES = "loses"
    #: The second takes the first one's place where it is shown.
    COLLAPSES = "collapses"


@dataclass(frozen=True, slots=True)
class Filed:
    """A message as the text that a carrier approved beforehand: what China's SMS providers take."""

    #: As filed, without brackets.
    signature: str
    #: The provider's own code of the approved text.
    code: str
    #: (name, value) of its placeholders, in the order of the text.
    params: tuple[tuple[str, str], ...] = ()


class Target(msgspec.Struct, frozen=True, gc=False):
    """One contact point that a message goes to."""

    address: str
    #: ios, android, web ...
    platform: str = ""
    #: Who made the device.
    vendor: str = ""
    #: When it was registered last.
    seen_at: int = 0


class Dead(msgspec.Struct, frozen=True, gc=False):
    """An address that reaches nobody any more, whatever became of the message."""

    address: str
    #: The provider's word for it.
    reason: str = ""
    #: It is dead if it was registered no later than this, in microseconds; 0 = whenever.
    since: int = 0


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
    #: BCP 47, as it was rendered.
    locale: str = ""
    #: The approved text that it is; None = the words themselves are sent.
    filed: Filed | None = None
    #: What it counts against rates and quotas: SMS segments; 1 elsewhere.
    units: int = 1
    #: Of no use later than this; 0 = no limit.
    expires_at: int = 0
    #: On channels of contact points: all that it goes to, `address` the first of them.
    targets: tuple[Target, ...] = ()


class AnswerState(StrEnum):
    """What a provider's answer means for us: the reactions of docs/reference/channels.md."""

    ACCEPTED = "accepted"
    #: Slow down; the same message again later, and this was no attempt of its own.
    THROTTLED = "throttled"
    #: Try again with a pause.
    RETRY = "retry"
    #: The token has ended: renew it once, then again. A provider does so itself.
    REFRESH = "refresh"
    #: Never this message; the address is good.
    REJECTED = "rejected"
    #: Never this address again.
    SUPPRESS = "suppress"
    #: The account itself is refused: stop it and tell the operator.
    PAUSE = "pause"
    #: Our fault: the template does not fit what the provider takes. Stop the template.
    FIX = "fix"
    #: We cannot know: wait for a receipt or ask, never resend blindly.
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
    #: The provider's own code, `isv.BUSINESS_LIMIT_CONTROL`, `550 5.1.1`; "" where it has none.
    code: str = ""
    #: What the provider charged, in segments; 0 = it did not say.
    units: int = 0
    #: For whom it holds: "" = the whole account, `domain` = only this address's mail domain.
    scope: str = ""
    #: Targets that are dead although others may have taken it.
    dead: tuple[Dead, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message of which nobody knows whether it went."""

    message_id: bytes
    address: str
    sent_at: int
    provider_ids: tuple[str, ...] = ()


class Tokens(Protocol):
    """Access tokens shared by all processes: one of them renews, the others use what it got."""

    def get(self, account: ChannelAccount) -> str:
        """Return a token that is good now, renewed where it had ended; "" = none can be had."""
        ...

    def renew(self, account: ChannelAccount, spent: str) -> str:
        """Return another token than the one that the provider refused.

        Who comes with a token that was replaced meanwhile gets the new one: nothing is renewed
        twice.
        """
        ...


class Provider(Protocol):
    """One technical way to send on a channel; outbound and inbound together."""

    @property
    def name(self) -> str:
        """The word that accounts use: `smtp`, `smpp`, `aliyun`, ..."""
        ...

    @property
    def channel(self) -> str:
        """The channel that it serves."""
        ...

    @property
    def evidence(self) -> Evidence:
        """How well its behaviour is known."""
        ...

    @property
    def idempotency(self) -> Idempotency:
        """What the same message handed over twice becomes."""
        ...

    @property
    def pushes(self) -> bool:
        """Say whether it pushes receipts and replies to an address of ours."""
        ...

    @property
    def platforms(self) -> Collection[str]:
        """What devices of contact points it carries to: ios, android, web; () = any."""
        ...

    @property
    def needs_filed(self) -> bool:
        """Say whether it takes only texts that were filed with carriers beforehand."""
        ...

    @property
    def fields(self) -> Sequence[AccountField]:
        """An account's fields, in the order of the form."""
        ...

    @property
    def limits(self) -> Sequence[Limit]:
        """The published limits, each with its source."""
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

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Read what the provider called us with; refuse what it did not sign."""
        ...

    @property
    def can_be_asked(self) -> bool:
        """Whether `query` can tell anything."""
        ...

    def query(self, account: ChannelAccount, doubts: Sequence[Doubt]) -> Sequence[Receipt]:
        """Ask what became of messages; nothing where the provider cannot be asked."""
        ...

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return everything that is wrong with an account's fields, before it is stored."""
        ...

    def close(self) -> None:
        """Let go of connections."""
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

    def is_paused(self, brand_id: int, channel: str, name: str) -> bool:
        """Say whether nothing may be sent through an account; one that is gone is paused."""
        ...

    def remove(self, brand_id: int, channel: str, name: str) -> None:
        """Forget an account; raise NotFound."""
        ...
