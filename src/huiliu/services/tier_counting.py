"""What of the log counts towards levels: payments, what came back, points, and what rules name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from huiliu.kernel.bodies import Body, read_body
from huiliu.kernel.events import Event, Flag, Kind, canonical_name
from huiliu.kernel.ids import digest
from huiliu.kernel.money import Money
from huiliu.ports.store import Tx
from huiliu.ports.tiers import TierFact
from huiliu.rewards.standing import as_hundredths
from huiliu.rewards.tiers import PAID, Feed, Measure, Tiers
from huiliu.services.tier_gifts import Gift, feed_gift

__all__ = ["Heard", "count"]

_BACK: Final = frozenset({"Order Refunded", "Order Cancelled"})
_EARNED: Final = "Points Earned"
_CLAWED_BACK: Final = "Points Clawed Back"
_JOINED: Final = frozenset({"$merge", "$unmerge"})
_HEARD: Final = frozenset({PAID, _EARNED, _CLAWED_BACK, *_BACK, *_JOINED})
_AMOUNTS: Final = ("total", "revenue", "value")
#: More than anything costs: nothing of the order is left.
_ALL: Final = 10**15
_ONE: Final = 100


@dataclass(slots=True)
class Heard:
    """What a batch of events means for one ladder."""

    #: Ids whose standing is to be looked at, as they came.
    touched: set[int] = field(default_factory=set)
    gifts: list[Gift] = field(default_factory=list)
    #: (profile, ref) -> what counts; written before the next refund, and at the end.
    facts: dict[tuple[int, bytes], TierFact] = field(default_factory=dict)


def count(
    tx: Tx,
    brand_id: int,
    tiers: Tiers,
    events: Sequence[Event],
    whose: Mapping[int, int],
    now: int,
) -> Heard:
    """Write down what counts in some events; return who is touched and what rules give."""
    heard = Heard()
    wanted = _HEARD | {one.event for one in tiers.feeds}
    for event in events:
        name = canonical_name(event.name)
        # Most of a log is about nothing that counts, and reading bodies is what takes time.
        if name not in wanted or event.flags & Flag.TEST:
            continue
        try:
            body = read_body(event.body)
        except ValueError:
            continue
        who = body.profile_id or whose.get(event.offset, 0)
        if name in _JOINED and event.kind is Kind.INTERNAL:
            heard.touched |= {who} - {0}
        elif name in _BACK:
            _take_back(tx, brand_id, tiers, heard, body, name, who)
        elif who:
            _hear(tiers, heard, event, name, body, who, now)
    _write(tx, brand_id, tiers, heard)
    return heard


def _hear(  # noqa: PLR0913, PLR0917 - an event and whose it is
    tiers: Tiers, heard: Heard, event: Event, name: str, body: Body, who: int, now: int
) -> None:
    """Count one event, and note what rules give for it."""
    said = body.properties
    feed = next((one for one in tiers.feeds if one.takes(name, said)), None)
    order = _order(said)
    if name == PAID and order:
        amount = _worth(tiers, said)
        weight = as_hundredths(feed.counts) if feed else _ONE
        _add(heard, TierFact(who, _order_ref(order), event.occurred_at, amount, 0, weight))
    elif name in {_EARNED, _CLAWED_BACK} and event.kind is Kind.INTERNAL:
        if tiers.measure is Measure.POINTS:
            _hear_points(heard, event, name, said, who)
    elif feed is not None and feed.counts:
        ref = _feed_ref(feed, order or f"{event.partition}/{event.offset}")
        weight = as_hundredths(feed.counts)
        amount = _worth(tiers, said)
        _add(heard, TierFact(who, ref, event.occurred_at, amount, 0, weight))
    if feed is not None and feed.gives and event.occurred_at > now - feed.fresh:
        what = order or f"{event.partition}/{event.offset}"
        heard.gifts.append(feed_gift(tiers, feed, who, what, event.occurred_at))


def _hear_points(heard: Heard, event: Event, name: str, said: Mapping[str, Any], who: int) -> None:
    """Count points that were earned, or taken back."""
    try:
        amount = as_hundredths(Decimal(str(said.get("amount") or 0)))
    except InvalidOperation:
        return
    ref = digest("tier points", str(said.get("entry") or f"{event.partition}/{event.offset}"))
    paid = amount if name == _EARNED else -amount
    _add(heard, TierFact(who, ref, event.occurred_at, paid))


def _take_back(  # noqa: PLR0913, PLR0917 - what came back, and whose it is
    tx: Tx, brand_id: int, tiers: Tiers, heard: Heard, body: Body, name: str, who: int
) -> None:
    """Let an order that came back count no more, whoever tells it."""
    order = _order(body.properties)
    if not order:
        return
    _write(tx, brand_id, tiers, heard)
    amount = _ALL
    if tiers.measure is Measure.SPEND and name == "Order Refunded" and (
        body.properties.get("is_partial")
    ):  # fmt: skip
        amount = _money(tiers, body.properties, ("refund",))
    elif body.properties.get("is_partial"):
        # A part of an order that came back leaves an order.
        return
    own = tx.tiers.refund(brand_id, tiers.slug, _order_ref(order), amount)
    if not own and who:
        # It came before the payment: then it waits for it.
        _add(heard, TierFact(who, _order_ref(order), 0, 0, amount))
    for feed in tiers.feeds:
        if feed.counts and feed.event != PAID:
            own += tx.tiers.refund(brand_id, tiers.slug, _feed_ref(feed, order), amount)
    heard.touched |= set(own)


def _add(heard: Heard, fact: TierFact) -> None:
    """Note what counts; the same thing twice in a batch is one."""
    heard.touched.add(fact.profile_id)
    key = (fact.profile_id, fact.ref)
    before = heard.facts.get(key)
    if before is not None:
        fact = TierFact(
            fact.profile_id, fact.ref, min(before.at, fact.at) or fact.at,
            max(before.paid, fact.paid), before.refunded + fact.refunded,
            before.weight if before.paid else fact.weight,
        )  # fmt: skip
    heard.facts[key] = fact


def _write(tx: Tx, brand_id: int, tiers: Tiers, heard: Heard) -> None:
    """Write what was noted so far."""
    tx.tiers.add_facts(brand_id, tiers.slug, list(heard.facts.values()))
    heard.facts.clear()


def _order(said: Mapping[str, Any]) -> str:
    """Return an order's number; "" = there is none."""
    found = said.get("order_id")
    return str(found)[:200] if isinstance(found, str | int) and str(found) else ""


def _order_ref(order: str) -> bytes:
    """Return the hash of an order."""
    return digest("tier order", order)


def _feed_ref(feed: Feed, what: str) -> bytes:
    """Return the hash of what a rule counts."""
    return digest("tier feed", feed.id, what)


def _worth(tiers: Tiers, said: Mapping[str, Any]) -> int:
    """Return how much a payment counts: money of the ladder's currency, or one order."""
    if tiers.measure is Measure.ORDERS:
        return _ONE
    return _money(tiers, said, _AMOUNTS) if tiers.measure is Measure.SPEND else 0


def _money(tiers: Tiers, said: Mapping[str, Any], names: Sequence[str]) -> int:
    """Return an amount in minor units; 0 where it is none, or of another currency."""
    if str(said.get("currency") or tiers.currency).upper() != tiers.currency:
        return 0
    written = next((said[name] for name in names if said.get(name) is not None), 0)
    money = Money.parse(str(written), tiers.currency)
    return min(max(money.minor, 0), _ALL) if money else 0
