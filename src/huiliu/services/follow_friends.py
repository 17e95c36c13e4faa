"""Hears the orders of friends: the first one makes a customer of them, a refund undoes that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import structs

from huiliu.kernel.bodies import read_body
from huiliu.kernel.events import Event, Flag, Kind, canonical_name
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY
from huiliu.ports.invites import FriendRow
from huiliu.ports.log import PROJECTOR
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.give_invite_rewards import give_invite_rewards
from huiliu.services.referrals import version_in
from huiliu.services.settle_invites import end_invites, settle_invites

__all__ = ["FOLLOWER", "bring_friends", "follow_friends", "forget_devices"]

#: The name of the cursor.
FOLLOWER: Final = "friends"
_PAID: Final = "Order Paid"
_UNDONE: Final = frozenset({"Order Cancelled", "Order Refunded"})
_NOT_NOW: Final = Flag.HISTORICAL | Flag.TEST
#: Devices and addresses of an invite that ended are forgotten after so long.
_KEPT_FOR: Final = 90 * DAY


def bring_friends(world: World, limit: int = 500) -> int:
    """Do everything that waits for friends: hear orders, decide, end invites, give rewards."""
    return (
        follow_friends(world, limit)
        + settle_invites(world, limit)
        + end_invites(world, limit)
        + give_invite_rewards(world, limit)
    )


def forget_devices(world: World, limit: int) -> int:
    """Forget devices and addresses that nobody needs any more."""
    with world.store.system() as tx:
        return tx.invites.forget(world.clock.now() - _KEPT_FOR, limit)


def follow_friends(world: World, limit: int = 2_000) -> int:
    """Read on in the log as far as people are known; return how many events were read."""
    with world.store.system() as tx:
        # In this order: who comes after the look has their orders after the cursor.
        projected = tx.log.peek_cursor(PROJECTOR)
        if tx.invites.is_empty():
            if tx.log.peek_cursor(FOLLOWER) < projected:
                tx.log.cursor(FOLLOWER)
                tx.log.move_cursor(FOLLOWER, projected)
            return 0
        first = tx.log.cursor(FOLLOWER)
        if first >= projected:
            return 0
        events = tx.log.read(0, first, min(limit, projected - first))
        past = events[-1].offset + 1 if events else projected
        orders = [one for one in events if _matters(one)]
        if orders:
            whose = tx.log.read_profiles(0, first, past - 1)
            for brand_id in sorted({one.brand_id for one in orders}):
                _hear(tx, brand_id, [one for one in orders if one.brand_id == brand_id], whose)
        tx.log.move_cursor(FOLLOWER, past)
    return len(events)


def _matters(event: Event) -> bool:
    """Say whether an event is one about an order that happens now."""
    if event.flags & _NOT_NOW or event.kind is not Kind.TRACK:
        return False
    name = canonical_name(event.name)
    return name == _PAID or name in _UNDONE


def _hear(tx: Tx, brand_id: int, events: Sequence[Event], whose: Mapping[int, int]) -> None:
    """Take in the orders of one brand."""
    people = {whose[one.offset] for one in events if whose.get(one.offset)}
    present = tx.people.present(brand_id, people)
    histories = tx.people.histories(brand_id, {present.get(one, one) for one in people})
    ids = {one for many in histories.values() for one in many} | people
    friends = tx.invites.buyers(brand_id, ids)
    now_is = {before: after for after, many in histories.items() for before in many}
    by_person: dict[int, list[FriendRow]] = {}
    for row in friends:
        by_person.setdefault(now_is.get(row.profile_id, row.profile_id), []).append(row)
    for event in events:
        who = whose.get(event.offset, 0)
        for row in by_person.get(present.get(who, who), ()):
            _note(tx, row, event)


def _note(tx: Tx, row: FriendRow, event: Event) -> None:
    """Write down what an order means for one friend, under the lock of their invite."""
    order_id = str(read_body(event.body).properties.get("order_id") or "")
    order_key = digest("order", row.brand_id, order_id)
    invite = tx.invites.lock(row.brand_id, row.invite_id)
    row = tx.invites.friend(row.brand_id, row.invite_id, row.friend)
    campaign = version_in(tx, row.brand_id, row.campaign, invite.version)
    is_paid = canonical_name(event.name) == _PAID
    if is_paid and not row.paid_at and event.occurred_at >= row.accepted_at and order_id:
        due_at = event.occurred_at + campaign.hold if row.state == "ordering" else row.due_at
        tx.invites.change_friend(structs.replace(
            row, paid_at=event.occurred_at, order_key=order_key, due_at=due_at
        ))  # fmt: skip
        return
    # What counted already stays: the time in which an order can be given back was waited for.
    stays = row.state == "counted" and campaign.mechanic == "referral"
    if not is_paid and row.paid_at and row.order_key == order_key and not stays:
        due_at = 0 if row.state == "ordering" else row.due_at
        tx.invites.change_friend(structs.replace(row, paid_at=0, order_key=None, due_at=due_at))
