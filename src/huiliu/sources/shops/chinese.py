"""What the Chinese platforms share: amounts in fen, after-sale cases, pages from the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.shops import Happening, Window
from huiliu.sources.shops.raw import Raw
from huiliu.sources.shops.stages import Case, Refund, happenings, major

__all__ = [
    "CURRENCY",
    "LOCAL",
    "AfterSale",
    "fen",
    "is_absent",
    "refunds_of",
    "spans_early_morning",
    "story_of",
    "turn_page",
    "whole_of",
]

CURRENCY: Final = "CNY"
#: These platforms write local times without a zone.
LOCAL: Final = "+08:00"


@dataclass(frozen=True, slots=True)
class AfterSale:
    """One after-sale case of an order: a refund asked for, perhaps given, perhaps fought."""

    id: str
    asked_at: int | None
    updated_at: int | None
    #: Minor units.
    amount: int | None
    is_refunded: bool
    reason: str = ""
    #: The platform was called in, and how it ended: buyer, seller, closed or "" while it goes on.
    is_disputed: bool = False
    outcome: str = ""
    #: Exchanges and repairs give no money back: they are asked for, never refunded.
    asks_money: bool = True


def fen(raw: Raw, *paths: str) -> int | None:
    """Return the first of these amounts, which the platform writes in fen."""
    for path in paths:
        found = raw.whole(path)
        if found is not None:
            return found
    return None


def is_absent(words: str) -> bool:
    """Say whether a refusal means only that there is no such thing in this shop."""
    return "不存在" in words or "不属于" in words or "not exist" in words.lower()


def whole_of(amounts: Iterable[int | None]) -> int | None:
    """Return the sum of the amounts that are known; None where none is."""
    known = [one for one in amounts if one is not None]
    return sum(known) if known else None


def refunds_of(cases: Sequence[AfterSale]) -> tuple[Refund, ...]:
    """Return the refunds that were given."""
    return tuple(
        Refund(case.id, case.updated_at, case.amount) for case in cases if case.is_refunded
    )


def story_of(case: Case, after_sales: Sequence[AfterSale]) -> tuple[Happening, ...]:
    """Return all that has happened: the order's own steps, and what was asked for after it."""
    found = list(happenings(case))
    for one in after_sales:
        at = case.version if one.asked_at is None else one.asked_at
        if one.asks_money:
            told: dict[str, Value] = {"refund_id": one.id}
            if one.amount is not None:
                told["refund"] = major(one.amount, case.currency)
            if one.reason:
                told["reason"] = one.reason
            found.append(Happening("Refund Requested", at, one.id, told))
        if one.is_disputed and one.outcome:
            ended = case.version if one.updated_at is None else one.updated_at
            told = {"dispute_id": one.id, "outcome": one.outcome}
            found.append(Happening("Dispute Resolved", ended, one.id, told))
    return tuple(sorted(found, key=lambda row: row.at))


def spans_early_morning(window: Window) -> bool:
    """Say whether four o'clock in Beijing (20:00 UTC) lies in a window.

    Platforms that cannot list products by time of change are asked for all of them then, once a
    day; by day their notices say which to look at.
    """
    return (window.since - 20 * HOUR) // DAY < (window.until - 20 * HOUR) // DAY


def turn_page(cursor: str, total: int, size: int, first: int) -> tuple[int, str]:
    """Return the page to read now, and the cursor that reads on, from the last page to the first.

    What changes while a list is read leaves it and pulls later rows forward: read from the end,
    nothing is passed over.

    Args:
        cursor: "" at the start, then what this returned.
        total: how many rows there are.
        size: how many rows a page has.
        first: the number of the first page, 0 or 1.
    """
    page = int(cursor) if cursor.isdecimal() else first + max(total - 1, 0) // size
    return page, str(page - 1) if page > first else ""
