"""The document `kind: costs`: what a message costs, and what is left of a sale after the goods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Final

from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import CHANNEL, Fields
from huiliu.kernel.texts import text

__all__ = ["KIND", "SLUG", "MessagePrice", "PriceCard", "parse_price_card", "parsed_price_card"]

KIND: Final = "costs"
#: There is one such document of a brand.
SLUG: Final = "default"
_FIELDS: Final = frozenset({*HEADER, "currency", "margin", "messages", "accounts"})
_MESSAGE: Final = frozenset({"channel", "account", "country", "price", "from"})
_MOST: Final = 500
_COUNTRY: Final = 2
_DEAREST: Final = 10_000
#: Ad platform -> the channel that people meet its ads on, where an account says nothing else.
PLATFORM_CHANNELS: Final[Mapping[str, str]] = {
    "ocean_engine": "douyin", "kuaishou": "kuaishou", "tencent_ads": "wechat", "tiktok": "tiktok",
    "meta": "meta", "google_ads": "google",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MessagePrice:
    """What one message costs from a day on."""

    channel: str
    #: "" = whichever.
    account: str
    country: str
    price: Decimal
    #: None = always.
    since: dt.date | None

    def fits(self, channel: str, account: str, country: str, day: dt.date) -> bool:
        """Say whether it holds for a message."""
        return (
            self.channel == channel
            and self.account in {"", account}
            and self.country in {"", country}
            and (self.since is None or self.since <= day)
        )


@dataclass(frozen=True, slots=True)
class PriceCard:
    """What things cost."""

    slug: str = SLUG
    name: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    #: Of sales before discounts, what is left after the goods; None = nobody said.
    margin: float | None = None
    messages: tuple[MessagePrice, ...] = ()
    #: Ad account -> the channel that its spend belongs to.
    accounts: Mapping[str, str] = field(default_factory=dict)
    #: Canonical YAML; "" = there is no document.
    source: str = ""

    @property
    def has_countries(self) -> bool:
        """Say whether any price depends on the country."""
        return any(one.country for one in self.messages)

    def price_of(self, channel: str, account: str, country: str, day: dt.date) -> Decimal | None:
        """Return what a message cost: of the prices that hold the most particular, then the latest.

        None where none holds.
        """
        fitting = [one for one in self.messages if one.fits(channel, account, country, day)]
        if not fitting:
            return None
        return max(fitting, key=_rank).price

    def channel_of(self, account: str, platform: str) -> str:
        """Return the channel that an ad account's spend belongs to."""
        return self.accounts.get(account) or PLATFORM_CHANNELS.get(platform, platform)


def _rank(one: MessagePrice) -> tuple[bool, bool, dt.date]:
    """Return what decides between prices: the account's, the country's, the latest."""
    return bool(one.account), bool(one.country), one.since or dt.date.min


def parse_price_card(source: str | bytes) -> PriceCard | tuple[Problem, ...]:
    """Return the price card of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    if header is not None and header.slug != SLUG:
        fields.wrong("slug", "costs.one_document", slug=SLUG)
    found = PriceCard(
        header.slug if header else "",
        header.name if header else {},
        fields.currency(is_needed=True),
        fields.number("margin", 0, 1),
        _messages(fields),
        _accounts(fields),
        dump(loaded.tree),
    )
    return tuple(fields.problems) if fields.problems else found


@lru_cache(maxsize=64)
def parsed_price_card(source: str) -> PriceCard:
    """Return the price card of a stored source; raise BadInput where it is understood no more."""
    found = parse_price_card(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _messages(fields: Fields) -> tuple[MessagePrice, ...]:
    """Return what messages cost."""
    found: list[MessagePrice] = []
    known: set[tuple[str, str, str, dt.date | None]] = set()
    for part in fields.parts("messages", _MOST) or ():
        part.only(_MESSAGE)
        channel = _channel(part, "channel")
        account = part.word("account", most=80)
        country = part.word("country", most=_COUNTRY).upper()
        if country and not (len(country) == _COUNTRY and country.isascii() and country.isalpha()):
            part.wrong("country", "costs.want_country")
        price = part.number("price", 0, _DEAREST)
        if "price" not in part.tree:
            part.wrong("price", "plans.want_number", least=0, most=_DEAREST)
        since = part.day("from")
        key = (channel, account, country, since)
        if key in known:
            part.wrong("", "costs.twice")
        known.add(key)
        amount = Decimal(str(price or 0.0))
        found.append(MessagePrice(channel, account, country, amount, since))
    return tuple(found)


def _accounts(fields: Fields) -> dict[str, str]:
    """Return where the spend of ad accounts belongs."""
    found: dict[str, str] = {}
    for part in fields.parts("accounts", _MOST) or ():
        part.only({"account", "channel"})
        account = part.word("account", is_needed=True, most=80)
        if account in found:
            part.wrong("account", "costs.twice")
        found[account] = _channel(part, "channel")
    return found


def _channel(part: Fields, name: str) -> str:
    """Return a channel as messages and events name it."""
    found = part.word(name, is_needed=True, most=40)
    if found and not CHANNEL.fullmatch(found):
        part.wrong(name, "plans.want_channel")
    return found
