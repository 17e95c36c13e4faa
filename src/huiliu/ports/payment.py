"""Payment: what taking money asks of a provider. No data of cards ever comes near Huiliu.

A payment is an *intent* first: written down, then opened at the provider, who takes the money on a
page or in an app of its own and tells us by a signed notice. A notice that never comes is asked
for. Nothing is sold before one of both says that the money is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from huiliu.kernel.errors import Problem
from huiliu.ports.channel import AccountField, Callback

__all__ = [
    "Asked",
    "Good",
    "Intent",
    "IntentRow",
    "IntentState",
    "Notice",
    "Opened",
    "Payment",
    "PaymentAccount",
    "PaymentStore",
    "Tried",
    "Way",
]


class Way(StrEnum):
    """How a payer reaches the provider."""

    #: A code on the till's screen, scanned by the payer's app.
    QR = "qr"
    #: A page that the payer's own phone opens.
    PAGE = "page"


class IntentState(StrEnum):
    """How far a payment has come."""

    #: Written down; whether the provider knows it is not sure.
    OPENING = "opening"
    OPEN = "open"
    PAID = "paid"
    #: Nobody can pay it any more.
    CLOSED = "closed"
    #: Money is to go back, and the provider has not confirmed it yet.
    REFUNDING = "refunding"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class PaymentAccount:
    """One account at a provider of payments, as an operator entered it."""

    brand_id: int
    name: str
    provider: str
    #: The provider's own fields; secrets are unsealed here and never logged.
    config: Mapping[str, str]
    #: Nothing new is paid through it; what is open is still followed.
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class Good:
    """One line as the provider shows it."""

    sku: str
    name: str
    quantity: int
    #: Minor units.
    unit_price: int


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to be paid."""

    #: Ours, 32 characters of a-z and 0-9: providers know it as the merchant's number.
    intent_id: str
    #: Minor units, what is left to pay.
    amount: int
    currency: str
    #: What payers read inside paying: shop, promotion, saving.
    title: str
    way: Way
    notify_url: str
    #: Where a payer's phone comes back to.
    return_url: str
    expires_at: int
    goods: tuple[Good, ...] = ()
    #: The provider wants to know where a page is opened from.
    payer_ip: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of opening an intent."""

    #: What a code holds, or the page to open; "" = it was not opened.
    address: str = ""
    #: The provider's own code and words; "" = it went well.
    fault: str = ""
    #: Nobody knows whether the provider took it: it is asked later.
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a provider says of one intent."""

    intent_id: str
    #: None = it did not say.
    state: IntentState | None
    #: Minor units; what was paid, or given back.
    amount: int = 0
    currency: str = ""
    #: The provider's own number of it.
    reference: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it was read, and how the provider wants to be answered."""

    #: None = it is not signed by the provider, or says nothing of a payment.
    asked: Asked | None
    #: For a notice that is taken, and for one that is not.
    taken: bytes
    refused: bytes
    content_type: str = "application/json"
    #: Why it is not believed; "" = it is.
    fault: str = ""
    #: The status of a refusal.
    status: int = 401


class Payment(Protocol):
    """A provider of payments."""

    @property
    def name(self) -> str:
        """The provider's word: `wechat_pay`, `alipay`, `test`."""
        ...

    @property
    def fields(self) -> Sequence[AccountField]:
        """What an account is made of; labels are `pay.field.<name>`."""
        ...

    @property
    def currencies(self) -> frozenset[str]:
        """The currencies it takes; empty = any."""
        ...

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return everything that is wrong with an account's fields."""
        ...

    def open(self, account: PaymentAccount, intents: Sequence[Intent]) -> Sequence[Opened]:
        """Open intents, an answer to each; never raises for what the provider does."""
        ...

    def ask(self, account: PaymentAccount, intents: Sequence[str]) -> Sequence[Asked]:
        """Ask how intents stand, an answer to each."""
        ...

    def close(self, account: PaymentAccount, intents: Sequence[str]) -> Sequence[Asked]:
        """Let nobody pay intents any more; one that was paid meanwhile says so."""
        ...

    def refund(
        self, account: PaymentAccount, refunds: Sequence[tuple[str, int, str]]
    ) -> Sequence[Asked]:
        """Give (intent, amount, currency) back, whole; a repeat gives nothing twice."""
        ...

    def notice(self, account: PaymentAccount, request: Callback, now: int) -> Notice:
        """Read a notice; what is not signed by the provider is nobody's word."""
        ...


@runtime_checkable
class Tried(Protocol):
    """A provider whose page is Huiliu's own, to try everything without money."""

    def pressed(self, account: PaymentAccount, asked: Asked, url: str, now: int) -> Callback:
        """Return the notice that it sends when somebody pressed a button."""
        ...


@dataclass(frozen=True, slots=True)
class IntentRow:
    """One intent as it is kept."""

    brand_id: int
    intent_id: str
    account: str
    provider: str
    order_id: str
    amount: int
    currency: str
    way: Way
    state: IntentState
    address: str
    reference: str
    fault: str
    created_at: int
    expires_at: int
    settled_at: int
    #: When the provider is asked next; 0 = never.
    ask_at: int
    n_asked: int = 0


class PaymentStore(Protocol):
    """Accounts and intents, inside one transaction."""

    def put_account(self, account: PaymentAccount, at: int) -> None:
        """Store or replace an account."""
        ...

    def accounts(self, brand_id: int) -> list[PaymentAccount]:
        """Return a brand's accounts by name."""
        ...

    def pause(self, brand_id: int, name: str, *, is_paused: bool) -> None:
        """Stop or resume an account; raise NotFound."""
        ...

    def remove(self, brand_id: int, name: str) -> None:
        """Forget an account; raise NotFound."""
        ...

    def n_open(self, brand_id: int, name: str) -> int:
        """Return how many intents of an account are not settled."""
        ...

    def add(self, row: IntentRow) -> None:
        """Write an intent down, before the provider hears of it."""
        ...

    def opened(self, row: IntentRow, opened: Opened, ask_at: int) -> None:
        """Note what became of opening, unless it is settled already."""
        ...

    def get(self, brand_id: int, intent_id: str) -> IntentRow | None:
        """Return an intent."""
        ...

    def lock(self, brand_id: int, intent_id: str) -> IntentRow | None:
        """Return an intent, locked until the transaction ends."""
        ...

    def of_order(self, brand_id: int, order_id: str) -> list[IntentRow]:
        """Return an order's intents, newest first; closed ones behind the others."""
        ...

    def settle(
        self, row: IntentRow, state: IntentState, reference: str, fault: str, at: int
    ) -> None:
        """Write how an intent stands now, and when somebody looks at it again."""
        ...

    def put_off(self, brand_id: int, intent_id: str, now: int, until: int) -> bool:
        """Take on to ask about an intent that is due; False = somebody else did."""
        ...

    def rest(self, brand_id: int, intent_id: str) -> None:
        """Look at an intent no more."""
        ...

    def due(self, now: int, limit: int) -> list[IntentRow]:
        """Return intents of every brand that are to be asked for now, and put them off a while."""
        ...
