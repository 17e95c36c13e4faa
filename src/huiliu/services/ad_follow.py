"""Follows the log for ads: whom audiences have to look at again, clicks, and orders to tell of.

What a person's place in an audience should be is never decided here: they are marked, and looked
at as they are by then. So an event that is read twice, late or out of order does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from huiliu.advertising.clicks import clicks_in
from huiliu.advertising.permission import PURPOSE
from huiliu.forwarding.items import ERASED
from huiliu.kernel.bodies import Body, read_body
from huiliu.kernel.consents import CONSENT_EVENTS, EVERY, PURPOSES, word_of
from huiliu.kernel.events import Event, Flag, IdentifierType, Kind, canonical_name
from huiliu.kernel.ids import digest, show_id
from huiliu.kernel.money import Money
from huiliu.kernel.times import DAY
from huiliu.ports.ad_results import ClickRow, ConversionRow
from huiliu.ports.ads import AccountRow
from huiliu.ports.log import PROJECTOR
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.ad_accounts import FOLLOWER
from huiliu.services.ad_audiences import live_audiences

__all__ = ["CONVERTED", "event_id_of", "follow_ads", "forget_ad_clicks"]

#: The events that are told to platforms.
CONVERTED: Final = ("Order Paid", "Order Created")
_JOINS: Final = {"Ad Audience Joined": 1, "Ad Audience Left": -1}
_SEGMENTS: Final = frozenset({"Segment Entered", "Segment Exited"})
_ADDRESSES: Final = frozenset({"Address Suppressed", "Address Restored"})
#: What tells that a person is somebody else now, or that an address is not to be used.
_WHO: Final = _ADDRESSES | {"$merge", "$unmerge", "$identify", ERASED}
#: A click that is older leads to nothing that a platform would count.
_CLICK_LIVES: Final = 90 * DAY
_NAMING: Final = frozenset({IdentifierType.PHONE, IdentifierType.EMAIL})
_AMOUNTS: Final = ("total", "revenue", "value")


@dataclass(slots=True)
class _Brand:
    """What a batch of events says about one brand."""

    brand_id: int
    accounts: Sequence[AccountRow]
    #: Audience -> its segment.
    segments: Mapping[str, str]
    marked: dict[str, set[int]] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    joins: list[tuple[str, int, int]] = field(default_factory=list)
    folds: list[tuple[int, int]] = field(default_factory=list)
    clicks: list[ClickRow] = field(default_factory=list)
    conversions: list[ConversionRow] = field(default_factory=list)


def follow_ads(world: World, limit: int) -> int:
    """Read on in the log; return how many events were read."""
    with world.store.system() as tx:
        if not (brands := tx.ads.brands()):
            return 0
        first, projected = tx.log.cursor(FOLLOWER), tx.log.peek_cursor(PROJECTOR)
        if first >= projected:
            return 0
        events = tx.log.read(0, first, min(limit, projected - first))
        past = events[-1].offset + 1 if events else projected
        whose = tx.log.read_profiles(0, first, past - 1) if events else {}
        now = world.clock.now()
        for brand_id in sorted(brands):
            mine = [one for one in events if one.brand_id == brand_id]
            if mine:
                _follow(tx, brand_id, mine, whose, now)
        tx.log.move_cursor(FOLLOWER, past)
    return past - first


def forget_ad_clicks(world: World, limit: int) -> int:
    """Drop clicks that are older than any platform counts."""
    with world.store.system() as tx:
        return tx.ad_results.forget_clicks(world.clock.now() - _CLICK_LIVES, limit)


def event_id_of(brand_id: int, event: str, order_id: str) -> str:
    """Return the id of a conversion: the same order and event, the same id."""
    return show_id(digest("conversion", brand_id, event, order_id))


def _follow(
    tx: Tx, brand_id: int, events: Sequence[Event], whose: Mapping[int, int], now: int
) -> None:
    """Take in the events of one brand."""
    segments = {one.slug: one.segment for one in live_audiences(tx, brand_id).values()}
    brand = _Brand(brand_id, tx.ads.accounts(brand_id), segments)
    read: list[tuple[Event, Body, int]] = []
    for event in events:
        try:
            body = read_body(event.body)
        except ValueError:
            continue
        mine = body.profile_id if event.kind is Kind.INTERNAL else whose.get(event.offset, 0)
        read.append((event, body, mine or body.profile_id))
    present = tx.people.present(brand_id, {who for _, _, who in read if who})
    for event, body, who in read:
        _hear(tx, brand, event, body, present.get(who, who))
    for gone, into in brand.folds:
        tx.ads.fold(brand_id, gone, into, now)
    for audience, profile, joined in brand.joins:
        tx.ads.join(brand_id, audience, profile, joined, now)
    for audience, profiles in brand.marked.items():
        tx.ads.mark(brand_id, audience, profiles - {0}, now)
    tx.ads.mark_known(brand_id, brand.known - {0}, now)
    tx.ad_results.keep_clicks(brand_id, brand.clicks)
    tx.ad_results.add_conversions(brand_id, brand.conversions)


def _hear(tx: Tx, brand: _Brand, event: Event, body: Body, who: int) -> None:
    """Note what one event means for ads."""
    name, said = canonical_name(event.name), body.properties
    if event.flags & Flag.TEST:
        return
    if event.kind is Kind.INTERNAL or event.name.startswith("$"):
        _hear_own(tx, brand, event.name, said, who)
    if name in CONSENT_EVENTS:
        purpose = word_of(said.get("purpose")) or PURPOSES[0]
        if purpose == PURPOSE or purpose in EVERY:
            brand.known.add(who)
    elif who and any(one.type in _NAMING for one in event.identifiers):
        brand.known.add(who)
    if not who or event.kind is Kind.INTERNAL:
        return
    brand.clicks += [
        ClickRow(who, platform, word, value, event.occurred_at)
        for platform, word, value in clicks_in(said, body.context)
    ]
    if name in CONVERTED and not event.flags & Flag.HISTORICAL:
        brand.conversions += _conversions(brand, name, said, who, event.occurred_at)


def _hear_own(tx: Tx, brand: _Brand, name: str, said: Mapping[str, Any], who: int) -> None:
    """Note what one of Huiliu's own events means for ads."""
    if name in _SEGMENTS:
        for audience, segment in brand.segments.items():
            if segment and segment == said.get("segment"):
                brand.marked.setdefault(audience, set()).add(who)
    elif name in _JOINS:
        audience = str(said.get("audience") or "")
        if audience in brand.segments and who:
            brand.joins.append((audience, who, _JOINS[name]))
    elif name in _WHO:
        brand.known.add(who)
        _hear_who(tx, brand, name, said, who)


