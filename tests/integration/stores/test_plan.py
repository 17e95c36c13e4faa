"""The tracking plan: what was seen of every property."""

from __future__ import annotations

from huiliu.ports.plan import PlanEntry
from huiliu.stores.postgres import PostgresStore


def seen(type_: str, n_seen: int, at: int = 10) -> PlanEntry:
    """Return a sighting of one property."""
    return PlanEntry(1, "Order Paid", "total", type_, at, at, n_seen, 0)


def test_sightings_add_up_and_other_types_are_violations(store: PostgresStore) -> None:
    """The type most seen first is the plan's; null is no violation."""
    with store.system() as tx:
        tx.plan.observe([seen("number", 8, 20), seen("string", 2, 30), seen("null", 5)])
        tx.plan.observe([seen("string", 3, 40), seen("number", 1, 5)])
    with store.transaction(1) as tx:
        (entry,) = tx.plan.entries(1)

    assert (entry.type, entry.n_seen) == ("number", 19)
    assert (entry.first_at, entry.last_at) == (5, 40)
    # 2 strings beside 8 numbers, then 3 strings.
    assert entry.n_violations == 5


def test_a_property_that_was_only_null_takes_the_first_real_type(store: PostgresStore) -> None:
    """Null says nothing about the type."""
    with store.system() as tx:
        tx.plan.observe([seen("null", 4)])
        tx.plan.observe([seen("boolean", 1)])
        (entry,) = tx.plan.entries(1)

    assert (entry.type, entry.n_seen, entry.n_violations) == ("boolean", 5, 0)
