"""Follows notices: fetches what they point to as it is now, and tells what is new in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiliu.kernel.errors import ShopFailed, ShopFault
from huiliu.kernel.times import MINUTE
from huiliu.ports.shop_store import ShopState, WaitingNotice
from huiliu.ports.shops import Fetched
from huiliu.ports.world import World
from huiliu.services.ask_shop import ask_shop, note_failure
from huiliu.services.take_shop_items import take_shop_items

__all__ = ["follow_shop_notices"]

#: Nobody else follows what somebody has taken, so long.
_LEASE: Final = 2 * MINUTE
_AT_ONCE: Final = 50
#: What the shop does not have yet is looked for again: some notices come before their order.
_AGAIN: Final = MINUTE
_MOST_ATTEMPTS: Final = 6


def follow_shop_notices(world: World, limit: int) -> int:
    """Follow the notices of the shop whose notice waited longest; return how many were taken."""
    now = world.clock.now()
    with world.store.system() as tx:
        key = tx.shops.next_shop(now)
        state = None if key is None else tx.shops.state(key)
        if key is None or state is None:
            return 0
        claimed = tx.shops.claim_notices(key, now, min(limit, _AT_ONCE), now + _LEASE)
    if not claimed:
        return 0
    try:
        found = _fetch(world, state, claimed)
    except ShopFailed as fault:
        until = note_failure(world, state, fault)
        with world.store.system() as tx:
            _put_back(world, state, claimed, until)
        return len(claimed)
    _settle(world, state, claimed, found, now)
    return len(claimed)


def _fetch(
    world: World, state: ShopState, claimed: Sequence[WaitingNotice]
) -> dict[tuple[str, str], Fetched]:
    """Return what the notices point to; several of one thing fetch it once.

    A platform that refuses several things at once is asked for each: one bad id stops no other.
    """
    found: dict[tuple[str, str], Fetched] = {}
    for kind in sorted({one.kind for one in claimed}):
        ids = list(dict.fromkeys(one.thing_id for one in claimed if one.kind == kind))
        items = _of_kind(world, state, kind, ids)
        found |= {(kind, item.id): item for item in items if item.raw is not None}
    return found


def _of_kind(world: World, state: ShopState, kind: str, ids: Sequence[str]) -> list[Fetched]:
    """Return things of one kind; those that the platform refuses are left out."""
    try:
        return ask_shop(world, state, lambda on, session: on.fetch(session, kind, ids))
    except ShopFailed as fault:
        if fault.fault is not ShopFault.REFUSED:
            raise
        if len(ids) == 1:
            note_failure(world, state, fault)
            return []
    return [item for each in ids for item in _of_kind(world, state, kind, [each])]


def _settle(
    world: World, state: ShopState, claimed: Sequence[WaitingNotice],
    found: dict[tuple[str, str], Fetched], fetched_at: int,
) -> None:  # fmt: skip
    """Write what was found with the end of its notices; look for the rest again, not for ever."""
    now = world.clock.now()
    brand_id = state.connection.brand_id
    missing = [one for one in claimed if (one.kind, one.thing_id) not in found]
    again = [one.notice_id for one in missing if one.attempts < _MOST_ATTEMPTS]
    done = [one.notice_id for one in claimed if one.notice_id not in set(again)]
    with world.store.system() as tx:
        tx.shops.drop_notices(brand_id, done)
        tx.shops.postpone_notices(brand_id, again, now + _AGAIN)
        if len(missing) > len(again):
            tx.shops.count(state.key, "missing", now, len(missing) - len(again))
        if found:
            tx.shops.worked(state.key, now)
        take_shop_items(tx, world, state, list(found.values()), fetched_at)


def _put_back(world: World, state: ShopState, claimed: Sequence[WaitingNotice], until: int) -> None:
    """Let notices wait until their shop has rested: none is lost, however long that takes."""
    with world.store.system() as tx:
        ids = [one.notice_id for one in claimed]
        tx.shops.postpone_notices(state.connection.brand_id, ids, until)
