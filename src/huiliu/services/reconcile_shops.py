"""Looks through shops for what no notice told: window after window, page after page, and queues.

A page's news and the place where reading goes on are written in one transaction, so a crash costs
at most one page to be read again, and nothing is told twice.
"""

from __future__ import annotations

from typing import Final

from msgspec import structs

from huiliu.kernel.errors import ShopFailed, ShopFault
from huiliu.kernel.ids import digest
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.ports.shop_store import QUEUE, Poll, ShopState
from huiliu.ports.shops import Fetched, Page, Platform, Session, Window
from huiliu.ports.world import World
from huiliu.services.ask_shop import ask_shop, note_failure
from huiliu.services.receive_shop_notice import KEPT, keep_notices
from huiliu.services.take_shop_items import take_shop_items

__all__ = ["EVERY", "OVERLAP", "reconcile_shops"]

#: A shop is looked through this often, and each window begins this long before the last one's end:
#: a platform may show a change some time after the instant that it is dated with.
EVERY: Final = 5 * MINUTE
OVERLAP: Final = 5 * MINUTE
#: An empty queue is asked again after this.
_QUEUE_EVERY: Final = 10 * SECOND
_LEASE: Final = 3 * MINUTE
#: Ids that are listed without their contents are fetched in such heaps.
_HEAP: Final = 50


def reconcile_shops(world: World, _limit: int) -> int:
    """Take one page of the poll that has been due longest; 0 = none is due."""
    now = world.clock.now()
    with world.store.system() as tx:
        claimed = tx.shops.claim_poll(now, now + _LEASE)
        if claimed is None:
            return 0
        key, poll = claimed
        state = tx.shops.state(key)
    if state is None or key[1] not in world.shops:
        return 0
    try:
        if poll.kind == QUEUE:
            _empty(world, state)
        else:
            _page(world, state, poll)
    except ShopFailed as fault:
        _wait(world, state, poll, fault)
    return 1


def _wait(world: World, state: ShopState, poll: Poll, fault: ShopFailed) -> None:
    """Let a poll wait; one that is refused begins its window anew, as its mark may be the cause."""
    due = note_failure(world, state, fault)
    after = structs.replace(poll, due_at=due)
    if fault.fault is ShopFault.REFUSED:
        after = structs.replace(after, until=0, cursor="", response=fault.response)
    with world.store.system() as tx:
        tx.shops.save_poll(state.key, after)


def _page(world: World, state: ShopState, poll: Poll) -> None:
    """Take one page of a window, and open the next window after the last one."""
    now = world.clock.now()
    platform = world.shops[state.connection.platform]
    since = poll.reached - OVERLAP
    until = poll.until or min(now, since + platform.longest_window)
    page = ask_shop(
        world, state,
        lambda on, session: _whole(on, session, poll.kind, Window(since, until), poll.cursor),
    )  # fmt: skip
    if page.next:
        after = Poll(poll.kind, poll.reached, now, until, page.next, now)
    else:
        # A window that ends before now has a successor at once.
        due = now + EVERY if until >= now - SECOND else now
        after = Poll(poll.kind, until, due, 0, "", now)
    with world.store.system() as tx:
        tx.shops.worked(state.key, now)
        tx.shops.save_poll(state.key, after)
        if not page.next:
            tx.shops.forget_deliveries(now - KEPT)
        n_new = take_shop_items(tx, world, state, page.items, now)
        if n_new:
            tx.shops.count(state.key, "found", now, n_new)


def _whole(on: Platform, session: Session, kind: str, window: Window, cursor: str) -> Page:
    """Return a page with its contents: what was only listed is fetched."""
    page = on.changed(session, kind, window, cursor)
    items: list[Fetched] = [item for item in page.items if item.raw is not None]
    for of in sorted({item.kind for item in page.items if item.raw is None}):
        bare = [item.id for item in page.items if item.raw is None and item.kind == of]
        for start in range(0, len(bare), _HEAP):
            items += on.fetch(session, of, bare[start : start + _HEAP])
    return Page(tuple(items), page.next)


def _empty(world: World, state: ShopState) -> None:
    """Take notices from a queue: kept first, then acknowledged; a crash in between repeats them."""
    now = world.clock.now()
    pulled = ask_shop(world, state, lambda on, session: on.pull(session))
    due = now if pulled.receipts else now + _QUEUE_EVERY
    with world.store.system() as tx:
        tx.shops.worked(state.key, now)
        tx.shops.save_poll(state.key, Poll(QUEUE, now, due, 0, "", now))
        keep_notices(tx, state, pulled.notices, digest("queue", *pulled.receipts), now)
    if pulled.receipts:
        ask_shop(world, state, lambda on, session: on.acknowledge(session, pulled.receipts))
