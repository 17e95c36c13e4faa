"""Shops: what a platform tells us, what we ask it, and what both become.

A notice is only a hint: it says which order to look at, and the platform's present answer says what
has happened. So a notice that is late, repeated, out of order, stale or lost changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

import msgspec

from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.ports.evidence import Evidence
from huiliu.ports.outbound import Outbound

__all__ = [
    "CHECKOUT",
    "ORDER",
    "PRODUCT",
    "Buyer",
    "Evidence",
    "Fetched",
    "Happening",
    "Inbound",
    "Notice",
    "Page",
    "Platform",
    "Pulled",
    "Received",
    "Refusal",
    "Reply",
    "Scope",
    "Session",
    "ShopConnection",
    "ShopField",
    "ShopProduct",
    "Story",
    "Window",
]

#: Kinds of things that a platform tells of; a platform lists those it has.
ORDER: Final = "order"
CHECKOUT: Final = "checkout"
PRODUCT: Final = "product"


class Scope(StrEnum):
    """What buyers' contact data of a shop may be used for."""

    #: Whatever the person agrees to: the brand's own shop.
    ANY = "any"
    #: Messages about their orders only.
    SERVICE = "service"
    #: Nothing outside the platform: phone and e-mail are not even kept.
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class ShopField:
    """One thing that an operator enters to connect a shop.

    Its label is the text `shops.field.<name>`, or the name where there is none.
    """

    name: str
    is_secret: bool = False
    is_needed: bool = True
    default: str = ""
    #: text, url, host or choice; a form draws it so and `connect` checks it so.
    kind: str = "text"
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShopConnection:
    """One shop of one platform, as an operator entered it; secrets are unsealed and never shown."""

    brand_id: int
    platform: str
    #: A slug; it stands in the address that the platform sends notices to.
    name: str
    #: The platform's fields.
    config: Mapping[str, str]
    #: What the platform gave us since, such as a renewed token: goes before `config`.
    grant: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: The platform's word -> ours, where the operator changed or added one; "" = says nothing.
    statuses: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    scope: str = Scope.SERVICE
    #: What happened earlier is history: it triggers nothing.
    connected_at: int = 0

    def value(self, name: str) -> str:
        """Return what stands in a field by now, "" where nothing does."""
        return self.grant.get(name) or self.config.get(name, "")


@dataclass(frozen=True, slots=True)
class Session:
    """What a platform needs to ask its shop something."""

    connection: ShopConnection
    outbound: Outbound
    #: The instant of the request; signatures carry it.
    now: int


