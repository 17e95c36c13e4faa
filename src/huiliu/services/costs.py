"""What reaching people cost, by day and channel: messages, media, coupons and points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from huiliu.kernel.fields import Price
from huiliu.kernel.money import Money
from huiliu.metrics.metric import Frame
from huiliu.metrics.spent import counted_messages, given_away
from huiliu.planning.price_card import KIND, MessagePrice, PriceCard, parsed_price_card
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.frames import day_number, day_of, frame_of, usual_currency
from huiliu.services.programme import programme

__all__ = [
    "CostParts",
    "Costs",
    "costs",
    "costs_in",
    "message_price",
    "message_prices",
    "price_card",
]


@dataclass(frozen=True, slots=True)
class CostParts:
    """What was spent, by what it was spent on; in major units of one currency."""

    messages: float = 0.0
    media: float = 0.0
    coupons: float = 0.0
    points: float = 0.0
    #: Messages that no price holds for, or only one in another currency.
    n_unpriced: int = 0

    @property
    def total(self) -> float:
        """Return all of it."""
        return self.messages + self.media + self.coupons + self.points

    def __add__(self, other: CostParts) -> CostParts:
        """Add both."""
        return CostParts(
            self.messages + other.messages, self.media + other.media,
            self.coupons + other.coupons, self.points + other.points,
            self.n_unpriced + other.n_unpriced,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Costs:
    """What was spent over some days."""

    currency: str
    #: Of sales, what is left after the goods; None = nobody said.
    margin: float | None
    #: (day since 1970, channel) -> what was spent; "" = no channel is known.
    cells: Mapping[tuple[int, str], CostParts]
    #: Currency -> media spend that is not in it: nothing is exchanged.
    left_out: Mapping[str, float] = field(default_factory=dict)

    @property
    def by_channel(self) -> Mapping[str, CostParts]:
        """Return the days added up."""
        found: dict[str, CostParts] = {}
        for (_, channel), parts in self.cells.items():
            found[channel] = found.get(channel, CostParts()) + parts
        return found

    @property
    def total(self) -> CostParts:
        """Return all of it."""
        return sum(self.cells.values(), CostParts())


_NOTHING: Final = CostParts()


def price_card(tx: Tx, brand_id: int) -> PriceCard:
    """Return what things cost in a brand; without a document nothing is known."""
    for document in tx.documents.all(brand_id, KIND):
        if document.state == "live":
            return parsed_price_card(document.source)
    return PriceCard()


def message_price(
    tx: Tx, brand_id: int, channel: str, account: str = "", country: str = "",
    day: dt.date | None = None,
) -> Price | None:  # fmt: skip
    """Return what one message costs; None = nobody said.

    Args:
        tx: open on the brand.
        brand_id: whose.
        channel: of the message.
        account: "" = whichever.
        country: of the person; "" = not known.
        day: None = by the latest price.
    """
    card = price_card(tx, brand_id)
    found = card.price_of(channel, account, country, day or dt.date.max)
    return None if found is None else Price(found, card.currency)


def message_prices(tx: Tx, brand_id: int, currency: str) -> Mapping[str, float]:
    """Return channel -> what a message costs at most by the latest prices, of this money."""
    card = price_card(tx, brand_id)
    if card.currency != currency:
        return {}
    latest: dict[tuple[str, str, str], MessagePrice] = {}
    for one in card.messages:
        key = (one.channel, one.account, one.country)
        if key not in latest or (latest[key].since or dt.date.min) < (one.since or dt.date.min):
            latest[key] = one
    found: dict[str, float] = {}
    for one in latest.values():
        found[one.channel] = max(found.get(one.channel, 0.0), float(one.price))
    return found


def costs(  # noqa: PLR0913 - what is asked is as much
    world: World,
    brand_id: int,
    first: dt.date,
    last: dt.date,
    *,
    journeys: Sequence[str] = (),
    channels: Sequence[str] = (),
    currency: str = "",
) -> Costs:
    """Return what was spent on whole days by the brand's clocks.

    Of journeys: their messages, and the discounts of the orders credited to them; media is
    nobody's journey.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    frame = frame_of(world, brand_id, first, last, tuple(channels), currency)
    return costs_in(world, replace(frame, journeys=tuple(journeys)))


def costs_in(world: World, frame: Frame) -> Costs:
    """Return what was spent in a frame; the brand's usual currency where it names none."""
    brand_id = frame.brand_id
    with world.store.transaction(brand_id) as tx:
        card = price_card(tx, brand_id)
        value = programme(tx, world, brand_id).value
    currency = frame.currency or usual_currency(world, brand_id) or card.currency
    frame = replace(frame, currency=currency)
    cells: dict[tuple[int, str], CostParts] = {}
    _add_messages(world, frame, card, cells)
    for row in world.warehouse.run(given_away(frame)).to_pylist():
        points = float(value.amount) if value and value.currency == currency else 0.0
        parts = CostParts(coupons=row["coupons"], points=row["points"] * points)
        _add(cells, row["day"], row["channel"], parts)
    left_out = {} if frame.journeys else _add_media(world, frame, card, cells)
    return Costs(currency, card.margin, cells, left_out)


def _add_messages(
    world: World, frame: Frame, card: PriceCard, cells: dict[tuple[int, str], CostParts]
) -> None:
    """Add what messages cost."""
    rows = world.warehouse.run(counted_messages(frame, by_country=card.has_countries))
    for row in rows.to_pylist():
        price = card.price_of(row["channel"], row["account"], row["country"], day_of(row["day"]))
        if price is None or card.currency != frame.currency:
            parts = CostParts(n_unpriced=row["n"])
        else:
            parts = CostParts(messages=float(price * row["n"]))
        _add(cells, row["day"], row["channel"], parts)


def _add_media(
    world: World, frame: Frame, card: PriceCard, cells: dict[tuple[int, str], CostParts]
) -> dict[str, float]:
    """Add what ads cost; return currency -> what is left out."""
    first, last = day_of(frame.first_day).isoformat(), day_of(frame.last_day).isoformat()
    with world.store.transaction(frame.brand_id) as tx:
        told = [
            (one.day, card.channel_of(one.account, one.platform), one.currency, one.cost)
            for one in tx.ad_results.spend_days(frame.brand_id, first, last)
        ]
        told += tx.ad_results.media_days(frame.brand_id, first, last)
    left_out: dict[str, float] = {}
    for day, channel, currency, cost in told:
        if frame.channels and channel not in frame.channels:
            continue
        amount = float(Money(cost, currency).major)
        if currency != frame.currency:
            left_out[currency] = left_out.get(currency, 0.0) + amount
        else:
            _add(cells, day_number(dt.date.fromisoformat(day)), channel, CostParts(media=amount))
    return left_out


def _add(cells: dict[tuple[int, str], CostParts], day: int, channel: str, parts: CostParts) -> None:
    """Add what was spent on a day."""
    if parts != _NOTHING:
        cells[day, channel] = cells.get((day, channel), _NOTHING) + parts
