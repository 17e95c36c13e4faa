"""What one order of Olist means: its dated events, its total, and the status that it keeps.

Every event is dated by its own column. `canceled` and `unavailable` have none: they are dated by
the row's last known time. Where the file's status is not what the dated events say, the order's
last event carries it as `status`, so the file's word always stands and no date is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from huiliu.kernel.events import ORDER_STATUS
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant
from huiliu.sources.cells import Moment, as_amount, as_whole

__all__ = [
    "CURRENCY",
    "ITEMS",
    "NO_PARTS",
    "ORDER_COLUMNS",
    "PAYMENTS",
    "REVIEWS",
    "STATUS",
    "BadRow",
    "OrderEvent",
    "PartRule",
    "Parts",
    "order_events",
]

CURRENCY: Final = "BRL"

#: The file's word -> ours.
STATUS: Final = {
    "created": "created",
    "approved": "paid",
    "invoiced": "paid",
    "processing": "paid",
    "shipped": "shipped",
    "delivered": "delivered",
    "canceled": "cancelled",
    "unavailable": "cancelled",
}

ORDER_COLUMNS: Final = (
    "order_id", "customer_id", "order_status", "order_purchase_timestamp", "order_approved_at",
    "order_delivered_carrier_date", "order_delivered_customer_date",
    "order_estimated_delivery_date",
)  # fmt: skip

_DATED: Final = {
    "order_purchase_timestamp": "Order Created",
    "order_approved_at": "Order Paid",
    "order_delivered_carrier_date": "Order Shipped",
    "order_delivered_customer_date": "Order Delivered",
}
#: How far along an order is; a cancellation or refund outranks delivery.
_RANK: Final = {status: rank for rank, status in enumerate(dict.fromkeys(ORDER_STATUS.values()))}
#: The files carry no zone, so an instant is taken as it stands.
_MOMENT: Final = Moment("iso", "UTC")


class BadRow(Exception):
    """A row cannot be used: which column, and why."""

    def __init__(self, column: str, said: Text) -> None:
        """Hold the column and the reason."""
        super().__init__(str(said))
        self.column = column
        self.said = said


@dataclass(slots=True)
class Parts:
    """What the other tables say of one order: by the row's own number, with its line."""

    items: dict[str, tuple[int, dict[str, Value]]] = field(default_factory=dict)
    payments: dict[str, tuple[int, dict[str, Value]]] = field(default_factory=dict)
    reviews: dict[str, tuple[int, dict[str, Value]]] = field(default_factory=dict)


#: An order of which no other table says anything; never written to.
NO_PARTS: Final = Parts()


@dataclass(frozen=True, slots=True)
class PartRule:
    """How a table of parts is read; `number` tells an order's rows from each other."""

    group: str
    number: str
    required: Sequence[str]
    optional: Sequence[str]
    value: Callable[[Mapping[str, str]], dict[str, Value]]

    def read(self, cells: Mapping[str, str]) -> tuple[str, str, dict[str, Value]]:
        """Return a row's order, number and value; raise BadRow."""
        for column in ("order_id", self.number):
            if not cells[column]:
                raise BadRow(column, text("sources.empty_cell"))
        return cells["order_id"], cells[self.number], self.value(cells)


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One event of an order, before it has a person."""

    name: str
    at: int
    properties: dict[str, Value]


def order_events(cells: Sequence[str], parts: Parts) -> list[OrderEvent]:
    """Return the events of an order's row by name and time; raise BadRow for what is unreadable."""
    row = dict(zip(ORDER_COLUMNS, cells, strict=True))
    word = row["order_status"]
    if word not in STATUS:
        raise BadRow("order_status", text("sources.unknown_word", known=", ".join(STATUS)))
    if not row["order_purchase_timestamp"]:
        raise BadRow("order_purchase_timestamp", text("sources.empty_cell"))
    at = {name: moment for name in _DATED if (moment := _instant(row, name)) is not None}
    promised = _instant(row, "order_estimated_delivery_date")
    total: dict[str, Value] = {}
    if parts.payments:
        # Sums of a handful of two-digit amounts: the float is the nearest to the exact sum.
        paid = sum(
            (Decimal(str(found["amount"])) for _, found in parts.payments.values()), Decimal()
        )
        total = {"total": float(paid), "currency": CURRENCY}
    always: dict[str, Value] = {}
    if promised is not None:
        always = {"promised_at": show_instant(promised), "promise": "delivery"}
    created: dict[str, Value] = {**total}
    if parts.items:
        created["products"] = [found for _, found in parts.items.values()]
    if parts.payments:
        created["payments"] = [found for _, found in parts.payments.values()]
    settled: dict[str, Value] = {**total, "paid": total["total"]} if total else {}
    carried = {"Order Created": created, "Order Paid": settled}
    events = [
        OrderEvent(_DATED[name], at[name], {**always, **carried.get(_DATED[name], {})})
        for name in at
    ]
    status = STATUS[word]
    if status == "cancelled":
        events.append(OrderEvent("Order Cancelled", max(at.values()), {"file_status": word}))
    elif max((ORDER_STATUS[event.name] for event in events), key=_RANK.__getitem__) != status:
        events[-1].properties["status"] = status
    return events


