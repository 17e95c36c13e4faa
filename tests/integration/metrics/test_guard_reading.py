"""What the channel guard reads is what a plain loop over the same events counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pytest
from tests.integration.tags.shop import BRAND, NOW, ZONE, Happening, Shop, opened

from huiliu.governance.funnel import FunnelCell, drill_funnel
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.reports.guard_messages import (
    DIMENSIONS,
    Asked,
    counts,
    funnel_cells,
    lags,
    message_rows,
    values,
    with_people,
)
from huiliu.reports.guard_products import (
    PRODUCT_DIMENSIONS,
    Views,
    case_cells,
    cases,
    price_edges,
)
from huiliu.warehouses.populations import population

WITHIN = DAY


def message(number: str, at: int, who: int, **said: object) -> Happening:
    """Return a message that was handed over."""
    plain = {
        "message_id": number, "channel": "sms", "journey": "care", "node": "tell",
        "template": "hello", "template_version": 2, "account": "main", "class": "marketing",
    }  # fmt: skip
    return Happening(who, "Message Sent", at, plain | said, "sms", "internal")


def then(one: Happening, name: str, later: int, **said: object) -> Happening:
    """Return what became of a message."""
    told = {"message_id": one.properties["message_id"], **said}
    return Happening(one.profile_id, name, one.at + later, told, "sms", "internal")


def paid(who: int, at: int, order: str) -> Happening:
    """Return an order that was paid."""
    return Happening(who, "Order Paid", at, {"order_id": order, "total": 5}, "app")


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Lend a shop with a few messages whose fates are written out."""
    old = NOW - 10 * DAY
    first, second = message("m1", old, 1), message("m2", old + 2 * HOUR, 1)
    service = message("m3", old + 3 * HOUR, 1, **{"class": "service"})
    robot, failed = message("m4", old, 2), message("m5", old, 3)
    late, young = message("m6", old, 4), message("m7", NOW - 3 * HOUR, 5)
    other = message("m8", old, 6, template_version=3, journey="cart")
    happenings = [
        first, second, service, robot, failed, late, young, other,
        then(first, "Message Delivered", MINUTE), then(second, "Message Clicked", HOUR),
        # Between the two: it is the first one's; after both: the second one's alone.
        paid(1, old + HOUR, "o1"), paid(1, old + 5 * HOUR, "o2"), paid(1, old + 6 * HOUR, "o3"),
        then(robot, "Message Opened", MINUTE, machine=True),
        then(failed, "Message Failed", MINUTE), paid(3, old + HOUR, "o4"),
        # Later than counts.
        paid(4, old + 2 * DAY, "o5"), then(late, "Message Clicked", 2 * DAY),
        then(young, "Message Delivered", 90 * MINUTE),
    ]  # fmt: skip
    with opened(happenings) as made:
        yield made


@pytest.fixture(scope="module")
def asked() -> Asked:
    """Return what is asked: four weeks, a day for what follows."""
    return Asked(population(BRAND, None), ZONE, NOW, NOW - 28 * DAY, WITHIN)


def test_a_purchase_is_the_last_messages_before_it_and_no_others(shop: Shop, asked: Asked) -> None:
    """News of orders get no credit; what came too late is nobody's; robots open nothing."""
    found = {one["message"]: one for one in shop.run(message_rows(asked)).to_pylist()}
    assert {number for number, one in found.items() if one["pay_at"]} == {"m1", "m2", "m5"}
    assert {number for number, one in found.items() if one["click_at"]} == {"m2"}
    assert {number for number, one in found.items() if one["open_at"]} == set()
    assert {number for number, one in found.items() if one["failed"]} == {"m5"}
    assert found["m2"]["pay_at"] > found["m1"]["pay_at"]
    assert found["m1"]["template_version"] == "2"


