"""From the state of an order to all that has happened to it: lost notices leave no gap.

A platform shows where an order stands, with some dates and not with others. What stands behind the
state has happened too: an order that is delivered was shipped. An event without a date of its own
takes that of the next one that has a date, else that of the order's last change.

Our words for a state: created, paid, shipped, out_for_delivery, delivered, cancelled, refunded; ""
says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.kernel.money import Money
from huiliu.ports.shops import Happening, ShopConnection

__all__ = ["STATUSES", "Case", "Parcel", "Refund", "happenings", "major", "status_of"]

#: Every word that a state can be mapped to, in the order of an order's life.
STATUSES: Final = (
    "", "created", "paid", "shipped", "out_for_delivery", "delivered", "cancelled", "refunded",
)  # fmt: skip
_STEPS: Final = {"created": 0, "paid": 1, "shipped": 2, "out_for_delivery": 3, "delivered": 4}


@dataclass(frozen=True, slots=True)
class Parcel:
    """Part of an order, or all of it, on its way."""

    id: str
    shipped_at: int | None = None
    out_at: int | None = None
    delivered_at: int | None = None
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""

    @property
    def properties(self) -> dict[str, Value]:
        """Return what its events carry."""
        told: dict[str, Value] = {
            "carrier": self.carrier, "tracking_number": self.tracking_number,
            "tracking_url": self.tracking_url,
        }  # fmt: skip
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that was given back."""

    id: str
    at: int | None = None
    #: Minor units; None = the whole.
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What a platform shows of one order, in our words."""

    #: One of `STATUSES`.
    status: str
    version: int
    currency: str = ""
    #: Minor units.
    total: int | None = None
    #: Dates that the platform gives, by our words; unknown ones are left out or None.
    dates: Mapping[str, int | None] = field(default_factory=dict)
    parcels: Sequence[Parcel] = ()
    refunds: Sequence[Refund] = ()
    #: id -> when it was opened, None = unknown.
    disputes: Mapping[str, int | None] = field(default_factory=dict)
    #: Not paid before it is shipped: cash on delivery.
    pays_later: bool = False


def status_of(connection: ShopConnection, usual: Mapping[str, str], word: str) -> str:
    """Return our word for a platform's; what the operator says goes first, unknown ones say ""."""
    if word in connection.statuses:
        return connection.statuses[word]
    return usual.get(word, "")


def major(minor: int, currency: str) -> float:
    """Return an amount as events carry it: in major units."""
    return float(Money(minor, currency).major)


def happenings(case: Case) -> tuple[Happening, ...]:
    """Return all that has happened to an order, by time."""
    found = [*_steps(case), *_parcels(case), *_refunds(case)]
    if case.status == "cancelled" or case.dates.get("cancelled") is not None:
        at = case.dates.get("cancelled")
        found.append(Happening("Order Cancelled", case.version if at is None else at))
    for number, (name, opened) in enumerate(sorted(case.disputes.items(), key=_when_opened)):
        at = case.version if opened is None else opened
        found.append(Happening("Dispute Opened", at, name if number else "", {"dispute_id": name}))
    return tuple(sorted(found, key=lambda one: (one.at, _RANKS.get(one.name, 9), one.part)))


_RANKS: Final = {
    "Order Created": 0, "Order Paid": 1, "Order Shipped": 2, "Order Out For Delivery": 3,
    "Order Delivered": 4, "Order Cancelled": 5, "Order Refunded": 6,
}  # fmt: skip


def _steps(case: Case) -> list[Happening]:
    """Return the steps that an order takes once: created, paid, shipped as a whole, delivered."""
    dates = dict(case.dates)
    reached = _reached(case)
    if case.parcels and all(one.delivered_at is not None for one in case.parcels):
        dates.setdefault("delivered", max(one.delivered_at or 0 for one in case.parcels))
    shipped = [one.shipped_at for one in case.parcels if one.shipped_at is not None]
    if shipped and dates.get("shipped") is None:
        dates["shipped"] = min(shipped)
    has = {
        "created": True,
        "paid": reached >= (4 if case.pays_later else 1) or dates.get("paid") is not None,
        "shipped": not case.parcels and (reached >= 2 or dates.get("shipped") is not None),
        "out_for_delivery": not case.parcels
        and (reached == 3 or dates.get("out_for_delivery") is not None),
        "delivered": reached >= 4 or dates.get("delivered") is not None,
    }
    names = {
        "created": "Order Created", "paid": "Order Paid", "shipped": "Order Shipped",
        "out_for_delivery": "Order Out For Delivery", "delivered": "Order Delivered",
    }  # fmt: skip
    return [Happening(names[step], _date(step, dates, case.version)) for step in names if has[step]]


def _reached(case: Case) -> int:
    """Return how far an order came by its state; a refund was paid for."""
    if case.status == "refunded":
        return 1
    return _STEPS.get(case.status, 0)


def _date(step: str, dates: Mapping[str, int | None], version: int) -> int:
    """Return when a step was taken: its own date, else that of the next step that has one."""
    number = _STEPS[step]
    for later, at_step in _STEPS.items():
        found = dates.get(later)
        if at_step >= number and found is not None:
            return found
    return version


def _parcels(case: Case) -> list[Happening]:
    """Return what happened to each parcel; the first is the order's own shipment."""
    found: list[Happening] = []
    in_turn = sorted(case.parcels, key=lambda one: (one.shipped_at or case.version, one.id))
    for number, parcel in enumerate(in_turn):
        part = parcel.id if number else ""
        at = case.version if parcel.shipped_at is None else parcel.shipped_at
        told = {**parcel.properties, "parcel": parcel.id}
        found.append(Happening("Order Shipped", at, part, told))
        if parcel.out_at is not None:
            found.append(Happening("Order Out For Delivery", parcel.out_at, part, told))
    return found


def _refunds(case: Case) -> list[Happening]:
    """Return the refunds; one of a part says so, and leaves the order's state as it is."""
    given = sum(one.amount or 0 for one in case.refunds)
    is_whole = (
        case.status == "refunded"
        or any(one.amount is None for one in case.refunds)
        or (case.total is not None and given >= case.total > 0)
    )
    refunds = list(case.refunds)
    if case.status == "refunded" and not refunds:
        refunds = [Refund("", case.dates.get("refunded"))]
    found: list[Happening] = []
    in_turn = sorted(refunds, key=lambda one: (one.at or case.version, one.id))
    for number, refund in enumerate(in_turn):
        at = case.version if refund.at is None else refund.at
        told: dict[str, Value] = {"refund_id": refund.id} if refund.id else {}
        if refund.amount is not None and case.currency:
            told["refund"] = major(refund.amount, case.currency)
        if not (is_whole and number == len(in_turn) - 1):
            told |= {"is_partial": True, "status": case.status or "paid"}
        found.append(Happening("Order Refunded", at, refund.id if number else "", told))
    return found


def _when_opened(row: tuple[str, int | None]) -> tuple[int, str]:
    """Order disputes by when they were opened."""
    return row[1] or 0, row[0]