def _hear_who(tx: Tx, brand: _Brand, name: str, said: Mapping[str, Any], who: int) -> None:
    """Note who became whom, and whose address it is."""
    other = int(said.get("from") or 0) if name == "$merge" else int(said.get("to") or 0)
    if name == "$merge" and other and other != who:
        brand.folds.append((other, who))
    elif name == "$unmerge":
        # Both are looked at wherever either was known.
        for audience, _ in tx.ads.of_person(brand.brand_id, [who, other]):
            brand.marked.setdefault(audience, set()).update({who, other})


def _conversions(
    brand: _Brand, name: str, said: Mapping[str, Any], who: int, at: int
) -> list[ConversionRow]:
    """Return an order event as it goes to each account that wants conversions."""
    order = said.get("order_id")
    if not isinstance(order, str | int) or not str(order):
        return []
    amount = next((said[key] for key in _AMOUNTS if said.get(key) is not None), 0)
    found: list[ConversionRow] = []
    for account in brand.accounts:
        if account.config.get("conversions") != "on":
            continue
        unit = str(said.get("currency") or account.config.get("currency") or "CNY").upper()
        money = Money.parse(str(amount), unit) if len(unit) == 3 else None
        found.append(ConversionRow(
            account.name, event_id_of(brand.brand_id, name, str(order)), who, name,
            str(order)[:200], money.minor if money else 0, unit[:3], at,
        ))  # fmt: skip
    return found
