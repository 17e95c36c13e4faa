"""An order of Olist keeps its dates and its status, whatever is missing."""

from __future__ import annotations

from itertools import product

import pytest

from huiliu.kernel.events import ORDER_STATUS
from huiliu.kernel.times import as_instant
from huiliu.sources.olist_orders import NO_PARTS, STATUS, BadRow, Parts, order_events

BOUGHT, APPROVED, CARRIER, DELIVERED = (
    "2018-06-04 16:44:48", "2018-06-05 04:31:18", "2018-06-05 14:32:00", "2018-06-12 09:00:00",
)  # fmt: skip
RANK = ["created", "paid", "shipped", "delivered", "cancelled", "refunded"]


def row(status: str, approved: str = "", carrier: str = "", delivered: str = "") -> tuple[str, ...]:
    """Return the cells of an order."""
    return ("o1", "c1", status, BOUGHT, approved, carrier, delivered, "2018-06-28 00:00:00")


def status_of(cells: tuple[str, ...]) -> str:
    """Return the status that a reader of the events comes to: the last word said, else rank."""
    events = order_events(cells, NO_PARTS)
    said = [event.properties["status"] for event in events if "status" in event.properties]
    ranked = max((ORDER_STATUS[event.name] for event in events), key=RANK.index)
    return str(said[-1]) if said else ranked


@pytest.mark.parametrize("status", STATUS)
def test_every_status_survives_every_combination_of_missing_dates(status: str) -> None:
    """The file's word stands, whichever of the three later dates are empty."""
    for has in product((True, False), repeat=3):
        dates = [d if h else "" for d, h in zip((APPROVED, CARRIER, DELIVERED), has, strict=True)]

        assert status_of(row(status, *dates)) == STATUS[status]


@pytest.mark.parametrize("status", STATUS)
def test_no_date_is_made_up(status: str) -> None:
    """Each of the dated events exists exactly where its column is filled."""
    for has in product((True, False), repeat=3):
        dates = [d if h else "" for d, h in zip((APPROVED, CARRIER, DELIVERED), has, strict=True)]
        names = [event.name for event in order_events(row(status, *dates), NO_PARTS)]

        expected = ["Order Created"]
        for name, is_there in zip(("Paid", "Shipped", "Delivered"), has, strict=True):
            expected += [f"Order {name}"] * is_there
        if STATUS[status] == "cancelled":
            expected.append("Order Cancelled")
        assert names == expected


@pytest.mark.parametrize("status", ["canceled", "unavailable"])
def test_a_cancellation_is_dated_by_the_last_known_time(status: str) -> None:
    """The promised date is no known time."""
    events = order_events(row(status, approved=APPROVED, carrier=CARRIER), NO_PARTS)

    assert events[-1].name == "Order Cancelled"
    assert events[-1].at == as_instant(CARRIER)


def test_an_order_carries_its_total_its_items_and_its_promise() -> None:
    """The total is what the payments say, exactly: 10.10 + 20.20 = 30.30."""
    parts = Parts(
        items={"1": (2, {"product_id": "p1", "price": 25.0})},
        payments={"1": (2, {"amount": 10.1}), "2": (3, {"amount": 20.2})},
    )

    created, *others = order_events(row("shipped", APPROVED, CARRIER), parts)

    assert [one.properties.get("paid") for one in others] == [30.3, None]
    assert {one.properties["promise"] for one in (created, *others)} == {"delivery"}
    assert created.properties["total"] == 30.3
    assert created.properties["currency"] == "BRL"
    assert created.properties["promised_at"] == "2018-06-28T00:00:00Z"
    assert created.properties["products"] == [{"product_id": "p1", "price": 25.0}]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (row("lost"), "order_status"),
        (row("shipped", approved="yesterday"), "order_approved_at"),
        (("o1", "c1", "created", "", "", "", "", ""), "order_purchase_timestamp"),
    ],
)
def test_an_order_that_cannot_be_read_names_its_column(cells: tuple[str, ...], column: str) -> None:
    """A bad cell costs its order only, and is named."""
    with pytest.raises(BadRow) as raised:
        order_events(cells, NO_PARTS)

    assert raised.value.column == column