def _instant(row: Mapping[str, str], column: str) -> int | None:
    """Return a column's instant, None where it is empty; raise BadRow when it is no moment."""
    if not row[column]:
        return None
    found = _MOMENT.instant(row[column])
    if found is None:
        raise BadRow(column, text("sources.bad_moment"))
    return found


def _amount(cells: Mapping[str, str], column: str) -> float:
    """Return an amount that is not negative; raise BadRow."""
    found = as_amount(cells[column])
    if found is None or found < 0:
        raise BadRow(column, text("sources.bad_value", type="number"))
    return float(found)


def _item(cells: Mapping[str, str]) -> dict[str, Value]:
    """Return an item as a product of Segment's e-commerce specification."""
    number = as_whole(cells["order_item_id"])
    if number is None:
        raise BadRow("order_item_id", text("sources.bad_value", type="integer"))
    return {
        "position": number,
        "product_id": cells["product_id"],
        "seller_id": cells["seller_id"],
        "quantity": 1,
        "price": _amount(cells, "price"),
        "freight": _amount(cells, "freight_value") if cells["freight_value"] else 0.0,
    }


def _payment(cells: Mapping[str, str]) -> dict[str, Value]:
    """Return one payment of an order."""
    return {
        "method": cells["payment_type"],
        "installments": as_whole(cells["payment_installments"] or "1"),
        "amount": _amount(cells, "payment_value"),
    }


def _review(cells: Mapping[str, str]) -> dict[str, Value]:
    """Return a review; `at` is when the person answered, or was asked where that is missing."""
    score = as_whole(cells["review_score"])
    if score is None or not 1 <= score <= 5:
        raise BadRow("review_score", text("sources.bad_score"))
    column = "review_answer_timestamp"
    if not cells[column]:
        column = "review_creation_date"
    at = _instant(cells, column)
    if at is None:
        raise BadRow(column, text("sources.empty_cell"))
    found: dict[str, Value] = {"review_id": cells["review_id"], "score": score, "at": at}
    if cells["review_comment_title"]:
        found["review_title"] = cells["review_comment_title"]
    if cells["review_comment_message"]:
        found["review_text"] = cells["review_comment_message"]
    return found


ITEMS: Final = PartRule(
    "items", "order_item_id", ("order_id", "order_item_id", "product_id", "price"),
    ("seller_id", "freight_value"), _item,
)  # fmt: skip
PAYMENTS: Final = PartRule(
    "payments", "payment_sequential", ("order_id", "payment_sequential", "payment_value"),
    ("payment_type", "payment_installments"), _payment,
)  # fmt: skip
REVIEWS: Final = PartRule(
    "reviews", "review_id", ("order_id", "review_id", "review_score"),
    ("review_answer_timestamp", "review_creation_date", "review_comment_title",
     "review_comment_message"), _review,
)  # fmt: skip
