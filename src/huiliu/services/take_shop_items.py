"""Takes in what a shop showed: every item's news become events, with what was told, at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from huiliu.kernel.errors import BadInput
from huiliu.ports.shop_store import ShopState, Told
from huiliu.ports.shops import PRODUCT, Fetched, Platform, ShopProduct, Story
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.ingest import accept
from huiliu.services.shop_news import news
from huiliu.services.take_products import take_products

__all__ = ["take_shop_items"]

_PURPOSE: Final = "shop buyer"

log = structlog.get_logger()


def take_shop_items(
    tx: Tx, world: World, state: ShopState, items: Sequence[Fetched], fetched_at: int
) -> int:
    """Write what is new in these items and return how many events that made.

    Call it last in the transaction: the log is locked from here to commit.

    Args:
        tx: the transaction.
        world: the instance.
        state: the shop.
        items: what it showed.
        fetched_at: when it was asked for them.
    """
    platform, now = world.shops[state.connection.platform], world.clock.now()
    stories, n_bad = _stories(platform, state, items)
    products: list[ShopProduct] = []
    for item in items:
        if item.kind == PRODUCT and item.raw is not None:
            try:
                products += platform.read_products(item, state.connection)
            except BadInput as fault:
                n_bad += _unreadable(state, item, fault)
    if n_bad:
        tx.shops.count(state.key, "unreadable", now, n_bad)
    take_products(tx, world, state.connection, products, fetched_at)
    past, present = _news(tx, world, state, stories, now)
    n_new = 0
    for calls, historical in ((past, True), (present, False)):
        if calls:
            done = accept(
                tx, world, state.connection.brand_id, calls, received_at=now, historical=historical
            )
            n_new += done.n_new
            for _, problem in done.problems:
                log.warning("shop_event_refused", shop=state.connection.name, path=problem.path,
                            reason=problem.text.key)  # fmt: skip
    return n_new


def _stories(
    platform: Platform, state: ShopState, items: Sequence[Fetched]
) -> tuple[dict[tuple[str, str], list[Story]], int]:
    """Return the stories by kind and id, oldest first, and how many items could not be read."""
    found: dict[tuple[str, str], list[Story]] = {}
    n_bad = 0
    for item in items:
        if item.kind == PRODUCT or item.raw is None:
            continue
        try:
            story = platform.read(item, state.connection)
        except BadInput as fault:
            n_bad += _unreadable(state, item, fault)
            continue
        found.setdefault((story.kind, story.id), []).append(story)
    for several in found.values():
        several.sort(key=lambda one: one.version)
    return found, n_bad


def _unreadable(state: ShopState, item: Fetched, fault: BadInput) -> int:
    """Write down that an item made no sense; it is looked at again when it changes."""
    log.warning("shop_item_unreadable", shop=state.connection.name, kind=item.kind,
                paths=[problem.path for problem in fault.problems][:5])  # fmt: skip
    return 1


def _news(
    tx: Tx, world: World, state: ShopState, stories: Mapping[tuple[str, str], list[Story]], now: int
) -> tuple[list[Mapping[str, object]], list[Mapping[str, object]]]:
    """Return the calls of the past and of the present, and keep what is then told."""
    past: list[Mapping[str, object]] = []
    present: list[Mapping[str, object]] = []

    def sign(contact: bytes) -> bytes:
        """Return the authentication code of contact data."""
        return world.secrets.sign(contact, _PURPOSE)

    for kind in sorted({kind for kind, _ in stories}):
        mine = {name: found for (of, name), found in stories.items() if of == kind}
        told = tx.shops.lock_stories(state.key, kind, mine)
        after: dict[str, Told] = {}
        for name, several in sorted(mine.items()):
            for story in several:
                made = news(story, after.get(name, told[name]), state.connection, sign)
                if made is not None:
                    past += made.past
                    present += made.present
                    after[name] = made.told
        if after:
            tx.shops.save_stories(state.key, kind, after, now)
    return past, present