def test_counts_say_which_messages_had_all_their_time(shop: Shop, asked: Asked) -> None:
    """Of delivery all messages; of the rest marketing that did not fail."""
    rows = shop.run(counts(message_rows(asked), asked)).to_pylist()
    old = [one for one in rows if one["hour"] == -1]
    young = [one for one in rows if one["hour"] != -1]
    assert sum(one["n"] for one in old) == 7
    assert sum(one["m"] for one in old) == 5
    assert sum(one["deliver"] for one in old) == 1
    # The failed one's purchase does not count: it reached nobody.
    assert sum(one["pay"] for one in old) == 2
    assert [(one["n"], one["deliver"]) for one in young] == [(1, 1)]
    told = {(one["step"], one["hours"]): one["n"] for one in shop.run(
        lags(message_rows(asked), asked)).to_pylist()}  # fmt: skip
    assert told[("deliver", 0)] == 1
    assert told[("pay", 1)] == 2
    assert told[("pay", 3)] == 1


def test_cells_name_versions_and_nodes_by_what_they_are_of(shop: Shop, asked: Asked) -> None:
    """Rare values are put together; each step is a part of the one before."""
    rows = with_people(message_rows(asked), asked.tables, None, ())
    most = shop.run(values(rows, "template_version", 1)).to_pylist()
    assert [one["value"] for one in most] == ["hello@2"]
    kept = {name: ["hello@2", "care/tell", "care", "hello", "main"] for name in DIMENSIONS}
    cells = shop.run(funnel_cells(rows, kept, (NOW - DAY, NOW), "*")).to_pylist()
    versions = Counter[str]()
    for one in cells:
        versions[one["template_version"]] += one["send"]
        assert one["send"] >= one["deliver"] >= one["open"] >= one["click"] >= one["pay"]
    assert versions == {"hello@2": 7, "*": 1}


def test_a_fall_among_products_is_found_by_stock_and_price() -> None:
    """What ran short stops being put into the cart, as its events or the catalogue say."""
    happenings = []
    for day in range(30):
        for nth in range(60):
            at = NOW - 30 * DAY + day * DAY + nth * HOUR // 4
            price, product = (10, 50, 200)[nth % 3], f"s{nth % 6}"
            is_short = nth % 2 == 0
            seen = {"product_id": product, "price": price} | ({"stock": 2} if is_short else {})
            happenings.append(Happening(nth + 1, "Product Viewed", at, seen, "app"))
            if not (is_short and day >= 25):
                added = {"product_id": product}
                happenings.append(Happening(nth + 1, "Product Added", at + HOUR, added, "app"))
    catalogue = {"s1": 90, "s3": 90, "s5": 90}
    with opened(happenings) as shop:
        stocked = shop.keep(pa.table({
            "product_id": pa.array(list(catalogue), pa.string()),
            "pieces": pa.array(list(catalogue.values()), pa.int64()),
        }))  # fmt: skip
        tables = population(BRAND, None)
        rows = shop.keep(cases(Views(tables, NOW - 40 * DAY, NOW, DAY), stocked))
        (edges,) = shop.run(price_edges(rows)).to_pylist()
        found = shop.run(case_cells(rows, NOW - 5 * DAY, (edges["low"], edges["high"])))
        told = found.to_pylist()
    assert {one["stock"] for one in told} == {"low", "plenty"}
    assert {one["price"] for one in told} == {"low", "middle", "high"}
    halves: dict[tuple[str, ...], list[tuple[float, ...]]] = {}
    for one in told:
        key = tuple(one[name] for name in PRODUCT_DIMENSIONS)
        counted = (float(one["send"]), float(one["cart"]))
        halves.setdefault(key, [(0.0, 0.0), (0.0, 0.0)])[one["after"]] = counted
    cells = [
        FunnelCell(dict(zip(PRODUCT_DIMENSIONS, key, strict=True)), *both)
        for key, both in halves.items()
    ]
    best = drill_funnel(cells, ("seen", "cart"), 1)[0]
    assert (best.step, dict(best.suspect.where)) == ("cart", {"stock": "low"})
