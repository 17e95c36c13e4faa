"""Tags against answers found without them: plain Python over the same orders, merges, top N."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.people import BRAND, NOW, event, identify, log, person
from tests.integration.test_tags import SPENT, bought, carried, happens, segment, stored, told
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.events import Flag, NewEvent
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.tags import TagWriting
from huiliu.ports.world import World
from huiliu.services.apply_segment import apply_segment
from huiliu.services.apply_tag import apply_tag, apply_tags, shipped
from huiliu.services.audience import members, who
from huiliu.services.compute_tag import compute_tag, find_tag
from huiliu.services.refresh_tags import refresh_tags
from huiliu.services.segment_versions import live_segment
from huiliu.services.unmerge import unmerge
from huiliu.warehouses.client import SocketWarehouse
from huiliu.warehouses.duckdb import DuckdbWarehouse
from huiliu.warehouses.server import Server

PEOPLE = 25
NUMBERS = ("orders", "revenue", "largest-order", "average-order-value", "discount-share")
Order = dict[str, object]


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse of its own."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def orders_of(seed: int) -> list[Order]:
    """Return a year of orders of a few people, some taken back again."""
    chance = random.Random(seed)
    return [
        {
            "who": f"u{chance.randrange(PEOPLE)}", "id": f"o{number}",
            "at": NOW - chance.randrange(1, 365) * DAY - chance.randrange(HOUR),
            "total": chance.randrange(100, 90_000) / 100, "category": chance.choice("abc"),
            "discount": chance.choice([0, 0, 5.5, 12]),
            "undone_after": chance.choice([None, None, None, None, 3 * DAY]),
        }
        for number in range(150)
    ]  # fmt: skip


def told_by(order: Order) -> list[NewEvent]:
    """Return the events of an order, as an import logs them."""
    properties = {
        "order_id": order["id"], "total": order["total"], "currency": "CNY",
        "discount": order["discount"],
        "products": [
            {"category": order["category"], "price": order["total"], "quantity": 1},
            {"category": "gift", "price": 0.5},
        ],
    }  # fmt: skip
    at = order["at"]
    assert isinstance(at, int)
    found = [
        event(f"user_id:{order['who']}", name=name, at=at, flags=Flag.HISTORICAL,
              properties=properties)
        for name in ("Order Created", "Order Paid")
    ]  # fmt: skip
    if order["undone_after"] is not None:
        back = at + order["undone_after"]  # type: ignore[operator] # a number, as drawn above
        found.append(
            event(f"user_id:{order['who']}", name="Order Refunded", at=back,
                  flags=Flag.HISTORICAL, properties={"order_id": order["id"]})
        )  # fmt: skip
    return found


def expected(orders: list[Order], at: int) -> dict[str, dict[str, object]]:
    """Return the answers as of an instant by plain Python."""
    mine: dict[str, list[Order]] = defaultdict(list)
    for one in orders:
        undone = one["undone_after"]
        gone = undone is not None and one["at"] + undone <= at  # type: ignore[operator] # numbers
        if one["at"] <= at and not gone:  # type: ignore[operator] # a number
            mine[str(one["who"])].append(one)
    totals = {who: [float(str(one["total"])) for one in own] for who, own in mine.items()}
    off = {who: sum(float(str(one["discount"])) for one in own) for who, own in mine.items()}
    spent: dict[str, Counter[str]] = defaultdict(Counter)
    for whose, own in mine.items():
        for one in own:
            spent[whose][str(one["category"])] += round(float(str(one["total"])) * 100)
    return {
        "orders": {who: len(own) for who, own in mine.items()},
        "revenue": {who: round(sum(own), 6) for who, own in totals.items()},
        "largest-order": {who: max(own) for who, own in totals.items()},
        "average-order-value": {who: sum(own) / len(own) for who, own in totals.items()},
        "discount-share": {who: off[who] / (sum(own) + off[who]) for who, own in totals.items()},
        "favourite-category": {who: found.most_common(1)[0][0] for who, found in spent.items()},
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_tags_of_orders_are_what_plain_python_finds_at_every_moment(
    asked: World, seed: int
) -> None:
    """Now and as of any instant of the log: the same people, the same values."""
    orders = orders_of(seed)
    log(asked, *(one for order in orders for one in told_by(order)))
    settle(asked)
    ids = {f"u{n}": person(asked, f"user_id:u{n}") for n in range(PEOPLE)}
    chance = random.Random(seed)

    for at in (None, NOW - chance.randrange(300) * DAY):
        wanted = expected(orders, NOW if at is None else at)
        for slug, answers in wanted.items():
            found = compute_tag(asked, BRAND, find_tag(asked, BRAND, slug), at).values
            assert set(found) == {ids[one] for one in answers}, (slug, at)
            for one, answer in answers.items():
                same = pytest.approx(answer, rel=1e-9, abs=1e-6) if slug in NUMBERS else answer
                assert found[ids[one]] == same, (slug, at, one)


def test_over_the_socket_everything_is_as_in_the_process(world: World, tmp_path: Path) -> None:
    """The analyst answers a worker of another process: the whole library, stored alike."""
    warehouse = DuckdbWarehouse(tmp_path / "warehouse.duckdb", world.store, "500MB")
    server = Server(warehouse, tmp_path)
    try:
        near = replace(world, warehouse=warehouse)
        far = replace(world, warehouse=SocketWarehouse(tmp_path))
        log(near, *(one for order in orders_of(3) for one in told_by(order)))
        settle(near)
        apply_tags(far, BRAND, list(shipped(far, BRAND).values()), "test")

        done = refresh_tags(far, BRAND)
        again = refresh_tags(near, BRAND)

        assert [one.slug for one in done if one.fault] == []
        assert {one.slug: one.n_values for one in done} == {one.slug: one.n_values for one in again}
        # Only a tier may change: it waits for the second refresh.
        assert [one.slug for one in again if one.n_changed] in ([], ["tier"])
    finally:
        server.close()
        warehouse.close()


def test_after_a_merge_and_back_both_stores_say_the_same(asked: World) -> None:
    """Two persons become one and are parted again: values and memberships follow at once."""
    happens(asked, bought("ada", "o1", 30), bought("ben", "o2", 5), identify("user_id:ada"))
    apply_tag(asked, BRAND, SPENT, "test")
    refresh_tags(asked, BRAND)
    apply_segment(asked, BRAND, segment("big", {"tag": "spent", "at_least": 20}), "test")
    settle(asked)
    ada, ben = person(asked, "user_id:ada"), person(asked, "user_id:ben")
    happens(asked, event("phone:1", "anonymous_id:x", name="Product Viewed"))
    happens(asked, identify("user_id:ada", "phone:2"), identify("user_id:ben", "phone:3"))

    refresh_tags(asked, BRAND)
    settle(asked)

    assert stored(asked, "spent") == {ada: 30, ben: 5}
    assert {profile for profile, _ in members(asked, BRAND, "big", 10)} == {ada}
    happens(asked, event("user_id:ben", "phone:2", name="Product Viewed"))
    one = person(asked, "user_id:ben")
    if one == person(asked, "user_id:ada"):
        refresh_tags(asked, BRAND)
        settle(asked)
        assert stored(asked, "spent") == {one: 35}
        assert who(asked, BRAND, live_segment(asked, BRAND, "big").condition) == [one]
        other = ada if one == ben else ben
        unmerge(asked, BRAND, other)
        settle(asked)
        refresh_tags(asked, BRAND)
        settle(asked)
        assert stored(asked, "spent") == {ada: 30, ben: 5}
        assert {profile for profile, _ in members(asked, BRAND, "big", 10)} == {ada}
        assert {p: v for p, v in carried(asked, "spent").items() if v} == {ada: 30, ben: 5}


def test_a_top_follows_the_others_values_too(asked: World) -> None:
    """Ben's new order pushes Ada out of the top one, though nothing of hers changed."""
    happens(asked, bought("ada", "o1", 30), bought("ben", "o2", 5))
    apply_tag(asked, BRAND, SPENT, "test")
    refresh_tags(asked, BRAND)
    apply_segment(asked, BRAND, segment("first", {"top": 1, "by": "spent"}), "test")
    settle(asked)
    ada, ben = person(asked, "user_id:ada"), person(asked, "user_id:ben")
    assert {profile for profile, _ in members(asked, BRAND, "first", 10)} == {ada}

    happens(asked, bought("ben", "o3", 50))
    refresh_tags(asked, BRAND)
    settle(asked)

    assert {profile for profile, _ in members(asked, BRAND, "first", 10)} == {ben}
    assert told(asked)[0] == ("Segment Entered", ada)
    assert set(told(asked)[1:]) == {("Segment Exited", ada), ("Segment Entered", ben)}
    assert len(told(asked)) == 3


def test_rows_are_held_and_let_go(asked: World) -> None:
    """What a recipe keeps is there until it is let go, and never becomes a fact."""
    warehouse = asked.warehouse
    rows = warehouse.keep("a name", warehouse.population(BRAND).people)
    writing = TagWriting(BRAND, "t", "number", NOW)
    kept = warehouse.keep_values("values", writing, rows.mutate(value=rows.profile_id * 0.5))
    happens(asked, bought("ada", "o1", 1))

    assert warehouse.run(kept).num_rows == 0
    warehouse.let_go(["a name", "values", "never held"])
    assert warehouse.sql("select count(*) as n from facts.tag_values")["n"][0].as_py() == 0
