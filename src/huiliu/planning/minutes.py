"""A live session's orders by minute, beside what its script said then.

Which orders are counted: those that carry its code; those of its shop, where it names one; and,
where it names none, those that hold a product that it shows. An order is counted in the minute in
which it was paid, from the beginning until an hour after the end, for carts are paid late. What was
sold in the hour before says how much would have been sold anyway; nothing here proves that a line
of the script *caused* an order, it only stood beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.times import HOUR, MINUTE
from huiliu.planning.live_session import Cue, LiveSession

__all__ = ["AFTER", "BEFORE", "CueResult", "Curve", "Minute", "Sale", "curve_of"]

#: How far around a session it is looked.
BEFORE: Final = HOUR
AFTER: Final = HOUR


@dataclass(frozen=True, slots=True)
class Sale:
    """One paid order."""

    order_id: str
    at: int
    #: Minor units.
    amount: int
    currency: str
    #: It carries the session's code.
    has_code: bool
    #: It came through the session's shop.
    in_shop: bool
    products: frozenset[str]


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute: from the beginning, below nought before it."""

    at: int
    n_orders: int
    n_with_code: int
    amount: int


@dataclass(frozen=True, slots=True)
class CueResult:
    """What was sold from one line of the script until the next."""

    cue: Cue
    #: The minute in which the next line begins.
    until: int
    n_orders: int
    #: How many of them hold the line's own product; None = it has none.
    n_of_product: int | None
    #: Orders a minute, and how many times the mean of the whole session that is; None = it sold
    #: nothing at all.
    rate: float
    lift: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """A session's orders against its script."""

    minutes: Sequence[Minute]
    cues: Sequence[CueResult]
    n_orders: int
    n_with_code: int
    #: Currency -> minor units.
    revenue: Mapping[str, int]
    #: The currency whose amounts stand in the minutes; "" = nothing was sold.
    currency: str
    #: Orders of the hour before, counted alike, and the same a minute.
    n_before: int
    #: Orders after the end.
    n_after: int
    #: The minute with the most orders; None = there was none.
    best: Minute | None
    #: Product -> orders that hold it.
    products: Mapping[str, int]


def curve_of(session: LiveSession, sales: Sequence[Sale]) -> Curve:
    """Return a session's orders by minute and by line of its script."""
    own = [one for one in sales if _counts(session, one)]
    inside = [one for one in own if session.starts_at <= one.at < session.ends_at + AFTER]
    during = [one for one in inside if one.at < session.ends_at]
    revenue: Counter[str] = Counter()
    for one in inside:
        revenue[one.currency] += one.amount
    currency = max(revenue, key=lambda unit: revenue[unit], default="")
    minutes = _minutes(session, inside, currency)
    products = Counter(
        product for one in inside for product in one.products if product in session.shown
    )
    return Curve(
        minutes, _cues(session, during), len(inside), sum(one.has_code for one in inside),
        dict(revenue), currency, sum(one.at < session.starts_at for one in own),
        len(inside) - len(during),
        max((one for one in minutes if one.n_orders), key=lambda one: one.n_orders, default=None),
        dict(products),
    )  # fmt: skip


def _counts(session: LiveSession, sale: Sale) -> bool:
    """Say whether an order is the session's."""
    if sale.has_code or (session.shop and sale.in_shop):
        return True
    return not session.shop and bool(sale.products & set(session.shown))


def _minutes(session: LiveSession, sales: Sequence[Sale], currency: str) -> list[Minute]:
    """Return every minute from the beginning to the last order, at least to the end."""
    n: Counter[int] = Counter()
    coded: Counter[int] = Counter()
    amounts: Counter[int] = Counter()
    for one in sales:
        at = (one.at - session.starts_at) // MINUTE
        n[at] += 1
        coded[at] += one.has_code
        amounts[at] += one.amount if one.currency == currency else 0
    last = max([session.minutes - 1, *n])
    return [Minute(at, n[at], coded[at], amounts[at]) for at in range(last + 1)]


def _cues(session: LiveSession, sales: Sequence[Sale]) -> list[CueResult]:
    """Return what was sold beside each line of the script."""
    mean = len(sales) / session.minutes
    ends = [one.at for one in session.script[1:]] + [session.minutes]
    found = []
    for cue, until in zip(session.script, ends, strict=True):
        beside = [one for one in sales if cue.at <= (one.at - session.starts_at) // MINUTE < until]
        of_product = sum(cue.product in one.products for one in beside) if cue.product else None
        rate = len(beside) / (until - cue.at)
        found.append(
            CueResult(cue, until, len(beside), of_product, rate, rate / mean if mean else None)
        )
    return found
