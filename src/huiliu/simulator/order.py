"""An order of the virtual brand, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiliu.simulator.model import Product
from huiliu.simulator.people import Person

__all__ = ["Order"]


@dataclass(slots=True)
class Order:
    """One order and where it stands."""

    order_id: str
    person: Person
    products: Sequence[Product]
    total: float
    #: created, paid, shipped, delivered, cancelled, refunded.
    status: str = "created"
    forgets: bool = False
    is_comforted: bool = False
    is_reviewed: bool = False
