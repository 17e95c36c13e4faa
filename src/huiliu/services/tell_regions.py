"""Tells orders that they go to a disrupted region, and that they do no more, each once.

Two steps, each one transaction. First the open orders of a disruption are looked up in the
warehouse and written down; those that are paid later are found by later looks. Then what was
written down is taken and appended to the log, a handful at a time: an order is marked and its event
comes in the same commit, so nothing is lost or told twice, however often this dies.
"""

from __future__ import annotations

from typing import Final

from msgspec import structs

from huiliu.kernel.errors import EngineFailed
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.regions import lies_in
from huiliu.kernel.times import MINUTE, show_instant
from huiliu.ports.log import PROJECTOR
from huiliu.ports.regions import CLEARED, CaughtOrder, Disruption
from huiliu.ports.world import World
from huiliu.reports.open_orders import open_orders, read_open_orders
from huiliu.services.message_events import internal_event
from huiliu.services.regions import state_of

__all__ = ["CLEARED_EVENT", "DISRUPTED_EVENT", "tell_regions"]

DISRUPTED_EVENT: Final = "Order Region Disrupted"
CLEARED_EVENT: Final = "Order Region Cleared"
#: While a disruption lasts, new orders are looked for this often.
_EVERY: Final = MINUTE
_AGAIN: Final = 2 * MINUTE
_BATCH: Final = 2_000
_CATCH_UP_S: Final = 60.0


def tell_regions(world: World, limit: int = _BATCH) -> int:
    """Tell some orders, or look up who is to be told; 0 = nothing is left."""
    return _tell(world, limit) or _look(world)


def _look(world: World) -> int:
    """Look at the orders of the disruption that is due; return 1, or 0 where none is."""
    now = world.clock.now()
    with world.store.system() as tx:
        one = tx.regions.due(now)
        if one is None:
            return 0
        cursor = tx.log.peek_cursor(PROJECTOR)
        is_over = state_of(one, now) == "over"
        due = 0 if is_over else now + _EVERY
        if one.ends_at and not is_over:
            due = min(due, one.ends_at)
        try:
            if is_over:
                told = tx.regions.told_orders(one)
                found = _open(world, one, now, cursor, told) if told else []
                tx.regions.clear(one, [order.order_id for order in found])
            elif not one.looked or cursor > one.looked:
                tx.regions.catch(one, _open(world, one, now, cursor), now)
        except EngineFailed:
            # The warehouse is away: what is to be told waits for it.
            tx.regions.save(structs.replace(one, due_at=now + _AGAIN))
            return 1
        # At least 1: a log without events was looked at, too.
        tx.regions.save(structs.replace(one, looked=max(cursor, 1), due_at=due))
    return 1


def _open(
    world: World, one: Disruption, now: int, cursor: int, ids: list[str] | None = None
) -> list[CaughtOrder]:
    """Return open orders that go to a region: those of new events, or those of these ids."""
    # What happened a moment ago counts: the warehouse sees all that is projected.
    world.warehouse.catch_up(_CATCH_UP_S, cursor)
    tables = world.warehouse.population(one.brand_id)
    after = one.looked if ids is None else 0
    rows = world.warehouse.run(open_orders(tables, now, after=after, ids=ids))
    found = [CaughtOrder(*row) for row in read_open_orders(rows)]
    return [
        order for order in found if lies_in(order.region, order.country, one.region, one.country)
    ]


def _tell(world: World, limit: int) -> int:
    """Append the events of some orders; return how many."""
    with world.store.system() as tx:
        taken = tx.regions.take(limit)
        if not taken:
            return 0
        now = world.clock.now()
        present: dict[tuple[int, int], int] = {}
        for brand_id in {one.brand_id for one, _, _ in taken}:
            mine = {order.profile_id for one, _, order in taken if one.brand_id == brand_id}
            # Two ids that were looked up may be one person by now.
            for before, after in tx.people.present(brand_id, mine).items():
                present[brand_id, before] = after
        tx.log.append([_event(*each, present, now) for each in taken])
    return len(taken)


def _event(
    one: Disruption, what: str, order: CaughtOrder, present: dict[tuple[int, int], int], now: int
) -> NewEvent:
    """Return the event of one order."""
    name = CLEARED_EVENT if what == CLEARED else DISRUPTED_EVENT
    said: dict[str, Value] = {
        "order_id": order.order_id, "region": order.region, "country": order.country,
        "platform": order.platform, "shop": order.shop, "usage_scope": order.usage_scope,
        "disruption": one.disruption_id, "disrupted_region": one.region or one.country,
        "note": one.note, "from": show_instant(one.starts_at),
        "until": show_instant(one.ends_at) if one.ends_at else "",
    }  # fmt: skip
    profile = present.get((one.brand_id, order.profile_id), order.profile_id)
    told = {key: value for key, value in said.items() if value != ""}
    key = (one.disruption_id, order.order_id)
    return internal_event(one.brand_id, profile, name, told, now, *key)
