"""Tells people who care of what became of a product, each once, however often this dies.

Two steps, each one transaction. First the people of some changes are looked up and written down
beside the changes. Then what was written down is taken away and appended to the log, a handful at
a time: the row goes and the event comes in the same commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.catalogue.changes import news_properties
from huiliu.catalogue.interest import Rules
from huiliu.catalogue.product import Product
from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import show_instant
from huiliu.ports.log import PROJECTOR
from huiliu.ports.products import Interested, PastChange, ProductNews
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.reports.interest import interested_in, read_interested
from huiliu.services.message_events import internal_event

__all__ = ["interested_people", "tell_products"]

#: Changes whose people are looked up in one question.
_CHANGES: Final = 200
#: Events that hold the log's end at once.
_BATCH: Final = 2_000
_CATCH_UP_S: Final = 60.0


def tell_products(world: World, limit: int = _BATCH) -> int:
    """Tell some people of some changes, or look up who is to be told; 0 = nothing is left."""
    n_told = _tell(world, limit)
    return n_told or _look_up(world)


def interested_people(
    world: World, brand_id: int, product_id: str, limit: int
) -> Sequence[Interested]:
    """Return who cares about a product, those whose interest is freshest first.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    with world.store.transaction(brand_id) as tx:
        rules = tx.products.state(brand_id).rules
    found = _interested(world, brand_id, [product_id], rules, limit)
    return sorted(found, key=lambda one: (-one.at, one.profile_id))


def _look_up(world: World) -> int:
    """Write down whom the oldest changes are to be told; return how many changes."""
    with world.store.system() as tx:
        waiting = tx.products.uncounted(_CHANGES)
        if not waiting:
            return 0
        brand_id = waiting[0].brand_id
        rules = tx.products.state(brand_id).rules
        # What people did a moment ago counts: the warehouse sees all that is projected.
        world.warehouse.catch_up(_CATCH_UP_S, tx.log.peek_cursor(PROJECTOR))
        latest = _latest(waiting)
        found = _interested(
            world, brand_id, {one.change.product_id for one in latest.values()}, rules,
            rules.most_people,
        )  # fmt: skip
        people: dict[str, list[Interested]] = {}
        for one in found:
            people.setdefault(one.product_id, []).append(one)
        news = [
            ProductNews(brand_id, past.change_id, event, who)
            for (product_id, event), past in latest.items()
            for who in people.get(product_id, ())
        ]
        told = {past.change_id: 0 for past in waiting}
        for past in latest.values():
            told[past.change_id] = len(people.get(past.change.product_id, ()))
        tx.products.counted(brand_id, told, news, world.clock.now())
    return len(waiting)


def _latest(waiting: Sequence[PastChange]) -> dict[tuple[str, str], PastChange]:
    """Return the last change of each product for each event: what it changed to since is news.

    A price that went down and up again before anybody was told is told once, as it stands.
    """
    return {(past.change.product_id, event): past for past in waiting for event in past.change.news}


def _interested(
    world: World, brand_id: int, ids: Sequence[str] | set[str], rules: Rules, most: int
) -> list[Interested]:
    """Return who cares about products."""
    tables = world.warehouse.population(brand_id)
    asked = interested_in(tables, ids, rules, world.clock.now(), most)
    return [Interested(*row) for row in read_interested(world.warehouse.run(asked))]


def _tell(world: World, limit: int) -> int:
    """Append the events of some people; return how many."""
    with world.store.system() as tx:
        taken = tx.products.take_news(limit)
        if not taken:
            return 0
        by_brand: dict[int, list[tuple[ProductNews, PastChange]]] = {}
        for one in taken:
            by_brand.setdefault(one[0].brand_id, []).append(one)
        now = world.clock.now()
        events: list[NewEvent] = []
        for brand_id, mine in sorted(by_brand.items()):
            events += _events(tx, brand_id, mine, now)
        tx.log.append(events)
    return len(taken)


def _events(
    tx: Tx, brand_id: int, taken: Sequence[tuple[ProductNews, PastChange]], now: int
) -> list[NewEvent]:
    """Return the events of one brand's people."""
    # Two ids that were looked up may be one person by now, who is told once.
    present = tx.people.present(brand_id, {news.interested.profile_id for news, _ in taken})
    products = tx.products.get(brand_id, {news.interested.product_id for news, _ in taken})
    return [
        _event(news, past, present, products, now)
        for news, past in taken
        if news.interested.product_id in products
    ]


def _event(
    news: ProductNews,
    past: PastChange,
    present: Mapping[int, int],
    products: Mapping[str, Product],
    now: int,
) -> NewEvent:
    """Return the event that one person gets of one change."""
    who = news.interested
    profile = present.get(who.profile_id, who.profile_id)
    said = news_properties(past.change, products[who.product_id])
    said |= {"interest": who.interest, "interested_at": show_instant(who.at)}
    return internal_event(news.brand_id, profile, news.event, said, now, news.change_id, profile)
