"""Gives points for what the log tells, takes them back when an order is undone, follows merges.

One reader at a time, its place in the log and all it books in one transaction; keys are made of the
order or of the event's place, so reading again books nothing twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from huiliu.kernel.bodies import Body, read_body
from huiliu.kernel.events import Event, Flag, Kind, canonical_name
from huiliu.kernel.fields import CHANNEL
from huiliu.kernel.times import as_instant, local_datetime
from huiliu.ports.log import PROJECTOR
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.points import MOST_POINTS, NOTHING, Operation
from huiliu.rewards.points import Kind as Does
from huiliu.rewards.programme import Earned, Limit, Programme, amounts_of
from huiliu.services.member_tiers import tier_of
from huiliu.services.post_points import post
from huiliu.services.programme import programme

__all__ = ["FOLLOWER", "Told", "earned_for", "earning_operations", "follow_points"]

#: The name of its cursor.
FOLLOWER: Final = "points"
PAID: Final = "Order Paid"
_UNDONE: Final = frozenset({"Order Refunded", "Order Cancelled"})
_JOINED: Final = frozenset({"$merge", "$unmerge"})
_ALL: Final = Decimal(1)
_MOST_OF_IT: Final = Decimal("0.999999")
_LONGEST: Final = 200
#: What an order costs at most where refunds of parts are judged by it.
_MOST_WORTH: Final = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Told:
    """Something that somebody did, as an event tells it or will."""

    #: Canonical name.
    event: str
    profile_id: int
    channel: str
    properties: Mapping[str, Any]
    occurred_at: int
    #: What makes its keys its own where it is about no order: the event's place in the log.
    place: str = ""

    @property
    def order_id(self) -> str:
        """Return the order that it is about; "" = none."""
        return _order(self.properties)


def earned_for(tx: Tx, world: World, brand_id: int, told: Told) -> list[Earned]:
    """Return what something earns, a rule each; limits per person are not looked at."""
    rules = programme(tx, world, brand_id)
    if told.event not in rules.events:
        return []
    return _earned(rules, world, told, _tier(tx, brand_id, told.profile_id))


def earning_operations(tx: Tx, world: World, brand_id: int, told: Told) -> list[Operation]:
    """Return what books the points for something: the same, with the same keys, for ever.

    Whoever knows of an order first may post them; the log's reader then finds them booked.
    """
    return _operations(told, earned_for(tx, world, brand_id, told))


def _earned(rules: Programme, world: World, told: Told, tier: Decimal) -> list[Earned]:
    """Return what something earns under some rules, at a level."""
    day = _day(world, told.occurred_at)
    return rules.earned(told.event, told.channel, told.properties, day, tier)


def _operations(told: Told, several: Sequence[Earned]) -> list[Operation]:
    """Return what books points that were earned."""
    found: list[Operation] = []
    for earned in several:
        if earned.points > MOST_POINTS:
            # Whoever tells of so much tells nonsense, and the ledger holds no such number.
            continue
        rule, at = earned.rule, told.occurred_at
        what = f"order {told.order_id}" if told.order_id else told.place
        found.append(Operation(
            f"earn:{rule.id}:{what}", Does.EARN, told.profile_id, earned.points, told.channel,
            rule.id, told.order_id, matures_at=at + rule.pending if rule.pending else None,
            expires_at=at + rule.expires if rule.expires else 0, at=at,
            worth=min(sum(amounts_of(told.properties), NOTHING), _MOST_WORTH),
            # Amounts may be told a second time a little differently: the first word stands.
            body=b"earned",
        ))  # fmt: skip
    return found


def follow_points(world: World, limit: int) -> int:
    """Read on in the log; return how many events were read."""
    with world.store.system() as tx:
        first, projected = tx.log.cursor(FOLLOWER), tx.log.peek_cursor(PROJECTOR)
        if first >= projected:
            return 0
        books = {
            brand_id: rules
            for brand_id in tx.documents.brands()
            if (rules := programme(tx, world, brand_id)).rules or tx.points.has_any(brand_id)
        }
        if not books:
            tx.log.move_cursor(FOLLOWER, projected)
            return projected - first
        events = tx.log.read(0, first, min(limit, projected - first))
        past = events[-1].offset + 1 if events else projected
        whose = tx.log.read_profiles(0, first, past - 1) if events else {}
        told = []
        for brand_id, rules in sorted(books.items()):
            mine = [one for one in events if one.brand_id == brand_id]
            told += _Reader(tx, world, brand_id, rules, whose).read(mine)
        tx.log.move_cursor(FOLLOWER, past)
        # Last of all: the log is locked from here to commit.
        tx.log.append(told)
    return past - first


@dataclass(slots=True)
class _Reader:
    """Reads the events of one brand."""

    tx: Tx
    world: World
    brand_id: int
    rules: Programme
    whose: Mapping[int, int]
    operations: list[Operation] = field(default_factory=list)
    tiers: dict[int, Decimal] = field(default_factory=dict)

    def read(self, events: Sequence[Event]) -> list[Any]:
        """Book what the events mean, and return what is told of it."""
        wanted = self.rules.events | _UNDONE | _JOINED
        for event in events:
            name = canonical_name(event.name)
            if name not in wanted or event.flags & Flag.TEST:
                continue
            try:
                body = read_body(event.body)
            except ValueError:
                continue
            who = body.profile_id if event.kind is Kind.INTERNAL else 0
            self._hear(event, name, body, who or self.whose.get(event.offset, 0))
        return post(self.tx, self.world, self.brand_id, self.operations).events

    def _hear(self, event: Event, name: str, body: Body, who: int) -> None:
        """Note what one event means for points."""
        if name in _JOINED:
            self._join(event, name, body.properties, who)
            return
        if name in _UNDONE:
            self._undo(event, name, body)
        if name in self.rules.events and who and not event.flags & Flag.HISTORICAL:
            channel = body.properties.get("channel") or body.context.get("channel")
            told = Told(
                name, who, _channel(channel), body.properties, event.occurred_at,
                f"{event.partition}/{event.offset}",
            )  # fmt: skip
            limits = {rule.id: rule.limit for rule in self.rules.rules}
            earned = _earned(self.rules, self.world, told, self._tier_of(who))
            for one in _operations(told, earned):
                if self._is_within(one, limits[one.reason]):
                    self.operations.append(one)

    def _tier_of(self, who: int) -> Decimal:
        """Return how many times as much a person's level earns, asked once a batch."""
        if who not in self.tiers:
            self.tiers[who] = _tier(self.tx, self.brand_id, who)
        return self.tiers[who]

    def _undo(self, event: Event, name: str, body: Body) -> None:
        """Take back what an order earned, and give back what was spent on it."""
        order_id = _order(body.properties)
        if not order_id:
            return
        found = self.tx.points.people_of_orders(self.brand_id, [order_id])
        known, worth = found.get(order_id, ([], NOTHING))
        booked = []
        for one in self.operations:
            if one.order_id == order_id and one.kind is Does.EARN:
                booked.append(one.profile_id)
                worth = max(worth, one.worth)
        share = _share(body.properties, worth) if name == "Order Refunded" else _ALL
        who = body.profile_id or self.whose.get(event.offset, 0)
        people = {*known, *booked} or {who}
        what = "all" if share == _ALL else f"{event.partition}/{event.offset}"
        for profile_id in sorted(people - {0}):
            for does in (Does.CLAW_BACK, Does.GIVE_BACK):
                self.operations.append(Operation(
                    f"{does.value}:{order_id}:{profile_id}:{what}", does, profile_id,
                    reason="order_undone", order_id=order_id, share=share,
                    at=event.occurred_at, body=b"undone",
                ))  # fmt: skip

    def _join(self, event: Event, name: str, said: Mapping[str, Any], who: int) -> None:
        """Let points go with the people."""
        other = said.get("from") if name == "$merge" else said.get("to")
        if not isinstance(other, int) or not other or not who or other == who:
            return
        place = f"{event.partition}/{event.offset}"
        if name == "$merge":
            key, one, to, does = f"fold:{place}", other, who, Does.FOLD
        else:
            # It is about the person who is somebody else after all; `to` is who had them.
            key, one, to, does = f"unfold:{place}", other, who, Does.UNFOLD
        self.operations.append(Operation(key, does, one, other=to, at=event.occurred_at))

    def _is_within(self, one: Operation, limit: Limit | None) -> bool:
        """Say whether a rule still gives points to its person; nobody else books them meanwhile."""
        if limit is None:
            return True
        present = self.tx.people.present(self.brand_id, [one.profile_id])
        who = present.get(one.profile_id, one.profile_id)
        ids = {who, *self.tx.people.histories(self.brand_id, [who]).get(who, [])}
        since, until = _window(limit.every, one.at, self.world.zone)
        n = self.tx.points.times(self.brand_id, ids, one.reason, since, until)
        n += sum(
            1 for before in self.operations
            if before.profile_id in ids and before.reason == one.reason
            and since <= before.at < until
        )  # fmt: skip
        return n < limit.times