@dataclass(frozen=True, slots=True)
class Inbound:
    """One HTTP request to a connection's address, as it came."""

    method: str
    #: The address as the platform knows it, without the query: some sign it.
    url: str
    #: The raw query string, without the question mark.
    query: str
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes
    received_at: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A hint that something should be looked at."""

    #: `ORDER`, `CHECKOUT`, `PRODUCT`.
    kind: str
    #: The platform's id of it.
    id: str
    #: The platform's word for what happened; shown, never trusted.
    topic: str = ""
    #: Keys by which a repeat is known, such as the delivery's id; any known one makes it a repeat.
    #: Empty = the digest of the body.
    deliveries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the platform wants to hear."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Received:
    """A request that its signature proves; it may hold no notice at all (a handshake)."""

    notices: Sequence[Notice]
    reply: Reply = field(default_factory=Reply)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that is not let in; counted by reason, never acted upon."""

    #: signature, stale, malformed or foreign (meant for another shop).
    reason: str
    status: int = 401


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time in which things changed: since <= changed < until, in microseconds."""

    since: int
    until: int


class Fetched(msgspec.Struct, frozen=True):
    """One thing as the platform has it now."""

    kind: str
    id: str
    #: What `read` or `read_products` takes; None = only its id was listed, fetch it.
    raw: Mapping[str, Value] | None


class Page(msgspec.Struct, frozen=True):
    """Part of a list."""

    items: tuple[Fetched, ...]
    #: What to ask for the rest with; "" = this was the last.
    next: str = ""


class Pulled(msgspec.Struct, frozen=True):
    """Notices taken from a queue; they stay there until they are acknowledged."""

    notices: tuple[Notice, ...]
    #: What `acknowledge` takes, once the notices are stored.
    receipts: tuple[str, ...]


class Buyer(msgspec.Struct, frozen=True):
    """Who bought, as far as the platform says; masked values are left out ("")."""

    #: The platform's id of the person.
    id: str = ""
    phone: str = ""
    email: str = ""
    name: str = ""
    #: WeChat's names of the person, where the shop is WeChat's.
    openid: str = ""
    unionid: str = ""
    #: ISO 3166: how a phone without a country code is read.
    country: str = ""


class Happening(msgspec.Struct, frozen=True):
    """One thing that has happened: it becomes one event, once."""

    #: The event's name: one of kernel.events.ORDER_EVENTS, `Checkout Started` ...
    name: str
    #: When, in microseconds.
    at: int
    #: Which of several: a parcel, a refund, a dispute; "" = there can be only one.
    part: str = ""
    #: Beside those of the whole story.
    properties: Mapping[str, Value] = {}


class Story(msgspec.Struct, frozen=True):
    """All that has happened to one order (checkout, ...) by the time that it was fetched."""

    kind: str
    id: str
    #: Grows with every change, such as updated_at in microseconds: an older story says nothing.
    version: int
    #: The platform's own word for its state, and ours.
    word: str
    status: str
    buyer: Buyer
    #: By time. What is told once stays told, whatever a later story leaves out.
    happenings: tuple[Happening, ...]
    #: What every event of it carries: order_id, total, currency, products, promised_at ...
    properties: Mapping[str, Value]


class ShopProduct(msgspec.Struct, frozen=True):
    """One thing that can be bought, a variant apart, as a shop shows it."""

    #: The product's and the variant's id; a product without variants is its own.
    product_id: str
    variant_id: str
    title: str
    #: Minor units and ISO 4217; the price before a reduction, where there is one.
    price: int
    currency: str
    list_price: int | None = None
    sku: str = ""
    barcode: str = ""
    #: None = the shop does not count it.
    stock: int | None = None
    category: str = ""
    brand: str = ""
    url: str = ""
    images: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    #: False = it is not shown any more.
    is_listed: bool = True
    updated_at: int = 0


Answer: TypeAlias = Received | Refusal


class Platform(Protocol):
    """One kind of shop; a file in sources/shops and a line in its table."""

    @property
    def name(self) -> str:
        """The word that commands, addresses and pages use."""
        ...

    @property
    def evidence(self) -> Evidence:
        """How well this file is known to be right."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """What can be polled: `ORDER` and perhaps more; `changed` takes these."""
        ...

    @property
    def fields(self) -> tuple[ShopField, ...]:
        """What an operator enters."""
        ...

    @property
    def statuses(self) -> Mapping[str, str]:
        """The platform's word -> ours (see sources/shops/stages.py); an operator may change it."""
        ...

    @property
    def scope(self) -> Scope:
        """What the platform's rules leave of buyers' contact data."""
        ...

    @property
    def longest_window(self) -> int:
        """The longest stretch, in microseconds, that `changed` may be asked for at once."""
        ...

    @property
    def has_queue(self) -> bool:
        """Say whether notices are taken from a queue by `pull`."""
        ...

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return what is wrong with the fields beyond needed, kind and options."""
        ...

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Check a request's signature on the bytes that came, and say what it points to.

        Pure: no clock but `received_at`, no request of its own. Never raises for what came.
        """
        ...

    def pull(self, session: Session) -> Pulled:
        """Take notices from the queue, without waiting for more; ShopFailed when it cannot."""
        ...

    def acknowledge(self, session: Session, receipts: Sequence[str]) -> None:
        """Tell the queue that these are stored."""
        ...

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """Return a part of what changed in the window; raise ShopFailed when it cannot be had."""
        ...

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Return the things as they are now; those that the shop does not have are left out.

        Raises:
            ShopFailed: they cannot be had now.
        """
        ...

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Return what has happened to an order, checkout ...; raise BadInput for nonsense. Pure."""
        ...

    def read_products(self, fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
        """Return what a fetched product offers, a variant each; raise BadInput. Pure."""
        ...

    def renew(self, session: Session) -> Mapping[str, str]:
        """Return the fields that a renewed token gives; {} = tokens here do not expire.

        A field `expires_at` (seconds since 1970, as text) says until when it is good.
        """
        ...

    def is_due(self, connection: ShopConnection, now: int) -> bool:
        """Say whether the token should be renewed before it is used."""
        ...

    def test(self, session: Session) -> str:
        """Ask the shop who it is and return its name; raise ShopFailed."""
        ...
