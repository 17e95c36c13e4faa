"""What was priced a moment ago: who redeems what was just priced does not wait for it twice.

A price follows from the basket, the promotions that are live, the codes, what is left of limits and
the time. All of that is compared; where a promotion asks about the person or about the hour, the
basket is priced anew.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, TypeAlias

from huiliu.rewards.basket import Basket
from huiliu.rewards.pricing import Case, Pricing, Ticket, price
from huiliu.rewards.rule_index import RuleIndex

__all__ = ["Memory", "price_once"]

#: Prices kept; one of a hundred lines is about a hundred kilobytes.
_KEPT: Final = 128
#: Publications that they are of: a price holds all promotions that it was found among.
_PUBLICATIONS: Final = 16
_Key: TypeAlias = tuple[object, ...]


@dataclass(slots=True)
class Memory:
    """The last few prices; safe between threads."""

    #: With what is compared by identity, so that nothing else gets its number meanwhile.
    _found: OrderedDict[_Key, tuple[RuleIndex, tuple[Ticket, ...], Pricing]] = field(
        default_factory=OrderedDict
    )
    _lock: Lock = field(default_factory=Lock)

    def price(self, basket: Basket, index: RuleIndex, case: Case) -> Pricing:
        """Return what a basket costs, as it was found before or found now."""
        if index.asks_hours or (index.asks_people and case.facts is not None):
            return price(basket, index, case)
        key = _key(basket, index, case)
        with self._lock:
            found = self._found.get(key)
        if found is not None:
            return found[2]
        made = price(basket, index, case)
        with self._lock:
            self._found[key] = index, tuple(case.tickets), made
            while len(self._found) > _KEPT or self._n_publications() > _PUBLICATIONS:
                self._found.popitem(last=False)
        return made

    def _n_publications(self) -> int:
        """Return of how many publications there are prices."""
        return len({id(index) for index, _, _ in self._found.values()})


def _key(basket: Basket, index: RuleIndex, case: Case) -> _Key:
    """Return all that a price follows from."""
    now = case.now
    tickets = tuple([
        (
            one.code, one.refused, id(one.coupon),
            one.coupon is not None and (now < one.coupon.starts_at, now >= one.coupon.ends_at),
        )
        for one in case.tickets
    ])  # fmt: skip
    # Between two instants at which a promotion begins or ends, time changes nothing.
    span = bisect_right(index.edges, now)
    spent = frozenset(case.spent.items())
    return id(index), span, basket, case.facts is None, tickets, spent


#: Of this process.
_MEMORY: Final = Memory()


def price_once(basket: Basket, index: RuleIndex, case: Case) -> Pricing:
    """Return what a basket costs, as it was found a moment ago where nothing changed."""
    return _MEMORY.price(basket, index, case)