def _order(properties: Mapping[str, Any]) -> str:
    """Return the order that an event is about; "" = none."""
    found = properties.get("order_id")
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    # What cannot be shown names no order: a NUL fits into no table, and would stop the reader.
    written = str(found)[:_LONGEST]
    return written if written.isprintable() else ""


def _channel(found: object) -> str:
    """Return the channel that an event names; "" where it is none, such as a person's words."""
    return found if isinstance(found, str) and CHANNEL.fullmatch(found) else ""


def _number(found: object) -> Decimal | None:
    """Return a number of an event; None where it is none."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    number = Decimal(str(found))
    return number if number.is_finite() else None


def _share(properties: Mapping[str, Any], worth: Decimal) -> Decimal:
    """Return which share of an order was refunded; all of it where nothing else is said."""
    refund, total = _number(properties.get("refund")), _number(properties.get("total"))
    if total is not None and total > 0:
        worth = total
    if not properties.get("is_partial") or refund is None or worth <= 0:
        return _ALL
    # A part is never all of it, so that what is refunded last still says so.
    return min(_MOST_OF_IT, max(Decimal(0), refund / worth))


def _tier(tx: Tx, brand_id: int, profile_id: int) -> Decimal:
    """Return how many times as much a person's tier earns."""
    found = tier_of(tx, brand_id, profile_id)
    return found.multiplier if found is not None else _ALL


def _day(world: World, at: int) -> dt.date:
    """Return the day of an instant where the brand is."""
    return local_datetime(at, world.zone).date()


def _window(every: str, at: int, zone: str) -> tuple[int, int]:
    """Return the calendar day, week or month in which an instant lies; all time for `ever`."""
    if every == "ever":
        return 0, 1 << 62
    day = local_datetime(at, zone).date()
    if every == "day":
        first, after = day, day + dt.timedelta(days=1)
    elif every == "week":
        first = day - dt.timedelta(days=day.weekday())
        after = first + dt.timedelta(days=7)
    else:
        first = day.replace(day=1)
        after = (first + dt.timedelta(days=32)).replace(day=1)
    return as_instant(first.isoformat(), zone) or 0, as_instant(after.isoformat(), zone) or 0
